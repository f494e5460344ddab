"""`docker kill`: what an operator does, and what really happens then."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from stackproof.sandbox.container import Container
from stackproof.sandbox.sandbox import Sandbox
from stackproof.sandbox.waiting import EVERY
from stackproof.trials.blow import STAYS_AWAY_FOR, since
from stackproof.trials.results import ByService
from stackproof.trials.standing import WINDOW, last_end, standing


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
    steady_seconds: float
    trouble: str = ""


def kill_trial(sandbox: Sandbox) -> ByService[KillTrial]:
    """Kill one container of every service that stands by itself, watch, then bring all back, and watch.

    What one that is in a loop does afterwards is no answer of the engine's to the kill.
    """
    victims, unseen = standing(sandbox)
    if not victims:
        return ByService({}, unseen)
    with sandbox.disturbance():
        after, watched = _kill(victims, sandbox)
    again = time.monotonic()
    trouble = sandbox.restore()
    seconds = time.monotonic() - again
    up = {container.name: container for container in sandbox.look() if container.well}
    _watch(sandbox)
    now = {container.name: container for container in sandbox.look()}
    trials = {}
    for service, victim in victims.items():
        stood = _ended_again(up.get(victim.name), now.get(victim.name), sandbox)
        trials[service] = KillTrial(
            policy=victim.restart_policy,
            status=after[victim.id].status,
            exit_code=int(after[victim.id].state["ExitCode"]),
            restarts=after[victim.id].restarts - victim.restarts,
            watched_seconds=round(watched, 1),
            back=victim.name in up and not stood,
            back_seconds=round(seconds, 1),
            steady_seconds=WINDOW,
            trouble=stood or trouble,
        )
    return ByService(trials, unseen)


def _kill(victims: Mapping[str, Container], sandbox: Sandbox) -> tuple[dict[str, Container], float]:
    """Kill all at once: a service that ends because its database was killed first would be no kill at all.

    Return what is there some seconds later, by id, and for how long (seconds) they were watched.
    """
    sandbox.kill(list(victims.values()))
    began = time.monotonic()  # not before: on a loaded machine the engine takes seconds for the kill itself
    while time.monotonic() - began < STAYS_AWAY_FOR:
        sandbox.events.wait(EVERY)
    watched = time.monotonic() - began
    return {container.id: container for container in sandbox.look()}, watched


def _watch(sandbox: Sandbox) -> None:
    until = time.monotonic() + WINDOW
    while (left := until - time.monotonic()) > 0:
        sandbox.events.wait(min(left, EVERY))


def _ended_again(up: Container | None, now: Container | None, sandbox: Sandbox) -> str:
    """Say how a service that was up ended again by itself; empty when it stood."""
    if up is None or now is None:
        return ""
    ends = [event for event in since(up, sandbox) if event.action == "die"]
    if not ends:
        return ""
    return f"it ended again {ends[0].seconds - up.started:.1f} s after its start, {last_end(now, sandbox)}"
