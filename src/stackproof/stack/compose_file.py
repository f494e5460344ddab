"""The compose files that the variable COMPOSE_FILE names, in the shell or in an env file."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from stackproof.engine import plugin
from stackproof.engine.command import QUICK
from stackproof.engine.project import ComposeSettings, Project, absolute
from stackproof.engine.resolved import Resolved
from stackproof.errors import CommandError, EngineError, EngineGoneError, UsageError
from stackproof.files import disk
from stackproof.stack import hidden
from stackproof.stack.dollars import unescape
from stackproof.stack.redaction import Redactor
from stackproof.stack.shell_variables import handed_over, variable_files

VARIABLE = "COMPOSE_FILE"
# Env files have quotes, comments and variables of their own: Compose says best what it reads in them.
_QUESTION = f"""\
name: stackproof
services: {{}}
x-files: "${{{VARIABLE}-}}"
x-separator: "${{COMPOSE_PATH_SEPARATOR-}}"
"""


def named(folder: Path, settings: ComposeSettings) -> tuple[Path, ...]:
    """Return the files that the variable names for Compose when it is called in a folder; mostly none.

    The .env that may say so stands in the project directory, but the paths start from the folder.
    """
    if VARIABLE not in os.environ and not any(_names(path, VARIABLE) for path in variable_files(settings)):
        return ()
    files, separator = _asked(settings)
    return tuple(absolute(folder / part) for part in files.split(separator or os.pathsep) if part)


def env_files(folder: Path, first: Path, settings: ComposeSettings) -> tuple[Path, ...]:
    """Return what Compose reads variables from when the .env of `folder` made it take the file `first`.

    Its own .env counts, too, but less.
    """
    own = (first.parent / ".env", folder / ".env")
    if settings.env_files or settings.project_directory or first.parent == folder or _elsewhere():
        return settings.env_files
    return tuple(path for path in own if disk.is_file(path))


def said_by_own(settings: ComposeSettings) -> bool:
    """Whether it is the .env of the project's folder that may name files."""
    return not settings.env_files and not _elsewhere()


def _elsewhere() -> bool:
    """Whether the .env of the folder has no say in which files are read."""
    return VARIABLE in os.environ or bool(os.environ.get("COMPOSE_ENV_FILES"))


def _names(path: Path, word: str) -> bool:
    """Whether a file holds the word: asking Compose takes its time, and mostly there is nothing to ask."""
    return word in disk.text(path)


def _asked(here: ComposeSettings) -> tuple[str, str]:
    with TemporaryDirectory(prefix="stackproof-") as folder:
        question = Path(folder) / "question.yml"
        question.write_text(_QUESTION)
        try:
            said = _resolved(question, here, Path(folder)).model
        except EngineGoneError:
            raise
        except CommandError as error:  # other files than those that are meant must not be proven
            raise UsageError(_not_answered(error, here)) from None
    return unescape(said.get("x-files") or ""), unescape(said.get("x-separator") or "")


def _resolved(question: Path, here: ComposeSettings, folder: Path) -> Resolved:
    """Ask Compose's plugin, or `docker` where that alone knows its own; `folder` is for a file of ours."""
    try:
        plugin.program()
    except EngineError as no_plugin:
        try:
            return Project([question], settings=here).config()
        except EngineError:
            raise no_plugin from None
    read = variable_files(here)
    taken = {
        name: value for name, value in plugin.kept_back().items() if any(_names(path, name) for path in read)
    }
    return plugin.resolve((question,), handed_over(here, taken, folder), QUICK)


def _not_answered(error: CommandError, here: ComposeSettings) -> str:
    """Say why Compose gave no answer. It quotes what it does not understand, which may be a secret."""
    secrets: set[str] = set()
    for path in variable_files(here):
        secrets |= hidden.of_variables_file(disk.text(path))
    reason = Redactor(frozenset(secrets)).text(str(error).splitlines()[-1])
    return f"could not find out which files {VARIABLE} names: {reason}"
