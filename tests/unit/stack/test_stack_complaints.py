"""What Compose says of a bad file (recorded, of several versions), and what the user reads."""

import os
import re
from pathlib import Path

import pytest
from tests.live.bad_files import BadFile, cases, read

from stackproof.engine.nodes import DEEPEST
from stackproof.errors import UsageError
from stackproof.stack import without_docker
from stackproof.stack.complaints import Case, ends, explain
from stackproof.stack.discovery import Source

# What nobody who writes a compose file should have to know: words of Go and of Compose's own source.
INTERNALS = re.compile(
    r"\(root\)|strconv|cli\.named|error decoding|yaml: |!!|interface ?\{|map\[|goroutine|time="
)


@pytest.mark.parametrize(
    ("bad", "version"),
    [pytest.param(bad, version, id=f"{bad.id}-{version}") for bad in read() for version in bad.said],
)
def test_message(tmp_path: Path, bad: BadFile, version: str) -> None:
    """The same words as with Compose itself."""
    folder = tmp_path / "shop"
    folder.mkdir()
    bad.write(folder)
    source = Source.find(bad.stack, folder, bad.settings)
    stderr = bad.said[version].replace("{folder}", str(folder))

    assert explain(Case(source=source, stderr=stderr, version=lambda: version)) == bad.expected(
        version, folder
    )


@pytest.mark.parametrize("bad", cases())
def test_words(bad: BadFile) -> None:
    """Each message has a file, one fix, and no word of Compose's insides."""
    for message in (bad.message, *bad.messages.values()):
        first, *rest = message.rstrip("\n").split("\n")

        assert "{folder}" in first or "/" in first
        assert [line[:7] for line in rest] == ["  fix: "]
        assert not INTERNALS.search(message)


def test_table() -> None:
    """It is large, each row has a name of its own, and each message a line where there is one."""
    rows = read()

    assert len(rows) >= 60
    assert len({row.id for row in rows}) == len(rows)
    without_line = [row.id for row in rows if not re.match(r"\{folder\}/\S+:\d+: ", row.message)]
    assert sorted(without_line) == WITHOUT_A_LINE


# The file as a whole is what is wrong with these.
WITHOUT_A_LINE = [
    "FIFO",
    "all behind profiles",
    "binary",
    "dangling link",
    "directory",
    "empty",
    "missing file",
    "no services",
    "no services key",
    "one behind profiles",
    "only a comment",
    "profile that is not there",
]


def test_complaint_that_nobody_knows(tmp_path: Path) -> None:
    """It is told in Compose's words, with the line of the key that it names."""
    (tmp_path / "compose.yml").write_text("services:\n  web:\n    image: x\n    ports: []\n")
    source = Source.find(".", tmp_path)
    said = "services.web.ports: something that was never seen before"

    assert explain(Case(source=source, stderr=said)) == (
        f"{tmp_path}/compose.yml:4: service web: Compose cannot read it: {said}\n"
        "  fix: correct it until `docker compose config` takes it"
    )


HEAD = "services:\n  web: {image: x}\n"
DEEP = {
    "flow lists": (f"{HEAD}x-a: {'[' * 2000}{']' * 2000}\n", 3),
    "flow mappings": (f"{HEAD}x-a: {'{a: ' * 2000}1{'}' * 2000}\n", 3),
    "block mappings": (f"{HEAD}x-a:\n" + "".join(f"{' ' * depth}a:\n" for depth in range(1, 300)), 102),
    "block lists": (f"{HEAD}x-a:\n  {'- ' * 300}a\n", 4),
    "anchors": (f"{HEAD}x-a: {''.join(f'&a{at} [' for at in range(300))}{']' * 300}\n", 3),
    "more than Compose reads": (f"{HEAD}x-a: {'[' * 10100}{']' * 10100}\n", 3),
    "more than Python could walk through": (f"{HEAD}x-a: {'[' * 600}{']' * 600}\n", 3),
    "instead of a mapping": ("[" * 2000 + "]" * 2000, 1),
    "in a service": (f"services:\n  web:\n    image: x\n    labels: {'[' * 300}{']' * 300}\n", 4),
}


@pytest.mark.parametrize("name", DEEP)
def test_what_is_nested_too_deeply(tmp_path: Path, name: str) -> None:
    """That is the reason, whatever else Compose says of it, or though it says nothing."""
    text, line = DEEP[name]
    (tmp_path / "compose.yml").write_text(text)

    with pytest.raises(UsageError) as refusal:
        without_docker.resolve(Source.find(".", tmp_path))

    assert str(refusal.value).splitlines()[0] == (
        f"{tmp_path}/compose.yml:{line}: it is nested more than {DEEPEST} levels deep, and so it is not read"
    )


