"""What rules on images say where there is no image, and how grave what they find is."""

from pathlib import Path
from typing import Any, NoReturn

import pytest
from tests.rule_examples import image_of
from tests.unit.conftest import MakeStack

from stackproof.controls import catalogue
from stackproof.controls.control import not_applicable
from stackproof.outcomes.judging import judge
from stackproof.outcomes.model import Outcome, Severity
from stackproof.rules.image import Image, Looks
from stackproof.rules.running import rulings
from stackproof.stack.stack import Stack

ABSENT = "image app:1.4 is not on this engine"
CONFIG = {"Env": ["DB_PASSWORD=k3Y-of-theirs", "ADMIN_PASSWORD=admin"]}


def absent(*_asked: object) -> NoReturn:
    """Say that there is none, to whatever is asked."""
    not_applicable(ABSENT)


def judged(stack: Stack, rule: str, image: Image) -> list[Outcome]:
    """Return what a rule says of a stack whose image is this one."""
    return [
        outcome
        for ruling in rulings(stack, [catalogue.entries()[rule]], lambda _stack, _service: image)
        for outcome in judge(ruling.control, ruling.subject, ruling.said, fail_on=Severity.INFO)
    ]


def built(make_stack: MakeStack, folder: Path, dockerfile: str, **more: Any) -> Stack:  # noqa: ANN401
    """Return a stack whose only service is built from a Dockerfile."""
    (context := folder / "shop").mkdir(exist_ok=True)
    (context / "Dockerfile").write_text(dockerfile)
    return make_stack({"app": {"build": {"context": str(context)}, **more}})


@pytest.mark.parametrize(
    ("rule", "dockerfile", "line"),
    [
        ("copy-not-add", "FROM a\nADD b /c\n", 2),
        ("no-curl-pipe-shell", "FROM a\nRUN curl x | sh\n", 2),
        ("no-secrets-in-image", "FROM a\nENV DB_PASSWORD=k3Y-of-ours\n", 2),
        ("image-user-nonroot", "FROM a\nUSER root\n", 2),
        ("no-sudo-in-image", "FROM a\nRUN sudo b\n", 2),
        ("image-healthcheck", "FROM a\nHEALTHCHECK NONE\n", 2),
        ("exec-form-entrypoint", "FROM a\nENTRYPOINT b && c\n", 2),
        ("exec-form-entrypoint", "FROM a\nCMD b && c\n", 2),
        ("exec-form-entrypoint", 'FROM a\nENTRYPOINT []\nCMD ["sh", "-c", "b; c"]\n', 3),
        ("image-volume-not-system-dir", "FROM a\nVOLUME /etc\n", 2),
        ("workdir-absolute", "FROM a\nWORKDIR b\n", 2),
        ("valid-port-numbers", "FROM a\nEXPOSE 99999\n", 2),
    ],
)
def test_dockerfile_decides_without_an_image(
    make_stack: MakeStack, tmp_path: Path, rule: str, dockerfile: str, line: int
) -> None:
    """What is wrong in it is found, and not that nobody could look further."""
    image = Image(Looks(config=absent, file=absent, history=absent, tree=absent))

    (outcome,) = judged(built(make_stack, tmp_path, dockerfile), rule, image)

    assert (outcome.outcome, outcome.file, outcome.line) == ("fail", "Dockerfile", line)


@pytest.mark.parametrize(
    "rule",
    [
        name
        for name, entry in catalogue.entries().items()
        if entry.control.needs == "image" and entry.family != "identity"
    ],
)
def test_without_an_image_and_a_dockerfile(make_stack: MakeStack, rule: str) -> None:
    """Nothing passes: nobody looked."""
    image = Image(Looks(config=absent, file=absent, history=absent, tree=absent))

    (outcome,) = judged(make_stack({"app": {"image": "app:1.4"}}), rule, image)

    assert (outcome.outcome, outcome.message) == ("not applicable", ABSENT)


def test_secrets_of_others(make_stack: MakeStack) -> None:
    """All the world knows them: they are less grave than one's own, and words that all try still less."""
    stack = make_stack({"app": {"image": "app:1.4"}})

    found = {
        one.aspect: str(one.severity)
        for one in judged(stack, "no-secrets-in-image", image_of({"config": CONFIG}))
    }

    assert found == {"ENV DB_PASSWORD": "high", "ENV ADMIN_PASSWORD": "medium"}


