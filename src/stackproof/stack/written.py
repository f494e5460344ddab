"""What the author wrote, item by item: every file of a stack, also those that it includes and extends."""

import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Self

from stackproof.engine.nodes import MAPPING, SCALAR, SEQUENCE, Node, TooDeepError, YAMLError, compose_all
from stackproof.engine.project import absolute
from stackproof.files import disk
from stackproof.stack.discovery import Source
from stackproof.stack.hidden import is_without_secrets
from stackproof.stack.keys import KeyPath
from stackproof.stack.numbers import whole

ANY = "[]"
"""Compose's word for the index of a list when it does not say which."""
MOST_FILES = 1001
"""Files of one stack that are read: with links, even one that includes itself may lead to any number."""
_MOST = 100_000  # items of one file: aliases of aliases multiply
_TAGS = ("!reset", "!override")
_KINDS = {"int": "a number", "float": "a number", "bool": "true or false", "null": "empty"}


class Item(NamedTuple):
    """A key with what stands behind it, or an entry of a list."""

    file: Path
    keys: KeyPath
    line: int
    column: int
    kind: str
    """`a mapping`, `a list`, `a text`, `a number`, `true or false` or `empty`."""
    text: str = ""
    """As written, for what is neither mapping nor list."""
    tag: str = ""
    """Compose's own `!reset` or `!override` before it, which part it from what weaker files say."""
    quote: str = ""
    """The quotes that a text stands in, or the sign of a block (`|`, `>`); empty for a plain one."""
    begins: int = 0
    """The line of its quote, of the sign of its block or of its first word, which may be below its key."""
    merged: bool = False
    """Whether a merge key brought it: it is written elsewhere."""

    @property
    def service(self) -> str | None:
        """The service that it belongs to."""
        inside = len(self.keys) > 1 and self.keys[0] == "services"
        return str(self.keys[1]) if inside else None


@dataclass(frozen=True)
class Document:
    """One document of a file."""

    items: dict[KeyPath, Item] = field(repr=False)
    """Everything in it, with what anchors and merge keys bring in."""

    @cached_property
    def children(self) -> dict[KeyPath, list[KeyPath]]:
        """What stands directly below each path of keys, in the order in which it is written."""
        found: dict[KeyPath, list[KeyPath]] = {}
        for keys in self.items:
            found.setdefault(keys[:-1], []).append(keys)
        return found

    @cached_property
    def leads(self) -> list[Item]:
        """What names files that Compose reads as compose files."""
        return [item for item in self.items.values() if _leads(item)]


@dataclass(frozen=True)
class File:
    """One compose file. Its relative paths start from `base`."""

    path: Path
    base: Path
    extended: bool = False
    """Whether services of it are only extended, so that none of it is in the stack by itself."""

    @cached_property
    def text(self) -> bytes:
        """What it holds; nothing for what cannot be read."""
        return disk.content(self.path)

    @cached_property
    def _roots(self) -> tuple[Node, ...]:
        return _parsed(self.text)

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """Its documents, which Compose merges in this order."""
        return _walked(self.path, self.text)

    @cached_property
    def items(self) -> dict[KeyPath, Item]:
        """Everything in it; a later document counts more."""
        if len(self.documents) == 1:
            return self.documents[0].items
        return {keys: item for document in self.documents for keys, item in document.items.items()}

    @cached_property
    def root(self) -> str:
        """What the file is as a whole: `a mapping`, `a list` ..., or `empty`."""
        return _kind(self._roots[0]) if self._roots else "empty"

    @property
    def too_deep(self) -> int | None:
        """The line in which it has more levels than are read; None for a file that is read."""
        try:
            compose_all(self.text)
        except TooDeepError as error:
            return error.line
        except (YAMLError, RecursionError):
            return None
        return None

    def line(self, *keys: str | int) -> int | None:
        """Return the line of the longest part of a path of keys that is written down."""
        for length in range(len(keys), 0, -1):
            if keys[:length] in self.items:
                return self.items[keys[:length]].line
        return None

    def below(self, *keys: str | int) -> Iterator[Item]:
        """Yield what stands directly below a path of keys."""
        for item in self.items.values():
            if item.keys[:-1] == keys:
                yield item

    def resolve(self, dotted: str) -> list[KeyPath]:
        """Return the paths of keys that Compose may mean, as far as they are written here.

        Names have dots of their own, and an index may be left out.
        """
        words = [word for word in re.split(r"\.|\[([^\]]*)\]", dotted.replace("[]", ".*.")) if word]
        return sorted(self._resolve((), words), key=len, reverse=True)

    def _resolve(self, above: KeyPath, words: list[str]) -> Iterator[KeyPath]:
        if above:
            yield above
        if not words:
            return
        for count in range(1, len(words) + 1):
            key = ".".join(words[:count])
            if (*above, key) in self.items:
                yield from self._resolve((*above, key), words[count:])
        if words[0] == "*":
            for item in self.below(*above):
                if isinstance(item.keys[-1], int):
                    yield from self._resolve(item.keys, words[1:])
        elif (index := whole(words[0])) is not None and (*above, index) in self.items:
            yield from self._resolve((*above, index), words[1:])


