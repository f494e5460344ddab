"""Compose files whose lines say, after `#:`, what the entry that has its place there must hold."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stackproof.engine.project import ComposeSettings, Project, compose_version
from stackproof.errors import CommandError
from stackproof.stack.discovery import Source
from stackproof.stack.keys import KeyPath
from stackproof.stack.stack import Stack

FOLDER = Path(__file__).with_name("unit") / "stack" / "places"
MARK = "#: "
# Mappings whose keys are entries: authors may write them as lists, or each in a short form.
MAPPINGS = ("environment", "labels", "annotations", "sysctls", "networks", "depends_on", "ulimits", "args",
            "additional_contexts", "options", "models")  # fmt: skip

_DEFAULT = ("networks", "default")
# What is written nowhere as an entry: it comes from Compose, from an env file, or is part of one word.
HOMELESS: dict[str, set[KeyPath]] = {
    "anchors": {("web", *_DEFAULT), ("db", *_DEFAULT), ("copy", *_DEFAULT)},
    "extended": {(name, *_DEFAULT) for name in ("web", "same", "local", "another")},
    "included": {(name, *_DEFAULT) for name in ("web", "plain", "deeper", "merged")},
    "overrides": {("db", *_DEFAULT), ("cache", *_DEFAULT)},
    "short": {("cache", *_DEFAULT), ("web", "environment", "V"), ("web", "environment", "W")},
    "long": {
        ("cache", *_DEFAULT), ("cache", "environment", "V"), ("db", *_DEFAULT),
        ("db", "healthcheck", "test", 0), ("db", "healthcheck", "test", 1),
        ("web", "command", 0), ("web", "command", 1), ("web", "command", 2),
        ("web", "entrypoint", 0), ("web", "environment", "V"),
    },
    "newer": {
        ("all", *_DEFAULT), ("all", "environment", "V"), ("all", "gpus", 0),
        ("given", "provider", "options", "many"), ("given", "provider", "options", "one"),
        ("given", "provider", "options", "one", 0),
        ("web", *_DEFAULT), ("web", "labels", "V"),
        ("web", "develop", "watch", 0, "exec", "command", 0),
        ("web", "develop", "watch", 0, "exec", "command", 1),
    },
}  # fmt: skip


def source(folder: Path) -> Source:
    """Return the stack of a folder; a second file is an override."""
    found = (folder / "compose.yml", folder / "second.yml")
    return Source(files=tuple(path for path in found if path.is_file()))


def entries(value: Any, above: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:  # noqa: ANN401 - a value of the model
    """Yield the paths of entries with their text: those of lists, and of mappings that may be lists."""
    if isinstance(value, dict):
        for key, inner in ((key, inner) for key, inner in value.items() if not str(key).startswith("x-")):
            if len(above) > 1 and above[-1] in MAPPINGS:
                yield (*above, key), json.dumps({key: inner}, separators=(",", ":"))
            yield from entries(inner, (*above, key))
    for index, inner in enumerate(value if isinstance(value, list) else ()):
        yield (*above, index), json.dumps(inner, separators=(",", ":"))
        yield from entries(inner, (*above, index))


def marks(folder: Path) -> dict[tuple[str, int], list[str]]:
    """Return what stands after the mark on each line of each file."""
    return {
        (path.relative_to(folder).as_posix(), number): line.partition(MARK)[2].split(" & ")
        for path in sorted(folder.rglob("*.yml"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if MARK in line and not line.startswith("#")
    }


def mistakes(folder: Path, model: dict[str, Any]) -> tuple[list[str], set[KeyPath]]:
    """Return what is wrong with the places of all entries, and what else than known has none of its own."""
    stack = Stack.load(source(folder), controls=(), raw=model)
    wanted = marks(folder)
    wrong, homeless, met = [], set(), set()
    for keys, text in entries(model):
        place = stack.locate(keys)
        where = (place.file, place.line or 0)
        met.add(where)
        if where not in wanted:
            homeless.add(keys[1:])
        elif not all(word in text for word in wanted[where]):
            wrong.append(f"{place}: {keys} is {text}")
        elif not _begins(folder / place.file, place.line or 0, place.column or 0):
            wrong.append(f"{place}: nothing begins there")
    wrong += [
        f"{file}:{line}: nothing has its place here" for file, line in wanted if (file, line) not in met
    ]
    return wrong, homeless ^ HOMELESS[folder.name]


def _begins(path: Path, line: int, column: int) -> bool:
    text = path.read_text().splitlines()[line - 1]
    return not text[: column - 1].strip(" -") or text[: column - 1].endswith(("[", "{", ", ", ": "))


def resolved(folder: Path) -> dict[str, Any]:
    """Return how the Compose that is installed resolves a stack.

    Raises CommandError when it does not know what is written.
    """
    settings = ComposeSettings(project_directory=folder, profiles=("z",))
    return Project(source(folder).files, settings=settings).config().model


def record(folder: Path) -> None:
    """Write down how the Compose that is installed resolves a stack, for tests that have none."""
    text = json.dumps(resolved(folder), indent=1).replace(str(folder.parent), "/project")
    path = folder / "models" / f"{compose_version()}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text + "\n")


if __name__ == "__main__":  # python -m tests.marked, for each version of Compose that there is
    for case in sorted(FOLDER.iterdir()):
        try:
            record(case)
        except CommandError as error:
            print(case.name, error)  # noqa: T201 - a chore
