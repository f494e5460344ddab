"""The table against the published schema of the compose specification."""

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import pytest

from stackproof.isolation.here import At
from stackproof.isolation.table import BELOW, ROWS, find
from stackproof.isolation.treatment import Flag, Treatment

Paths = Iterator[At]
# Of the package check-jsonschema, which brings the schema up to date with each of its releases.
SCHEMA = "builtin_schemas/vendor/compose-spec.json"


def schema() -> dict[str, Any]:
    """Return the published JSON schema."""
    found: dict[str, Any] = json.loads(files("check_jsonschema").joinpath(SCHEMA).read_text(encoding="utf-8"))
    return found


def paths(node: Mapping[str, Any], definitions: Mapping[str, Any], at: At, seen: frozenset[str]) -> Paths:
    """Yield every key that a schema allows: `*` for a free name, 0 for an item."""
    if reference := node.get("$ref"):
        name = str(reference).rpartition("/")[2]
        if name not in seen:
            yield from paths(definitions[name], definitions, at, seen | {name})
        return
    yield at
    for word in ("oneOf", "anyOf", "allOf"):
        for branch in node.get(word, ()):
            yield from paths(branch, definitions, at, seen)
    for name, below in node.get("properties", {}).items():
        yield from paths(below, definitions, (*at, name), seen)
    for pattern, below in node.get("patternProperties", {}).items():
        if pattern != "^x-":
            yield from paths(below, definitions, (*at, "*"), seen)
    for key, part in (("additionalProperties", "*"), ("items", 0)):
        if isinstance(below := node.get(key), dict):
            yield from paths(below, definitions, (*at, part), seen)


def every_path() -> list[At]:
    """Return all keys of the specification, each once."""
    found = schema()
    return sorted({at for at in paths(found, found["$defs"], (), frozenset()) if at}, key=str)


def as_row(at: At) -> str:
    """Return a key as the table writes it."""
    return ".".join("[]" if part == 0 else str(part) for part in at)


def test_every_key_of_the_specification_has_a_row() -> None:
    """A key that is new, or that nobody thought of, fails here before a sandbox meets it."""
    every = every_path()
    missing = [
        as_row(at)
        for at in every
        if (row := find(at)) is None or (row.path != as_row(at) and not row.path.endswith(BELOW))
    ]

    assert len(every) > 900
    assert missing == []


def test_every_row_is_of_the_specification() -> None:
    """A row for a key that is not there would be a spelling mistake."""
    # The schema says of these that they are mappings, and no more.
    free = {"services.*.storage_opt.*", "services.*.pre_start.[].storage_opt.*"}
    every = {as_row(at) for at in every_path()} | free
    strange = [
        row.path
        for row in ROWS
        if row.path not in every and not any(path.startswith(row.path.removesuffix(BELOW)) for path in every)
    ]

    assert strange == []


def test_rows_are_written_once() -> None:
    """Of two rows one would be without effect."""
    assert len({row.path for row in ROWS}) == len(ROWS)


def test_nothing_is_passed_unseen() -> None:
    """A row for all that lies below may only leave it out or refuse it."""
    passed = [
        row.path
        for row in ROWS
        if row.path.endswith(BELOW)
        and any(case.treatment in (Treatment.PASSED, Treatment.CHANGED) for case in row.cases)
    ]

    assert passed == []


def test_what_differs_says_so() -> None:
    """Whatever is left out has a note, whatever is refused a reason."""
    silent = [
        row.path
        for row in ROWS
        for case in row.cases
        if case.treatment in (Treatment.DROPPED, Treatment.REFUSED) and not case.says
    ]

    assert silent == []


def test_refusals_without_an_option_are_few() -> None:
    """They are what an engine without a swarm, on Linux, cannot have."""
    hopeless = {
        row.path.removeprefix("services.*.pre_start.[].").removeprefix("services.*.")
        for row in ROWS
        for case in row.cases
        if case.treatment is Treatment.REFUSED and case.flag is Flag.NONE
    }

    assert hopeless == {
        "build.isolation", "build.secrets.[]", "configs.*", "credential_spec.**", "isolation", "secrets.*",
        "secrets.*.driver", "secrets.*.driver_opts.**", "volumes.[]",
    }  # fmt: skip


@pytest.mark.parametrize(
    "at",
    [
        ("services", "web", "new_key"),
        ("services", "web", "deploy", "new"),
        ("services", "web", "volumes", 0, "bind", "new"),
        ("networks", "n", "ipam", "new"),
        ("volumes", "v", "new"),
        ("new",),
    ],
)
def test_key_that_is_not_known(at: At) -> None:
    """No row, at any depth."""
    assert find(at) is None
