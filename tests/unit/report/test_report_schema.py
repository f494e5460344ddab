"""The published schema of the results, and its promise."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from tests.unit.report.samples import proven

from stackproof.cli import main
from stackproof.outcomes.model import Results
from stackproof.report import results_json, schema

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))
# What was there when schema 1 was promised. A name may never go from here without schema 2.
PROMISED = json.loads((Path(__file__).with_name("promised.json")).read_text(encoding="utf-8"))


def validator() -> Draft202012Validator:
    """Return what reads results by the published schema."""
    published = json.loads(Path(schema.__file__).with_name(schema.FILE).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(published)
    return Draft202012Validator(published, format_checker=Draft202012Validator.FORMAT_CHECKER)


def errors(data: Any) -> list[str]:  # noqa: ANN401 - JSON
    """Return what the schema says against it."""
    return [error.message for error in validator().iter_errors(data)]


def test_published_schema_is_up_to_date() -> None:
    """The file in the package is what the models say (see `stackproof.report.schema`)."""
    published = Path(schema.__file__).with_name(schema.FILE)

    assert published.read_text(encoding="utf-8") == schema.text()


def test_command_prints_it() -> None:
    """`stackproof schema results`; without a word it stays that of the contract."""
    assert CliRunner().invoke(main, ["schema", "results"]).output == schema.text()
    assert "Contract" in CliRunner().invoke(main, ["schema"]).output
    assert CliRunner().invoke(main, ["schema", "report"]).exit_code == 2


def test_every_sample_is_valid(sample: tuple[str, Results]) -> None:
    """As it is written."""
    assert errors(json.loads(results_json.render(sample[1]))) == []


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_results_are_valid(path: Path) -> None:
    """Those that stand in the repository, read as a program would."""
    assert errors(json.loads(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("where", "wrong"),
    [
        (("schema",), 2),
        (("run", "started"), 5),
        (("outcomes", 0, "outcome"), "perhaps"),
        (("outcomes", 0, "severity"), "bad"),
        (("outcomes", 0, "line"), "12"),
        (("steps", 0, "exit"), "0"),
        (("trials", 0, "steps"), None),
    ],
)
def test_schema_refuses_another_type(where: tuple[str | int, ...], wrong: object) -> None:
    """What no program would expect there."""
    data: Any = json.loads(results_json.render(proven()))
    part = data
    for key in where[:-1]:
        part = part[key]
    part[where[-1]] = wrong

    assert errors(data)


def test_new_fields_are_allowed() -> None:
    """A program that validates goes on to work with a later version of us."""
    data = json.loads(results_json.render(proven()))
    data["later"] = data["outcomes"][0]["later"] = data["steps"][0]["later"] = 1

    assert errors(data) == []


def fields(published: dict[str, Any]) -> dict[str, list[str]]:
    """Return the names of all fields, by what they belong to."""
    parts = {"Results": published, **published["$defs"]}
    return {name: sorted(part["properties"]) for name, part in sorted(parts.items()) if "properties" in part}


def test_promised_fields_are_there() -> None:
    """Each is written always, so that nobody has to ask whether it is there."""
    published = json.loads(schema.text())
    have = fields(published)
    parts = {"Results": published, **published["$defs"]}

    for part, names in PROMISED.items():
        assert set(names) <= set(have[part]), part
        assert set(parts[part]["required"]) == set(have[part]), part


def test_list_of_promised_fields_is_whole() -> None:
    """A new field is promised from its first release on: add it to promised.json."""
    assert fields(json.loads(schema.text())) == PROMISED
