"""`[tool.stackproof]` in the nearest pyproject.toml: what a team always means."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, ValidationError, create_model

from stackproof.controls.spelling import hint
from stackproof.errors import UsageError
from stackproof.files import disk
from stackproof.settings import declared

FILE = "pyproject.toml"
TABLE = "[tool.stackproof]"


Table = create_model(
    "Table",
    __config__=ConfigDict(extra="forbid", frozen=True, defer_build=True),  # most runs meet no table
    **{one.name: (one.option.table, one.default) for one in declared() if one.option.table is not None},  # type: ignore[call-overload]
)
"""The table: those of the settings that a team can set."""


@dataclass(frozen=True, kw_only=True)
class Defaults:
    """What a table sets, and which it is."""

    values: dict[str, Any] = field(default_factory=dict)
    told: str = ""


def load(here: Path) -> Defaults:
    """Read the nearest table, in a folder or above it up to the repository's root.

    `report_dir` and `rules` start from the folder of the file, our own defaults from where the command is
    called.
    Outside a repository only the folder itself counts. Raises UsageError naming the file.
    """
    for folder in _upwards(here):
        if (table := _table(folder / FILE, here)) is not None:
            path = folder / FILE
            return Defaults(values=_read(table, path, here), told=f"{TABLE} in {os.path.relpath(path, here)}")
    return Defaults()


def _upwards(here: Path) -> list[Path]:
    """Return the folders whose files may speak for `here`, nearest first.

    What lies around a repository does not. Without one it is `here` alone: in /tmp anybody may put a file.
    """
    folders = [here, *here.parents]
    for number, folder in enumerate(folders, start=1):
        if disk.is_there(folder / ".git"):
            return folders[:number]
    return [here]


def _table(path: Path, here: Path) -> object | None:
    """Return our table of a file, whatever it is; None where there is none that we may read."""
    try:
        if not disk.is_file(path):
            return None
        tool = tomllib.loads(disk.read(path).decode()).get("tool")
    except OSError as error:
        if path.parent != here:  # others may keep to themselves what lies above
            return None
        msg = f"{path}: cannot be read: {error.strerror or error}"
        raise UsageError(msg) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path}: not TOML: {error}"
        raise UsageError(msg) from None
    return tool.get("stackproof") if isinstance(tool, dict) else None


def _read(table: object, path: Path, here: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = Table.model_validate(table).model_dump(exclude_unset=True)
    except ValidationError as error:
        mistakes = [f"{path}: {TABLE}: {_say(dict(e))}" for e in error.errors(include_url=False)]
        raise UsageError("\n".join(mistakes)) from None
    for key in ("report_dir", "baseline"):
        if path.parent != here and key in found:
            found[key] = str(path.parent / found[key])
    if path.parent != here and "rules" in found:
        found["rules"] = [str(path.parent / each) for each in found["rules"]]
    return found


def _say(error: Mapping[str, Any]) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] != "extra_forbidden":
        return f"{key or 'the table'}: {error['msg']}"
    return f"unknown key {key!r}{hint(key, Table.model_fields)}"
