"""One entry more or less, or another word in one: in lines of its own, or in braces and brackets."""

import re

from stackproof.rules.fixes.order import OPEN_TEXT, alone, span
from stackproof.rules.fixes.text import Edit, NotFixable
from stackproof.rules.fixes.tree import Entry, Node, Tree


def without(tree: Tree, entry: Entry) -> list[Edit]:
    """Return what removes an entry. A comment behind it is kept, in a line of its own.

    Raises NotFixable where nothing else stands beside it.
    """
    siblings, index = entry.above.entries, entry.index
    if len(siblings) == 1:
        msg = "nothing else stands beside it, so that an empty place would be left"
        raise NotFixable(msg)
    if not entry.above.flow:
        return [_without_lines(tree, entry)]
    if index + 1 < len(siblings):
        return [Edit(entry.start, siblings[index + 1].start, "")]
    return [Edit(siblings[index - 1].end, entry.end, "")]


def _without_lines(tree: Tree, entry: Entry) -> Edit:
    column, lines = alone(tree, entry), tree.lines
    first, last = lines.of(entry.start), tree.last(entry)
    start, end = lines.start(first), lines.start(last + 1)
    behind = tree.said[entry.end : end]
    if behind.strip().startswith("#"):
        return Edit(start, end, " " * column + behind.lstrip(" \t"))
    above_blank = first == 0 or lines.is_blank(first - 1)
    while above_blank and last + 1 < len(lines) and lines.is_blank(last + 1):
        last += 1
    end = lines.start(last + 1)
    above = entry.above.entries[entry.index - 1] if entry.index else None
    text_above = above is not None and tree.ends_in_text(above)
    if end == len(tree.said) and not tree.said.endswith(("\n", "\r")) and start and not text_above:
        start = len(tree.said[:start].removesuffix("\n").removesuffix("\r"))
    return Edit(start, end, "")


def added(tree: Tree, above: Node, text: str, before: int | None = None) -> list[Edit]:
    """Return what writes an entry (`key: value`, or a word of a list) into a collection, mostly as its last.

    `before` is the number of the one that it must stand before. Raises NotFixable where there is no place.
    """
    if above.flow:
        at = above.entries[-1].end if above.entries else tree.begin(above) + 1
        return [Edit(at, at, f", {text}" if above.entries else text)]
    if not above.entries:
        msg = "nothing stands there yet, so that nobody knows how it is written"
        raise NotFixable(msg)
    sibling = above.entries[-1 if before is None else before]
    column, lines = alone(tree, sibling), tree.lines
    ends = lines.end
    first, behind = span(tree, sibling)
    at = lines.start(behind if before is None else first)
    dash = "" if above.kind == "mapping" else "- "
    said = ends.join(" " * column + line for line in f"{dash}{text}".split("\n"))
    open_end = before is None and at == len(tree.said) and not tree.said.endswith(("\n", "\r"))
    if open_end and tree.ends_in_text(sibling):
        raise NotFixable(OPEN_TEXT)
    return [Edit(at, at, ends + said if open_end else said + ends)]


def reworded(tree: Tree, node: Node, text: str) -> list[Edit]:
    """Return what puts other words into a scalar and keeps its quotes.

    Raises NotFixable where it is not written as it is read.
    """
    start = tree.begin(node)
    written = tree.said[start : node.end]
    if node.kind != "scalar" or written.strip("'\"") != node.value or re.search(r"[\r\n]", written):
        msg = "it is not written as it is read"
        raise NotFixable(msg)
    at = start + written.index(node.value)
    return [Edit(at, at + len(node.value), text)]
