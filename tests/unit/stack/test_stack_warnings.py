"""Variables that nobody sets, other warnings, services left out, and what the engine would refuse."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stackproof.engine.project import ComposeSettings, Project
from stackproof.engine.resolved import Resolved
from stackproof.errors import UsageError
from stackproof.stack.discovery import Source
from stackproof.stack.stack import Stack
from stackproof.stack.variables import unset
from stackproof.stack.warnings import told
from stackproof.stack.written import Written

Load = Callable[..., Stack]


def is_not_set(name: str) -> str:
    """Compose's warning."""
    return f'The "{name}" variable is not set. Defaulting to a blank string.'


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Return a function that loads a stack whose model and warnings Compose would print."""

    def loaded(text: str, model: dict[str, Any], *warnings: str, **files: str) -> Stack:
        (tmp_path / "compose.yml").write_text(text)
        for name, content in files.items():
            (tmp_path / name.replace("_dot_", ".")).write_text(content)
        monkeypatch.setattr(Project, "config", lambda _, **_more: Resolved(model=model, warnings=warnings))
        return Stack.load(Source.find(".", tmp_path), controls=())

    return loaded


def test_variable(load: Load) -> None:
    """Where it stands, each place once, and what to do."""
    text = "services:\n  web:\n    image: x\n    command: $A ${A}\n    labels: ['a=${A:-b}', \"${AB}\"]\n"
    stack = load(text, {"services": {"web": {"image": "x"}}}, is_not_set("A"))

    (warning,) = stack.warnings
    assert warning == (
        "variable A is not set: Compose puts in nothing (compose.yml:4, compose.yml:5); fix: "
        "set A in .env or in the shell"
    )


@pytest.mark.parametrize(
    ("files", "fix"),
    [
        ({}, "set A in .env or in the shell"),
        ({".env.example": "A=1\n"}, "copy .env.example to .env"),
        ({"env.sample": "B=1\n"}, "copy env.sample to .env"),
        ({".env.dist": "B=1\n", ".env.template": "A=1\n"}, "copy .env.template to .env"),
        ({".env.example": "A=1\n", ".env": "B=1\n"}, "set A in .env, as .env.example does"),
        ({"example.env": "A=1\n"}, "copy example.env to .env"),
    ],
)
def test_example(tmp_path: Path, files: dict[str, str], fix: str) -> None:
    """The example that says most of what is lacking is named."""
    (tmp_path / "compose.yml").write_text("services: {web: {image: $A}}")
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    source = Source.find(".", tmp_path)

    (warning,) = told(source, Written.of(source), [is_not_set("A")])
    assert warning.endswith(f"; fix: {fix}")


def test_example_beside_the_compose_file(tmp_path: Path) -> None:
    """Compose reads .env in the project folder; the example may lie beside the compose file."""
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "compose.yml").write_text("services: {web: {image: $A}}")
    (tmp_path / "deploy" / ".env.example").write_text("A=1")
    source = Source.find("deploy", tmp_path, ComposeSettings(project_directory=tmp_path))

    (warning,) = told(source, Written.of(source), [is_not_set("A")])
    assert warning.endswith("(deploy/compose.yml:1); fix: copy deploy/.env.example to .env")


def test_env_file_that_was_given(tmp_path: Path) -> None:
    """It is the one to fix."""
    (tmp_path / "compose.yml").write_text("services: {web: {image: $A}}")
    (tmp_path / "prod.env").write_text("B=1")
    source = Source.find(".", tmp_path, ComposeSettings(env_files=(tmp_path / "prod.env",)))

    (warning,) = told(source, Written.of(source), [is_not_set("A")])
    assert warning.endswith("fix: set A in prod.env or in the shell")


def test_variable_of_an_included_file(tmp_path: Path) -> None:
    """It is looked for in all files."""
    (tmp_path / "compose.yml").write_text("include: [a.yml]\nservices: {web: {image: x}}")
    (tmp_path / "a.yml").write_text("services:\n  db: {image: $A}\n")
    source = Source.find(".", tmp_path)

    assert "(a.yml:2)" in told(source, Written.of(source), [is_not_set("A")])[0]


def test_order(tmp_path: Path) -> None:
    """Compose warns in another order each time, and a report of the same stack is the same."""
    (tmp_path / "base.yml").write_text("services: {web: {hostname: $IN_BASE}}\n")
    (tmp_path / "compose.yml").write_text(
        "include: [base.yml]\nservices:\n  db:\n    image: db:$Z\n    user: $A\n    hostname: $Z-$B\n"
    )
    source = Source.find("compose.yml", tmp_path)
    names = ["A", "B", "IN_BASE", "NOWHERE", "Z"]
    others = ["another thing", "some thing"]

    def order(warnings: list[str]) -> list[str]:
        return [line.split(" is not set")[0] for line in told(source, Written.of(source), warnings)]

    said = [*map(is_not_set, names), *others]
    first = order(said)
    assert first[:4] == ["variable Z", "variable A", "variable B", "variable IN_BASE"]
    for step in range(1, len(said)):
        assert order([*said[step:], *said[:step]][::-1]) == order([*said[step:], *said[:step]]) == first


def test_other_warnings(load: Load, tmp_path: Path) -> None:
    """They are kept in Compose's words."""
    obsolete = "the attribute `version` is obsolete, it will be ignored, please remove it to avoid confusion"
    text = "\nversion: '3'\nservices: {web: {image: x}}\n"
    model = {"services": {"web": {"image": "x"}}}
    stack = load(
        text, model, f"{tmp_path}/compose.yml: {obsolete}", "something else", f"{tmp_path}/a b.yml: new"
    )

    assert stack.warnings == (
        "compose.yml:2: `version` is obsolete and ignored; fix: remove the line",
        "Compose warns: a b.yml: new",
        "Compose warns: something else",
    )


