"""When and how often the engine asks for the health of a service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from stackproof.stack.durations import seconds

# Engine defaults, from the Dockerfile reference (HEALTHCHECK).
DEFAULT_INTERVAL = 30.0
DEFAULT_TIMEOUT = 30.0
DEFAULT_RETRIES = 3
# Between probes within a start period, until one succeeds.
DEFAULT_START_INTERVAL = 5.0


@dataclass(frozen=True, kw_only=True)
class Health:
    """A health check in seconds, with the engine's defaults filled in."""

    interval: float
    timeout: float
    retries: int
    start_period: float
    start_interval: float = DEFAULT_START_INTERVAL
    test: tuple[str, ...] = ()
    """The words that the engine runs, after CMD or CMD-SHELL; empty where they are not known."""

    @property
    def first_probe(self) -> float:
        """Seconds after a start until the engine asks for the first time."""
        return self.start_interval if self.start_period else self.interval

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        """Read `healthcheck` of a resolved service; zero means the default to the engine."""
        return cls(
            interval=seconds(raw.get("interval") or "0s") or DEFAULT_INTERVAL,
            timeout=seconds(raw.get("timeout") or "0s") or DEFAULT_TIMEOUT,
            retries=int(raw.get("retries") or DEFAULT_RETRIES),
            start_period=seconds(raw["start_period"]) if raw.get("start_period") else 0.0,
            start_interval=seconds(raw.get("start_interval") or "0s") or DEFAULT_START_INTERVAL,
            test=tuple(raw.get("test") or ()),
        )


def in_force(test: Sequence[str] | None) -> list[str]:
    """Return a test that an engine runs, as an image or a container has it; empty when there is none.

    >>> in_force(["NONE"]), in_force(None), in_force(["CMD", "true"])
    ([], [], ['CMD', 'true'])
    """
    return [] if not test or test[0] == "NONE" else list(test)


def own_test(healthcheck: Mapping[str, Any] | None) -> list[str] | None:
    """Return the test of a service in a resolved file: empty when it has none, None for its image's."""
    own = healthcheck or {}
    if own.get("disable"):
        return []
    return in_force(own["test"]) if own.get("test") else None
