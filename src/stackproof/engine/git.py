"""Questions to git about the repository around a stack."""

import os
import subprocess
from pathlib import Path

_WITHIN = 10.0  # seconds; it may wait for a slow disk
# Set in hooks and by `git --git-dir`: with them git would tell of that repository, wherever it is asked.
_OF_ONE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_NAMESPACE",
           "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")  # fmt: skip


def git(folder: Path, *words: str) -> str | None:
    """Ask git, which writes nothing; return what it says, None where it cannot be asked or refuses."""
    done = _ask(folder, *words)
    return done.stdout if done and done.returncode == 0 else None


def refusal(folder: Path) -> str:
    """Return why git does not tell of the repository around a folder, in its words; empty where it does."""
    done = _ask(folder, "rev-parse", "--show-toplevel")
    if done is None:
        return "git was not found, or did not answer"
    return next(iter(done.stderr.splitlines()), "git refuses") if done.returncode else ""


def _ask(folder: Path, *words: str) -> subprocess.CompletedProcess[str] | None:
    around = {name: value for name, value in os.environ.items() if name not in _OF_ONE}
    # Without this, a look at the status writes its index anew.
    environment = {**around, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *words],
            capture_output=True, text=True, errors="surrogateescape", check=False,
            timeout=_WITHIN, env=environment, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