def test_warnings_reach_workers_as_text(load: Load) -> None:
    """They are plain data."""
    stack = load("services: {web: {image: x}}", {"services": {"web": {"image": "x"}}}, is_not_set("A"))
    again = Stack.load(
        stack.source,
        controls=(),
        raw=json.loads(json.dumps(stack.model.raw)),
        warnings=tuple(json.loads(json.dumps(stack.warnings))),
    )

    assert again.warnings == stack.warnings
    assert len(again.warnings) == 1


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ("example/app:", "'example/app:' is no name of an image"),
        ("/app:1", "'/app:1' is no name of an image"),
        ("app:-alpine", "'app:-alpine' is no name of an image"),
        ("Shop/App:1", "'Shop/App:1' is no name of an image"),
        ("app:1 ", "'app:1 ' is no name of an image"),
        ("app@sha256:12", "'app@sha256:12' is no name of an image"),
    ],
)
def test_image_that_is_none(load: Load, image: str, said: str) -> None:
    """It is said before anything is pulled, with the variable that is to blame."""
    text = "services:\n  web:\n    image: example/app:${TAG}\n"

    with pytest.raises(UsageError) as caught:
        load(text, {"services": {"web": {"image": image}}}, is_not_set("TAG"))

    assert f"compose.yml:3: service web: {said}, because variable TAG is not set\n" in str(caught.value)
    assert str(caught.value).endswith("  fix: set TAG in .env or in the shell")


@pytest.mark.parametrize(
    "image",
    [
        "x", "x:1", "a/b", "host.example:5000/a/b:1.2-x_y", "localhost/a", "a/b@sha256:" + "0" * 64,
        "a__b/c-d:V", "a:1@sha256:" + "a" * 64, "[::1]:5000/a", "My-Host.example/a", "x$$y",
    ],
)  # fmt: skip
def test_image_that_is_one(load: Load, image: str) -> None:
    """As the engine reads names; a `$$` is one dollar, which no name has."""
    if "$" in image:
        with pytest.raises(UsageError, match=r"'x\$y' is no name"):
            load("services: {web: {image: x}}", {"services": {"web": {"image": image}}})
    else:
        assert load("services: {web: {image: x}}", {"services": {"web": {"image": image}}}).warnings == ()


PROFILES = """\
services:
  web: {image: x}
  debug: {image: x, profiles: [dev, test]}
  mail: {image: x, profiles: [dev]}
"""


def test_services_left_out(load: Load) -> None:
    """A green run says nothing of them, and says so."""
    stack = load(PROFILES, {"services": {"web": {"image": "x"}}})

    (warning,) = stack.warnings
    assert warning == (
        "2 services are left out, behind profiles: dev (debug, mail), test (debug); "
        "to take them in: --compose-profile dev"
    )


def test_all_services_left_out(load: Load) -> None:
    """There is nothing to prove, and which profile would change that."""
    text = PROFILES.replace("  web: {image: x}\n", "")

    with pytest.raises(UsageError) as caught:
        load(text, {"services": {}})

    assert str(caught.value).endswith(
        "compose.yml: all 2 services are behind profiles: dev (debug, mail), test (debug)\n"
        "  fix: --compose-profile dev"
    )


def test_files_that_are_not_there(load: Load, tmp_path: Path) -> None:
    """Secrets of services that run are looked for; of others they are not missed."""
    text = "services:\n  web: {image: x, secrets: [one]}\nsecrets:\n  one:\n    file: ./one.txt\n"
    secrets = {"one": {"file": f"{tmp_path}/one.txt"}, "other": {"file": f"{tmp_path}/other.txt"}}
    model = {"services": {"web": {"image": "x", "secrets": [{"source": "one"}]}}, "secrets": secrets}

    with pytest.raises(UsageError, match=r"compose\.yml:5: secret one: the file one.txt is not there"):
        load(text, model)
    assert load(text, model, one_dot_txt="x").warnings == ()


