"""The places that are changed to see a live test turn red, and the mutants that are explained."""

import ast
from collections.abc import Iterator
from fnmatch import filter as matching
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
PLACES: list[dict[str, Any]] = YAML(typ="safe").load(ROOT / "tests/mutations/places.yml")
EXPLAINED: list[dict[str, Any]] = YAML(typ="safe").load(ROOT / "tests/mutations/survivors.yml")
PRODUCT = ROOT / "src/stackproof"


@pytest.mark.parametrize("place", PLACES, ids=lambda place: str(place["name"]))
def test_place_is_there_once(place: dict[str, Any]) -> None:
    """Else nothing is changed, or something else."""
    assert (ROOT / place["file"]).read_text(encoding="utf-8").count(place["was"]) == 1
    assert place["was"] != place["now"]
    (test, *_words) = place["red"].split()
    assert (ROOT / test).exists()


def _functions(body: list[ast.stmt], within: str) -> Iterator[str]:
    for one in body:
        if isinstance(one, ast.FunctionDef):
            yield f"{within}.{one.name}"
        elif isinstance(one, ast.ClassDef):
            yield from _functions(one.body, f"{within}.{one.name}")


def test_explanations_are_of_functions_that_are_there() -> None:
    """What is said of one that is gone explains nothing; `make mutate` counts the mutants."""
    names: list[str] = []
    for path in PRODUCT.rglob("*.py"):
        module = ".".join(path.relative_to(PRODUCT).with_suffix("").parts)
        names += _functions(ast.parse(path.read_text(encoding="utf-8")).body, module)

    assert [entry["at"] for entry in EXPLAINED if not matching(names, entry["at"])] == []
    assert all(entry["because"] for entry in EXPLAINED)