def test_secrets_of_the_author(make_stack: MakeStack, tmp_path: Path) -> None:
    """The base image's are still those of others."""
    stack = built(make_stack, tmp_path, "FROM a\nENV API_TOKEN=k3Y-of-ours\nENV WEB_PASSWORD=admin\n")

    found = {
        one.aspect: str(one.severity)
        for one in judged(stack, "no-secrets-in-image", image_of({"config": CONFIG}))
    }

    assert found == {
        "ENV API_TOKEN": "critical",
        "ENV WEB_PASSWORD": "medium",
        "ENV DB_PASSWORD": "high",
        "ENV ADMIN_PASSWORD": "medium",
    }


@pytest.mark.parametrize(("options", "severity"), [([], "low"), (["no-new-privileges"], "info")])
def test_what_no_new_privileges_makes_harmless(
    make_stack: MakeStack, options: list[str], severity: str
) -> None:
    """It is told, for the next stack."""
    image = image_of({"files": {"/usr/bin/sudo": {"mode": "4755"}}})
    stack = make_stack({"app": {"image": "app:1.4", "security_opt": options}})

    for rule in ("no-sudo-in-image", "no-unneeded-setuid"):
        assert [str(one.severity) for one in judged(stack, rule, image)] == [severity]


def test_steps_of_others_are_informative(make_stack: MakeStack, tmp_path: Path) -> None:
    """Nobody here can change them."""
    history = image_of({"history": ["RUN /bin/sh -c curl x | sh # buildkit"]})
    theirs = judged(make_stack({"app": {"image": "app:1.4"}}), "no-curl-pipe-shell", history)
    ours = judged(built(make_stack, tmp_path, "FROM a\nRUN curl x | sh\n"), "no-curl-pipe-shell", history)

    assert [str(one.severity) for one in (*theirs, *ours)] == ["info", "low"]


def test_no_value_is_told(make_stack: MakeStack, tmp_path: Path) -> None:
    """Neither in a message nor in the evidence or the aspect."""
    steps = (
        "ENV API_KEY=k3Y-of-ours",
        "RUN git clone https://me:k3Y-of-ours@b/c",
        "ADD https://me:k3Y@b/d /e",
    )
    stack = built(make_stack, tmp_path, "\n".join(["FROM a", *steps]))

    for rule in ("no-secrets-in-image", "copy-not-add"):
        found = judged(stack, rule, image_of({}))
        assert found
        assert "k3Y" not in repr(found)


@pytest.mark.parametrize(
    ("steps", "accounts"),
    [
        # What shows an account, or says when its password ends, gives it none.
        ("passwd -d eve; passwd -S eve", {"eve"}),
        ("passwd -d eve; passwd --status eve", {"eve"}),
        ("passwd -d eve && passwd -e eve", {"eve"}),
        ("passwd -d eve && passwd -n 5 -x 90 eve", {"eve"}),
        ("passwd -d eve && passwd -u eve", {"eve"}),
        ("passwd -d eve && usermod -aG wheel eve", {"eve"}),
        ("passwd -d eve && useradd -m -p x adam", {"eve"}),
        ("passwd -d eve && passwd -q -S eve", {"eve"}),
        # What locks it, or gives it one.
        ("passwd -d eve; passwd -l eve", set()),
        ("passwd -d eve; passwd --lock eve", set()),
        ("passwd -d eve; passwd -ql eve", set()),
        ("passwd -d eve; passwd -q eve", set()),
        ("passwd -d eve; echo x | passwd --stdin eve", set()),
        ("passwd -d eve; yes | passwd eve", set()),
        ("passwd -d eve; usermod -p x eve", set()),
        ("passwd -d eve; usermod --password=x eve", set()),
        ("passwd -d eve; usermod -L eve", set()),
        # Of several accounts those that are meant.
        ("passwd -d root; echo eve:k3Y | chpasswd", {"root"}),
        ("passwd -d root; echo 'eve:k3Y' | sudo chpasswd -e", {"root"}),
        ('passwd -d root; echo "eve:$WORD" | chpasswd', {"root"}),
        ("passwd -d root; printf 'adam:a\\neve:b\\n' | chpasswd", {"root"}),
        ("passwd -d root\nRUN chpasswd <<EOF\neve:k3Y\nEOF", {"root"}),
        ("passwd -d root; echo root:$WORD | chpasswd", set()),
        ("passwd -d root; printf 'eve:a\\nroot:b\\n' | chpasswd", set()),
        ("passwd -d root\nRUN chpasswd <<EOF\neve:k3Y\nroot:k3Y\nEOF", set()),
        ("passwd -d root; chpasswd < /run/secrets/all", set()),
        ("passwd -d root; echo $ALL | chpasswd", set()),
        ("passwd -d root; echo $WHO:$WORD | chpasswd", set()),
        ("passwd -d root; curl https://a.test/all | chpasswd", set()),
    ],
)
def test_accounts_left_without_a_password(
    make_stack: MakeStack, tmp_path: Path, steps: str, accounts: set[str]
) -> None:
    """By the last step that changes the password of that account."""
    stack = built(make_stack, tmp_path, f"FROM a\nRUN {steps}\n")
    outcomes = judged(stack, "no-empty-password", image_of({}))

    assert {one.aspect for one in outcomes if one.outcome == "fail"} == accounts


