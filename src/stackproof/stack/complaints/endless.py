"""Files that never end, and aliases of what they stand in: Compose would read them for ever."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from stackproof.engine.nodes import MAPPING, SEQUENCE, Node, YAMLError, compose_all
from stackproof.engine.project import absolute
from stackproof.stack.complaints.case import Case, Message, Place
from stackproof.stack.written import content

# Keys whose files Compose reads while it resolves.
_READ: Final = frozenset({"env_file", "label_file", "extends", "include"})


def endless(case: Case) -> Message | None:
    """Return what is said of the first file that Compose would read, and that is a FIFO or a device."""
    for place, path in _read(case):
        if kind := _kind(path):
            words = f"{case.short(path)} is a {kind}, from which Compose waits for ever"
            return Message(place=place, words=words, fix="name a file")
    return None


def merge_circle(case: Case) -> Message | None:
    """Return what is said of a merge key that takes the mapping in which it stands."""
    for file in case.written:
        try:
            roots = compose_all(content(file.path))
        except (YAMLError, RecursionError):
            continue
        for root in roots:
            if (line := _circle(root, (), set())) is not None:
                return Message(
                    place=Place(file=file.path, line=line),
                    words="the merge key << takes the mapping in which it stands",
                    fix="let it name another anchor, or write the values out",
                )
    return None


def _read(case: Case) -> Iterator[tuple[Place, Path]]:
    for file in case.written:
        for item in file.items.values():
            if item.text and not _READ.isdisjoint(map(str, item.keys)):
                yield Place.of(item), absolute(file.base / case.filled(item.text))
    own = {file.base / ".env" for file in case.written}
    for path in case.source.settings.env_files or sorted({case.source.directory / ".env", *own}):
        yield case.start, path


def _kind(path: Path) -> str:
    """Return what never ends; empty for what does, or is not there."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):  # a text with a NUL is no path
        return ""
    if stat.S_ISFIFO(mode):
        return "FIFO"
    return "device" if stat.S_ISCHR(mode) and not path.samefile("/dev/null") else ""


def _circle(node: Node, above: tuple[int, ...], seen: set[int]) -> int | None:
    """Return the line of the first merge key below that leads back to what it stands in, counted from 1."""
    if id(node) in seen:
        return None
    seen.add(id(node))
    within = (*above, id(node))
    for key, value in node.value if isinstance(node, MAPPING) else ():
        taken = value.value if isinstance(value, SEQUENCE) else [value]
        if key.value == "<<" and any(id(one) in within for one in taken):
            return int(key.start_mark.line) + 1
    parts = [value for _key, value in node.value] if isinstance(node, MAPPING) else []
    parts = list(node.value) if isinstance(node, SEQUENCE) else parts
    found = (_circle(part, within, seen) for part in parts)
    return next((line for line in found if line is not None), None)
