"""Files that never end or are too large, and aliases of what they stand in: Compose would read on and on."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from stackproof.engine.nodes import MAPPING, SEQUENCE, Node, YAMLError, compose_all
from stackproof.engine.project import absolute
from stackproof.files import disk
from stackproof.stack import profiles
from stackproof.stack.complaints.case import Case, Message, Place
from stackproof.stack.keys import KeyPath
from stackproof.stack.written import MOST_FILES, File, Item

# Where files are named that Compose reads while it resolves; `0` is any index.
_OF_SERVICE: Final = frozenset(
    {
        ("env_file",),
        ("env_file", 0),
        ("env_file", 0, "path"),
        ("label_file",),
        ("label_file", 0),
        ("extends", "file"),
    }
)
_OF_TOP: Final = frozenset(
    {("include", 0), *(("include", 0, key, *more) for key in ("path", "env_file") for more in ((), (0,)))}
)

# How these paths may end: most of what is written ends otherwise.
_LAST: Final = frozenset({key for path in (*_OF_SERVICE, *_OF_TOP) for key in path[-1:] if key != 0})


def endless(case: Case) -> Message | None:
    """Return what is said of the first file that Compose would read, and that has no end or is too large."""
    for place, path in _read(case):
        if kind := disk.endless(path):
            words = f"{case.short(path)} is {kind}, and must be a file that ends"
            return Message(place=place, words=words, fix="name a file")
        if disk.size(path) > disk.MOST:
            words = f"{case.short(path)} is larger than {disk.MOST >> 20} MiB, and so it is not read"
            return Message(place=place, words=words, fix="name the file that is meant, or split it")
    if len(case.written.files) >= MOST_FILES:
        words = (
            f"it leads to more than {MOST_FILES - 1} files by `include` and `extends`, and so it is not read"
        )
        return Message(place=case.start, words=words, fix="see whether they lead to each other in a circle")
    return None


def merge_circle(case: Case) -> Message | None:
    """Return what is said of a merge key that takes the mapping in which it stands."""
    for file in case.written:
        try:
            roots = compose_all(file.text)
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
    out = left_out(case)
    for file in case.written:
        for item in _naming_files(file):
            if not _taken_back(case, item) and (item.keys[2:3] == ("extends",) or item.service not in out):
                yield Place.of(item), absolute(file.base / _at_home(case.filled(item.text)))
    own = {file.base / ".env" for file in case.written}
    for path in case.source.settings.env_files or sorted({case.source.directory / ".env", *own}):
        yield case.start, path


def _naming_files(file: File) -> list[Item]:
    return [
        item
        for keys, item in file.items.items()
        if item.text and (keys[-1] in _LAST or isinstance(keys[-1], int)) and _names_a_file(keys)
    ]


def _names_a_file(keys: KeyPath) -> bool:
    form = tuple(0 if isinstance(key, int) else key for key in keys)
    return form in _OF_TOP or (form[:1] == ("services",) and form[2:] in _OF_SERVICE)


def _at_home(text: str) -> str:
    return os.path.expanduser(text) if text.startswith("~/") else text  # noqa: PTH111 - `~` may have no home


def _taken_back(case: Case, item: Item) -> bool:
    """Whether a tag of its own, or of a later file, keeps Compose from reading it; where in doubt it does."""
    files = list(case.written)
    own = next(index for index, file in enumerate(files) if file.path == item.file)
    given = files[: len(case.source.files)]
    later = given[own + 1 :] if own < len(given) else given
    above = [item.keys[:length] for length in range(1, len(item.keys) + 1)]
    if any(hit.tag == "!reset" for keys in above if (hit := files[own].items.get(keys))):
        return True
    # Compose follows `include` and `extends` before it merges files.
    merged = item.keys[2:3] in (("env_file",), ("label_file",))
    return merged and any(hit.tag for file in later for keys in above if (hit := file.items.get(keys)))


def left_out(case: Case) -> set[str | None]:
    """Return the services that have profiles of which none is known to be active."""
    active = {*case.source.settings.profiles, *case.values.get("COMPOSE_PROFILES", "").split(",")}
    behind: dict[str | None, set[str]] = {}
    for item in profiles.items(case.written):
        behind.setdefault(item.service, set()).add(case.filled(item.text))
    return {name for name, those in behind.items() if "*" not in active and not those & active}


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
