"""Steps on their way into a report."""

from datetime import UTC, datetime

import pytest

from stackproof.engine import steps
from stackproof.outcomes.fixes import apart
from stackproof.outcomes.model import Outcome, OutcomeKind, Severity
from stackproof.outcomes.sentence import LONGEST, passed
from stackproof.outcomes.steps import COMMAND, OUTPUT, Records, at, cut, records, shared, with_steps
from stackproof.stack.redaction import Redactor

REDACTOR = Redactor({"sesame-open-sesame"})


def journal(name: str = "", *, began: float = 1000.0, seconds: float = 0.0) -> steps.Journal:
    """Return a journal with a step."""
    kept = steps.Journal(name=name, began=began, seconds=seconds)
    said = "password sesame-open-sesame" + "x" * steps.KEPT
    kept.add(steps.Step(command=f"ask {name}", where="web-1", began=began, seconds=0.01234, output=said))
    return kept


def outcome(**more: object) -> Outcome:
    """Return an outcome."""
    fields = {"stack": "shop", "service": "web", "container": None, "control": "a-b", "message": ""}
    return Outcome.model_validate({**fields, "outcome": OutcomeKind.PASS, "severity": Severity.HIGH, **more})


def told(kept: steps.Journal, known: set[str] | None = None) -> Records:
    """Return what a journal holds."""
    return records(kept, "shop", "faults", REDACTOR, known if known is not None else set())


def test_secrets_go_before_the_cut() -> None:
    """What is left of one that was cut could not be told from other text."""
    (step,) = told(journal()).steps.values()

    assert "sesame" not in step.output
    assert step.output.startswith("password [redacted]")
    assert len(step.output) <= OUTPUT
    assert len(step.command) <= COMMAND
    assert (step.seconds, step.started) == (0.012, datetime(1970, 1, 1, 0, 16, 40, tzinfo=UTC))


def test_secret_at_the_cut_of_what_is_kept() -> None:
    """Its rest is masked: the dots say that something was cut there."""
    front = "x" * (steps.KEPT // 2 - 13)
    with steps.journal() as kept, steps.step("cat", "web-1") as asked:
        asked.gave(f"{front} sesame-open-sesame{'y' * steps.KEPT}")

    raw = kept.steps[0].output
    assert "sesame-open-..." in raw
    assert "sesame" not in REDACTOR.text(raw)


def test_each_is_told_once() -> None:
    """Whoever comes later refers to it; trials within trials count."""
    inner, trial, test = journal("inner"), journal("kill"), journal()
    trial.share(inner)
    test.share(trial)
    known: set[str] = set()
    first, again = told(test, known), told(test, known)

    assert [one.name for one in shared(test)] == ["kill", "inner"]
    assert len(first.steps) == 3
    assert {one.name: one.lane for one in first.trials.values()} == {"kill": "faults", "inner": "faults"}
    assert again == Records()


def test_outcome_with_its_steps() -> None:
    """Seconds are its own: a trial that was performed within has its own, one before does not count."""
    before, within, test = (
        journal("bring-up", began=1000.0, seconds=9.0),
        journal("kill", began=1010.0, seconds=2.5),
        journal(began=999.0),
    )
    test.share(before)
    test.share(within)
    found = with_steps(outcome(seconds=3.0), test, 1005.0)

    assert (found.seconds, found.started) == (0.5, at(1005.0))
    assert found.steps == tuple(step.id for step in test.steps)
    assert found.trials == (before.id, within.id)
    assert with_steps(outcome(seconds=1.0), test, 1005.0).seconds == 0.0


def test_only_what_outcomes_use() -> None:
    """By time: workers end in any order."""
    early, late = journal("early", began=1.0), journal("late", began=2.0)
    found = Records()
    found.add(told(early))
    found.add(told(late))
    test = journal(began=3.0)
    test.share(late)
    found.add(told(test))
    used = found.used_by([with_steps(outcome(), test, 3.0)])

    assert [trial.id for trial in used.trials.values()] == [late.id]
    assert [step.id for step in used.steps.values()] == [late.steps[0].id, test.steps[0].id]


@pytest.mark.parametrize(
    ("message", "told", "fix"),
    [
        ("gone", "gone", ""),
        ("gone\n  fix: start it", "gone", "start it"),
        ("gone\n  asked: x\n  fix:      start it\n    or wait\n", "gone\n  asked: x", "start it\nor wait"),
        # What stands below a fix is no part of it, and of several none is that of all.
        (
            "gone\n  fix: start it\n  last log lines:\n    x",
            "gone\n  fix: start it\n  last log lines:\n    x",
            "",
        ),
        ("a\n  fix: one\nb\n  fix: two", "a\n  fix: one\nb\n  fix: two", ""),
        ("fix: this is all there is", "fix: this is all there is", ""),
    ],
)
def test_fix_apart_from_its_message(message: str, told: str, fix: str) -> None:
    """It is shown as that of a finding is."""
    assert apart(message) == (told, fix)


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        ({"status": "healthy", "ready": True, "after": 1.50}, "status healthy; ready yes; after 1.5"),
        ({"a": 1, "b": 2, "c": 3, "d": 4}, "a 1; b 2; c 3"),
        ({"empty": "", "none": None, "list": [], "log": "two\nlines", "uid": 7}, "uid 7"),
        (
            {"long": "x" * 61, "rows": [{"pid": 1}, {"pid": 2}], "map": {"k": 1}},
            "rows 2 entries; map 1 entries",
        ),
        ({"ports": {443, 80}, "many": list(range(9))}, "ports 443, 80; many 9 entries"),
        ({"nested": [[1, 2], [3]]}, "nested 2 entries"),
    ],
)
def test_sentence_of_a_pass(evidence: dict[str, object], said: str) -> None:
    """The good state, and what fits of what was seen."""
    assert passed("Answers", evidence) == f"Answers: {said}"


def test_sentence_is_bounded() -> None:
    """Whatever was noted."""
    long = passed("Answers", {f"name {'n' * 60} {number}": "v" * 60 for number in range(3)})

    assert len(long) == LONGEST
    assert long.endswith(" ...")


def test_cut_keeps_both_ends() -> None:
    """As much as asked for."""
    assert cut("x" * 10, 10) == "x" * 10
    assert len(cut("x" * 500, 101)) == 101
