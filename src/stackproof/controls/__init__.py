"""Controls: what is required, declared on the one function that decides it."""

from stackproof.controls.control import Control, Lane, Needs, NotApplicable, Stage, control, not_applicable
from stackproof.controls.severity import Severity
from stackproof.errors import Unknown

INFO, LOW, MEDIUM, HIGH, CRITICAL = Severity
OBSERVE, FAULTS, FREEZES, STOPS, PERSISTENCE, OUTAGES, SCALE = Lane
MODEL, IMAGE, SANDBOX = Needs
MADE, UP, READY = Stage

__all__ = [
    "CRITICAL",
    "FAULTS",
    "FREEZES",
    "HIGH",
    "IMAGE",
    "INFO",
    "LOW",
    "MADE",
    "MEDIUM",
    "MODEL",
    "OBSERVE",
    "OUTAGES",
    "PERSISTENCE",
    "READY",
    "SANDBOX",
    "SCALE",
    "STOPS",
    "UP",
    "Control",
    "Lane",
    "Needs",
    "NotApplicable",
    "Severity",
    "Stage",
    "Unknown",
    "control",
    "not_applicable",
]
