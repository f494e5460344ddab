"""Questions to git about the repository around a stack."""

import os
import subprocess
from pathlib import Path

_WITHIN = 10.0  # seconds; it may wait for a slow disk


def git(folder: Path, *words: str) -> str | None:
    """Ask git, which writes nothing; return what it says, None where it cannot be asked or refuses."""
    # Without this, a look at the status writes its index anew.
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words],
            capture_output=True, text=True, errors="replace", check=False, timeout=_WITHIN, env=environment,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
