"""What a module declares, read without running it: importing the suite takes a second, our rules a tenth."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import stackproof.controls as words
from stackproof.controls.control import Control, Lane, Needs, Stage
from stackproof.controls.severity import Severity

_KINDS: Final = (Severity, Lane, Needs, Stage)
# By decorator, what it declares without being told.
_DECORATORS: Final[dict[str, dict[str, Any]]] = {"control": {}, "rule": {"needs": Needs.MODEL}}
_BY_PLACE: Final = ("id", "title")
_ID: Final = re.compile(r'^@(?:control|rule)\(\s*"([^"]+)"', re.MULTILINE)


def declared(path: Path) -> Iterator[tuple[Control, str, str]]:
    """Yield the controls and rules of a module with docstring and name of the function that decides each.

    Raises ValueError where one is declared with something else than plain values.
    """
    for statement in ast.parse(path.read_bytes(), str(path)).body:
        if isinstance(statement, ast.FunctionDef):
            for decorator in statement.decorator_list:
                if (given := _given(decorator)) is not None:
                    yield Control(**given), ast.get_docstring(statement) or "", statement.name


def ids(path: Path) -> list[str]:
    """Return the ids of what a module declares, as they are written there: that takes no parsing."""
    return _ID.findall(path.read_text(encoding="utf-8"))


def _given(decorator: ast.expr) -> dict[str, Any] | None:
    """Return what a decorator declares; None for another than `@control` and `@rule`."""
    if not (isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name)):
        return None
    if decorator.func.id not in _DECORATORS:
        return None
    found = dict(zip(_BY_PLACE, map(_value, decorator.args), strict=False))
    named = {str(one.arg): _value(one.value) for one in decorator.keywords}
    return _DECORATORS[decorator.func.id] | found | named


def _value(node: ast.expr) -> Any:  # noqa: ANN401 - what a control may be declared with
    if isinstance(node, ast.Name) and isinstance(found := getattr(words, node.id, None), _KINDS):
        return found
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        kind = next((kind for kind in _KINDS if kind.__name__ == node.value.id), None)
        if kind is not None:
            return kind[node.attr]
    return ast.literal_eval(node)
