"""Real repositories of git, for tests."""

import subprocess
from pathlib import Path

_SOMEBODY = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always")


def git(folder: Path, *words: str) -> str:
    """Run git as somebody who may commit, and return what it says."""
    done = subprocess.run(
        ["git", "-C", str(folder), *_SOMEBODY, *words], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
