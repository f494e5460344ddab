"""What order and quotes are judged by."""

from pathlib import Path

import pytest

from stackproof.stack import layout
from stackproof.stack.layers import Layer
from stackproof.stack.written import File


def layer(folder: Path, text: str) -> Layer:
    """Return what stands behind `it` in a file."""
    (folder / "compose.yml").write_text(text)
    file = File(folder / "compose.yml", folder)
    return Layer(file=file, document=file.documents[0], at=("it",), values={"PORT": "81"})


@pytest.mark.parametrize(
    ("entry", "number"),
    [
        ("80", 80),
        ('"8080:80"', 8080),
        ("127.0.0.1:8081:80/udp", 8081),
        ('"[::1]:8082:80"', 8082),
        ("127.0.0.1::80", 80),
        ("9000-9010:9000-9010", 9000),
        ("'${PORT}:80'", 81),
        ("'${NO_SUCH_PORT}:80'", 80),
        ("{target: 80, published: 82}", 82),
        ("{target: 80}", 80),
        ("{name: web}", None),
    ],
)
def test_port_number(tmp_path: Path, entry: str, number: int | None) -> None:
    """That on the host, or else the container's."""
    assert layout.port_number(layer(tmp_path, f"it: [{entry}]").below[0]) == number


def test_own_keys(tmp_path: Path) -> None:
    """What a merge key brings is written elsewhere, whatever the mapping says itself."""
    text = "x: &x {b: 1, c: {d: 2}}\nit:\n  z: 1\n  <<: *x\n  c: 3\n  a: 4\n"

    assert [name for name, _ in layout.names(layer(tmp_path, text))] == ["z", "c", "a"]


@pytest.mark.parametrize(
    ("text", "needed"),
    [("./a:/b", False), ("${A}:/b", False), ("~/a:/b", False), ("", True), ("*:/b", True), ("a: b", True),
     ("a #b", True), ("a#b", False), ("a:", True), ("[::1]", True), ("- a", True)],
)  # fmt: skip
def test_needs_quotes(text: str, *, needed: bool) -> None:
    """Where YAML would read something else."""
    assert layout.needs_quotes(text) is needed


def test_ranks() -> None:
    """Extensions, then what has a place, then all others by name."""
    keys = ["read_only", "cap_add", "user", "x-b", "depends_on", "image", "x-a"]

    found = sorted(keys, key=layout.ranked(layout.SERVICE_KEYS))
    assert found == ["x-b", "x-a", "image", "depends_on", "user", "cap_add", "read_only"]
