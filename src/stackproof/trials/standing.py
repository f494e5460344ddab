"""Which services stand by themselves before a fault: of the others nothing that follows proves anything."""

import time

from stackproof.engine import engine
from stackproof.errors import Unknown
from stackproof.sandbox.container import Container, timestamp
from stackproof.sandbox.sandbox import Sandbox
from stackproof.sandbox.waiting import EVERY

# Seconds; a run that lasts so long resets the engine's restart delay (moby restartmanager.go).
WINDOW = 10.0


def standing(sandbox: Sandbox) -> tuple[dict[str, Container], dict[str, Unknown]]:
    """Return one container of each long-running service that stands by itself, and why the others do not.

    One that is not well, or was started again so lately that it may be in a loop, is watched first.
    """
    now = timestamp(engine.clock())
    first = {c.id: c for c in _of_services(sandbox)}
    young = [c for c in first.values() if not c.runs or (c.restarts and now - c.started < WINDOW)]
    until = time.monotonic() + WINDOW
    after = first
    while (young or not all(c.well for c in after.values())) and time.monotonic() < until:
        sandbox.events.wait(EVERY)
        after = {c.id: c for c in _of_services(sandbox)}
    stood: dict[str, Container] = {}
    unseen: dict[str, Unknown] = {}
    for number, container in sorted(after.items(), key=lambda item: -item[1].number):
        if why := _why_not(first.get(number), container, sandbox):
            unseen[container.service] = Unknown(why)
        else:
            stood[container.service] = container
    return {name: c for name, c in stood.items() if name not in unseen}, unseen


def _of_services(sandbox: Sandbox) -> list[Container]:
    """Look at the containers of services that are meant to keep running."""
    return [c for c in sandbox.look() if not (c.service in sandbox.one_shots or c.completed)]


def _why_not(before: Container | None, container: Container, sandbox: Sandbox) -> str:
    """Say how a container does not stand by itself; empty when it does."""
    again = before is None or container.state["StartedAt"] != before.state["StartedAt"]
    if not container.runs or again:
        words = (
            f"was restarted {container.restarts} times by itself" if container.restarts else "ended by itself"
        )
        return f"{container} {words} before the fault, {last_end(container, sandbox)}"
    if not container.well:
        return f"{container} was {container.health} before the fault"
    return ""


def last_end(container: Container, sandbox: Sandbox) -> str:
    """Return how a container ended last, by the engine's events, and what it said last."""
    ends = [e for e in sandbox.events.seen(action="die") if e.container == container.id]
    code = ends[-1].attributes.get("exitCode", "?") if ends else container.state["ExitCode"]
    lines = container.logs(1).splitlines()
    return f"exit {code}: {lines[-1] if lines else '(it said nothing)'}"
