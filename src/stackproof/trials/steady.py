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

# Seconds that a stack has after the last of its starts. A run of 10 s resets the engine's restart delays
# (moby restartmanager.go), so a loop may turn slowly: services that give up on a dependency do so after
# 30 s as a rule. What passes before the watch begins counts, too: whatever had ended there and been started
# again would have the last start itself. Other lanes work meanwhile.
WINDOW = 45.0
# Seconds that are watched at least: what is seldom there shows within as long.
LEAST = 30.0
LOOKS = 8  # into each container that can be looked into; a loaded machine needs longer for them
ENOUGH = 3  # looks below which nobody can say what does not come and go
# Seconds after which nobody waits for one that was started again before to run for longer than then, and for
# one that was starting as the watch began to become healthy.
LONGEST = 90.0
# Seconds after which nobody waits for the engine to decide on probes that fail: what its defaults may take
# (30 s of interval, 30 s of time-out, 3 retries).
DECIDES_WITHIN = 180.0
# A probe that began after the other controls of the lane had asked shows what they did to the service; those
# that greet it in protocols which it may not speak come only after this watch.
FRESH = 5.0  # seconds that it is waited for beyond the window
PROBES = 2  # one of them may have begun before
_NOTHING = "", 0.0  # is open, and for no time


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
    trouble: str = ""
    """Why the last of them saw nothing."""
    undecided: str = ""
    """What its health check may yet say, though nobody waits for it any longer."""

    @property
    def window(self) -> str:
        """How often it was looked into, and over what time."""
        return f"{len(self.looks)} looks in {self.seconds:.0f} s"

    def require_looks(self) -> None:
        """See that its processes and sockets were looked at often enough to say what is not there.

        Raises Unknown when they were not.
        """
        if len(self.looks) < ENOUGH:
            why = f": {self.trouble}" if self.trouble else ""
            msg = f"{self.last}: {self.window} cannot tell what comes and goes{why}"
            raise Unknown(msg)

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
        """The states of its health check, one after the other, without repeats; how it started is no part."""
        prefix = "health_status: "
        told = [e.action.removeprefix(prefix) for e in self.told if e.action.startswith(prefix)]
        states = [str(self.first.health), *told, str(self.last.health)]
        found = [states[0], *(now for before, now in pairwise(states) if now != before)]
        return found[1:] if found[0] == "starting" and len(found) > 1 else found


def watch(view: View) -> dict[str, Seen]:
    """Say what was seen of all containers since the stack was up, by name.

    A health check that fails at the end is watched on, until it succeeds again or the engine calls the
    container unhealthy; so is a container that still starts, and one that once ended, until it has run for
    longer than it did before. None of them for ever: see `Seen.undecided`.
    Raises Unknown when a container is removed meanwhile: somebody changes the stack.
    """
    ran = view.watch
    before = _look(view, ran)
    _let_pass(view, ran)
    began = time.monotonic()
    history, expected = list[dict[str, Container]](), view.expectations()
    while True:
        now = _look(view, ran)
        history.append(now)
        since = time.monotonic() - began
        of = {name: [found[name] for found in history if name in found] for name in now}
        still = {name: _open(ran.first.get(name), states, expected) for name, states in of.items()}
        waits = any(words and since < limit for words, limit in still.values())
        fresh = since < FRESH and any(_asked_just_now(before.get(n), one, expected) for n, one in now.items())
        if not (waits or fresh or _shaky(view, ran, now)):
            break
        view.events.wait(EVERY)
    return {name: _seen(view, ran, container, still[name][0]) for name, container in now.items()}


def _let_pass(view: View, ran: Watch) -> None:
    """Wait until the window is over, and all that runs was looked at often enough."""
    window = max(WINDOW - _ran_before(view, ran), LEAST)
    while (left := window - ran.seconds) > 0:
        view.events.wait(left)
    while ran.seconds < LONGEST and any(_looked_at(ran, one) for one in ran.first.values() if one.runs):
        view.events.wait(EVERY)


def _ran_before(view: View, ran: Watch) -> float:
    """Seconds from the last start that the engine told of until the watch began; 0 where it told of none."""
    told = (event for one in ran.first.values() for event in view.events.after(0, one.id))
    starts = [event.seconds for event in told if event.action == "start"]
    return max(0.0, ran.since - max(starts)) if starts else 0.0


def _looked_at(ran: Watch, container: Container) -> bool:
    """Whether more looks at a container are to come, of which there are too few yet."""
    if len(ran.looks(container.id)) >= LOOKS:
        return False
    return not ran.trouble(container.id) and not any(e.action == "die" for e in ran.told(container.id))


def _look(view: View, ran: Watch) -> dict[str, Container]:
    found = {container.name: container for container in view.look()}
    if gone := set(ran.first) - set(found):
        msg = f"removed while it was watched: {', '.join(sorted(gone))}"
        raise Unknown(msg)
    return found


def _seen(view: View, ran: Watch, container: Container, undecided: str) -> Seen:
    ends = [event for event in view.events.after(0, container.id) if event.action == "die"]
    return Seen(
        died=ends[-1] if ends else None,
        seconds=ran.seconds,
        first=ran.first.get(container.name, container),
        last=container,
        told=tuple(ran.told(container.id)),
        looks=tuple(ran.looks(container.id)),
        trouble=ran.trouble(container.id),
        undecided=undecided,
    )


def _open(
    first: Container | None, states: Sequence[Container], expected: Mapping[str, Expectation]
) -> tuple[str, float]:
    """Say what the health check of one with these states may yet tell, and for how long that is waited for.

    Time decides and not the number of probes: a sandbox probes more often, and a probe that hangs takes its
    time-out.
    """
    last, mine = states[-1], expected.get(states[-1].service)
    if mine is None or mine.health is None:
        return _NOTHING
    if last.runs and all(one is not None and one.health == "starting" for one in (first, *states)):
        return "it is still starting", LONGEST
    if last.health != "healthy" or not last.failing_streak:
        return _NOTHING
    fails = _failing_for(last)
    window = mine.health.retries * (mine.health.interval + mine.health.timeout)
    if fails >= window:
        return _NOTHING
    words = (
        f"its probes fail since {fails:.0f} s, and by its author's numbers the engine decides in {window:g} s"
    )
    return words, DECIDES_WITHIN


def _asked_just_now(before: Container | None, last: Container, expected: Mapping[str, Expectation]) -> bool:
    """Whether nobody knows yet what others did to it as they asked: it was as `before` right after that."""
    mine = expected.get(last.service)
    if last.health != "healthy" or last.failing_streak or mine is None or mine.health is None:
        return False
    begun = {entry["Start"] for entry in before.health_log} if before else set()
    return sum(1 for entry in last.health_log if entry["Start"] not in begun) < PROBES


def _failing_for(container: Container) -> float:
    """Seconds, at least, since the first of the probes that failed one after the other.

    The engine logs the last five (moby daemon/health.go); those before began an interval apart, or more.
    """
    log, streak = container.health_log, container.failing_streak
    logged = timestamp(log[-1]["End"]) - timestamp(log[-min(streak, len(log))]["Start"])
    return logged + max(0, streak - len(log)) * container.health_interval


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
