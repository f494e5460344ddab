"""What Compose only warns of, in words that name the place and what to do."""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from stackproof.stack import variables
from stackproof.stack.discovery import Source
from stackproof.stack.written import Written, relative

_OF_FILE = re.compile(r"^(/\S.*?\.\w+|/\S+): (.*)", re.DOTALL)
OTHER = "Compose warns: "
"""How a warning begins that has no words of ours."""
_DOLLAR = "set it, or, where a dollar sign is meant, write $$"
_QUOTES = "set it, or, where a dollar sign is meant, put the value in single quotes in the env file"
_SOMEWHERE = "an env file takes something from a variable that is not set: Compose puts in nothing"
_OBSOLETE = re.compile(r"`?version`? is obsolete")


def told(source: Source, written: Written, said: Iterable[str]) -> tuple[str, ...]:
    """Return a line for each variable that nobody sets, and for each other warning of Compose's.

    In the order in which the variables are written: Compose warns of them in another order each time.
    """
    said = tuple(said)
    unset = tuple(sorted(variables.unset(said), key=partial(_first_place, written)))
    found = [text for name in unset for text in _of_variable(source, written, name, unset)]
    others = (text for text in said if not variables.UNSET.search(text))
    found += [_other(source, written, text) for text in sorted(others, key=_obsolete_first)]
    return tuple(dict.fromkeys(found))


def _obsolete_first(text: str) -> tuple[bool, str]:
    return _OBSOLETE.search(text) is None, text


def _first_place(written: Written, name: str) -> tuple[int, int, str]:
    """Return what puts variables into the order of their files and lines; those of env files come last."""
    number = {file.path: number for number, file in enumerate(written)}
    found = [(number[item.file], item.line, name) for item in variables.places(written, name)]
    return min(found, default=(len(number), 0, name))


def _of_variable(source: Source, written: Written, name: str, unset: tuple[str, ...]) -> Iterator[str]:
    """Yield what is said of a variable; its name only where it is no part of a secret."""
    items = list(variables.places(written, name))
    told = [item for item in items if variables.tells(item, name)]
    if told:
        where = ", ".join(_place(source, item.file, item.line) for item in told)
        fix = variables.fix(source, [name], among=unset)
        yield f"variable {name} is not set: Compose puts in nothing ({where}); fix: {fix}"
    for item in items:
        if item not in told:
            key, _value = variables.whose(item)
            yield f"{_place(source, item.file, item.line)}: {_cut(key)}; fix: {_DOLLAR}"
    entries = list(variables.in_files(source, written, name))
    for path, entry in entries:
        yield f"{_place(source, path, entry.line)}: {_cut(entry.name)}; fix: {_QUOTES}"
    if not items and not entries:
        yield f"{_SOMEWHERE}; fix: {_QUOTES}"


def _place(source: Source, file: Path, line: int) -> str:
    return f"{relative(file, source.directory)}:{line}"


def _cut(key: str) -> str:
    return f"{key} takes something from a variable that is not set: Compose puts in nothing"


def _other(source: Source, written: Written, text: str) -> str:
    hit = _OF_FILE.match(text)
    file, words = (hit[1], hit[2]) if hit else ("", text)
    place = relative(Path(file), source.directory) if file else ""
    if _OBSOLETE.search(words):
        for one in written:
            item = one.items.get(("version",))
            if item and (not file or str(one.path) == file):
                place = f"{relative(one.path, source.directory)}:{item.line}"
                return f"{place}: `version` is obsolete and ignored; fix: remove the line"
    return f"{OTHER}{f'{place}: ' if place else ''}{words}"
