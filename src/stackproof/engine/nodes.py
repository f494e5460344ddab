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

__all__ = ["MAPPING", "SCALAR", "SEQUENCE", "Node", "YAMLError", "compose_all"]

Node = yaml.Node | slow.Node
MAPPING: Final = (yaml.MappingNode, slow.MappingNode)
SEQUENCE: Final = (yaml.SequenceNode, slow.SequenceNode)
SCALAR: Final = (yaml.ScalarNode, slow.ScalarNode)
_TEXT: Final = "tag:yaml.org,2002:str"
_KINDS: Final = {
    yaml.MappingNode: "tag:yaml.org,2002:map",
    yaml.SequenceNode: "tag:yaml.org,2002:seq",
}
_IMPLICIT: Final = [
    (tag, pattern, first) for versions, tag, pattern, first in implicit_resolvers if (1, 2) in versions
]
_Parser: Final[Any] = getattr(getattr(yaml, "cyaml", None), "CParser", None)


def compose_all(text: str | bytes) -> list[Node]:
    """Return the documents of a text, without empty ones.

    Raises YAMLError for what is no YAML, and RecursionError for what is nested too deeply.
    """
    if _Parser is not None:
        try:
            return _fast(text)
        except (yaml.YAMLError, UnicodeDecodeError):
            pass  # its reasons are for others to tell
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReusedAnchorWarning)  # to Compose it is no mistake
        return [root for root in YAML(typ="safe", pure=True).compose_all(text) if root is not None]


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

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:  # noqa: ANN401 - PyYAML's
        """Return the tag of a node that has none of its own."""
        return _KINDS[kind] if kind in _KINDS else _tag(value) if implicit[0] else _TEXT

    def descend_resolver(self, *_node: object) -> None:
        """Nothing depends on where a node stands."""

    def ascend_resolver(self) -> None:
        """Nothing depends on where a node stands."""


@lru_cache(maxsize=4096)
def _tag(text: str) -> str:
    """Return the tag of a scalar without quotes."""
    fits = (tag for tag, pattern, first in _IMPLICIT if text[:1] in first and pattern.match(text))
    return next(fits, _TEXT)
