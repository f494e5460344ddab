"""Variables for which Compose fills in nothing, found in what is written; Compose only warns of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stackproof.files import disk
from stackproof.stack import beside, dotenv, env_files
from stackproof.stack.dotenv import Entry
from stackproof.stack.interpolation import lacking, names, together
from stackproof.stack.layers import Layer
from stackproof.stack.stack import Stack
from stackproof.stack.variables import known
from stackproof.stack.written import Item

# Compose sets it by itself to the name of the project, however it got that (compose-go, consts).
PROJECT_NAME = "COMPOSE_PROJECT_NAME"


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A value of an env file that takes something from a variable which nobody sets.

    The variable's name is not told: more often it is a part of a password with a dollar sign in it.
    """

    path: Path
    entry: Entry


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


def cut(stack: Stack) -> list[Cut]:
    """Return the values of env files, and the labels of label files, of which something is left out."""
    found = [
        Cut(path=path, entry=entry)
        for files in stack.variables
        for number, path in enumerate(files.paths)
        for entry in dotenv.unset(
            disk.text(path), together(files.known, beside.read(files.paths[:number], files.known))
        )
    ]
    for service in stack.services:
        found += _of_service(stack, service)
    return list({(one.path, one.entry.line, one.entry.name): one for one in found}.values())


def _of_service(stack: Stack, service: str) -> Iterator[Cut]:
    """Yield what is cut in the files of a service, which may take what those before them set.

    A newer Compose than 2.26 also fills in what stands under `environment`.
    """
    own = _given(stack, service)
    above: dict[str, str] = {}
    values = together(known(stack.source), {PROJECT_NAME: stack.name}, own, above)
    for key in ("env_file", "label_file"):
        for file in env_files.of(stack, service, key):
            for entry in file.unset(values):
                yield Cut(path=file.path, entry=entry)
            above |= {entry.name: entry.value(values) for entry in file.entries}


def _given(stack: Stack, service: str) -> dict[str, str]:
    """Return what stands under `environment`, without what env files bring."""
    found: dict[str, str] = {}
    for layer in stack.layers(("services", service, "environment")):
        for one in layer.below:
            name, equals, value = one.text().partition("=")
            if isinstance(one.at[-1], str) and one.kind != "empty":
                found[one.at[-1]] = one.text()
            elif isinstance(one.at[-1], int) and equals:
                found[name] = value
    return found


def named(stack: Stack) -> bool:
    """Whether anything is taken from a variable at all."""
    written = (item for layer in _documents(stack) for item in layer.document.items.values())
    if any("$" in item.text and names(item.text) for item in written):
        return True
    paths = [path for files in stack.variables for path in files.paths]
    read = [entry for path in paths for entry in dotenv.entries(disk.text(path))]
    for service in stack.services:
        for key in ("env_file", "label_file"):
            read += (entry for file in env_files.of(stack, service, key) for entry in file.entries)
    return any(names(entry.text) for entry in read if not entry.literal)


def _documents(stack: Stack) -> Iterator[Layer]:
    """Yield all documents that are merged, and of those that are only extended the services that are."""
    roots = stack.layers(())
    yield from roots
    known = {id(root.document) for root in roots}
    for name in stack.services:
        yield from (one for one in stack.layers(("services", name)) if id(one.document) not in known)
