"""Does a sandbox stay as it came up? Looks over a window, for what one look at the right moment misses."""

import time
from dataclasses import dataclass

from stackproof.errors import Unknown
from stackproof.sandbox.container import Container, timestamp
from stackproof.sandbox.view import View
from stackproof.sandbox.waiting import EVERY, Expectation

# Restart delays double from 100 ms; a run of 10 s resets them (moby restartmanager.go). A loop shows by then.
WINDOW = 10.0
LOOKS = 3


@dataclass(frozen=True, kw_only=True)
class Look:
    """What one look saw, seconds after the first."""

    seconds: float
    container: Container


def watch(view: View) -> dict[str, list[Look]]:
    """Look at all containers several times, the last one a full window after the first.

    A health check that begins to fail in the window is watched on, until it succeeds again or the
    engine calls the container unhealthy. Returns the looks by container name.
    Raises Unknown when a container is removed meanwhile: somebody changes the stack.
    """
    seen: dict[str, list[Look]] = {c.name: [] for c in view.containers()}
    expected = view.expectations()
    began = time.monotonic()
    number = 0
    while number < LOOKS or any(_undecided(looks, expected) for looks in seen.values()):
        due = WINDOW * number / (LOOKS - 1) if number < LOOKS else time.monotonic() - began + EVERY
        while (left := began + due - time.monotonic()) > 0:
            view.events.wait(left)
        found = view.look()
        if gone := set(seen) - {container.name for container in found}:
            msg = f"removed while it was watched: {', '.join(sorted(gone))}"
            raise Unknown(msg)
        for container in found:
            look = Look(seconds=time.monotonic() - began, container=container)
            seen.setdefault(container.name, []).append(look)
        number += 1
    return seen


def restarts(looks: list[Look]) -> tuple[int, str]:
    """How often a container was started again, and in what time; by what the engine counts.

    A look may hit one at any moment of its loop: while it waits for the next start, or when it runs.
    """
    first, last = looks[0], looks[-1]
    starts = {look.container.started for look in looks}
    # A start by hand sets the engine's count back to 0.
    if counted := max(last.container.restarts - first.container.restarts, len(starts) - 1):
        return counted, f"in {last.seconds - first.seconds:.0f} s"
    if all(look.container.runs for look in looks):
        return 0, ""
    return last.container.restarts, "since it was created"


def last_exit_code(looks: list[Look]) -> str:
    """How it ended last, as far as a look found it down: the engine forgets it with the next start."""
    down = [look.container for look in looks if not look.container.runs]
    return str(down[-1].state["ExitCode"]) if down else "not seen"


def _undecided(looks: list[Look], expected: dict[str, Expectation]) -> bool:
    """Whether the last probes failed, but not yet for as long as the author allows.

    Time decides and not the number: a sandbox probes more often, and a probe that hangs takes its time-out.
    """
    if not looks:
        return False
    last = looks[-1].container
    mine = expected.get(last.service)
    if last.health != "healthy" or not last.failing_streak or mine is None or mine.health is None:
        return False
    return _failing_for(looks) < mine.health.retries * (mine.health.interval + mine.health.timeout)


def _failing_for(looks: list[Look]) -> float:
    """Seconds since the first of the probes that failed one after the other."""
    last, log = looks[-1].container, looks[-1].container.health_log
    if last.failing_streak <= len(log):
        return timestamp(log[-1]["End"]) - timestamp(log[-last.failing_streak]["Start"])
    # The engine keeps no more of the log; how the streak grew tells the rest.
    first = looks[-1]
    for look in reversed(looks):
        if not 0 < look.container.failing_streak <= first.container.failing_streak:
            break
        first = look
    return looks[-1].seconds - first.seconds
