"""Entries in another order, each with the comments that belong to it; blank lines stay between them."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

from stackproof.rules.fixes.text import Edit, NotFixable
from stackproof.rules.fixes.tree import Entry, Node, Tree

OPEN_TEXT = "the file ends in the middle of a line that belongs to a text"
Key = TypeVar("Key", int, str, tuple[int, str])


def ordered(tree: Tree, above: Node, by: Callable[[Entry], Key | None]) -> list[Edit]:
    """Return what sorts a collection. Entries for which `by` is None keep their place.

    Raises NotFixable where lines cannot be told apart.
    """
    keys = [(index, key) for index, one in enumerate(above.entries) if (key := by(one)) is not None]
    moved = sorted(keys, key=lambda pair: pair[1])  # one that is stable
    order = list(range(len(above.entries)))
    for (place, _), (index, _) in zip(keys, moved, strict=True):
        order[place] = index
    if order == sorted(order):
        return []
    return _in_flow(tree, above, order) if above.flow else _in_lines(tree, above, order)


def _in_flow(tree: Tree, above: Node, order: Sequence[int]) -> list[Edit]:
    texts = [tree.said[one.start : one.end] for one in above.entries]
    gaps = [tree.said[one.end : other.start] for one, other in pairwise(above.entries)]
    if any("#" in text for text in (*gaps, tree.said[above.entries[-1].end : above.end])):
        msg = "nobody can tell to which of the entries a comment between them belongs"
        raise NotFixable(msg)
    pairs = zip(above.entries, order, strict=True)
    return [
        Edit(one.start, one.end, texts[index])
        for one, index in pairs
        if tree.said[one.start : one.end] != texts[index]
    ]


def _in_lines(tree: Tree, above: Node, order: Sequence[int]) -> list[Edit]:
    lines = tree.lines
    spans = [span(tree, one) for one in above.entries]
    for (_, end), (start, _) in pairwise(spans):
        if start < end:
            msg = "entries share a line"
            raise NotFixable(msg)
    texts = [tree.said[lines.start(first) : lines.start(end)] for first, end in spans]
    gaps = [tree.said[lines.start(end) : lines.start(first)] for (_, end), (first, _) in pairwise(spans)]
    ends = lines.end
    closed = [text if text.endswith(("\n", "\r")) else text + ends for text in texts]
    said = "".join(closed[index] + gap for index, gap in zip(order, [*gaps, ""], strict=True))
    if closed != texts:  # the last line of the file has no end
        if any(tree.ends_in_text(above.entries[index]) for index in (order[-1], -1)):
            raise NotFixable(OPEN_TEXT)
        said = said.removesuffix(ends)
    return [Edit(lines.start(spans[0][0]), lines.start(spans[-1][1]), said)]


def span(tree: Tree, entry: Entry) -> tuple[int, int]:
    """Return the first line of an entry of a block, and the one behind its last: with its comments.

    To it belong the comments above it that are not indented more deeply, and those below it that are. What
    stands above the first one is about all of them where a blank line, or the top of a file, says so.
    Raises NotFixable where something else stands in its first line.
    """
    column = alone(tree, entry)
    lines = tree.lines
    first, last = lines.of(entry.start), tree.last(entry)
    siblings, index = entry.above.entries, entry.index
    if index:
        first = _led(tree, tree.last(siblings[index - 1]) + 1, first, column)
    elif entry.above.entry is not None:
        while lines.is_comment(first - 1):
            first -= 1
    return first, _owned(tree, last + 1, column)


def alone(tree: Tree, entry: Entry) -> int:
    """Return the column of an entry of a block, or of its dash.

    Raises NotFixable where something else stands before it in its line.
    """
    line = tree.lines.of(entry.start)
    before = tree.said[tree.lines.start(line) : entry.start]
    if before.strip() != ("" if entry.key else "-"):
        msg = "something else stands in the same line"
        raise NotFixable(msg)
    return tree.lines.column(line)


def _owned(tree: Tree, line: int, column: int) -> int:
    """Return the line behind the comments below an entry that are indented more deeply than it."""
    lines, end = tree.lines, line
    while line < len(lines) and (lines.is_blank(line) or lines.is_comment(line)):
        if lines.is_comment(line):
            if lines.column(line) <= column:
                break
            end = line + 1
        line += 1
    return end


def _led(tree: Tree, behind: int, first: int, column: int) -> int:
    """Return the first line of the comments above an entry, as far as they are not those of the one above."""
    line = _owned(tree, behind, column)
    while line < first and tree.lines.is_blank(line):
        line += 1
    return min(line, first)
