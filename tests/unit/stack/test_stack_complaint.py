"""Which line Compose means when it names none."""

from pathlib import Path

import pytest

from stackproof.stack.complaint import line_of

TEXT = """\
services:
  other:
    depends_on: [nope]
  web:
    environment: {A: nope, B: abc}
    depends_on:
      db: {condition: service_healthy}
      nope: {condition: service_healthy}
    networks: [front, lost]
    volumes: ["gone:/data"]
    network_mode: "service:away"
    ports:
      - "8080:80"
      - "81:abc/tcp"
    env_file:
      - a.env
      - ../shop/sub/b.env
"""


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        ('service "web" depends on undefined service "nope": invalid compose project', 8),
        ('service "other" depends on undefined service "nope": invalid compose project', 3),
        ('service "web" depends on undefined service "away": invalid compose project', 11),
        ('service "web" refers to undefined network lost: invalid compose project', 9),
        ('service "web" refers to undefined volume gone: invalid compose project', 10),
        ('service "web" refers to undefined gadget gone: invalid compose project', None),
        ("Invalid containerPort: abc", 14),
        ("Invalid hostPort: 99999", None),
        ("env file {folder}/sub/b.env not found: stat {folder}/sub/b.env: no such file or directory", 17),
        ("project name must not be empty", None),
    ],
)
def test_line_of(tmp_path: Path, reason: str, line: int | None) -> None:
    """The place where the name, port or file is written, and none that merely looks like it."""
    folder = tmp_path / "shop"
    folder.mkdir()
    path = folder / "compose.yml"
    path.write_text(TEXT)

    assert line_of(path, reason.format(folder=folder), folder) == line


def test_line_of_what_is_no_yaml(tmp_path: Path) -> None:
    """There is no place in it."""
    path = tmp_path / "compose.yml"
    path.write_text("a: [")

    assert line_of(path, "Invalid hostPort: 99999", tmp_path) is None
