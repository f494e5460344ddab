"""`stackproof lint` with the Compose of this machine; nothing is brought up."""

import os
import subprocess
import sys
from pathlib import Path

STACK = """\
services:
  web:
    image: nginx:1.25.3
    user: "101"
    privileged: true
    env_file: not-there.env
  debug: {image: "nginx:1.25.3", user: "101", privileged: true, profiles: [dev]}
"""


def lint(folder: Path, *words: str) -> tuple[int, list[str], str]:
    """Return exit code, lines and errors, with nothing of Docker to be found but Compose's plugin."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("stackproof")), "lint", *words],
        cwd=folder,
        env={**os.environ, "PATH": str(folder), "DOCKER_HOST": f"unix://{folder}/no-engine.sock"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


def test_without_an_engine(tmp_path: Path) -> None:
    """All services are judged, of profiles too; a missing env file and a bad stack hinder nothing."""
    for name, text in (("good", STACK), ("bad", "services: [web]\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "compose.yml").write_text(text)
    code, lines, errors = lint(tmp_path, ".")

    assert code == 2
    assert [line.partition(": critical: ")[::2] for line in lines if "critical" in line] == [
        ("good/compose.yml:5:5", "web is declared `privileged: true` [no-privileged]"),
        ("good/compose.yml:7:47", "debug is declared `privileged: true` [no-privileged]"),
    ]
    assert errors.startswith(f"error: {tmp_path}/bad/compose.yml:1: ")