def test_aliases_that_nest_too_deeply(tmp_path: Path) -> None:
    """No line is deep: what Compose prints is."""
    chain = "".join(f"x-{at}: &a{at} [*a{at - 1}]\n" for at in range(1, 300))
    (tmp_path / "compose.yml").write_text(f"{HEAD}x-0: &a0 [1]\n{chain}")

    with pytest.raises(UsageError, match="with its aliases filled in it is nested more than 100 levels deep"):
        without_docker.resolve(Source.find(".", tmp_path))


def test_quotes_are_no_levels(tmp_path: Path) -> None:
    """Brackets within a text, and quotes within quotes, are letters."""
    brackets, quotes = "[" * 5000, "''" * 5000
    (tmp_path / "compose.yml").write_text(f"{HEAD}x-a: '{brackets}{quotes}'\n")

    assert "web" in without_docker.resolve(Source.find(".", tmp_path)).model["services"]


def test_complaint_that_quotes_a_secret(tmp_path: Path) -> None:
    """A value of the author's is masked, and the path that must be mended is not."""
    folder = tmp_path / "hunter22-app"
    folder.mkdir()
    (folder / "compose.yml").write_text(
        "services:\n  web:\n    image: x\n    env_file: hunter22/a.env\n    shm_size: hunter22\n"
        "    environment: {DB_PASSWORD: hunter22}\n"
    )
    source = Source.find(".", folder)
    missing = f"env file {folder}/hunter22/a.env not found: stat: no such file or directory"
    size = "error decoding 'services[web].shm_size': invalid size: 'hunter22'"

    assert explain(Case(source=source, stderr=missing)).splitlines()[0] == (
        f"{folder}/compose.yml:4: service web: env_file hunter22/a.env is not there"
    )
    assert "shm_size '[redacted]' is not a size" in explain(Case(source=source, stderr=size))


def test_unset_variable_is_named(tmp_path: Path) -> None:
    """Warnings before the complaint say which variables are blank."""
    (tmp_path / "compose.yml").write_text("services:\n  web:\n    image: x\n    volumes: ['$DATA:/x']\n")
    said = (
        'time="2027-03-01T09:30:00Z" level=warning msg="The \\"DATA\\" variable is not set. '
        'Defaulting to a blank string."\ninvalid spec: :/x: empty section between colons\n'
    )
    with pytest.raises(UsageError, match=r"because variable DATA is not set\n  fix: set DATA in \.env"):
        raise UsageError(explain(Case(source=Source.find(".", tmp_path), stderr=said)))


def test_part_of_a_secret_is_not_named(tmp_path: Path) -> None:
    """What follows a dollar sign in a password is the cause, and no name."""
    (tmp_path / "compose.yml").write_text("services:\n  web:\n    image: app:pa$word9\n")
    said = (
        'time="2027-03-01T09:30:00Z" level=warning msg="The \\"word9\\" variable is not set. '
        'Defaulting to a blank string."\nservices.web.image: no good\n'
    )
    text = explain(Case(source=Source.find(".", tmp_path), stderr=said))

    assert (
        "because a variable in it is not set\n  fix: set it, or, where a dollar sign is meant, write $$"
        in text
    )
    assert "word9" not in text


FIFO = "compose.yml:4: service web: pipe.env is a FIFO, and must be a file that ends\n  fix: name a file"
SLOW = "compose.yml: Compose did not end within 60 s\n  fix: repeat it, for a busy machine may be why"
ALIASES = "x-a: &a {b: c}\nx-b: [" + "*a, " * 16 + "]\n"
ELSEWHERE = "include: [https://example.com/compose.git]\n"


@pytest.mark.parametrize(
    ("before", "env_file", "said"),
    [
        ("", "pipe.env", FIFO),
        ("", "a.env", SLOW),
        ("x-b: ['*.js', *a]\n", "a.env", SLOW),
        (ALIASES, "a.env", f"{SLOW}; look for aliases of aliases"),
        (ELSEWHERE, "a.env", f"{SLOW}; see whether the other machine answers that has files of it"),
    ],
)
def test_compose_that_gives_no_answer(tmp_path: Path, before: str, env_file: str, said: str) -> None:
    """A FIFO is named; else a busy machine may be why, and what the files have that takes long."""
    text = f"services:\n  web:\n    image: x\n    env_file: {env_file}\n{before}"
    (tmp_path / "compose.yml").write_text(text)
    os.mkfifo(tmp_path / "pipe.env")
    warning = 'time="2027-03-01T09:30:00Z" level=warning msg="The \\"word9\\" variable is not set."\n'

    for stderr in ("no answer within 60 s", f"{warning}no answer within 60 s"):
        case = Case(source=Source.find(".", tmp_path), stderr=stderr)
        assert explain(case) == f"{tmp_path}/{said}"


