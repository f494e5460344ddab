"""How much of each published standard a run answers."""

import pytest

from stackproof.controls import catalogue
from stackproof.outcomes.model import Outcome, OutcomeKind, Results, Severity
from stackproof.report.coverage import Coverage, State, coverage
from stackproof.report.summary import render

CIS = "CIS Docker 1.6.0"


def found(*said: tuple[str, OutcomeKind]) -> Coverage:
    """Return the coverage of CIS in a run in which controls said that, each of a service of its own."""
    outcomes = tuple(
        Outcome(
            stack="s",
            service=f"w{number}",
            container=None,
            control=name,
            outcome=kind,
            severity=Severity.LOW,
            message="",
        )
        for number, (name, kind) in enumerate(said)
    )
    controls = tuple(catalogue.entries()[name].info() for name, _kind in said)
    results = Results.model_construct(outcomes=outcomes, controls=controls)
    return {one.standard: one for one in coverage(results)}[CIS]


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        (("pass",), State.PASSED),
        (("pass", "not applicable"), State.PASSED),
        (("not applicable",), State.NOT_ASKED),
        ((), State.NOT_ASKED),
        (("pass", "waived"), State.WAIVED),
        (("waived", "unknown"), State.UNDECIDED),
        (("unknown", "advisory"), State.FAILED),
        (("pass", "fail"), State.FAILED),
    ],
)
def test_state_of_a_requirement(kinds: tuple[str, ...], state: State) -> None:
    """The worst of what was said decides; what was not asked is never passed."""
    nothing = found()
    some = found(*(("no-privileged", OutcomeKind(kind)) for kind in kinds))
    changed = {one: some.counts[one] - nothing.counts[one] for one in State}
    assert {one: number for one, number in changed.items() if number} == (
        {} if state is State.NOT_ASKED else {state: 1, State.NOT_ASKED: -1}
    )
    assert some.assessed == (state in {State.PASSED, State.WAIVED, State.FAILED})


def test_what_no_stack_can_show_is_told_apart() -> None:
    """The benchmark asks of the host, too; that is not assessed, and is among the requirements."""
    nothing = found()
    assert nothing.counts[State.NOT_ASSESSABLE] > 0
    assert sum(nothing.counts.values()) == nothing.requirements
    assert f"0 of {nothing.requirements} requirements assessed" in str(nothing)


def test_summary_has_it_where_something_was_assessed(mixed_results: Results, empty_results: Results) -> None:
    """A table with a row for each standard."""
    assert "### Coverage of standards" in render(mixed_results)
    assert f"| {CIS} | " in render(mixed_results).replace("\\", "")
    assert "### Coverage of standards" not in render(empty_results)
