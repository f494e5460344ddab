"""What is wrong, and where."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from stackproof.controls.severity import Severity
from stackproof.errors import Unknown
from stackproof.stack.keys import KeyPath
from stackproof.stack.places import Place


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong."""

    message: str
    at: KeyPath = ()
    """Keys of the resolved model that lead to it, below the service; from the top of the file where the
    subject is a whole stack. Without any, the key that the control declares counts."""
    aspect: str = ""
    """Tells findings of one control on one service apart, and stays the same from run to run: a port, a
    path, the name of a variable. Waivers name it."""
    severity: Severity | None = None
    """How much it matters, where that is not what the control declares."""
    place: Place | None = field(default=None, compare=False)
    """Where it is written, for what the resolved model does not have: order, quotes, variables."""


class FoundError(Exception):
    """A control has findings of one subject, and may have met an `obstacle` that kept it from seeing all."""

    def __init__(self, findings: tuple[Finding, ...], obstacle: Exception | None = None) -> None:
        super().__init__("; ".join(finding.message for finding in findings))
        self.findings = findings
        self.obstacle = obstacle


def raise_findings(findings: Iterable[Finding], unclear: str = "") -> None:
    """End a control's test with an outcome for each finding; go on when there is none.

    What is `unclear` beside them is an outcome of its own: a waiver of the findings does not accept it.
    Raises FoundError; Unknown when nothing was found and something is unclear.
    """
    obstacle = Unknown(unclear) if unclear else None
    if found := tuple(findings):
        raise FoundError(found, obstacle)
    if obstacle:
        raise obstacle
