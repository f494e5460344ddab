"""YAML as a tree of places in its text: every key and value with where it begins and ends, aliases as such.

Nodes, as `engine.nodes` has them, show an alias as what it stands for, and so at another place.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Self

import yaml

from stackproof.rules.fixes.text import Lines, NotFixable
from stackproof.stack.keys import KeyPath

# Lists without an order; an extension may hold one of them.
_UNORDERED: Final = frozenset({"ports", "depends_on"})
_EXTENSION: Final = "x-"
_PROPERTIES: Final = re.compile(r"(?:[&!]\S*\s+)*")
_COMMENT: Final = re.compile(r"(?:^|(?<=\s))#[^\r\n]*")
_SIGN: Final = re.compile(r"[|>][-+0-9]*")
_HEAD: Final = re.compile(r"[^\r\n]*")
_BREAK: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_Loader: Final[Any] = getattr(yaml, "CLoader", yaml.Loader)


@dataclass(eq=False)
class Node:
    """A value or a key."""

    kind: str
    """`mapping`, `sequence`, `scalar` or `alias`."""
    start: int
    """Where it begins, with its anchor and tag."""
    end: int
    value: str = ""
    """Of a scalar, what it says; of an alias, its name."""
    style: str = ""
    """The quotes of a scalar, or the sign of a block; `{` of a collection in braces or brackets."""
    anchor: str = ""
    tag: str = ""
    entries: list["Entry"] = field(default_factory=list)
    target: "Node | None" = None
    """What an alias stands for."""
    entry: "Entry | None" = None
    """Whose value it is."""

    @property
    def flow(self) -> bool:
        """Whether it is a collection in braces or brackets."""
        return self.style == "{"

    @property
    def meant(self) -> "Node":
        """What stands here, or what an alias here stands for."""
        return self.target or self


@dataclass(eq=False)
class Entry:
    """A key with its value, or an entry of a list."""

    key: Node | None
    value: Node
    above: Node
    """The collection that it is in."""
    path: KeyPath

    @property
    def start(self) -> int:
        """Where it begins, without the dash of a list."""
        return (self.key or self.value).start

    @property
    def end(self) -> int:
        """Behind the last that belongs to it."""
        return max(self.value.end, self.key.end if self.key else 0)

    @property
    def name(self) -> str:
        """What its key says; empty for an entry of a list."""
        return self.key.value if self.key else ""

    @property
    def index(self) -> int:
        """Its number in the collection, from 0."""
        return next(number for number, one in enumerate(self.above.entries) if one is self)


class Tree:
    """The documents of one text."""

    def __init__(self, said: str, roots: list[Node]) -> None:
        self.said = said
        self.roots = roots

    @classmethod
    def of(cls, said: str) -> Self:
        """Read a text. Raises NotFixable for what libyaml does not read."""
        try:
            return cls(said, _Reading(said).roots())
        except (yaml.YAMLError, KeyError):  # an alias of nothing
            msg = "the file is no YAML that can be changed safely"
            raise NotFixable(msg) from None

    @cached_property
    def lines(self) -> Lines:
        """The lines of the text."""
        return Lines(self.said)

    def entry(self, line: int, column: int) -> Entry | None:
        """Return the outermost entry that begins at a place, counted from 1."""
        at = self._starts[line - 1] + column - 1 if line <= len(self._starts) else -1
        return next((one for root in self.roots for one in _below(root) if _begins(one, at)), None)

    @cached_property
    def has_aliases(self) -> bool:
        """Whether something in it stands for lines elsewhere."""
        return any(one.value.kind == "alias" for root in self.roots for one in _below(root))

    @cached_property
    def _starts(self) -> list[int]:
        """Where lines begin as YAML 1.1 counts them, and with it all who tell places."""
        return [0, *(hit.end() for hit in _BREAK.finditer(self.said))]

    def column(self, index: int) -> int:
        """Return the column of an index, from 0."""
        return index - self.lines.start(self.lines.of(index))

    def dashes(self, near: Node) -> int:
        """Return how far the lists of a file are indented below their keys, first of all those `near`."""
        for node in (near, *self.roots):
            for one in _below(node):
                if one.key and one.value.entries and _has_dashes(one.value):
                    return self.column(one.value.start) - self.column(one.key.start)
        return 2

    def begin(self, node: Node) -> int:
        """Return where a value begins behind its anchor and tag."""
        hit = _PROPERTIES.match(self.said, node.start, node.end)
        return hit.end() if hit and (node.anchor or node.tag) else node.start

    def last(self, entry: Entry) -> int:
        """Return the last line in which something of an entry stands."""
        end = entry.end
        while end > entry.start and self.said[end - 1] in " \t\r\n" and not self._kept(entry, end):
            end -= 1
        return self.lines.of(max(end - 1, entry.start))

    def _kept(self, entry: Entry, end: int) -> bool:
        """Whether a block says that the line breaks at its end count (`|+`)."""
        node = _last(entry)
        return node.end == end and "+" in self._block(node)

    def ends_in_text(self, entry: Entry) -> bool:
        """Whether an entry ends in a block to which an end of line more, or less, is another text."""
        head = self._block(_last(entry))
        return bool(head) and "-" not in head

    def _block(self, node: Node) -> str:
        """Return the sign of a block, and what says which line breaks at its end count; empty for none."""
        hit = _SIGN.match(self.said, self.begin(node)) if node.style in ("|", ">") else None
        return hit[0] if hit else ""

    def comments(self) -> list[str]:
        """Return all comments, sorted."""
        return sorted(hit[0].rstrip() for hit in self.remarks())

    def remarks(self) -> Iterator[re.Match[str]]:
        """Yield the comments with their places. What looks like one within a text is none."""
        at = 0
        for node in sorted(self._scalars(), key=lambda node: node.start):
            if node.start > at:
                yield from _COMMENT.finditer(self.said, at, node.start)
            if node.style in ("|", ">") and (hit := _HEAD.match(self.said, self.begin(node), node.end)):
                yield from _COMMENT.finditer(self.said, hit.start(), hit.end())
            at = max(at, node.end)
        yield from _COMMENT.finditer(self.said, at)

    def data(self) -> list[Any]:
        """Return what is said, of each document: what two texts have in common that mean the same.

        Quotes do not count, nor does `version`, nor an order that says nothing to Compose.
        """
        return [_data(root, "") for root in self.roots]

    def _scalars(self) -> Iterator[Node]:
        for root in self.roots:
            for one in _below(root):
                yield from (node for node in (one.key, one.value) if node and node.kind == "scalar")


class _Reading:
    """Puts events together. An anchor that stands twice is what the last one says, as YAML has it."""

    def __init__(self, said: str) -> None:
        self._events = iter(yaml.parse(said, Loader=_Loader))
        self._anchors: dict[str, Node] = {}

    def roots(self) -> list[Node]:
        found = []
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors.clear()
            elif isinstance(event, yaml.NodeEvent | yaml.CollectionStartEvent):
                found.append(self._node(event, ()))
        return found

    def _node(self, event: yaml.Event, path: KeyPath) -> Node:
        start, end = _at(event.start_mark), _at(event.end_mark)
        if isinstance(event, yaml.AliasEvent):
            name = event.anchor or ""
            return Node("alias", start, end, value=name, target=self._anchors[name])
        if isinstance(event, yaml.ScalarEvent):
            node = Node("scalar", start, end, value=event.value, style=event.style or "")
        else:
            kind = "mapping" if isinstance(event, yaml.MappingStartEvent) else "sequence"
            node = Node(kind, start, end, style="{" if getattr(event, "flow_style", False) else "")
        node.anchor, node.tag = getattr(event, "anchor", None) or "", getattr(event, "tag", None) or ""
        if node.anchor:
            self._anchors[node.anchor] = node
        if node.kind != "scalar":
            self._fill(node, path)
        return node

    def _fill(self, node: Node, path: KeyPath) -> None:
        for event in self._events:
            if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                last = node.entries[-1].end if node.entries else node.end
                node.end = _at(event.end_mark) if node.flow else last
                return
            key = self._node(event, ()) if node.kind == "mapping" else None
            below = (*path, key.value if key else len(node.entries))
            value = self._node(next(self._events) if key else event, below)
            value.entry = Entry(key, value, node, below)
            node.entries.append(value.entry)


def _at(mark: Any) -> int:  # noqa: ANN401 - PyYAML's, of either parser
    return int(mark.index)


def _has_dashes(node: Node) -> bool:
    """Whether a list begins with a dash."""
    return node.kind == "sequence" and not (node.flow or node.anchor or node.tag)


def _below(node: Node) -> Iterator[Entry]:
    for one in node.entries:
        yield one
        yield from _below(one.value)


def _last(entry: Entry) -> Node:
    """Return the last value in an entry."""
    node = entry.value
    while node.entries and not node.flow:
        node = node.entries[-1].value
    return node


def _begins(entry: Entry, at: int) -> bool:
    """Whether an entry begins at an index; one that is a mapping may be known by its first key."""
    first = entry.value.entries[0].start if entry.key is None and entry.value.entries else at
    return entry.start == at or (entry.key is None and bool(entry.value.entries) and first == at)


def _data(node: Node, above: str) -> Any:  # noqa: ANN401 - YAML may hold anything
    node = node.meant
    if node.kind == "mapping":
        inside = above if above.startswith(_EXTENSION) else ""
        said = {one.name: _data(one.value, inside or one.name) for one in node.entries}
        return {name: value for name, value in said.items() if above or name != "version"}
    if node.kind == "sequence":
        inside = above if above.startswith(_EXTENSION) else f"{above}[]"
        found = [_data(one.value, inside) for one in node.entries]
        unordered = above in _UNORDERED or above.startswith(_EXTENSION)
        return sorted(found, key=repr) if unordered else found
    return node.value
