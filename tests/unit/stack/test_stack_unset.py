"""Variables without a value, as they are written and as Compose tells of them."""

import doctest
from pathlib import Path

import pytest

from stackproof.stack import unset, variables
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


def test_examples() -> None:
    """Those of the docstrings are true."""
    assert doctest.testmod(unset).failed == 0


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