@dataclass(frozen=True)
class Written:
    """All files of a stack: those that were given, then those that they lead to."""

    files: tuple[File, ...] = field(repr=False)

    @classmethod
    def of(cls, source: Source) -> Self:
        """Read the files of a stack and those that they include and extend, as far as they are there."""
        known: dict[Path, File] = {}
        waiting = deque(File(path, source.directory) for path in source.files)
        while waiting and len(known) < MOST_FILES:
            file = waiting.popleft()
            if file.path not in known:
                known[file.path] = file
                waiting.extend(other for other in led_to(file) if disk.is_file(other.path))
        return cls(tuple(known.values()))

    def __iter__(self) -> Iterator[File]:
        """Yield the files."""
        return iter(self.files)

    def file(self, name: str) -> File | None:
        """Return the file that Compose names."""
        return next((file for file in self.files if str(file.path) == name), None) or next(
            (file for file in self.files if disk.real(file.path) == disk.real(Path(name))), None
        )

    @property
    def plain(self) -> frozenset[str]:
        """Texts that stand in services where no secret does, as written, by an alias or a merge, too."""
        return frozenset(
            item.text for item in self.items(lambda item: is_without_secrets(_without_merges(item.keys)))
        )

    def items(self, fits: Callable[[Item], bool], first: File | None = None) -> Iterator[Item]:
        """Yield what fits, beginning with one file."""
        order: Iterable[File] = sorted(self.files, key=lambda file: file is not first)
        return (item for file in order for item in file.items.values() if fits(item))


def _without_merges(keys: KeyPath) -> KeyPath:
    """Return a path as it is without merge keys on its way: what one brings, and another text covers."""
    pairs = zip((None, *keys), keys, strict=False)
    return tuple(
        key for before, key in pairs if key != "<<" and not (before == "<<" and isinstance(key, int))
    )


def led_to(file: File) -> Iterator[File]:
    """Yield the files that one includes and extends, whether they are there or not."""
    for item in leads(file):
        yield lead(file, item, item.text)


def lead(file: File, item: Item, text: str) -> File:
    """Return the file that an item of another names with its `text`, in which variables are filled in."""
    path = absolute(file.base / text)
    return File(path, _base(file, item, path), extended=file.extended or item.service is not None)


def leads(file: File) -> Iterator[Item]:
    """Yield the items that name files which Compose reads as compose files."""
    for document in file.documents:
        yield from (item for item in document.leads if file.items[item.keys] is item)


def _leads(item: Item) -> bool:
    keys = item.keys
    if keys[0] == "include":
        named = (len(keys) == 2 and isinstance(keys[1], int)) or "path" in keys[2:3]  # noqa: PLR2004
    else:
        named = keys[-1] == "file" and keys[0] == "services" and keys[2:] == ("extends", "file")
    return named and item.kind == "a text" and "$" not in item.text and "://" not in item.text


