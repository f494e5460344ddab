"""The places of the product that are changed to see a live test turn red."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
PLACES: list[dict[str, Any]] = YAML(typ="safe").load(ROOT / "tests/mutations/places.yml")


@pytest.mark.parametrize("place", PLACES, ids=lambda place: str(place["name"]))
def test_place_is_there_once(place: dict[str, Any]) -> None:
    """Else nothing is changed, or something else."""
    assert (ROOT / place["file"]).read_text(encoding="utf-8").count(place["was"]) == 1
    assert place["was"] != place["now"]
    (test, *_words) = place["red"].split()
    assert (ROOT / test).exists()
