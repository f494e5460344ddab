"""What Compose only warns of, in words that name the place and what to do."""

import re
from collections.abc import Iterable
from pathlib import Path

from stackproof.stack import variables
from stackproof.stack.discovery import Source
from stackproof.stack.written import Written, relative

_OF_FILE = re.compile(r"^(/\S.*?\.\w+|/\S+): (.*)", re.DOTALL)
OTHER = "Compose warns: "
"""How a warning begins that has no words of ours."""
_OBSOLETE = re.compile(r"`?version`? is obsolete")


def told(source: Source, written: Written, said: Iterable[str]) -> tuple[str, ...]:
    """Return a line for each variable that nobody sets, and for each other warning of Compose's."""
    said = tuple(said)
    unset = variables.unset(said)
    found = [_of_variable(source, written, name, unset) for name in unset]
    found += [_other(source, written, text) for text in said if not variables.UNSET.search(text)]
    return tuple(dict.fromkeys(found))


def _of_variable(source: Source, written: Written, name: str, unset: tuple[str, ...]) -> str:
    where = ", ".join(
        f"{relative(item.file, source.directory)}:{item.line}" for item in variables.places(written, name)
    )
    fix = variables.fix(source, [name], among=unset)
    place = f" ({where})" if where else ""
    return f"variable {name} is not set: Compose puts in nothing{place}; fix: {fix}"


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
