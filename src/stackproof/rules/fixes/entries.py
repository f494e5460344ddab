"""One entry more or less, or another word in one: in lines of its own, or in braces and brackets."""

import re

from stackproof.rules.fixes.order import alone, span
from stackproof.rules.fixes.text import Edit, NotFixable
from stackproof.rules.fixes.tree import Entry, Node, Tree

_COMMA = re.compile(r"(?:\s*,)?[ \t]*")
_EMPTY = re.compile(r"[ \t]*(?:\r\n|\n|\r)")
_REST = re.compile(r"[ \t]*(?P<comma>,?)[ \t]*(?:(?<=[ \t])#[^\r\n]*)?(?P<end>\r\n|\n|\r)")


def without(tree: Tree, entry: Entry) -> list[Edit]:
    """Return what removes an entry. Comments in it and behind it are kept, in lines of their own.

    Raises NotFixable where nothing else stands beside it.
    """
    if len(entry.above.entries) == 1:
        msg = "nothing else stands beside it, so that an empty place would be left"
        raise NotFixable(msg)
    return [_without_words(tree, entry) if entry.above.flow else _without_lines(tree, entry)]


def _without_words(tree: Tree, entry: Entry) -> Edit:
    siblings, index = entry.above.entries, entry.index
    if index + 1 < len(siblings):
        start, end = entry.start, siblings[index + 1].start
    else:
        start, end = siblings[index - 1].end, entry.end
    if "#" not in tree.said[start:end] or not _remarks(tree, start, end):
        return Edit(start, end, "")
    # A comment is about what stands before it in its line: it stays there with the comma of the one above.
    start, comma = entry.start, _COMMA.match(tree.said, entry.end)
    end = comma.end() if comma else entry.end
    begin = tree.lines.start(tree.lines.of(start))
    if not tree.said[begin:start].strip() and (rest := _EMPTY.match(tree.said, end)):
        start, end = begin, rest.end()
    return Edit(start, end, "")


def _without_lines(tree: Tree, entry: Entry) -> Edit:
    column, lines = alone(tree, entry), tree.lines
    first, last = lines.of(entry.start), tree.last(entry)
    start, end = lines.start(first), lines.start(last + 1)
    if "#" in tree.said[start:end] and (remarks := _remarks(tree, entry.start, end)):
        kept = "".join(f"{' ' * column}{remark}{lines.end_of(first)}" for remark in remarks)
        open_end = end == len(tree.said) and not tree.said.endswith(("\n", "\r"))
        return Edit(start, end, kept.removesuffix(lines.end_of(first)) if open_end else kept)
    above_blank = first == 0 or lines.is_blank(first - 1)
    while above_blank and last + 1 < len(lines) and lines.is_blank(last + 1):
        last += 1
    end = lines.start(last + 1)
    above = entry.above.entries[entry.index - 1] if entry.index else None
    text_above = above is not None and tree.ends_in_text(above)
    if end == len(tree.said) and not tree.said.endswith(("\n", "\r")) and start and not text_above:
        start = len(tree.said[:start].removesuffix("\n").removesuffix("\r"))
    return Edit(start, end, "")


def _remarks(tree: Tree, start: int, end: int) -> list[str]:
    """Return the comments between two places, in their order."""
    return [hit[0].rstrip() for hit in tree.remarks() if start <= hit.start() < end]


def added(tree: Tree, above: Node, text: str, before: int | None = None) -> list[Edit]:
    """Return what writes an entry (`key: value`, or a word of a list) into a collection, mostly as its last.

    `before` is the number of the one that it must stand before. Raises NotFixable where there is no place.
    """
    if above.flow:
        return _added_in_flow(tree, above, text)
    if not above.entries:
        msg = "nothing stands there yet, so that nobody knows how it is written"
        raise NotFixable(msg)
    lines, last = tree.lines, above.entries[-1]
    open_end = not tree.said.endswith(("\n", "\r")) and lines.of(len(tree.said)) == tree.last(last)
    if open_end and before is None and tree.ends_in_text(last):
        before = last.index  # one more end of line would belong to the text
    sibling = above.entries[-1 if before is None else before]
    column = alone(tree, sibling)
    first, behind = span(tree, sibling)
    at = lines.start(behind if before is None else first)
    dash, ends = "" if above.kind == "mapping" else "- ", lines.end_of(lines.of(sibling.start))
    said = ends.join(" " * column + line for line in f"{dash}{text}".split("\n"))
    open_end = before is None and at == len(tree.said) and not tree.said.endswith(("\n", "\r"))
    return [Edit(at, at, ends + said if open_end else said + ends)]


def _added_in_flow(tree: Tree, above: Node, text: str) -> list[Edit]:
    if not above.entries:
        at = tree.begin(above) + 1
        return [Edit(at, at, text)]
    last, lines = above.entries[-1], tree.lines
    begin = lines.start(lines.of(last.start))
    before = tree.said[begin : last.start]
    if before.strip():
        return [Edit(last.end, last.end, f", {text}")]
    if not (rest := _REST.match(tree.said, last.end)):  # the bracket stands behind it
        return [Edit(last.end, last.end, f",{lines.end_of(lines.of(last.start))}{before}{text}")]
    comma = [] if rest["comma"] else [Edit(last.end, last.end, ",")]
    return [*comma, Edit(rest.end(), rest.end(), f"{before}{text}{rest['comma']}{rest['end']}")]


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
