"""Variables without a value, as they are written and as Compose tells of them."""

from pathlib import Path

import pytest

from stackproof.stack import env_files, unset, variables
from stackproof.stack.discovery import Source
from stackproof.stack.stack import Stack, resolve

FILES = {
    ".env": "SET=1\nEMPTY=\n",
    "compose.yml": """
x-note: ${IN_EXTENSION}
include: [{path: more/compose.yml, env_file: more/own.env}]
services:
  app:
    extends: {file: base.yml, service: base}
    image: app:${SET}
    environment:
      - A=${ONE}${ONE}
      - B=${TWO:-${THREE}} ${FOUR-} ${FIVE:+${SIX}} ${SET:+${SEVEN}} $$EIGHT
      - C=${EMPTY} ${EMPTY:-${NINE}} ${EMPTY-${TEN}} ${SET:?must be}
    networks: [edge]
  gone:
    profiles: [never]
    image: app:1.4
    command: ${IN_PROFILE}
networks:
  edge: {name: "${IN_NETWORK}edge"}
""",
    "base.yml": "services: {base: {image: app, command: $IN_BASE}, other: {image: app, command: $IN_OTHER}}",
    "more/compose.yml": "services: {more: {image: app, command: '$OF_INCLUDED $OF_NOBODY'}}",
    "more/own.env": "OF_INCLUDED=1\n",
}


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """Return a stack of several files on disk."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return Source(files=(tmp_path / "compose.yml",))


def test_as_compose_has_it(source: Source) -> None:
    """In every file that counts; it also warns of defaults that it leaves out, and of what nobody extends."""
    resolved = resolve(source)
    stack = Stack.load(source, controls=(), raw=resolved.model)

    found = unset.unset(stack)
    assert set(found) == set(variables.unset(resolved.warnings)) - {"SIX", "TEN", "IN_OTHER"}
    assert set(found) >= {"ONE", "THREE", "SEVEN", "NINE", "IN_NETWORK", "IN_BASE", "OF_NOBODY", "IN_PROFILE"}
    assert [item.file.name for item in found["IN_BASE"]] == ["base.yml"]
    assert len(found["ONE"]) == 1
    assert unset.named(stack)


CUT = {
    ".env": "OF_TOP=1\nBAD=$NOBODY\nGOOD=$OF_TOP$OF_SHELL\nNAME=$COMPOSE_PROJECT_NAME\n",
    "compose.yml": """
include: [{path: more/compose.yml, env_file: [more/one.env, more/two.env]}]
services:
  app:
    image: app
    env_file: [first.env, {path: second.env, required: false}, gone.env]
    label_file: app.labels
    environment: {GIVEN: here, EMPTY: , SAME: $$}
  listed: {image: app, env_file: listed.env, environment: [GIVEN=here, PASSED_ON]}
  gone: {image: app, env_file: never.env, profiles: [never]}
""",
    "first.env": "ONE=1\nTWO=$OF_TOP$OF_SHELL$GIVEN$COMPOSE_PROJECT_NAME\nBAD=$OF_SECOND\nQUOTED='$X'\n",
    "second.env": "OF_SECOND=$ONE\nBAD=$OF_INCLUDED\nEMPTY_ONE=$EMPTY\n",
    "app.labels": "a.b=$OF_SECOND\nc.d: ops:$$apr1$word9\n",
    "listed.env": "A=$GIVEN\nBAD=$PASSED_ON\nAGAIN=$ONE\n",
    "never.env": "BAD=$NOBODY\n",
    "more/compose.yml": "services: {more: {image: app, env_file: own.env}}",
    "more/one.env": "OF_INCLUDED=$OF_TOP\n",
    "more/two.env": "GOOD=$OF_INCLUDED\nBAD=$NOBODY\n",
    "more/own.env": "GOOD=$OF_TOP\nBAD=$OF_INCLUDED\n",
}


def test_env_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is read with what Compose knows there; nothing of an included file is known to its services."""
    monkeypatch.setenv("OF_SHELL", "1")
    for name, text in CUT.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    source = Source(files=(tmp_path / "compose.yml",))
    (tmp_path / "gone.env").write_text("")
    resolved = resolve(source)
    stack = Stack.load(source, controls=(), raw=resolved.model)

    found = [(one.path.relative_to(tmp_path).as_posix(), one.entry.name) for one in unset.cut(stack)]
    assert sorted(found) == sorted([
        (".env", "BAD"), (".env", "NAME"), ("more/two.env", "BAD"), ("more/own.env", "BAD"),
        ("first.env", "BAD"), ("second.env", "BAD"), ("second.env", "EMPTY_ONE"), ("app.labels", "c.d"),
        ("listed.env", "BAD"), ("listed.env", "AGAIN"),
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("file", "named"),
    [
        ("A=$B", True),
        ('A="${B:-1}"', True),
        ("A='$B'", False),
        ("A=$1", False),
        ("A=$$B", False),
        ("# $B", False),
    ],
)
@pytest.mark.parametrize("name", [".env", "app.env", "app.labels"])
def test_something_is_taken(tmp_path: Path, name: str, file: str, named: bool) -> None:  # noqa: FBT001
    """Also by a file beside the compose file."""
    for path in ("app.env", "app.labels", name):
        (tmp_path / path).write_text(file if path == name else "")
    (tmp_path / "compose.yml").write_text(
        "services: {a: {image: app, command: $$x, env_file: app.env, label_file: app.labels}}"
    )
    source = Source(files=(tmp_path / "compose.yml",))

    assert unset.named(Stack.load(source, controls=(), raw={"services": {"a": {"image": "app"}}})) is named


def test_raw_env_file(tmp_path: Path) -> None:
    """Nothing is filled in there; Compose 2.26 refuses it."""
    (tmp_path / "app.env").write_text("A=$NOBODY\nDB_PASSWORD='hun$ter2'\n")
    text = "services: {a: {image: app, env_file: [{path: app.env, format: raw}]}}"
    (tmp_path / "compose.yml").write_text(text)
    source = Source(files=(tmp_path / "compose.yml",))
    stack = Stack.load(source, controls=(), raw={"services": {"a": {"image": "app"}}})
    (file,) = env_files.of(stack, "a")

    assert (unset.cut(stack), unset.named(stack)) == ([], False)
    assert file.secrets == ["DB_PASSWORD"]
