"""What is wrong, and where."""

from collections.abc import Iterable
from dataclasses import dataclass

from stackproof.controls.severity import Severity
from stackproof.stack.keys import KeyPath


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


class FoundError(Exception):
    """A control has several findings of one subject."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("; ".join(finding.message for finding in findings))
        self.findings = findings


def raise_findings(findings: Iterable[Finding]) -> None:
    """End a control's test with an outcome for each finding; go on when there is none.

    Raises FoundError.
    """
    if found := tuple(findings):
        raise FoundError(found)