CUT = "takes something from a variable that is not set: Compose puts in nothing"
QUOTES = "fix: set it, or, where a dollar sign is meant, put the value in single quotes in the env file"
DOUBLED = "fix: set it, or, where a dollar sign is meant, write $$"


@pytest.mark.parametrize(
    ("file", "text", "place"),
    [
        (".env", "A=1\nDB_PASSWORD=pa$word9\n", ".env:2: DB_PASSWORD"),
        (".env", 'export DB_PASSWORD: "pa$word9"\n', ".env:1: DB_PASSWORD"),
        (".env", "URL=http://${word9}/\n", ".env:1: URL"),
        ("web.env", "# pa$word9\nDB_PASSWORD=pa$word9\n", "web.env:2: DB_PASSWORD"),
        ("web.labels", "users=ops:$apr1$word9$x\n", "web.labels:1: users"),
        ("more/.env", "DB_PASSWORD=pa$word9\n", "more/.env:1: DB_PASSWORD"),
        ("more/own.env", "DB_PASSWORD=pa$word9\n", "more/own.env:1: DB_PASSWORD"),
    ],
)
def test_value_of_an_env_file(tmp_path: Path, file: str, text: str, place: str) -> None:
    """It is named and not what stands in it, which is a part of a password more often than a variable."""
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.yml").write_text("services: {db: {image: x}}")
    (tmp_path / "compose.yml").write_text(
        "include: [more/a.yml, {path: more/b.yml, env_file: [more/own.env]}]\n"
        "services: {web: {image: x, env_file: ['${WHICH:-web}.env'], label_file: web.labels}}\n"
    )
    (tmp_path / file).write_text(text)
    source = Source.find(".", tmp_path)

    assert told(source, Written.of(source), [is_not_set("word9")]) == (f"{place} {CUT}; {QUOTES}",)


def test_value_that_nobody_finds(tmp_path: Path) -> None:
    """Compose may have read it on another machine."""
    (tmp_path / "compose.yml").write_text("services: {web: {image: x}}")
    source = Source.find(".", tmp_path)

    assert told(source, Written.of(source), [is_not_set("word9")]) == (f"an env file {CUT}; {QUOTES}",)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("environment: {DB_PASSWORD: pa$word9}", "DB_PASSWORD"),
        ("environment: {DB_PASSWORD: $word9}", "DB_PASSWORD"),
        ("environment: [DB_PASSWORD=pa$word9]", "DB_PASSWORD"),
        ("environment: {DB_URL: 'postgres://app:$word9@db/app'}", "DB_URL"),
        ("environment: {OTHER: pa$word9}", "OTHER"),
        ("command: redis-server --requirepass $word9", "command"),
        ("command: [redis-server, --requirepass=$word9]", "command"),
        ("command: [sh, -c, 'redis --requirepass pa$word9 --a=b']", "command"),
        ("labels: {traefik.users: 'ops:$apr1$word9$x'}", "traefik.users"),
        ("build: {args: {TOKEN: $word9}}", "TOKEN"),
    ],
)
def test_part_of_a_secret(tmp_path: Path, line: str, key: str) -> None:
    """What follows a dollar sign in a secret is not named where it need be no variable."""
    (tmp_path / "compose.yml").write_text(f"services:\n  web:\n    {line}\n")
    source = Source.find(".", tmp_path)

    assert told(source, Written.of(source), [is_not_set("word9")]) == (
        f"compose.yml:3: {key} {CUT}; {DOUBLED}",
    )


@pytest.mark.parametrize(
    "line",
    [
        "environment: {DB_PASSWORD: '${DB_PASS}'}", "environment: {DB_PASSWORD: $DB_PASS}",
        "environment: [DB_PASSWORD=$DB_PASS]", "environment: {DB_URL: 'postgres://app:${DB_PASS}@db/app'}",
        "image: app:$DB_PASS", "command: redis-server --requirepass $DB_PASS", "user: u$DB_PASS",
    ],
)  # fmt: skip
def test_variable_of_a_secret(tmp_path: Path, line: str) -> None:
    """One that is meant is named, or nobody could set it."""
    (tmp_path / "compose.yml").write_text(f"services:\n  web:\n    {line}\n")
    source = Source.find(".", tmp_path)

    (warning,) = told(source, Written.of(source), [is_not_set("DB_PASS")])
    assert warning.startswith("variable DB_PASS is not set: Compose puts in nothing (compose.yml:3); fix: ")


def test_unset() -> None:
    """Each of Compose's warnings once."""
    assert unset([is_not_set("A"), "other", is_not_set("B"), is_not_set("A")]) == ("A", "B")