def _base(file: File, item: Item, path: Path) -> Path:
    """Where the paths of a file start that another leads to."""
    if item.keys[0] == "include" and (own := file.items.get((*item.keys[:2], "project_directory"))):
        return absolute(file.base / own.text)
    first = file.items.get((*item.keys[:3], 0)) if len(item.keys) > 3 else None  # noqa: PLR2004
    return absolute(file.base / first.text).parent if first else path.parent


# A stack's files are asked for on several ways within a moment: by what Compose warns of, and by places.
@lru_cache(maxsize=16)
def _parsed(text: bytes) -> tuple[Node, ...]:
    """Return the documents of a text; none for what is no YAML: Compose reports that itself."""
    try:
        return tuple(compose_all(text))
    except (YAMLError, RecursionError):
        return ()


@lru_cache(maxsize=16)
def _walked(path: Path, text: bytes) -> tuple[Document, ...]:
    """Return the documents of a file, which Compose merges in this order."""
    found = []
    left = _MOST
    for root in _parsed(text):
        walked = list(islice(_walk(root, (), path, frozenset()), left))
        left -= len(walked)
        found.append(Document({item.keys: item for item in walked}))
    return tuple(found)


def _kind(node: Node) -> str:
    if str(node.tag) == "!reset":
        return "empty"
    if isinstance(node, MAPPING):
        return "a mapping"
    if isinstance(node, SEQUENCE):
        return "a list"
    return _KINDS.get(str(node.tag).rpartition(":")[2], "a text")


def _walk(node: Node, path: KeyPath, file: Path, above: frozenset[int]) -> Iterator[Item]:
    if id(node) in above:  # an alias of what it stands in
        return
    above |= {id(node)}
    if isinstance(node, MAPPING):
        written = {str(key.value) for key, _ in node.value}
        for key, value in node.value:
            if str(key.value) == "<<":
                yield from _merged(value, path, file, above, written)
            yield from _item(key, value, (*path, str(key.value)), file, above)
    elif isinstance(node, SEQUENCE):
        for index, value in enumerate(node.value):
            yield from _item(_first(value), value, (*path, index), file, above)


def _first(node: Node) -> Node:
    """Return where the text of an entry begins, which is below its anchor when that has a line of its own."""
    block = isinstance(node, MAPPING) and not node.flow_style and node.value
    return node.value[0][0] if block else node


def _item(place: Node, value: Node, keys: KeyPath, file: Path, above: frozenset[int]) -> Iterator[Item]:
    kind = _kind(value)
    text = str(value.value) if isinstance(value, SCALAR) and kind != "empty" else ""
    mark, tag = place.start_mark, str(value.tag) if str(value.tag) in _TAGS else ""
    yield Item(
        file=file,
        keys=keys,
        line=mark.line + 1,
        column=mark.column + 1,
        kind=kind,
        text=text,
        tag=tag,
        quote=str(getattr(value, "style", None) or ""),  # only scalars have one
        begins=value.start_mark.line + 1,
    )
    yield from _walk(value, keys, file, above)


def _merged(
    value: Node, path: KeyPath, file: Path, above: frozenset[int], written: set[str]
) -> Iterator[Item]:
    """Yield what a merge key brings and the mapping does not say itself; the first of several wins."""
    sources = value.value if isinstance(value, SEQUENCE) else [value]
    said = set(written)
    for source in sources:
        brought = set()
        for item in _walk(source, path, file, above) if isinstance(source, MAPPING) else ():
            key = str(item.keys[len(path)])
            if key not in said:
                brought.add(key)
                yield item._replace(merged=True)
        said |= brought


@lru_cache(maxsize=1024)
def relative(path: Path, folder: Path) -> str:
    """Return a path as somebody in a folder would write it, where it is not far away."""
    near = os.path.relpath(path, folder)
    return str(path) if near.startswith("../..") else near
