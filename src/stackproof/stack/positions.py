"""Line numbers in the YAML as its author wrote it; the resolved model has none."""

from collections.abc import Iterator
from pathlib import Path
from typing import Self

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

KeyPath = tuple[str | int, ...]


def broken_line(path: Path) -> int | None:
    """Return the 1-based line at which a file stops being YAML; None for one that is."""
    try:
        YAML().compose(path)
    except MarkedYAMLError as error:
        return error.problem_mark.line + 1 if error.problem_mark else None
    except (YAMLError, OSError):
        return None
    return None


def texts(path: Path) -> Iterator[tuple[KeyPath, str, int]]:
    """Yield every key and text of a file, with the path of keys that it stands under and its line."""
    try:
        root = YAML().compose(path)
    except YAMLError:
        root = None
    if root is not None:
        yield from _texts(root, ())


def _texts(node: Node, path: KeyPath) -> Iterator[tuple[KeyPath, str, int]]:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            yield path, str(key.value), key.start_mark.line + 1
            yield from _texts(value, (*path, str(key.value)))
    elif isinstance(node, SequenceNode):
        for index, value in enumerate(node.value):
            yield from _texts(value, (*path, index))
    else:
        yield path, str(node.value), node.start_mark.line + 1


class Positions:
    """Maps a path of keys, such as ("services", "db", "ports"), to a 1-based line."""

    def __init__(self, lines: dict[KeyPath, int]) -> None:
        self._lines = lines

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file; one that is not YAML has no positions (Compose reports the mistake itself)."""
        try:
            root = YAML().compose(path)
        except YAMLError:
            root = None
        return cls(dict(_walk(root, ())) if root is not None else {})

    def line(self, *keys: str | int) -> int | None:
        """Return the line of the longest part of the path that is written down."""
        for length in range(len(keys), 0, -1):
            if keys[:length] in self._lines:
                return self._lines[keys[:length]]
        return None

    def __contains__(self, keys: KeyPath) -> bool:
        """Whether exactly this path is written down."""
        return keys in self._lines


def _walk(node: Node, path: KeyPath) -> Iterator[tuple[KeyPath, int]]:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            yield here, key.start_mark.line + 1
            yield from _walk(value, here)
    elif isinstance(node, SequenceNode):
        for index, value in enumerate(node.value):
            here = (*path, index)
            yield here, value.start_mark.line + 1
            yield from _walk(value, here)
