"""The compose files that the variable COMPOSE_FILE names, in the shell or in an env file."""

import os
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from stackproof.engine.project import ComposeSettings, Project, absolute
from stackproof.errors import CommandError

VARIABLE = "COMPOSE_FILE"
# Env files have quotes, comments and variables of their own: Compose says best what it reads in them.
_QUESTION = f"""\
name: stackproof
services: {{}}
x-files: "${{{VARIABLE}-}}"
x-separator: "${{COMPOSE_PATH_SEPARATOR-}}"
"""


def named(folder: Path, settings: ComposeSettings) -> tuple[Path, ...]:
    """Return the files that the variable names for Compose when it is called in a folder; mostly none."""
    here = replace(settings, project_directory=settings.project_directory or folder)
    if VARIABLE not in os.environ and not any(_may_say(path) for path in _env_files(here)):
        return ()
    files, separator = _asked(here)
    return tuple(absolute(folder / part) for part in files.split(separator or os.pathsep) if part)


def env_files(folder: Path, first: Path, settings: ComposeSettings) -> tuple[Path, ...]:
    """Return what Compose reads variables from when an env file of `folder` made it take the file `first`.

    Its own .env counts, too, but less.
    """
    own = (first.parent / ".env", folder / ".env")
    if settings.env_files or settings.project_directory or first.parent == folder or _elsewhere():
        return settings.env_files
    return tuple(path for path in own if path.is_file())


def _elsewhere() -> bool:
    """Whether the .env of the folder has no say in which files are read."""
    return VARIABLE in os.environ or bool(os.environ.get("COMPOSE_ENV_FILES"))


def _env_files(here: ComposeSettings) -> tuple[Path, ...]:
    if here.env_files:
        return here.env_files
    named = os.environ.get("COMPOSE_ENV_FILES", "")
    own = (here.project_directory or Path()) / ".env"
    return tuple(Path(name) for name in named.split(",") if name) or (own,)


def _may_say(path: Path) -> bool:
    """Whether a file holds the word: asking Compose takes its time, and mostly there is nothing to ask."""
    try:
        return path.is_file() and VARIABLE in path.read_text(errors="replace")
    except OSError:
        return False


def _asked(here: ComposeSettings) -> tuple[str, str]:
    with TemporaryDirectory(prefix="stackproof-") as folder:
        question = Path(folder) / "question.yml"
        question.write_text(_QUESTION)
        try:
            said = Project([question], settings=here).config()
        except CommandError:  # it says so again, and better, when it shall read the stack
            return "", ""
    return said.get("x-files") or "", said.get("x-separator") or ""
