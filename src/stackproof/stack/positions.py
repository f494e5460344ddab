"""Line numbers in the YAML as its author wrote it; the resolved model has none."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from ruamel.yaml import YAML
from ruamel.yaml.error import ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

KeyPath = tuple[str | int, ...]


def documents(path: Path) -> list[Node]:
    """Return the documents of a file, which Compose merges in this order.

    Nothing for what is no YAML, or no file that ends: Compose reports that itself.
    """
    if not path.is_file():
        return []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)  # to Compose it is no mistake
            return [root for root in YAML().compose_all(path.read_bytes()) if root is not None]
    except (YAMLError, OSError, RecursionError):
        return []


class Positions:
    """Maps a path of keys, such as ("services", "db", "ports"), to a 1-based line."""

    def __init__(self, lines: dict[KeyPath, int]) -> None:
        self._lines = lines

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file; one that is not YAML has no positions. What a later document says counts."""
        return cls(dict(place for root in documents(path) for place in _walk(root, ())))

    def line(self, *keys: str | int) -> int | None:
        """Return the line of the longest part of the path that is written down."""
        for length in range(len(keys), 0, -1):
            if keys[:length] in self._lines:
                return self._lines[keys[:length]]
        return None

    def __contains__(self, keys: KeyPath) -> bool:
        """Whether exactly this path is written down."""
        return keys in self._lines


def _walk(node: Node, path: KeyPath, above: frozenset[int] = frozenset()) -> Iterator[tuple[KeyPath, int]]:
    if id(node) in above:  # an alias of what it stands in
        return
    above |= {id(node)}
    if isinstance(node, MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            yield here, key.start_mark.line + 1
            yield from _walk(value, here, above)
    elif isinstance(node, SequenceNode):
        for index, value in enumerate(node.value):
            here = (*path, index)
            yield here, value.start_mark.line + 1
            yield from _walk(value, here, above)
