"""YAML as nodes with their places: by libyaml, thirty times as fast, or by ruamel.yaml where that gives up.

Both tell scalars as YAML 1.2 does. libyaml refuses a little that Compose reads: an anchor that stands twice.
"""

import warnings
from functools import lru_cache
from typing import Any, Final

import yaml
from ruamel.yaml import YAML
from ruamel.yaml import nodes as slow
from ruamel.yaml.error import ReusedAnchorWarning, YAMLError
from ruamel.yaml.resolver import implicit_resolvers

__all__ = ["DEEPEST", "MAPPING", "SCALAR", "SEQUENCE", "Node", "TooDeepError", "YAMLError", "compose_all"]

Node = yaml.Node | slow.Node
MAPPING: Final = (yaml.MappingNode, slow.MappingNode)
SEQUENCE: Final = (yaml.SequenceNode, slow.SequenceNode)
SCALAR: Final = (yaml.ScalarNode, slow.ScalarNode)
DEEPEST: Final = 100
"""Levels of what is read: people write ten, and what walks through them calls itself for each."""
_TEXT: Final = "tag:yaml.org,2002:str"
_KINDS: Final = {
    yaml.MappingNode: "tag:yaml.org,2002:map",
    yaml.SequenceNode: "tag:yaml.org,2002:seq",
}
_IMPLICIT: Final = [
    (tag, pattern, first) for versions, tag, pattern, first in implicit_resolvers if (1, 2) in versions
]
_Parser: Final[Any] = getattr(getattr(yaml, "cyaml", None), "CParser", None)


class TooDeepError(RecursionError):
    """A text has more levels than are read."""

    def __init__(self, line: int) -> None:
        super().__init__(f"nested more than {DEEPEST} levels deep")
        self.line = line
        """Where the first of those begins that are too many, counted from 1."""


def compose_all(text: str | bytes) -> list[Node]:
    """Return the documents of a text, without empty ones.

    Raises YAMLError for what is no YAML, TooDeepError or another RecursionError for too many levels.
    """
    if _Parser is not None:
        try:
            return _fast(text)
        except yaml.MarkedYAMLError as error:
            if "maximum nesting depth" in str(error.problem) and error.problem_mark:  # libyaml has its own
                raise TooDeepError(error.problem_mark.line + 1) from None
        except (yaml.YAMLError, UnicodeDecodeError):
            pass  # its reasons are for others to tell
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReusedAnchorWarning)  # to Compose it is no mistake
        try:
            return [root for root in YAML(typ="safe", pure=True).compose_all(text) if root is not None]
        # An escape for a character that there is not; `%YAML 1.3`, or a number of thousands of digits there.
        except (ValueError, ArithmeticError, AssertionError) as error:
            raise YAMLError(str(error)) from None


def _fast(text: str | bytes) -> list[Node]:
    loader = _Loader(text)
    found: list[Node] = []
    while loader.check_node():
        if (root := loader.get_node()) is not None:
            found.append(root)
    return found


class _Loader(_Parser or object):  # type: ignore[misc]  # what it is depends on how PyYAML was built
    """Parses in C, and resolves what ruamel.yaml resolves."""

    def __init__(self, text: str | bytes) -> None:
        super().__init__(text)
        self._depth = 0

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:  # noqa: ANN401 - PyYAML's
        """Return the tag of a node that has none of its own."""
        return _KINDS[kind] if kind in _KINDS else _tag(value) if implicit[0] else _TEXT

    def descend_resolver(self, above: Any, _index: object) -> None:  # noqa: ANN401 - PyYAML's
        """Count the levels.

        Raises TooDeepError.
        """
        self._depth += 1
        if self._depth > DEEPEST:
            raise TooDeepError(above.start_mark.line + 1)

    def ascend_resolver(self) -> None:
        """Leave a level."""
        self._depth -= 1


@lru_cache(maxsize=4096)
def _tag(text: str) -> str:
    """Return the tag of a scalar without quotes."""
    fits = (tag for tag, pattern, first in _IMPLICIT if text[:1] in first and pattern.match(text))
    return next(fits, _TEXT)
