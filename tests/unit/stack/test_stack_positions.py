"""Line numbers in YAML as people write it."""

from pathlib import Path

import pytest

from stackproof.stack.positions import Positions

COMPOSE = """\
x-common: &common
  restart: always

services:
  db:
    <<: *common
    ports: !override
      - "5432:5432"
      - target: 80
  web:
    environment: !reset null
    depends_on: [db, cache]
  9000: {}
"""


@pytest.fixture
def positions(tmp_path: Path) -> Positions:
    """Positions of the sample."""
    path = tmp_path / "compose.yml"
    path.write_text(COMPOSE)
    return Positions.read(path)


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("services",), 4),
        (("services", "db"), 5),
        (("services", "db", "ports"), 7),
        (("services", "db", "ports", 0), 8),
        (("services", "db", "ports", 1, "target"), 9),
        (("services", "web", "environment"), 11),
        (("services", "web", "depends_on", 1), 12),
        (("services", "9000"), 13),
        (("x-common", "restart"), 2),
    ],
)
def test_line(positions: Positions, keys: tuple[str | int, ...], line: int) -> None:
    """Keys, list entries and values behind Compose's own tags have lines, counted from 1."""
    assert keys in positions
    assert positions.line(*keys) == line


def test_line_of_what_a_merge_brings(positions: Positions) -> None:
    """A merged key is not written in the service, so the service's line is the nearest."""
    assert ("services", "db", "restart") not in positions
    assert positions.line("services", "db", "restart") == 5


def test_line_of_nothing_that_is_written(positions: Positions) -> None:
    """There is no line to point at."""
    assert positions.line("networks", "default") is None
    assert positions.line() is None


@pytest.mark.parametrize("text", ["", "# nothing\n", "a: [", "a\tb: \x00", "--- a\n--- b\n"])
def test_read_what_has_no_positions(tmp_path: Path, text: str) -> None:
    """Compose reports such a file itself; here it just has no lines."""
    path = tmp_path / "compose.yml"
    path.write_text(text)

    assert Positions.read(path).line("services") is None
