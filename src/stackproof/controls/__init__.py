"""Controls: what is required, declared on the one function that decides it."""

from stackproof.controls.control import Control, Lane, Needs, NotApplicable, control, not_applicable
from stackproof.controls.severity import Severity
from stackproof.errors import Unknown

INFO, LOW, MEDIUM, HIGH, CRITICAL = Severity
OBSERVE, FAULTS, PERSISTENCE, OUTAGES, SCALE = Lane
MODEL, IMAGE, SANDBOX = Needs

__all__ = [
    "CRITICAL",
    "FAULTS",
    "HIGH",
    "IMAGE",
    "INFO",
    "LOW",
    "MEDIUM",
    "MODEL",
    "OBSERVE",
    "OUTAGES",
    "PERSISTENCE",
    "SANDBOX",
    "SCALE",
    "Control",
    "Lane",
    "Needs",
    "NotApplicable",
    "Severity",
    "Unknown",
    "control",
    "not_applicable",
]
