"""results.json: the source of all other reports."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from stackproof.outcomes.model import Results
from stackproof.report import results_json


def test_round_trip_is_stable(sample: tuple[str, Results], tmp_path: Path) -> None:
    """What was written reads back, and writes the same bytes again."""
    path = tmp_path / "results.json"
    path.write_text(results_json.render(sample[1]), encoding="utf-8")

    assert results_json.render(results_json.read(path)) == path.read_text(encoding="utf-8")


def test_plain_results_survive_unchanged(proven_results: Results, tmp_path: Path) -> None:
    """Where the order is right and evidence is JSON already, nothing changes."""
    path = tmp_path / "results.json"
    path.write_text(results_json.render(proven_results), encoding="utf-8")
    read = results_json.read(path)

    assert read.run == proven_results.run
    kept, had = ({one.model_dump_json() for one in run.outcomes} for run in (read, proven_results))
    assert kept == had


def test_every_outcome_is_written(sample: tuple[str, Results]) -> None:
    """No outcome is lost, also of a stack that is not listed."""
    data = json.loads(results_json.render(sample[1]))

    assert data["schema"] == 1
    assert len(data["outcomes"]) == len(sample[1].outcomes)
    assert {o["message"] for o in data["outcomes"]} == {
        o.message.replace("\udcff", "\ufffd") for o in sample[1].outcomes
    }


def test_file_is_strict_json_and_ends_with_a_newline(mixed_results: Results) -> None:
    """NaN, sets and broken characters in the evidence become what every JSON reader knows."""
    text = results_json.render(mixed_results)

    assert text.endswith("}\n")
    assert json.loads(text, parse_constant=pytest.fail)["outcomes"]
    assert text.encode()


def test_other_schema_is_refused(proven_results: Results, tmp_path: Path) -> None:
    """A file from a later version is an error, not a guess."""
    path = tmp_path / "results.json"
    path.write_text(results_json.render(proven_results).replace('"schema": 1', '"schema": 2'), "utf-8")

    with pytest.raises(ValidationError):
        results_json.read(path)
