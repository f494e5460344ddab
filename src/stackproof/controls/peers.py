"""The checks of other tools, and which control answers each: `peers/TOOL.toml`, and those of our mappings."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).with_name("peers")
_MAPPINGS: Final = Path(__file__).with_name("mappings")
_UNMAPPED: Final = Path(__file__).with_name("unmapped.toml")


@dataclass(frozen=True, kw_only=True)
class PeerCheck:
    """One check of another tool."""

    tool: str
    id: str
    title: str
    controls: tuple[str, ...] = ()
    """Those that answer it."""
    why_not: str = ""
    """Why none does."""
    of_standard: bool = False
    """Whether it is a requirement of what our mappings are of, which `references` tell."""


@cache
def all_checks() -> tuple[PeerCheck, ...]:
    """Return every check that we know of, each once: a tool's own file has the last word on it."""
    found = {(one.tool.casefold(), one.id): one for one in reversed(list(_read()))}
    return tuple(reversed(found.values()))


def _read() -> Iterator[PeerCheck]:
    for path in (*sorted(FOLDER.glob("*.toml")), *sorted(_MAPPINGS.glob("*.toml"))):
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        tool = found.get("tool") or found["standard"]
        for name, said in (found.get("checks") or found["requirements"]).items():
            yield PeerCheck(
                tool=tool,
                id=name,
                title=said["title"],
                controls=tuple(said.get("controls", ())),
                why_not=said.get("why_not", ""),
                of_standard=path.parent == _MAPPINGS,
            )


def named(text: str) -> list[PeerCheck]:
    """Return the checks that somebody means by an id or a title, in any case of letters."""
    wanted = text.casefold().strip()
    return [one for one in all_checks() if wanted in (one.id.casefold(), one.title.casefold())]


@cache
def unmapped() -> dict[str, str]:
    """Return the controls that answer nothing of all that, and why."""
    found: dict[str, str] = tomllib.loads(_UNMAPPED.read_text(encoding="utf-8"))
    return found


def of_control(control: str) -> list[PeerCheck]:
    """Return the checks of other tools that a control answers, without requirements of standards."""
    return [one for one in all_checks() if control in one.controls and not one.of_standard]
