"""Verdicts, order and the matrix, which all outputs share."""

import pytest
from tests.unit.report.samples import narrowed

from stackproof.outcomes.model import OutcomeKind, Results
from stackproof.report.verdict import Verdict
from stackproof.report.view import Overview

PASS, FAIL, UNKNOWN = OutcomeKind.PASS, OutcomeKind.FAIL, OutcomeKind.UNKNOWN
WAIVED, ADVISORY, NOT_APPLICABLE = OutcomeKind.WAIVED, OutcomeKind.ADVISORY, OutcomeKind.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("kinds", "verdict"),
    [
        ([], Verdict.NOTHING_PROVEN),
        ([NOT_APPLICABLE], Verdict.NOTHING_PROVEN),
        ([NOT_APPLICABLE, WAIVED], Verdict.PROVEN),
        ([ADVISORY], Verdict.PROVEN),
        ([PASS, NOT_APPLICABLE, WAIVED, ADVISORY], Verdict.PROVEN),
        ([PASS, UNKNOWN], Verdict.NOT_PROVEN),
        ([FAIL], Verdict.NOT_PROVEN),
    ],
)
def test_verdict_of_a_stack(kinds: list[OutcomeKind], verdict: Verdict) -> None:
    """Something measured, and no fail or unknown."""
    assert Verdict.of(kinds) is verdict


def test_verdict_of_a_narrowed_run() -> None:
    """It never reads like that of a whole one; what failed is still told as that."""
    assert Verdict.of([PASS], whole=False) is Verdict.PROVEN_IN_PART
    assert Verdict.of([PASS, FAIL], whole=False) is Verdict.NOT_PROVEN
    assert Verdict.of([NOT_APPLICABLE], whole=False) is Verdict.NOTHING_PROVEN


def test_scope_of_a_narrowed_run() -> None:
    """Why it is one is said, and of each stack, too."""
    overview = Overview.of(narrowed())

    assert overview.verdict is Verdict.PROVEN_IN_PART
    assert {stack.verdict for stack in overview.stacks} == {Verdict.PROVEN_IN_PART}
    assert overview.scope == (
        "3 of 150 controls: select no-privileged, c*, <b> (command line); "
        "ignore x ([tool.stackproof] in pyproject.toml); interrupted"
    )


def test_silent_stack_is_not_carried_by_the_others(silent_results: Results) -> None:
    """A stack without outcomes keeps the run from being proven."""
    overview = Overview.of(silent_results)

    assert [stack.verdict for stack in overview.stacks] == [Verdict.PROVEN, Verdict.NOTHING_PROVEN]
    assert overview.verdict is Verdict.NOT_PROVEN


def test_no_stack_at_all_proves_nothing(empty_results: Results) -> None:
    """A run without stacks is not a success for want of failures."""
    bare = empty_results.model_copy(update={"stacks": ()})

    assert Overview.of(bare).verdict is Verdict.NOTHING_PROVEN


def test_never_kinder_than_the_exit_code(sample: tuple[str, Results]) -> None:
    """PROVEN implies that the run passed."""
    assert sample[1].passed or Overview.of(sample[1]).verdict is not Verdict.PROVEN


def test_unlisted_stack_and_control_are_kept(mixed_results: Results) -> None:
    """An outcome that names what the run does not list is shown, not dropped."""
    overview = Overview.of(mixed_results)

    assert [stack.info.name for stack in overview.stacks] == ["shop", "unlisted <stack>"]
    assert overview.stacks[1].services == ("ghost",)
    assert len(overview.entries) == len(mixed_results.outcomes)
