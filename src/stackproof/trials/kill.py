"""`docker kill`: what an operator does, and what really happens then."""

import time
from dataclasses import dataclass

from stackproof.sandbox.sandbox import Sandbox
from stackproof.sandbox.waiting import EVERY
from stackproof.trials.crash import STAYS_AWAY_FOR
from stackproof.trials.results import ByService


@dataclass(frozen=True, kw_only=True)
class KillTrial:
    """What happened after `docker kill`, and after the `up` that followed."""

    policy: str
    status: str
    exit_code: int
    restarts: int
    watched_seconds: float
    back: bool
    back_seconds: float
    trouble: str = ""


def kill_trial(sandbox: Sandbox) -> ByService[KillTrial]:
    """Kill one container of every long-running service, watch, then bring all back; results by service."""
    running = [c for c in reversed(sandbox.look()) if c.runs]
    victims = {c.service: c for c in running if c.service not in sandbox.one_shots}
    began = time.monotonic()
    # All at once: a service that ends because its database was killed first would be no kill at all.
    with sandbox.disturbance():
        sandbox.kill(list(victims.values()))
        while time.monotonic() - began < STAYS_AWAY_FOR:
            sandbox.events.wait(EVERY)
        watched = time.monotonic() - began
        after = {container.id: container for container in sandbox.look()}
    again = time.monotonic()
    trouble = sandbox.restore()
    seconds = time.monotonic() - again
    back = {container.name for container in sandbox.look() if container.well}
    trials = {
        service: KillTrial(
            policy=victim.restart_policy,
            status=after[victim.id].status,
            exit_code=int(after[victim.id].state["ExitCode"]),
            restarts=after[victim.id].restarts - victim.restarts,
            watched_seconds=round(watched, 1),
            back=victim.name in back,
            back_seconds=round(seconds, 1),
            trouble=trouble,
        )
        for service, victim in victims.items()
    }
    return ByService(trials)
