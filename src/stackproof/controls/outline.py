"""What a module of the suite declares, read without running it: importing the suite takes a second."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import stackproof.controls as words
from stackproof.controls.control import Control, Lane, Needs, Stage
from stackproof.controls.severity import Severity

_KINDS: Final = (Severity, Lane, Needs, Stage)


def declared(path: Path) -> Iterator[tuple[Control, str, str]]:
    """Yield the controls of a module with docstring and name of the function that decides each.

    Raises ValueError where one is declared with something else than plain values.
    """
    for statement in ast.parse(path.read_bytes(), str(path)).body:
        if isinstance(statement, ast.FunctionDef):
            for decorator in statement.decorator_list:
                if (given := _given(decorator)) is not None:
                    yield Control(**given), ast.get_docstring(statement) or "", statement.name


def _given(decorator: ast.expr) -> dict[str, Any] | None:
    """Return what a decorator declares; None for another than `@control`."""
    if not (isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name)):
        return None
    if decorator.func.id != "control":
        return None
    names = list(inspect.signature(words.control).parameters)
    found = {name: _value(value) for name, value in zip(names, decorator.args, strict=False)}
    return found | {str(one.arg): _value(one.value) for one in decorator.keywords}


def _value(node: ast.expr) -> Any:  # noqa: ANN401 - what a control may be declared with
    if isinstance(node, ast.Name) and isinstance(found := getattr(words, node.id, None), _KINDS):
        return found
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        kind = next((kind for kind in _KINDS if kind.__name__ == node.value.id), None)
        if kind is not None:
            return kind[node.attr]
    return ast.literal_eval(node)
