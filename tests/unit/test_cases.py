"""The demands of tests/cases are about stacks, controls and variants that exist; what is not met is told."""

import fnmatch
from pathlib import Path
from typing import Any

import pytest
from tests.live import cases
from tests.live.cases import Case, Run

from stackproof.controls import catalogue

CASES = cases.cases()
FOLDERS = sorted(path.parent for path in cases.FOLDER.glob("*/README.md"))


def test_all_thirteen_are_there() -> None:
    """None was lost, and of none a variant."""
    assert len(FOLDERS) == 13
    written = {path.relative_to(cases.FOLDER) for path in cases.FOLDER.glob("*/compose*.yaml")}
    assert {Path(case.folder.name, case.run.file) for case in CASES} == written


@pytest.mark.parametrize("case", CASES, ids=str)
def test_demands_are_about_something(case: Case, tmp_path: Path) -> None:
    """Of an unknown control or service nothing would ever be seen."""
    text = (case.lay_out(tmp_path / "case") / "compose.yaml").read_text()

    for demand in (*case.run.demands, *case.run.besides):
        assert fnmatch.filter(catalogue.entries(), demand.control)
        assert f"\n  {demand.service}:" in text or demand.service == "*"
    assert all(demand.because for demand in case.run.besides)
    assert all(demand.running for demand in case.run.besides if demand.control == "*")
    assert all(demand.says for demand in case.run.demands if demand.outcome == ("fail",))
    assert (tmp_path / "case" / cases.CONTRACT).exists() == bool(case.run.contract)


def test_what_is_not_met_yet_is_a_run() -> None:
    """A line for a run that does not exist would hide nothing and look as if it did."""
    assert cases.not_met_yet().keys() <= {str(case) for case in CASES}


def row(control: str, outcome: str, **more: str) -> dict[str, Any]:
    """Return an outcome of a run."""
    row = {
        "service": "web",
        "control": control,
        "outcome": outcome,
        "aspect": "",
        "message": "",
        "cause": None,
    }
    return row | more


def differences(*rows: dict[str, Any], **run: Any) -> list[str]:  # noqa: ANN401 - fields of a run
    """Return what is not as demanded of `crash-restart`: a failure of the server with code 1 or 137."""
    demands = [
        {"service": "web", "control": "crash-restart", "outcome": "fail", "says": ["server", r"\b(1|137)\b"]}
    ]
    besides = [
        {"service": "*", "control": "healthcheck-*", "outcome": "advisory", "because": "there is none"}
    ]
    found = Run.model_validate({"file": "x", "exit": 1, "demands": demands, "besides": besides} | run)
    return found.differences(
        {"outcomes": rows, "causes": [{"fingerprint": "f", "message": "server ended with 137"}]}
    )


BESIDE = row("healthcheck-defined", "advisory")
FAILS = row("crash-restart", "fail", message="server ended with 1")


@pytest.mark.parametrize(
    "rows",
    [
        [FAILS, BESIDE],
        [FAILS, BESIDE, row("graceful-stop", "pass"), row("graceful-stop", "not applicable")],
        [row("crash-restart", "fail", cause="f"), BESIDE],
    ],
)
def test_as_demanded(rows: list[dict[str, Any]]) -> None:
    """What is named says so, everything else passes or does not apply."""
    assert differences(*rows) == []


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([BESIDE], "crash-restart: not applicable; it must be fail"),
        ([BESIDE, row("crash-restart", "pass")], "crash-restart: pass (); it must be fail"),
        (
            [BESIDE, FAILS, row("crash-restart", "pass", aspect="x")],
            "crash-restart x: pass (); it must be fail",
        ),
        ([BESIDE, row("crash-restart", "fail", message="server ended with 2")], r"it must say \b(1|137)\b"),
        ([FAILS], "healthcheck-*: not applicable; it must be advisory"),
        (
            [FAILS, BESIDE, row("graceful-stop", "unknown")],
            "graceful-stop: unknown (); it must pass or not apply",
        ),
        (
            [FAILS, BESIDE, row("graceful-stop", "advisory")],
            "graceful-stop: advisory (); it must pass or not apply",
        ),
        ([FAILS, BESIDE, row("graceful-stop", "fail", service="db")], "db graceful-stop: fail ()"),
    ],
)
def test_not_as_demanded(rows: list[dict[str, Any]], words: str) -> None:
    """A false pass, a false failure, one that is told in other words, and one that is missing."""
    (line,) = differences(*rows)

    assert words in line


def test_of_what_runs() -> None:
    """What the files alone show is known of a service that never ran, too."""
    besides = [
        {"service": "web", "control": "*", "outcome": "unknown", "running": True, "because": "it never ran"}
    ]
    rows = [FAILS, row("graceful-stop", "unknown"), row("image-user-nonroot", "unknown")]

    assert differences(*rows, besides=besides) == [
        "web image-user-nonroot: unknown (); it must pass or not apply"
    ]


def test_of_one_aspect() -> None:
    """Other findings of the control are others."""
    demands = [{"service": "web", "control": "http-contract-met", "aspect": "/", "outcome": "fail"}]
    rows = [row("http-contract-met", outcome, aspect=at) for at, outcome in (("/", "fail"), ("/x", "fail"))]

    assert differences(*rows, demands=demands, besides=[]) == [
        "web http-contract-met /x: fail (); it must pass or not apply"
    ]
