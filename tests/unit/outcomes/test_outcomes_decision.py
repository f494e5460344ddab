"""Gate and waiver."""

from datetime import date

import pytest

from stackproof.outcomes.decision import decide
from stackproof.outcomes.model import OutcomeKind, Severity, WaiverUse

WAIVER = WaiverUse(reason="why", expires=date(2027, 6, 30))
SEVERITIES = list(Severity)
OTHERS = [kind for kind in OutcomeKind if kind is not OutcomeKind.FAIL]


@pytest.mark.parametrize("fail_on", SEVERITIES)
@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("waiver", [None, WAIVER])
@pytest.mark.parametrize("raw", OTHERS)
def test_only_a_failure_is_changed(
    raw: OutcomeKind, severity: Severity, fail_on: Severity, waiver: WaiverUse | None
) -> None:
    """No waiver makes an unknown acceptable, and none is used up by a pass."""
    decision = decide(raw, severity, fail_on=fail_on, waiver=waiver)

    assert (decision.kind, decision.waiver) == (raw, None)


@pytest.mark.parametrize("fail_on", SEVERITIES)
@pytest.mark.parametrize("severity", SEVERITIES)
def test_waiver_wins_over_the_gate(severity: Severity, fail_on: Severity) -> None:
    """Also below the gate, so that the waiver is seen to be used."""
    decision = decide(OutcomeKind.FAIL, severity, fail_on=fail_on, waiver=WAIVER)

    assert (decision.kind, decision.waiver) == (OutcomeKind.WAIVED, WAIVER)


@pytest.mark.parametrize(("gate", "fail_on"), list(enumerate(SEVERITIES)))
@pytest.mark.parametrize(("rank", "severity"), list(enumerate(SEVERITIES)))
def test_gate(rank: int, severity: Severity, gate: int, fail_on: Severity) -> None:
    """At or above it fails, below it is advisory."""
    expected = OutcomeKind.FAIL if rank >= gate else OutcomeKind.ADVISORY

    assert decide(OutcomeKind.FAIL, severity, fail_on=fail_on, waiver=None).kind is expected