@pytest.mark.parametrize(
    ("steps", "path"),
    [
        # The name of an application may begin as that of a folder of the system does.
        ("WORKDIR /library/app", "/library/app/.env"),
        ("WORKDIR /development", "/development/.env"),
        ("WORKDIR /system/x", "/system/x/.env"),
        ("WORKDIR /process", "/process/.env"),
        ("WORKDIR /binary", "/binary/.env"),
        ("WORKDIR /usr/library", "/usr/library/.env"),
        # What is copied may be a file that gets a name.
        ("COPY env /srv/.env", "/srv/.env"),
        ("COPY env.production /srv/.env.production", "/srv/.env"),
        ("COPY main.py /srv/app.py", "/srv/.env"),
        ('COPY ["main.py", "/srv/app.py"]', "/srv/.env"),
        ("COPY file:0123abc in /srv/.env", "/srv/.env"),
        ("COPY <<EOF /srv/settings\na\nEOF", "/srv/.env"),
        ("COPY main.py /srv/", "/srv/.env"),
        ("COPY a.py b.py /srv/c.py", "/srv/c.py/.env"),
        ("COPY src /srv/app", "/srv/app/.env"),
        ("COPY conf.d /srv/conf.d", "/srv/conf.d/.env"),
        ("COPY *.d /srv", "/srv/.env"),
        # What is relative is below the one above.
        ("WORKDIR /srv\nWORKDIR app", "/srv/app/.env"),
        ("WORKDIR /srv\nWORKDIR app\nWORKDIR /", "/srv/app/.env"),
        ("WORKDIR /srv/app\nWORKDIR ../web\nWORKDIR /", "/srv/web/.env"),
        ("WORKDIR /srv\nCOPY src ./app/\nWORKDIR /", "/srv/app/.env"),
        ("WORKDIR /srv\nCOPY main.py app/main.py\nWORKDIR /", "/srv/app/.env"),
        ("WORKDIR /srv\nCOPY . .\nWORKDIR /", "/srv/.env"),
    ],
)
def test_folders_that_steps_fill(make_stack: MakeStack, tmp_path: Path, steps: str, path: str) -> None:
    """There a file with a credential is looked for."""
    stack = built(make_stack, tmp_path, f"FROM a\n{steps}\n")
    image = image_of({"files": {path: "DB_PASSWORD=k3Y-of-ours\n"}})

    assert path in {one.aspect for one in judged(stack, "no-secrets-in-image", image)}


@pytest.mark.parametrize(
    ("steps", "path"),
    [
        ("WORKDIR /usr/lib/app", "/usr/lib/app/.env"),
        ("WORKDIR /usr\nWORKDIR bin", "/usr/bin/.env"),
        ("COPY tools /usr/local/bin", "/usr/local/bin/.env"),
        ("COPY a.so /lib64/a.so", "/lib64/.env"),
        ("WORKDIR app", "/app/.env"),
        ("WORKDIR $HERE/app\nWORKDIR web", "/app/web/.env"),
    ],
)
def test_folders_where_nobody_looks(make_stack: MakeStack, tmp_path: Path, steps: str, path: str) -> None:
    """Those of the system, and those that begin where nobody knows."""
    stack = built(make_stack, tmp_path, f"FROM a\n{steps}\n")
    image = image_of({"files": {path: "DB_PASSWORD=k3Y-of-ours\n"}})

    assert path not in {one.aspect for one in judged(stack, "no-secrets-in-image", image)}
