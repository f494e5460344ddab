"""The texts that fixes are made of: what is changed is what is meant, and nothing else, in whatever file."""

from collections.abc import Iterator
from functools import cache

import pytest
from benchmarks.written_stacks import generate
from tests.rule_examples import all_examples

from stackproof.rules.fixes import Edit, NotFixable, Text, Tree, applied
from stackproof.rules.fixes.entries import added, without
from stackproof.rules.fixes.order import ordered
from stackproof.rules.fixes.tree import Entry, Node

KEPT = """\
a: |+
  one

b: x  # y
"""


@cache
def texts() -> list[str]:
    """Return compose files: the examples of all rules, and those of the generator."""
    found = [example.text for example in all_examples()]
    for stack in generate(300):
        found += (text for name, text in stack.texts().items() if name.endswith(".yml"))
    return found


def levels(root: Node) -> Iterator[list[Node]]:
    """Yield mappings and lists whose order says nothing, those that stand in others first."""
    found = [entry for entry in entries(root) if entry.path[:1] == ("services",)]
    yield [one.value for one in found if one.path[2:] in (("ports",), ("depends_on",))]
    yield [one.value for one in found if len(one.path) == 2]
    yield [one.value for one in found if len(one.path) == 1]
    yield [root]


def entries(node: Node) -> Iterator[Entry]:
    """Yield all below a node."""
    for entry in node.entries:
        yield entry
        yield from entries(entry.value)


def backwards(tree: Tree, node: Node) -> list[Edit]:
    """Return what turns a collection round."""
    places = {id(one): -number for number, one in enumerate(node.entries)}
    return ordered(tree, node, lambda entry: places[id(entry)])


def turned(said: str) -> tuple[str, int]:
    """Turn everything round, level by level; return the text, and how many levels could be."""
    count = 0
    for level in range(4):
        tree = Tree.of(said)
        nodes = [node for root in tree.roots for node in list(levels(root))[level]]
        try:
            now = applied(said, [edit for node in nodes for edit in backwards(tree, node)])
            other = Tree.of(now)
        except NotFixable:  # as where an alias would stand above its anchor
            continue
        assert other.comments() == tree.comments()
        assert other.data() == tree.data()
        count += now != said
        said = now
    return said, count


@pytest.mark.parametrize("change", ["", "\r\n", "open end"])
def test_order_changes_nothing_else(change: str) -> None:
    """In all examples and 300 written files: comments, data and line ends stay."""
    moved = 0
    for number, text in enumerate(texts()):
        said = text.replace("\n", "\r\n") if change == "\r\n" else text.rstrip() if change else text
        if change and number % 5:  # the first way has them all
            continue
        now, count = turned(said)
        moved += count
        assert sorted(now) == sorted(said)
        assert now.endswith("\n") is said.endswith("\n")
        assert change != "\r\n" or now.count("\n") == now.count("\r\n")
    assert moved > 200


def test_every_place_is_where_the_text_is() -> None:
    """Of each scalar of one line without quotes the text is its value, behind anchor and tag."""
    seen = 0
    for text in texts():
        tree = Tree.of(text)
        for entry in (one for root in tree.roots for one in entries(root)):
            for node in (entry.key, entry.value):
                if node and node.kind == "scalar" and not node.style:
                    written = tree.said[tree.begin(node) : node.end]
                    assert " ".join(written.split()) == " ".join(node.value.split())
                    seen += 1
    assert seen > 10_000


def test_every_entry_can_go() -> None:
    """With its lines and without a comment that is not its own; what stays is what it was."""
    gone = 0
    for text in texts():
        tree = Tree.of(text)
        for entry in (one for root in tree.roots for one in root.entries):
            try:
                now = Tree.of(applied(text, without(tree, entry)))
            except NotFixable:
                continue
            (wanted, *_), (data, *_) = tree.data(), now.data()
            wanted.pop(entry.name, None)
            assert data == wanted
            gone += 1
    assert gone > 300


def test_blank_lines_of_a_block_that_keeps_them_go_along() -> None:
    """`|+` is a text that ends with them."""
    tree = Tree.of(KEPT)

    assert applied(KEPT, backwards(tree, tree.roots[0])) == "b: x  # y\na: |+\n  one\n\n"


@pytest.mark.parametrize(
    ("said", "now"),
    [
        ("a:\n  - x\n", "a:\n  - x\n  - y\n"),
        ("a:\n- x", "a:\n- x\n- y"),
        ("a:\r\n- x\r\n# b\r\n", "a:\r\n- x\r\n- y\r\n# b\r\n"),
        ("a: [x]\n", "a: [x, y]\n"),
        ("a: [x,]\n", "a: [x, y,]\n"),
        ("a: &b [ ]\n", "a: &b [y ]\n"),
        ("a: [\n  x  # z\n]\n", "a: [\n  x,  # z\n  y\n]\n"),
        ("a: [\n  x,  # z\n  ]\n", "a: [\n  x,  # z\n  y,\n  ]\n"),
        ("a: [w,\r\n  x]\n", "a: [w,\r\n  x,\n  y]\n"),
        ("a: [w, x #z\n]\n", "a: [w, x, y #z\n]\n"),
        ("a:\r\n  - x\nb: c\r\n", "a:\r\n  - x\n  - y\nb: c\r\n"),
        ("a:\n  - w\n  - |\n    x", "a:\n  - w\n  - y\n  - |\n    x"),
    ],
)
def test_an_entry_more(said: str, now: str) -> None:
    """It is written as those that are there."""
    tree = Tree.of(said)

    assert applied(said, added(tree, tree.roots[0].entries[0].value, "y")) == now


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16", "utf-8"])
def test_bytes_of_a_file(mark: str) -> None:
    """Go back as they came, with their mark."""
    data = "ä: 1\r\nb: 2".encode(mark)
    text = Text.of(data)

    assert text.said == "ä: 1\r\nb: 2"
    assert text.encoded(text.said) == data


def test_what_is_no_text() -> None:
    """Is not changed."""
    with pytest.raises(NotFixable, match="UTF-8"):
        Text.of(b"a: \xff")


def test_edits_that_overlap() -> None:
    """Are not made, and the same one twice is made once."""
    assert applied("abc", [Edit(1, 2, "x"), Edit(1, 2, "x")]) == "axc"
    for edits in ([Edit(0, 2, ""), Edit(1, 3, "")], [Edit(1, 1, "x"), Edit(1, 1, "y")]):
        with pytest.raises(NotFixable, match="same part"):
            applied("abc", edits)


@pytest.mark.parametrize("said", ["a: *b\n", "a: [\n", "a: 'x\n"])
def test_what_is_no_yaml(said: str) -> None:
    """Is not changed, and neither is an alias of nothing."""
    with pytest.raises(NotFixable, match="YAML"):
        Tree.of(said)
