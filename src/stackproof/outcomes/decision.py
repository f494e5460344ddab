"""From what a test did to an outcome: gate and waiver. Pure."""

from dataclasses import dataclass

from stackproof.outcomes.model import OutcomeKind, Severity, WaiverUse


@dataclass(frozen=True, kw_only=True)
class Decision:
    """An outcome and the waiver that made it one."""

    kind: OutcomeKind
    waiver: WaiverUse | None = None


_AS_IT_IS = {kind: Decision(kind=kind) for kind in OutcomeKind}  # most: made once


def decide(raw: OutcomeKind, severity: Severity, *, fail_on: Severity, waiver: WaiverUse | None) -> Decision:
    """Apply waiver and gate to a raw outcome. Only a failure can be waived or be merely advisory."""
    if raw is not OutcomeKind.FAIL:
        return _AS_IT_IS[raw]
    if waiver is not None:
        return Decision(kind=OutcomeKind.WAIVED, waiver=waiver)
    return Decision(kind=OutcomeKind.FAIL if severity.rank >= fail_on.rank else OutcomeKind.ADVISORY)