@pytest.mark.parametrize("kind", ["FIFO", "device"])
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("services: {web: {image: x, env_file: it}}", "1: service web: it"),
        ("services: {web: {image: x, env_file: [it]}}", "1: service web: it"),
        ("services: {web: {image: x, env_file: [{path: it, required: false}]}}", "1: service web: it"),
        ("services: {web: {image: x, env_file: '$IT'}}", "1: service web: it"),
        ("services: {web: {image: x, label_file: it}}", "1: service web: it"),
        ("services: {web: {extends: {file: it, service: a}}}", "1: service web: it"),
        ("include: [it]\nservices: {web: {image: x}}", "1: it"),
        ("include: [{path: it}]\nservices: {web: {image: x}}", "1: it"),
        ("include: [{path: a.yml, env_file: it}]\nservices: {web: {image: x}}", "1: it"),
        ("services: {web: {image: x}}", " .env"),
    ],
)
def test_what_never_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, place: str, kind: str
) -> None:
    """It is named before Compose takes time and memory for it."""
    monkeypatch.setenv("IT", "it")
    name = place.rpartition(" ")[2]
    (tmp_path / "compose.yml").write_text(text)
    (tmp_path / "a.yml").write_text("services: {a: {image: x}}")
    os.mkfifo(tmp_path / name) if kind == "FIFO" else (tmp_path / name).symlink_to("/dev/zero")

    words = f"{tmp_path}/compose.yml:{place} is a {kind}, and must be a file that ends"
    with pytest.raises(UsageError, match=re.escape(words)):
        without_docker.resolve(Source.find(".", tmp_path))


@pytest.mark.parametrize(
    ("text", "later"),
    [
        ("services: {web: {image: x, env_file: /dev/zero}}", "services: {web: {env_file: !reset []}}"),
        ("services: {web: {image: x, env_file: [/dev/zero]}}", "services: {web: !override {image: y}}"),
        ("services: {web: {image: x, env_file: !reset [/dev/zero]}}", ""),
        ("services: {web: {image: x}, job: {image: x, profiles: [dev], env_file: /dev/zero}}", ""),
        ("services: {include: {image: x, devices: [/dev/zero]}}", ""),
        ("services: {extends: {image: x, volumes: ['/dev/urandom']}}", ""),
        ("services: {web: {image: x, labels: {include: /dev/random, env_file: /dev/random}}}", ""),
    ],
)
def test_what_compose_does_not_read(tmp_path: Path, text: str, later: str) -> None:
    """It is let be."""
    (tmp_path / "compose.yml").write_text(text)
    (tmp_path / "compose.override.yml").write_text(later or "services: {}")

    ends(Source.find(".", tmp_path))


@pytest.mark.parametrize(
    ("text", "later"),
    [
        ("services: {web: {image: x, env_file: ~/it}}", ""),
        ("services: {web: {image: x, env_file: !reset []}}", "services: {web: {env_file: ~/it}}"),
        ("services: {web: {image: x, profiles: [on], env_file: ~/it}}", ""),
    ],
)
def test_what_compose_does_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, later: str
) -> None:
    """A home, a later file and an active profile keep nothing from being found."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COMPOSE_PROFILES", "off,on")
    os.mkfifo(tmp_path / "it")
    (tmp_path / "compose.yml").write_text(text)
    (tmp_path / "compose.override.yml").write_text(later or "services: {}")

    with pytest.raises(UsageError, match="is a FIFO"):
        ends(Source.find(".", tmp_path))


def test_nothing_ends_at_once(tmp_path: Path) -> None:
    """An empty device is a file without words."""
    (tmp_path / "compose.yml").write_text("services: {web: {image: x, env_file: /dev/null}}")
    assert without_docker.resolve(Source.find(".", tmp_path)).warnings == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("services:\n  web: &w\n    image: a\n    <<: *w\n", 4),
        ("services:\n  web: &w\n    image: a\n    <<: [*w]\n", 4),
        ("services:\n  web: &w\n    labels:\n      <<: *w\n", 4),
        ("x-a: &a\n  x: {<<: *a}\nservices: {web: {image: a}}\n", 2),
    ],
)
def test_merge_key_in_a_circle(tmp_path: Path, text: str, line: int) -> None:
    """Compose gives no answer; the line is told."""
    (tmp_path / "compose.yml").write_text(text)
    case = Case(source=Source.find(".", tmp_path), stderr="no answer within 60 s")

    assert explain(case).partition("\n")[0] == (
        f"{tmp_path}/compose.yml:{line}: the merge key << takes the mapping in which it stands"
    )


def test_file_that_nobody_may_read(tmp_path: Path) -> None:
    """As recorded for a user who is not root."""
    (tmp_path / "compose.yml").write_text("")
    case = Case(source=Source.find(".", tmp_path), stderr=f"open {tmp_path}/compose.yml: permission denied\n")

    assert explain(case) == (
        f"{tmp_path}/compose.yml: the file cannot be read by this user\n  fix: make it readable: chmod +r"
    )
