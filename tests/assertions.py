"""The failing ways of the live controls, read from the suite's source: what each may say."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SUITE = [path for part in ("infra", "http") for path in sorted(Path(__file__).parent.glob(f"{part}/*.py"))]
MEASURED = "{}"
"""Stands in a message for what is known only when the control ran."""


@dataclass(frozen=True)
class Way:
    """An assertion or a finding of a control."""

    control: str
    message: str

    def __str__(self) -> str:
        """Return its name as a test."""
        return f"{self.control}: {self.message}"


def failing_ways() -> list[Way]:
    """Return every assertion and finding of every live control, in the order of the source."""
    return [way for path in SUITE for way in _of_module(ast.parse(path.read_text()))]


def _of_module(module: ast.Module) -> Iterator[Way]:
    functions = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    for function in functions.values():
        if control := _control(function):
            for message in _messages(function, functions, {function.name}):
                yield Way(control, message)


def _control(function: ast.FunctionDef) -> str | None:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and _name(decorator.func) == "control":
            return str(ast.literal_eval(decorator.args[0]))
    return None


def _messages(
    function: ast.FunctionDef, functions: dict[str, ast.FunctionDef], read: set[str]
) -> Iterator[str]:
    """Yield what a function may say, and those of its module that it calls or names."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            yield _constant_parts(node.msg)
        elif isinstance(node, ast.Call) and _name(node.func) == "Finding":
            yield _constant_parts(_first_word(node))
        elif isinstance(node, ast.Name) and node.id in functions and node.id not in read:
            read.add(node.id)
            yield from _messages(functions[node.id], functions, read)


def _first_word(call: ast.Call) -> ast.expr | None:
    named = (keyword.value for keyword in call.keywords if keyword.arg == "message")
    return call.args[0] if call.args else next(named, None)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _constant_parts(message: ast.expr | None) -> str:
    parts = message.values if isinstance(message, ast.JoinedStr) else [message]
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) and part.value is not None else MEASURED
        for part in parts
    )
