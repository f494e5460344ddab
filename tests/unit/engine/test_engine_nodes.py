"""YAML by libyaml says what YAML by ruamel.yaml says."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from stackproof.engine import nodes
from stackproof.engine.nodes import MAPPING, SCALAR, SEQUENCE, Node, YAMLError, compose_all

ROOT = Path(__file__).parents[3]
FILES = sorted((*ROOT.glob("stacks/*/*compose*.y*ml"), *ROOT.glob("tests/**/*.yml")))
WORDS = [
    *(
        "yes",
        "no",
        "on",
        "True",
        "FALSE",
        "~",
        "null",
        "",
        "1:20",
        "22:22",
        "0o17",
        "017",
        "0x1F",
        "1_000",
        "+1",
    ),
    *(
        "1.5",
        ".5",
        "1e3",
        ".inf",
        "-.INF",
        ".nan",
        "2020-01-01",
        "=",
        "'1'",
        '"yes"',
        "!reset null",
        "!override [a]",
    ),
    *(
        "|\n  text\n",
        ">-\n  a\n  b\n",
        "a: b",
        "- a",
        "&x y",
        "[a, {b: c}]",
        '"\\u2028"',
        "a#b",
        "a #b",
        "!!str 1",
    ),
]


def shape(node: Node) -> object:
    """Return kind, tag and value of a node and all below it, and where each scalar begins."""
    assert isinstance(node, (*MAPPING, *SEQUENCE, *SCALAR))
    # Where an empty value stands nobody wrote anything.
    place = (node.start_mark.line, node.start_mark.column) if node.value else None
    if isinstance(node, MAPPING):
        return str(node.tag), [(shape(key), shape(value)) for key, value in node.value]
    if isinstance(node, SEQUENCE):
        return str(node.tag), [shape(value) for value in node.value]
    return str(node.tag), place, str(node.value), node.style or ""


def slowly(text: str | bytes, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What ruamel.yaml says."""
    with monkeypatch.context() as patch:
        patch.setattr(nodes, "_Parser", None)
        return [shape(root) for root in compose_all(text)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every compose file and every file of examples here is the same to both."""
    text = path.read_bytes()

    assert [shape(root) for root in compose_all(text)] == slowly(text, monkeypatch)


@pytest.mark.parametrize("word", WORDS)
def test_scalar(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scalar is what YAML 1.2 takes it for: `yes` and `1:20` are texts."""
    text = f"x: {word}" if "\n" not in word and not word.startswith(("- ", "a: ")) else f"x:\n  {word}"

    assert [shape(root) for root in compose_all(text)] == slowly(text, monkeypatch)


def test_anchor_that_stands_twice() -> None:
    """One reader takes it for a mistake, and Compose does not."""
    (root,) = compose_all("a: &x 1\nb: &x 2\nc: *x\n")

    assert isinstance(root, MAPPING)
    assert root.value[2][1].value == "2"


@pytest.mark.parametrize("text", [b"a: [", b"\xff\xfe\xfa", b"a: \x00", "[" * 100_000, "a: *b"])
def test_what_is_no_yaml(text: str | bytes) -> None:
    """It is an error that all know how to handle, and never a crash."""
    with pytest.raises((YAMLError, RecursionError)):
        compose_all(text)


def test_without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML was built without it, all is as before."""
    monkeypatch.setattr(nodes, "_Parser", None)
    (root,) = compose_all("a: 1")

    assert shape(root) == shape(next(iter(YAML().compose_all("a: 1"))))
