"""What counts as proven."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from stackproof.outcomes.model import Outcome, OutcomeKind, Results, RunInfo, Severity, StackInfo


def results(*kinds: tuple[str, OutcomeKind], stacks: tuple[str, ...] = ("shop",)) -> Results:
    """Return a run with these outcomes."""
    return Results(
        run=RunInfo(id="cafe", started=datetime(2027, 3, 1, tzinfo=UTC)),
        stacks=tuple(StackInfo(name=name, files=(), services=()) for name in stacks),
        controls=(),
        outcomes=tuple(
            Outcome(
                stack=stack,
                service=None,
                container=None,
                control="a-b",
                outcome=kind,
                severity=Severity.HIGH,
                message="",
            )
            for stack, kind in kinds
        ),
    )


def test_severities_are_ranked() -> None:
    """From info to critical."""
    assert [severity.rank for severity in Severity] == [0, 1, 2, 3, 4]
    assert Severity.CRITICAL.rank > Severity.INFO.rank


def test_what_gates() -> None:
    """A failure and an unknown, nothing else."""
    assert {kind for kind in OutcomeKind if kind.gates} == {OutcomeKind.FAIL, OutcomeKind.UNKNOWN}


@pytest.mark.parametrize(
    ("kind", "passed"),
    [(kind, kind not in (OutcomeKind.FAIL, OutcomeKind.UNKNOWN)) for kind in OutcomeKind],
)
def test_passed_beside_a_pass(kind: OutcomeKind, passed: bool) -> None:  # noqa: FBT001 - a case
    """One outcome that gates is enough."""
    assert results(("shop", OutcomeKind.PASS), ("shop", kind)).passed is passed


@pytest.mark.parametrize("kind", [OutcomeKind.ADVISORY, OutcomeKind.WAIVED, OutcomeKind.PASS])
def test_passed_below_the_gate(kind: OutcomeKind) -> None:
    """What is waived or advisory was measured."""
    assert results(("shop", kind)).passed


@pytest.mark.parametrize("kind", [OutcomeKind.FAIL, OutcomeKind.UNKNOWN, OutcomeKind.NOT_APPLICABLE])
def test_not_passed_alone(kind: OutcomeKind) -> None:
    """Where nothing applies, nothing was proven."""
    assert not results(("shop", kind)).passed


def test_not_passed_with_a_silent_stack() -> None:
    """Of one stack nothing was said."""
    assert not results(("shop", OutcomeKind.PASS), stacks=("shop", "blog")).passed
    assert not results().passed


def test_count() -> None:
    """In one stack or in all."""
    found = results(("shop", OutcomeKind.PASS), ("blog", OutcomeKind.PASS), ("blog", OutcomeKind.FAIL))

    assert found.count(OutcomeKind.PASS) == 2
    assert found.count(OutcomeKind.PASS, "blog") == 1
    assert found.count(OutcomeKind.WAIVED) == 0


def test_written_and_read_again() -> None:
    """The schema number is written under its published name, and nothing unknown is taken."""
    found = results(("shop", OutcomeKind.PASS))
    data = found.model_dump(mode="json", by_alias=True)

    assert data["schema"] == 1
    assert Results.model_validate(data) == found
    with pytest.raises(ValidationError):
        Results.model_validate({**data, "schema": 2})
    with pytest.raises(ValidationError):
        Results.model_validate({**data, "extra": 1})
