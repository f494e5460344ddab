"""The checks of other tools, and which control answers each: `peers/TOOL.toml`, and those of our mappings."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).with_name("peers")
_MAPPINGS: Final = Path(__file__).with_name("mappings")
_BETWEEN: Final = re.compile(r"[\s:/#_-]+")
# Ids of tools and standards of which we answer some, and which those are.
_UNANSWERED: Final = (
    (re.compile(r"(?i)DL\d{4}"), "rules of hadolint", "they say something of what runs, and not of style"),
    (re.compile(r"(?i)SC\d{4}"), "rules of ShellCheck", "hadolint's own cover them"),
    (re.compile(r"(?i)CKV2?_\w+"), "checks of Checkov", "they are about Dockerfiles"),
    (re.compile(r"(?i)CL-?\d+"), "rules of compose-lint", "`stackproof controls` lists them as peers"),
    (re.compile(r"(?i)(?:CIS-|check_)?[12367][._]\d+(?:[._]\d+)?"), "requirements of CIS Docker",
     "they are of sections 4 and 5: the others are about the host and the engine"),
)  # fmt: skip
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
    """Return the checks that somebody means by an id or a title, in any case of letters.

    Before an id may stand who has it, as references do it, or in part: `CIS 5.4`, `dclint:no-version-field`.
    """
    title, words = text.casefold().strip(), _words(text)
    return [one for one in all_checks() if title == one.title.casefold() or _is_meant(one, words)]


def _is_meant(one: PeerCheck, words: list[str]) -> bool:
    return _means(words, _words(one.tool), _words(one.id))


def _means(words: list[str], owner: list[str], own: list[str]) -> bool:
    before = len(words) - len(own)
    return before >= 0 and words[before:] == own and set(words[:before]) <= set(owner)


def is_reference(text: str, reference: str) -> bool:
    """Whether somebody means a reference, or a part of it with its number: `5.1` or `CIS 5.1`."""
    *owner, number = _words(reference)
    return _means(_words(text), owner, [number])


def _words(text: str) -> list[str]:
    return _BETWEEN.sub(" ", text.casefold()).split()


def answer(text: str) -> str:
    """Return the end of a message about an id that is none of ours: what answers it, or nothing."""
    if found := [one for one in named(text) if one.controls]:
        names = dict.fromkeys(name for one in found for name in one.controls)
        return f"; {found[0].tool} {found[0].id} is answered by {', '.join(names)}"
    if found := named(text):
        return f"; {found[0].tool} {found[0].id} is answered by none: {found[0].why_not}"
    last = (text.split() or [""])[-1]
    kind = next((kind for kind in _UNANSWERED if kind[0].fullmatch(last)), None)
    return f"; {kind[1]} are answered as far as {kind[2]}" if kind else ""


@cache
def unmapped() -> dict[str, str]:
    """Return the controls that answer nothing of all that, and why."""
    found: dict[str, str] = tomllib.loads(_UNMAPPED.read_text(encoding="utf-8"))
    return found


def of_control(control: str) -> list[PeerCheck]:
    """Return the checks of other tools that a control answers, without requirements of standards."""
    return [one for one in all_checks() if control in one.controls and not one.of_standard]
