"""`[tool.stackproof]` in the nearest pyproject.toml: what a team always means."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StrictBool, ValidationError
from pydantic_core import PydanticCustomError

from stackproof.controls.spelling import hint
from stackproof.errors import UsageError
from stackproof.outcomes.model import Severity

FILE = "pyproject.toml"
TABLE = "[tool.stackproof]"


def _workers(value: object) -> str | int:
    if value == "auto" or (type(value) is int and value >= 0):
        return value
    kind, words = "workers", "should be 'auto' or a whole number from 0 on"
    raise PydanticCustomError(kind, words)


class Defaults(BaseModel):
    """The table. A command line that says something else wins."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fail_on: Severity = Severity.HIGH
    select: list[str] = Field(default_factory=list)
    ignore: list[str] = Field(default_factory=list)
    report_dir: str = Field(default="reports", min_length=1)
    """Starts from the folder of the file; our own default from where the command is called."""
    allow_host_access: StrictBool = False
    allow_network: list[str] = Field(default_factory=list)
    allow_key: list[str] = Field(default_factory=list)
    allow_outside: list[str] = Field(default_factory=list)
    offline: StrictBool = False
    workers: Annotated[str | int, PlainValidator(_workers)] = "auto"

    def under(self, typed: Mapping[str, Any]) -> dict[str, Any]:
        """Return what was typed, completed: nothing typed is None, or no word of a repeated option."""
        found = {name: getattr(self, name) for name in type(self).model_fields}
        said = {name: value for name, value in typed.items() if value not in (None, ())}
        return {**dict.fromkeys(typed), **found, **said}


def load(here: Path) -> Defaults:
    """Read the nearest table, in a folder or above it up to the repository's root; else our own defaults.

    Outside a repository only the folder itself counts. Raises UsageError naming the file.
    """
    for folder in _upwards(here):
        if (table := _table(folder / FILE, here)) is not None:
            return _read(table, folder / FILE, here)
    return Defaults()


def _upwards(here: Path) -> list[Path]:
    """Return the folders whose files may speak for `here`, nearest first.

    What lies around a repository does not. Without one it is `here` alone: in /tmp anybody may put a file.
    """
    folders = [here, *here.parents]
    for number, folder in enumerate(folders, start=1):
        if os.path.exists(folder / ".git"):  # noqa: PTH110 - pathlib's raises where we may not look
            return folders[:number]
    return [here]


def _table(path: Path, here: Path) -> object | None:
    """Return our table of a file, whatever it is; None where there is none that we may read."""
    try:
        if not path.is_file():
            return None
        tool = tomllib.loads(path.read_text(encoding="utf-8")).get("tool")
    except OSError as error:
        if path.parent != here:  # others may keep to themselves what lies above
            return None
        msg = f"{path}: cannot be read: {error.strerror or error}"
        raise UsageError(msg) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path}: not TOML: {error}"
        raise UsageError(msg) from None
    return tool.get("stackproof") if isinstance(tool, dict) else None


def _read(table: object, path: Path, here: Path) -> Defaults:
    try:
        found = Defaults.model_validate(table)
    except ValidationError as error:
        mistakes = [f"{path}: {TABLE}: {_say(dict(e))}" for e in error.errors(include_url=False)]
        raise UsageError("\n".join(mistakes)) from None
    if path.parent == here or "report_dir" not in found.model_fields_set:
        return found
    return found.model_copy(update={"report_dir": str(path.parent / found.report_dir)})


def _say(error: Mapping[str, Any]) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] != "extra_forbidden":
        return f"{key or 'the table'}: {error['msg']}"
    return f"unknown key {key!r}{hint(key, Defaults.model_fields)}"
