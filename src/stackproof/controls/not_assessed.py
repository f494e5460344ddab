"""What others list and no stack can show: `not_assessed.toml` says why. It never has an outcome."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True, kw_only=True)
class NotAssessed:
    """One requirement that is not judged."""

    id: str
    title: str
    reason: str
    references: tuple[str, ...]
    """Requirements of published standards that ask for it, such as `CIS Docker 1.6.0 5.1`."""


@cache
def not_assessed() -> dict[str, NotAssessed]:
    """Return all of them by id, sorted."""
    read = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {
        name: NotAssessed(
            id=name, title=said["title"], reason=said["reason"], references=tuple(said["references"])
        )
        for name, said in sorted(read.items())
    }
