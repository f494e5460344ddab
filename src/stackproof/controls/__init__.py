"""Controls: what is required, declared on the one test that decides it."""

from stackproof.controls.control import Control, Lane, control, not_applicable
from stackproof.controls.severity import Severity
from stackproof.errors import Unknown

INFO, LOW, MEDIUM, HIGH, CRITICAL = Severity
OBSERVE, FAULTS, PERSISTENCE, OUTAGES, SCALE = Lane

__all__ = [
    "CRITICAL",
    "FAULTS",
    "HIGH",
    "INFO",
    "LOW",
    "MEDIUM",
    "OBSERVE",
    "OUTAGES",
    "PERSISTENCE",
    "SCALE",
    "Control",
    "Lane",
    "Severity",
    "Unknown",
    "control",
    "not_applicable",
]
