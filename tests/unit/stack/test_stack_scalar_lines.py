"""Where the lines of a YAML text stand in its file."""

import pytest
import yaml

from stackproof.stack.scalar_lines import lines_of


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ("|\n  one\n  two\n\n  four\n", [2, 3, 4, 5]),
        ("|\n\n  two\n", [2, 3]),
        ("|2\n    one\n  two\n", [2, 3]),
        (">\n  one\n  one\n\n  two\n", [2, 5]),
        (">\n  one\n    two\n  three\n", [2, 3, 4]),
        (">\n\n  two\n\n\n  four\n", [1, 3, 3, 6]),
        ('"one\\ntwo\\n"', [1, 1]),
        ('"one\\n\n  two\\n\\\n  three"', [1, 2, 3]),
        ('"one\n  one\n\n  two"', [1, 4]),
        ('"one \\\\\\n two\\x0athree"', [1, 1, 1]),
        ('\n  "one\\ntwo"', [2, 2]),
        ("'one\n  one\n\n  two'", [1, 4]),
        ("one\n  one\n\n  two", [1, 4]),
        ("\n  one\n", [2]),
    ],
)
def test_lines(written: str, lines: list[int]) -> None:
    """Each line of the text by the line of its first word, whatever its quotes."""
    file = f"a: {written}"
    root = yaml.compose(file)
    assert isinstance(root, yaml.MappingNode)
    node = root.value[0][1]
    text = node.value.removesuffix("\n")
    found = lines_of(file.split("\n"), node.start_mark.line + 1, node.style or "", text.count("\n") + 1)

    assert list(found) == lines
