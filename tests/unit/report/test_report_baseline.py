"""What failed when somebody began to look."""

import json
from pathlib import Path

import pytest
from tests.unit.report.samples import mixed, outcome, proven

from stackproof.errors import UsageError
from stackproof.outcomes.model import Outcome, OutcomeKind, Results
from stackproof.report import baseline, files, sarif, terminal
from stackproof.report.verdict import Verdict
from stackproof.report.view import Overview

FAIL, PASS, UNKNOWN = OutcomeKind.FAIL, OutcomeKind.PASS, OutcomeKind.UNKNOWN
OLD = outcome(FAIL, "no-privileged", "web", fingerprint="f1")
NEW = outcome(UNKNOWN, "memory-limit", "db", fingerprint="f2")
SOUND = outcome(PASS, "startup-order", "web", fingerprint="f3")


def run_of(*outcomes: Outcome, only_new: bool = True) -> Results:
    """Return a run that was compared with one in which OLD failed."""
    whole = proven()
    run = whole.run.model_copy(update={"baseline": "old.json", "fail_on_new": only_new})
    known = baseline.of(whole.model_copy(update={"outcomes": (OLD,)}))
    stacks = tuple(stack for stack in whole.stacks if stack.name == "shop")
    found = baseline.marked(outcomes, known)
    return whole.model_copy(update={"run": run, "outcomes": found, "stacks": stacks, "causes": ()})


def test_round_trip(tmp_path: Path) -> None:
    """A line for each finding, sorted; written again it is the same."""
    found = baseline.of(mixed())
    path = tmp_path / "b.json"
    path.write_text(baseline.text(found))

    assert baseline.read(path) == found
    assert baseline.text(baseline.read(path)) == baseline.text(found)
    again = mixed()
    again = again.model_copy(update={"outcomes": tuple(reversed(again.outcomes))})
    assert baseline.text(baseline.of(again)) == baseline.text(found)


def test_only_what_fails_is_known() -> None:
    """With what a reader wants to know of it."""
    known = baseline.of(proven().model_copy(update={"outcomes": (OLD, NEW, SOUND)}))

    assert [one.fingerprint for one in known.findings] == ["f2", "f1"]
    assert json.loads(baseline.text(known))["findings"][1] == {
        "fingerprint": "f1", "stack": "shop", "service": "web", "control": "no-privileged", "aspect": "",
    }  # fmt: skip


def test_what_was_found_below_the_gate(tmp_path: Path) -> None:
    """Is written down and told apart: where it fails by now, it is new."""
    below = outcome(OutcomeKind.ADVISORY, "read-only-root", "web", fingerprint="f4")
    waived = outcome(OutcomeKind.WAIVED, "no-host-network", "web", fingerprint="f5")
    known = baseline.of(proven().model_copy(update={"outcomes": (OLD, below, waived, SOUND)}))
    path = tmp_path / "b.json"
    path.write_text(baseline.text(known))
    again = baseline.read(path)

    assert again == known
    assert (sorted(again.fingerprints), sorted(again.found)) == (["f1"], ["f1", "f4"])
    assert [one.get("below_gate") for one in json.loads(path.read_text())["findings"]] == [None, True]
    found = baseline.marked((OLD, below, below.model_copy(update={"outcome": FAIL})), known)
    assert [one.known for one in found] == [True, False, False]


def test_results_are_a_baseline_too(tmp_path: Path) -> None:
    """Those of an earlier run, kept as an artifact."""
    files.write(mixed(), tmp_path)

    assert baseline.read(tmp_path / "results.json") == baseline.of(mixed())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ":1: not JSON: Expecting value"),
        ("{}", ": no results of stackproof"),
        ("[]", ": no results of stackproof"),
        ('{"baseline": 2, "findings": []}', ": baseline: Input should be 1"),
        ("[" * 100_000, ":1: not JSON: it is nested too deeply"),
    ],
)
def test_no_baseline(tmp_path: Path, text: str, said: str) -> None:
    """It is said what was expected."""
    (tmp_path / "b.json").write_text(text)

    with pytest.raises(UsageError, match=rf"^baseline .*b\.json{said}"):
        baseline.read(tmp_path / "b.json")
    with pytest.raises(UsageError, match="/dev/zero: cannot be read: it is a device, and no file\n"):
        baseline.read(Path("/dev/zero"))
    with pytest.raises(UsageError, match=r"(?s)none.json: cannot be read: No such.*`stackproof baseline`"):
        baseline.read(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("outcomes", "only_new", "passed", "verdict"),
    [
        ((OLD, SOUND), True, True, Verdict.NOTHING_NEW),
        ((OLD, SOUND), False, False, Verdict.NOT_PROVEN),
        ((OLD, NEW, SOUND), True, False, Verdict.NOT_PROVEN),
        ((SOUND,), True, True, Verdict.PROVEN),
        ((NEW, SOUND), True, False, Verdict.NOT_PROVEN),
    ],
)
def test_what_fails_a_run(
    *, outcomes: tuple[Outcome, ...], only_new: bool, passed: bool, verdict: Verdict
) -> None:
    """What is known fails it only where nobody asked for less; it never reads like a proof."""
    found = run_of(*outcomes, only_new=only_new)

    assert found.passed is passed
    assert Overview.of(found).verdict is verdict


def test_it_is_told() -> None:
    """How much is new and how much is known."""
    found = run_of(OLD, NEW, SOUND)
    states = {
        one["ruleId"]: one["baselineState"]
        for run in json.loads(sarif.render(found))["runs"]
        for one in run["results"]
    }

    assert "1 new, 1 known from old.json" in terminal.render(found, 120)
    assert states == {"no-privileged": "unchanged", "memory-limit": "new"}


def test_known_again_without_failing() -> None:
    """What passes now is not known to fail."""
    (one,) = run_of(OLD.model_copy(update={"outcome": PASS})).outcomes

    assert not one.known
