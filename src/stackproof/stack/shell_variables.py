"""Variables of the shell that Compose does not get from us, and that files take all the same."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from stackproof.engine.project import ComposeSettings
from stackproof.files import disk

_ESCAPED = {"\\": "\\\\", '"': '\\"', "$": "\\$", "\n": "\\n", "\r": "\\r"}


def variable_files(here: ComposeSettings) -> tuple[Path, ...]:
    """Return what Compose reads variables from in a project directory; not all need be there."""
    if here.env_files:
        return here.env_files
    named = os.environ.get("COMPOSE_ENV_FILES", "")
    own = (here.project_directory or Path()) / ".env"
    return tuple(Path(name) for name in named.split(",") if name) or (own,)


def handed_over(settings: ComposeSettings, taken: Mapping[str, str], folder: Path) -> ComposeSettings:
    """Return settings by which Compose has these variables as if they stood in its shell.

    Their file, in `folder`, is the first, so that others may use them, and the last: the shell's word counts.
    """
    if not taken:
        return settings
    path = folder / "shell.env"
    path.write_text("".join(f"{name}={_quoted(value)}\n" for name, value in taken.items()), encoding="utf-8")
    files = variable_files(settings)
    named = settings.env_files or os.environ.get("COMPOSE_ENV_FILES")
    own = files if named else tuple(file for file in files if disk.is_file(file))  # its own may be missing
    return replace(settings, env_files=(path, *own, path))


def _quoted(value: str) -> str:
    return f'"{"".join(_ESCAPED.get(character, character) for character in value)}"'
