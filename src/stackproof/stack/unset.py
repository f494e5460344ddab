"""Variables for which Compose fills in nothing, found in what is written; Compose only warns of them."""

from collections.abc import Iterator, Mapping

from stackproof.stack.layers import Layer
from stackproof.stack.stack import Stack
from stackproof.stack.variables import VARIABLE
from stackproof.stack.written import Item

# Compose sets it by itself to the name of the project, however it got that (compose-go, consts).
PROJECT_NAME = "COMPOSE_PROJECT_NAME"


def unset(stack: Stack) -> dict[str, list[Item]]:
    """Return the variables without a value or a default, with the texts in which they stand, each once."""
    found: dict[str, dict[tuple[object, int], Item]] = {}
    for layer in _documents(stack):
        for item in layer.document.items.values():
            inside = item.keys[: len(layer.at)] == layer.at
            for name in lacking(item.text, layer.values) if inside and "$" in item.text else ():
                if name == PROJECT_NAME:
                    continue
                found.setdefault(name, {}).setdefault((item.file, item.line), item)
    return {name: list(items.values()) for name, items in found.items()}


def named(stack: Stack) -> bool:
    """Whether anything is taken from a variable at all."""
    return any(
        (hit[1] or hit[2]) is not None
        for layer in _documents(stack)
        for item in layer.document.items.values()
        if "$" in item.text
        for hit in VARIABLE.finditer(item.text)
    )


def lacking(text: str, values: Mapping[str, str]) -> Iterator[str]:
    """Yield the variables of a text that leave nothing: an empty default is its author's word.

    >>> list(lacking("$A ${B-} ${C:-${D}} ${E:+x} $$F ${A}", {"E": "1"}))
    ['A', 'D', 'A']
    """
    for hit in VARIABLE.finditer(text):
        name, operator, other = hit[1] or hit[2], hit[3] or "", hit[4] or ""
        if name is None:
            continue
        missing = name not in values or (operator.startswith(":") and not values[name])
        if not operator and missing:
            yield name
        elif (operator.endswith("-") and missing) or (operator.endswith("+") and not missing):
            yield from lacking(other, values)


def _documents(stack: Stack) -> Iterator[Layer]:
    """Yield all documents that are merged, and of those that are only extended the services that are."""
    roots = stack.layers(())
    yield from roots
    known = {id(root.document) for root in roots}
    for name in stack.services:
        yield from (one for one in stack.layers(("services", name)) if id(one.document) not in known)
