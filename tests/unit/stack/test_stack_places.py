"""Where parts of the resolved model stand as their author wrote them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from stackproof.stack.discovery import Source
from stackproof.stack.places import Place
from stackproof.stack.stack import Stack
from stackproof.stack.written import KeyPath


def stack_of(folder: Path, files: Mapping[str, str], services: Mapping[str, Any], *given: str) -> Stack:
    """Return a stack of some files (the first, unless some are `given`) and its resolved services."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    source = Source(files=tuple(folder / name for name in given or list(files)[:1]))
    return Stack.load(source, controls=(), raw={"services": services})


PLAIN = """\
services:
  web:
    image: nginx
    cap_add:
      - NET_ADMIN
      - CHOWN
"""


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        (("services", "web", "image"), "compose.yml:3:5"),
        (("services", "web", "cap_add"), "compose.yml:4:5"),
        (("services", "web", "cap_add", 0), "compose.yml:6:9"),
        (("services", "web", "cap_add", 1), "compose.yml:5:9"),
        (("services", "web", "cap_add", 2), "compose.yml:4:5"),
        (("services", "web", "user"), "compose.yml:2:3"),
        (("services", "web", "healthcheck", "test", 0), "compose.yml:2:3"),
        (("services", "web"), "compose.yml:2:3"),
        (("services", "db"), "compose.yml:1:1"),
        (("services",), "compose.yml:1:1"),
        (("networks", "default"), "compose.yml"),
        ((), "compose.yml"),
    ],
)
def test_longest_part_that_is_written(tmp_path: Path, keys: KeyPath, place: str) -> None:
    """The key or entry, else what it would stand in, at last the file."""
    web = {"image": "nginx", "cap_add": ["CHOWN", "NET_ADMIN"]}  # Compose sorts
    stack = stack_of(tmp_path, {"compose.yml": PLAIN}, {"web": web})

    assert str(stack.locate(keys)) == place


@pytest.mark.parametrize(
    ("place", "text"),
    [(Place("a.yml", 3, 5), "a.yml:3:5"), (Place("a.yml", 3), "a.yml:3"), (Place("a.yml"), "a.yml")],
)
def test_place_as_text(place: Place, text: str) -> None:
    """As far as it is known."""
    assert str(place) == text
