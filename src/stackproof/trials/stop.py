"""`docker compose stop`: who leaves by itself, and who has to be killed."""

import time
from dataclasses import dataclass

from stackproof.engine.events import Event
from stackproof.errors import Unknown
from stackproof.sandbox.container import Container
from stackproof.sandbox.sandbox import Sandbox
from stackproof.trials.results import ByService

SIGKILL = "9"
EVENTS_WITHIN = 5.0  # seconds for the last events to arrive


@dataclass(frozen=True, kw_only=True)
class StopTrial:
    """How one container stopped, from the engine's own events."""

    signal: str
    seconds: float
    grace: float
    exit_code: int
    killed: bool
    out_of_memory: bool


def stop_trial(sandbox: Sandbox) -> ByService[StopTrial]:
    """Stop the whole stack once with its author's grace periods, then bring it back; results by service."""
    running = {c.service: c for c in reversed(sandbox.look()) if c.runs}
    sandbox.stop()
    until = time.monotonic() + EVENTS_WITHIN
    ended: dict[str, list[Event]] = {}
    while time.monotonic() < until and len(ended) < len(running):
        mine = {name: _since_its_start(container, sandbox) for name, container in running.items()}
        ended = {name: events for name, events in mine.items() if any(e.action == "die" for e in events)}
        sandbox.events.wait(0.1)
    sandbox.restore()
    trials: dict[str, StopTrial] = {}
    unseen: dict[str, Unknown] = {}
    for service in running:
        # What cannot be said of one service says nothing of the others.
        try:
            trials[service] = _read(service, ended.get(service, []), sandbox.stack.services[service].grace)
        except Unknown as error:
            unseen[service] = error
    return ByService(trials, unseen)


def _since_its_start(container: Container, sandbox: Sandbox) -> list[Event]:
    """Return what the engine told of a container since it was last started.

    By the engine's own clock: how it ended before, in a former trial, is no part of how it stops.
    """
    seen = sandbox.events.seen(container.service, since=container.started)
    return [event for event in seen if event.container == container.id]


def _read(service: str, events: list[Event], grace: float) -> StopTrial:
    kills = [event for event in events if event.action == "kill"]
    died = next((event for event in events if event.action == "die"), None)
    if died is None:
        msg = f"the engine told of no end of {service} after `docker compose stop`"
        raise Unknown(msg)
    code = int(died.attributes.get("exitCode", "-1"))
    if not kills or kills[0].seconds > died.seconds:
        msg = f"{service} ended before it was told to stop"
        raise Unknown(msg)
    first = kills[0]
    return StopTrial(
        signal=first.attributes.get("signal", "?"),
        seconds=round(died.seconds - first.seconds, 2),
        grace=grace,
        exit_code=code,
        killed=any(event.attributes.get("signal") == SIGKILL for event in kills),
        out_of_memory=any(event.action == "oom" for event in events),
    )
