"""`[tool.stackproof]` in the pyproject.toml where a command is called: what a team always means."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, ValidationError

from stackproof.errors import UsageError
from stackproof.outcomes.model import Severity
from stackproof.spelling import hint

FILE = "pyproject.toml"
TABLE = "[tool.stackproof]"


class Defaults(BaseModel):
    """The table. A command line that says something else wins."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fail_on: Severity = Severity.HIGH
    select: list[str] = Field(default_factory=list)
    ignore: list[str] = Field(default_factory=list)
    report_dir: str = Field(default="reports", min_length=1)
    allow_host_access: StrictBool = False
    workers: Literal["auto"] | Annotated[StrictInt, Field(ge=0)] = "auto"

    def under(self, typed: Mapping[str, Any]) -> dict[str, Any]:
        """Return what was typed, completed: nothing typed is None, or no word of a repeated option."""
        found = {name: getattr(self, name) for name in type(self).model_fields}
        said = {name: value for name, value in typed.items() if value not in (None, ())}
        return {**dict.fromkeys(typed), **found, **said}


def load(folder: Path) -> Defaults:
    """Read the table; a folder without one has our own defaults.

    Raises UsageError naming the file.
    """
    path = folder / FILE
    if not path.is_file():
        return Defaults()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("stackproof", {})
        return Defaults.model_validate(table)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path}: not TOML: {error}"
        raise UsageError(msg) from None
    except ValidationError as error:
        mistakes = [f"{path}: {TABLE}: {_say(dict(e))}" for e in error.errors(include_url=False)]
        raise UsageError("\n".join(mistakes)) from None


def _say(error: Mapping[str, Any]) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] != "extra_forbidden":
        return f"{key or 'the table'}: {error['msg']}"
    return f"unknown key {key!r}{hint(key, Defaults.model_fields)}"
