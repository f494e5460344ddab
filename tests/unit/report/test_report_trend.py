"""Findings over time."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.unit.report.samples import outcome, proven

from stackproof.cli import main
from stackproof.errors import UsageError
from stackproof.outcomes.model import Outcome, OutcomeKind, Results, Severity
from stackproof.report import files, results_json, trend
from stackproof.report.trend import Trend

FAIL, PASS = OutcomeKind.FAIL, OutcomeKind.PASS


def day(number: int, *outcomes: Outcome) -> Results:
    """Return the run of a day."""
    whole = proven()
    started = whole.run.started + timedelta(days=number)
    run = whole.run.model_copy(update={"id": f"run-{number}", "started": started})
    return whole.model_copy(update={"run": run, "outcomes": outcomes, "trials": (), "steps": ()})


def told(found: Trend) -> list[tuple[int, int, int, int]]:
    """Return open, new, fixed and unasked of each run."""
    return [(point.open, point.new, point.fixed, point.unasked) for point in found.points]


def days() -> list[Results]:
    """Four days: b is fixed and comes back, c belongs to a shard that runs on the first day alone."""
    return [
        day(0, outcome(FAIL, "a", "web"), outcome(FAIL, "b", "web"), outcome(FAIL, "c", "web", stack="blog")),
        day(1, outcome(FAIL, "a", "web"), outcome(PASS, "b", "web")),
        day(2, outcome(FAIL, "a", "web"), outcome(FAIL, "b", "web"), outcome(FAIL, "d", "web")),
        day(3, outcome(PASS, "a", "web"), outcome(FAIL, "b", "web"), outcome(PASS, "d", "web")),
    ]


def test_what_came_and_went() -> None:
    """In the order of the runs, whatever that of the files; what was not asked again stays open."""
    for several in (days(), days()[::-1]):
        found = Trend.of(several)
        assert told(found) == [(3, 3, 0, 0), (2, 0, 1, 1), (4, 2, 0, 1), (2, 0, 2, 1)]
        assert [point.run for point in found.points] == [f"run-{number}" for number in range(4)]
        since = [(one.since.day, one.outcome.control) for one in found.open]
        assert since == [(1, "c"), (3, "b")]


def test_gravest_first_of_one_day() -> None:
    """What has been open equally long is told by severity."""
    grave = outcome(FAIL, "b", "web", severity=Severity.CRITICAL)
    found = Trend.of([day(0, outcome(FAIL, "a", "web"), grave)])

    assert [one.outcome.control for one in found.open] == ["b", "a"]


def keep(folder: Path, several: list[Results]) -> None:
    """Write each run into a folder of its own."""
    for results in several:
        files.write(results, folder / results.run.id, ("results.json",))


def test_folder(tmp_path: Path) -> None:
    """Other JSON in it is left out, a copy of a run counts once."""
    keep(tmp_path, days())
    (tmp_path / "copy.json").write_text(results_json.render(days()[0]), encoding="utf-8")
    (tmp_path / "baseline.json").write_text(json.dumps({"baseline": 1, "findings": []}))
    (tmp_path / "broken.json").write_bytes(b"\xff{")
    done = CliRunner().invoke(main, ["diff", str(tmp_path)])

    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        "2027-03-01 09:30  NOT PROVEN                 3 open  the first run  (run-0)",
        "2027-03-02 09:30  NOT PROVEN                 2 open  0 new, 1 fixed, 1 not asked again  (run-1)",
        "2027-03-03 09:30  NOT PROVEN                 4 open  2 new, 0 fixed, 1 not asked again  (run-2)",
        "2027-03-04 09:30  NOT PROVEN                 2 open  0 new, 2 fixed, 1 not asked again  (run-3)",
        "since 2027-03-01 09:30  low      blog web c: c holds for web",
        "since 2027-03-03 09:30  low      shop web b: b holds for web",
    ]


@pytest.mark.parametrize(("last", "code"), [(3, 1), (4, 0), (1, 0)])
def test_code_tells_of_the_last_run(tmp_path: Path, last: int, code: int) -> None:
    """1 when it has something new; the first run has nothing before it."""
    keep(tmp_path, days()[:last])

    assert CliRunner().invoke(main, ["diff", str(tmp_path)]).exit_code == code


def test_nothing_open(tmp_path: Path) -> None:
    """Is said."""
    keep(tmp_path, [day(0, outcome(PASS, "a", "web"))])

    assert CliRunner().invoke(main, ["diff", str(tmp_path)]).output.splitlines()[-1] == "nothing is open"


def test_folder_without_runs(tmp_path: Path) -> None:
    """An empty folder says nothing of any stack."""
    with pytest.raises(UsageError, match=r"no results\.json in it"):
        trend.read(tmp_path)
    done = CliRunner().invoke(main, ["diff", str(tmp_path)])
    assert (done.exit_code, "fix: keep one of each run" in done.output) == (2, True)


def test_one_file_alone(tmp_path: Path) -> None:
    """There is nothing to compare it with."""
    keep(tmp_path, [day(0)])
    done = CliRunner().invoke(main, ["diff", str(tmp_path / "run-0" / "results.json")])

    assert (done.exit_code, "nothing to compare" in done.output) == (2, True)
