"""YAML as plain data: what calls itself a number or a day and is none stays text, and its reader says so."""

from collections.abc import Callable
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.nodes import ScalarNode

_KINDS: Final = ("bool", "int", "float", "timestamp")


class _Constructor(SafeConstructor):
    """Ends in YAML's own errors alone: those of Python's types name no place in the file."""


def _or_text(made: Callable[[Any, Any], object]) -> Callable[[_Constructor, Any], object]:
    def make(constructor: _Constructor, node: Any) -> object:  # noqa: ANN401 - whatever stands there
        try:
            return made(constructor, node)
        except (ValueError, LookupError):  # 2027-02-30, `!!bool x`, thousands of digits
            if not isinstance(node, ScalarNode):
                raise
            return constructor.construct_scalar(node)

    return make


for _kind in _KINDS:
    _tag = f"tag:yaml.org,2002:{_kind}"
    _Constructor.add_constructor(_tag, _or_text(SafeConstructor.yaml_constructors[_tag]))


def loader() -> YAML:
    """Return what loads YAML; it raises YAMLError and RecursionError."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _Constructor
    return yaml
