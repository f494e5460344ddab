"""What `stackproof check` says from its first word to its last, on a terminal and in a log."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

# Prints what Compose resolves; whatever needs an engine fails.
DOCKER = """#!/bin/sh
case "$*" in
  *config*) cat "$(dirname "$0")/resolved.yml" ;;
  *) echo "no engine: $*" >&2; exit 1 ;;
esac
"""
COMPOSE = (
    "name: shop\nservices:\n  web: {image: nginx, privileged: true, profiles: [dev]}\n  db: {image: x}\n"
)
FOUND = "critical shop web  no-privileged"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with a stack, and a docker that knows what is in it."""
    folder, programs = tmp_path / "shop", tmp_path / "bin"
    folder.mkdir()
    programs.mkdir()
    for path in (folder / "compose.yml", programs / "resolved.yml"):
        path.write_text(COMPOSE)
    (programs / "docker").write_text(DOCKER)
    (programs / "docker").chmod(0o755)
    return folder


def environment(folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    """Return what the command knows of its surroundings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DOCKER"))}
    ours = {"PATH": f"{folder.parent / 'bin'}:/usr/bin:/bin", "XDG_CACHE_HOME": str(folder.parent / "cache")}
    return {**kept, **ours, "TERM": "xterm", **more}


def words(*more: str) -> list[str]:
    """Return a command that needs no engine."""
    start = "from stackproof.cli.program import program; program()"
    return [sys.executable, "-c", start, "check", "--select", "no-privileged", *more]


def log(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run it with its output in a pipe."""
    return subprocess.run(
        words(*more), cwd=folder, env=environment(folder, {}), capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip


def screen(folder: Path, *more: str, columns: int = 80, **variables: str) -> str:
    """Run it on a terminal, and return all that it wrote there."""
    ours, its = pty.openpty()
    sized = {"COLUMNS": str(columns), "LINES": "24", **variables}
    process = subprocess.Popen(
        words(*more), cwd=folder, env=environment(folder, sized), stdin=its, stdout=its, stderr=its
    )
    os.close(its)
    said = b""
    while True:
        try:
            said += os.read(ours, 65536)
        except OSError:  # nobody writes any more
            break
    os.close(ours)
    assert process.wait(60) == 1
    return said.decode().replace("\r\n", "\n")


def test_log(shop: Path) -> None:
    """First what is read, then how much is to be done, then the findings, whole."""
    done = log(shop, "-n", "0")
    lines = done.stdout.splitlines()

    assert done.returncode == 1, done.stderr
    assert lines[0].endswith("reads .")
    assert lines[1] == "1 stack (shop), 2 services, 1 control, one sandbox after the other"
    assert any(FOUND in line for line in lines)
    assert any(line.startswith("  compose.yml:3:") for line in lines)
    assert lines[-1].startswith("report: ")


def test_quiet(shop: Path) -> None:
    """Verdicts, what they cover, and where the report is."""
    said = [line for line in log(shop, "-n", "0", "-q").stdout.splitlines() if line]

    assert [line.split("  ")[0].split(" ")[0] for line in said] == ["shop", "1", "covers", "report:"]
    assert "NOT PROVEN" in said[0]


def test_verbose(shop: Path) -> None:
    """What holds is listed, too."""
    assert "pass     critical shop db  no-privileged" in log(shop, "-n", "0", "-v").stdout


@pytest.mark.parametrize("workers", ["0", "2"])
def test_terminal(shop: Path, workers: str) -> None:
    """Lines that are replaced from the first second on, and nothing of them left; also under xdist."""
    said = screen(shop, "-n", workers)

    assert re.search(r"\d+ s: collecting what is to be asked", said)
    assert "bringing up nodes" not in said
    assert FOUND in re.sub(r"\x1b\[[0-9;]*m", "", said)
    assert said.rpartition("collecting")[2].count("\x1b[?25h") == 1
    assert "\x1b[?25l" not in said.rpartition("\x1b[?25h")[2]


def test_terminal_without_colours(shop: Path) -> None:
    """NO_COLOR is no log: nothing is wider than the terminal that need not be."""
    said = screen(shop, "-n", "0", NO_COLOR="1")

    assert not re.search(r"\x1b\[[0-9;]*m", said)
    last = said.rpartition("\x1b[2K")[2].splitlines()
    assert any(line.endswith(FOUND) for line in last)
    assert [line for line in last if line.startswith("  ") and len(line) > 80] == []
