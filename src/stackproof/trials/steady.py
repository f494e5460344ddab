"""Does a stack stay as it came up? What was seen of it since then, once that is enough to judge."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from stackproof.engine.events import Event
from stackproof.errors import Unknown
from stackproof.sandbox.container import Container, timestamp
from stackproof.sandbox.settling import longest_run
from stackproof.sandbox.view import View
from stackproof.sandbox.waiting import EVERY, Expectation
from stackproof.sandbox.watch import Look, Watch

# Seconds that are watched at least. Restart delays double from 100 ms; a run of 10 s resets them (moby
# restartmanager.go). A loop shows by then.
WINDOW = 10.0
LOOKS = 8  # into each container that can be looked into; a loaded machine needs longer for them
# Seconds after which nobody waits for one that was started again before to run for longer than it did then.
LONGEST = 60.0
# A probe that began after all other controls had asked shows what they did to the service.
FRESH = 5.0  # seconds that it is waited for
PROBES = 2  # one of them may have begun before


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was seen of one container since the stack was up."""

    seconds: float
    first: Container
    last: Container
    told: tuple[Event, ...]
    """What the engine told of it."""
    died: Event | None
    """Its last end as far as the engine told of one, also before it was watched."""
    looks: tuple[Look, ...]
    """What looks at its processes and sockets saw."""

    @property
    def window(self) -> str:
        """How often it was looked into, and over what time."""
        return f"{len(self.looks)} looks in {self.seconds:.0f} s"

    @property
    def restarts(self) -> tuple[int, str]:
        """How often it was started again, and in what time; by what the engine counts."""
        starts = sum(1 for event in self.told if event.action == "start")
        # A start by hand sets the engine's count back to 0.
        if counted := max(self.last.restarts - self.first.restarts, starts):
            return counted, f"in {self.seconds:.0f} s"
        # The delays grow to a minute, so no start may lie in the window.
        return (self.last.restarts, "since it was created") if self.last.status == "restarting" else (0, "")

    @property
    def exit_code(self) -> str:
        """How it ended last; the engine forgets it with the next start."""
        if self.died is not None:
            return self.died.attributes.get("exitCode", "")
        return "not seen" if self.last.runs else str(self.last.state["ExitCode"])

    @property
    def last_words(self) -> str:
        """The last log line before that."""
        return self.last.last_words(self.died.seconds if self.died else None)

    @property
    def health(self) -> list[str]:
        """The states of its health check, one after the other, without repeats."""
        prefix = "health_status: "
        told = [e.action.removeprefix(prefix) for e in self.told if e.action.startswith(prefix)]
        states = [str(self.first.health), *told, str(self.last.health)]
        return [states[0], *(now for before, now in pairwise(states) if now != before)]


def watch(view: View) -> dict[str, Seen]:
    """Say what was seen of all containers since the stack was up, by name.

    A health check that fails at the end is watched on, until it succeeds again or the engine calls the
    container unhealthy; so is a container that once ended, until it has run for longer than it did before.
    Raises Unknown when a container is removed meanwhile: somebody changes the stack.
    """
    ran = view.watch
    while (left := WINDOW - ran.seconds) > 0:
        view.events.wait(left)
    while ran.seconds < LONGEST and any(
        0 < len(ran.looks(one.id)) < LOOKS for one in ran.first.values() if one.runs
    ):
        view.events.wait(EVERY)
    asked = time.monotonic()
    at_first, history = _look(view, ran), list[dict[str, Container]]()
    expected = view.expectations()
    now = at_first
    while True:
        history.append(now)
        since = time.monotonic() - asked
        of = {name: [found[name] for found in history if name in found] for name in now}
        if not any(_undecided(states, expected, since) for states in of.values()) and not _shaky(
            view, ran, now
        ):
            break
        view.events.wait(EVERY)
        now = _look(view, ran)
    return {name: _seen(view, ran, container) for name, container in now.items()}


def _look(view: View, ran: Watch) -> dict[str, Container]:
    found = {container.name: container for container in view.look()}
    if gone := set(ran.first) - set(found):
        msg = f"removed while it was watched: {', '.join(sorted(gone))}"
        raise Unknown(msg)
    return found


def _seen(view: View, ran: Watch, container: Container) -> Seen:
    ends = [event for event in view.events.after(0, container.id) if event.action == "die"]
    return Seen(
        died=ends[-1] if ends else None,
        seconds=ran.seconds,
        first=ran.first.get(container.name, container),
        last=container,
        told=tuple(ran.told(container.id)),
        looks=tuple(ran.looks(container.id)),
    )


def _undecided(states: Sequence[Container], expected: Mapping[str, Expectation], since: float) -> bool:
    """Whether the health check may yet say something else; `since` seconds after the first of these states.

    Time decides and not the number of probes: a sandbox probes more often, and a probe that hangs takes its
    time-out.
    """
    last, mine = states[-1], expected.get(states[-1].service)
    if last.health != "healthy" or mine is None or mine.health is None:
        return False
    if last.failing_streak:
        return _failing_for(states, since) < mine.health.retries * (
            mine.health.interval + mine.health.timeout
        )
    # What was asked just now may have been too much for it.
    begun = {entry["Start"] for entry in states[0].health_log}
    return since < FRESH and sum(1 for entry in last.health_log if entry["Start"] not in begun) < PROBES


def _failing_for(states: Sequence[Container], since: float) -> float:
    """Seconds since the first of the probes that failed one after the other."""
    last, log = states[-1], states[-1].health_log
    if last.failing_streak <= len(log):
        return timestamp(log[-1]["End"]) - timestamp(log[-last.failing_streak]["Start"])
    # The engine keeps no more of the log.
    return since


def _shaky(view: View, ran: Watch, now: Mapping[str, Container]) -> bool:
    """Whether a container ended before it was watched, and has not run for longer since than it did then."""
    if ran.seconds > LONGEST:
        return False
    return any(
        container.runs
        and container.restarts
        and container.restarts == ran.first[name].restarts
        and ran.seconds <= longest_run(view.events.after(0, container.id))
        for name, container in now.items()
        if name in ran.first
    )
