"""Whether services without a health check stay up: one that ends again and again runs at most looks, too."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from stackproof.errors import NotReadyError
from stackproof.sandbox import waiting
from stackproof.sandbox.bring_up import listens
from stackproof.sandbox.waiting import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackproof.engine.events import Event
    from stackproof.sandbox.container import Container
    from stackproof.sandbox.sandbox import Sandbox

# Seconds that a service has to run before it is taken for up; most that cannot start end sooner.
STEADY = 5.0
# One that ended before has to run for longer than then, but no longer than the time that any service gets.
LONGEST = waiting.LEAST - STEADY


def settle(sandbox: Sandbox) -> None:
    """Wait for services that nobody's health check waits for, also for those that begin by restarting.

    One that waits for its database by restarting is up once it runs for longer than it did before it ended.
    Raises NotReadyError for what ended for good, or goes on ending.
    """
    began = time.monotonic()
    settled: set[tuple[str, str]] = set()
    while unsettled := [*_unsettled(sandbox, settled)]:
        waited = time.monotonic() - began
        if lost := {c.service: _why(sandbox, c, waited) for c in unsettled if _lost(sandbox, c, waited)}:
            raise NotReadyError(lost)
        sandbox.events.wait(waiting.EVERY)


def _unsettled(sandbox: Sandbox, settled: set[tuple[str, str]]) -> Iterator[Container]:
    """Yield what is not known to stay; `settled` are the starts of containers that came to rest."""
    expectations = sandbox.expectations()
    for container in sandbox.look():
        expected = expectations.get(container.service)
        if expected is None or container.has_healthcheck:
            continue
        verdict, _words = waiting.judge(container, expected)
        if verdict is Verdict.READY and not container.runs:
            continue
        start = container.id, str(container.state["StartedAt"])
        if verdict is Verdict.READY and _steady(sandbox, container) and start in settled:
            continue
        if verdict is Verdict.READY and start not in settled:
            # One that ended before may well end again as long as it does not do what it is there for.
            kept = sandbox.container(container.service, container.number)  # whose shells are ended with it
            if container.restarts:
                listens(sandbox, kept)
            waiting.wait_settled(kept, sandbox.events.wait)
            settled.add(start)
        yield container


def _steady(sandbox: Sandbox, container: Container) -> bool:
    """Whether a container has run for a while, and for longer than it did when it ended before."""
    told = sandbox.events.after(0, container.id)
    starts = [event.received for event in told if event.action == "start"]
    ran = time.monotonic() - starts[-1] if starts else float("inf")
    return ran > max(STEADY, min(longest_run(told), LONGEST))


def longest_run(told: Sequence[Event]) -> float:
    """Seconds of the longest of the runs that ended, by what the engine told of a container."""
    longest, started = 0.0, None
    for event in told:
        if event.action == "start":
            started = event.seconds
        elif event.action == "die" and started is not None:
            longest, started = max(longest, event.seconds - started), None
    return longest


def _lost(sandbox: Sandbox, container: Container, waited: float) -> bool:
    """Whether there is no use in waiting: it ended for good, or has been started again for long enough."""
    if waiting.judge(container, sandbox.expectations()[container.service])[0] is Verdict.FAILED:
        return True
    if container.runs and not container.restarts:
        return False
    if container.restarts >= waiting.RESTARTS and waited > waiting.MOST_PATIENCE:
        return True
    # The only end of a long run may come within the wait, and what follows it needs as long.
    once = container.runs and container.restarts == 1
    return waited > waiting.LEAST * (2 if once else 1)


def _why(sandbox: Sandbox, container: Container, waited: float) -> str:
    verdict, words = waiting.judge(container, sandbox.expectations()[container.service])
    if verdict is not Verdict.FAILED:
        codes = [
            event.attributes.get("exitCode")
            for event in sandbox.events.after(0, container.id)
            if event.action == "die"
        ]
        code = codes[-1] if codes else container.state["ExitCode"]
        words = f"it ends again and again: {container.restarts} restarts, last exit code {code}"
    return waiting.describe(container, words, waited)
