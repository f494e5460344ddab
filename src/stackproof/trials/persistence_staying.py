"""Did what came up stay up? A service that comes back and ends again has not come back."""

import time
from collections.abc import Collection

from stackproof.sandbox.container import Container
from stackproof.sandbox.sandbox import Sandbox
from stackproof.sandbox.waiting import EVERY, RESTARTS, describe

# Seconds without an end that make a service one that came back: its first five restart delays (0.1 s,
# doubling) are over by then. One with a health check was watched by that already.
STAYS = 5.0
BEGINS_WITHIN = 60.0  # seconds for one that begins by restarting, as it waits for another


def restless(sandbox: Sandbox, services: Collection[str]) -> dict[str, str]:
    """Watch services that came up; return why one did not stay up, for each that did not."""
    began = time.monotonic()
    known: dict[str, tuple[str, float]] = {}
    while True:
        now = time.monotonic()
        mine = [container for container in sandbox.look() if container.service in services]
        for container in mine:
            state = f"{container.status} {container.state['StartedAt']} {container.restarts}"
            if known.get(container.id, ("", 0.0))[0] != state:
                known[container.id] = state, now if known.get(container.id) else began
        moving = [c for c in mine if not _stays(c, now - known[c.id][1])]
        if all(map(_hopeless, moving)) or now - began > BEGINS_WITHIN:
            return {container.service: _why(container, now - began) for container in moving}
        sandbox.events.wait(EVERY)


def _stays(container: Container, seconds: float) -> bool:
    if not container.runs:
        return False
    return seconds >= STAYS or (container.health == "healthy" and not container.restarts)


def _hopeless(container: Container) -> bool:
    """Whether nothing starts it any more, or it was started again so often that it is no wait."""
    over = container.status in ("exited", "dead") and container.restart_policy == "no"
    return over or container.restarts >= RESTARTS


def _why(container: Container, waited: float) -> str:
    code = container.state["ExitCode"]
    words = f"{container.status}, {container.restarts} restarts, last exit code {code}"
    return describe(container, words, waited)


def why_away(container: Container) -> str:
    """Say that a container ended or restarts; empty for one that runs and was never started again."""
    return "" if container.runs and not container.restarts else _why(container, 0.0)
