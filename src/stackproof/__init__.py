"""stackproof proves, on a running sandbox, that a Docker Compose stack keeps its promises.

The names here are those that a team's own tests may use; where they come from may change.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackproof.controls import (
        CRITICAL,
        FAULTS,
        FREEZES,
        HIGH,
        IMAGE,
        INFO,
        LOW,
        MADE,
        MEDIUM,
        MODEL,
        OBSERVE,
        OUTAGES,
        PERSISTENCE,
        READY,
        SCALE,
        STOPS,
        UP,
        control,
        not_applicable,
    )
    from stackproof.errors import Unknown
    from stackproof.outcomes.evidence import Evidence
    from stackproof.outcomes.finding import Finding, raise_findings
    from stackproof.plugin.fixtures import ServiceUnderTest
    from stackproof.probes.http import HttpClient
    from stackproof.rules.image import Image
    from stackproof.rules.rule import rule
    from stackproof.sandbox.container import Container
    from stackproof.sandbox.sandbox import Sandbox
    from stackproof.sandbox.view import View
    from stackproof.stack.model import Mount, Service
    from stackproof.stack.ports import Port
    from stackproof.stack.stack import Stack

    __version__: str

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
    "SCALE",
    "STOPS",
    "UP",
    "Container",
    "Evidence",
    "Finding",
    "HttpClient",
    "Image",
    "Mount",
    "Port",
    "Sandbox",
    "Service",
    "ServiceUnderTest",
    "Stack",
    "Unknown",
    "View",
    "control",
    "not_applicable",
    "raise_findings",
    "rule",
]
_OF_CONTROLS = (
    *("INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL"),
    *("OBSERVE", "FAULTS", "FREEZES", "STOPS", "PERSISTENCE", "OUTAGES", "SCALE"),
    *("MODEL", "IMAGE", "MADE", "UP", "READY"),
    *("control", "not_applicable"),
)
_HOMES = {
    **dict.fromkeys(_OF_CONTROLS, "stackproof.controls"),
    "Container": "stackproof.sandbox.container",
    "Evidence": "stackproof.outcomes.evidence",
    "Finding": "stackproof.outcomes.finding",
    "HttpClient": "stackproof.probes.http",
    "Image": "stackproof.rules.image",
    "Mount": "stackproof.stack.model",
    "Port": "stackproof.stack.ports",
    "Sandbox": "stackproof.sandbox.sandbox",
    "Service": "stackproof.stack.model",
    "ServiceUnderTest": "stackproof.plugin.fixtures",
    "Stack": "stackproof.stack.stack",
    "Unknown": "stackproof.errors",
    "View": "stackproof.sandbox.view",
    "raise_findings": "stackproof.outcomes.finding",
    "rule": "stackproof.rules",
}


def __getattr__(name: str) -> object:
    """Import a name when somebody asks for it: the command's `--help` needs none of them.

    Raises AttributeError for any other.
    """
    if home := _HOMES.get(name):
        return getattr(import_module(home), name)
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - it takes a quarter of the time of `--help`

        return version("stackproof")
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
