"""One process of a service is killed, and what comes of it before anything of ours touches the service."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from stackproof.engine.events import Event
from stackproof.errors import CommandError, EngineGoneError, Unknown
from stackproof.sandbox import waiting
from stackproof.sandbox.container import Container
from stackproof.sandbox.sandbox import Sandbox
from stackproof.sandbox.waiting import EVERY
from stackproof.trials import tree
from stackproof.trials.aims import Aim, holders, holds, lives
from stackproof.trials.crash import crash
from stackproof.trials.standing import last_end
from stackproof.trials.tree import Tree

COMES_BACK_WITHIN = 30.0  # seconds; the engine's first restart delay is 100 ms and doubles to a minute
STAYS_AWAY_FOR = 3.0  # seconds; long enough for four restart delays (0.1 + 0.2 + 0.4 + 0.8)
LOOK_EVERY = 0.5  # seconds between two looks at the processes: each is a program in a container


@dataclass(frozen=True, kw_only=True)
class Blow:
    """What was killed, and what came of it."""

    words: str
    wrapper: str
    promise: str
    """What must be there again."""
    restarts: int = 0
    exit_code: int | None = None
    """Of the container; None when it went on."""
    down: bool = False
    """Whether the container stayed down."""
    missing: bool = False
    """Whether the container ran, and what was killed did not come back in it."""
    trouble: str = ""
    """Why it did not become ready, though it was started again or what was killed is there."""
    again: str = ""
    """How it ended once more."""
    changed: bool = False
    """Whether all that is known of that end is that another process does its work now."""
    operator_kill: bool = False
    ready_seconds: float | None = None
    steady_seconds: float | None = None
    waited_seconds: float = 0.0
    lived_before: float = 0.0
    """Seconds from the last start before the blow to the end that it led to; engine's clock."""
    lived_after: float | None = None
    """Seconds from the start after it to the next end; engine's clock."""

    @property
    def came(self) -> str:
        """How a service in trouble came back, in words."""
        return "was restarted" if self.restarts else f"has {self.promise} again after {self.words} died"

    @property
    def failed(self) -> bool:
        """Whether the service is not what it was."""
        return self.down or self.missing or bool(self.trouble or self.again)


@dataclass(frozen=True, kw_only=True)
class Struck:
    """A blow whose aftermath is still watched."""

    blow: Blow
    aim: Aim
    before: Container
    back: Container | None
    """The container as it was when all was there again."""
    holders: frozenset[int] = frozenset()

    @property
    def for_good(self) -> bool:
        """Whether it stays down whatever else happens: its policy starts nothing again."""
        return self.blow.down and self.before.restart_policy == "no"


def strike(container: Container, aim: Aim, sandbox: Sandbox) -> Struck:
    """Kill, and wait until what was killed is there again, or will not be; nothing of ours helps.

    Raises Unknown when it was gone before it could be killed, does not end, or is removed meanwhile.
    """
    try:
        crash(container, sandbox.labels, [victim.pid for victim in aim.victims])
    except EngineGoneError:
        raise
    except CommandError as error:
        msg = f"{aim.words} of {container} could not be killed, it may have ended by itself: {error}"
        raise Unknown(msg) from None
    return _Aftermath(container, aim, sandbox).watched()


class _Aftermath:
    """What becomes of a container in which something was killed this moment."""

    def __init__(self, before: Container, aim: Aim, sandbox: Sandbox) -> None:
        # Not before the kill: on a loaded machine it takes seconds to come.
        self._began = time.monotonic()
        self._before, self._aim, self._sandbox = before, aim, sandbox
        self._expected = sandbox.expectations()[before.service]
        self._blow = Blow(words=aim.words, wrapper=aim.wrapper, promise=aim.promise)
        self._next_look = 0.0
        self._there = False

    def watched(self) -> Struck:
        """Watch until all is there again and well, or there is no use in waiting any longer."""
        while True:
            now = next((c for c in self._sandbox.look() if c.id == self._before.id), None)
            if now is None:
                raise _removed(self._before)
            waited = time.monotonic() - self._began
            if found := self._back(now, waited):
                told = _told(replace(self._blow, ready_seconds=waited), self._before, now, self._sandbox)
                who = holders(self._aim, found)
                return Struck(blow=told, aim=self._aim, before=self._before, back=now, holders=who)
            if blow := self._given_up(now, waited):
                told = _told(replace(blow, waited_seconds=waited), self._before, now, self._sandbox)
                return Struck(blow=told, aim=self._aim, before=self._before, back=None)
            self._sandbox.events.wait(EVERY)

    def _back(self, now: Container, waited: float) -> Tree | None:
        """Return the processes of a container that is well and has all that was killed.

        One that is not well when its time is over is looked at, too: what its health check does not find is
        not missing.
        """
        late = waited >= self._expected.deadline
        due = now.well and time.monotonic() >= self._next_look
        if not due and not (now.runs and late):
            return None
        found = tree.look([now], self._sandbox.labels).get(now.id)
        self._next_look = time.monotonic() + LOOK_EVERY
        same_start = now.state["StartedAt"] == self._before.state["StartedAt"]
        if found and same_start and late and lives(self._aim, found):
            msg = f"{self._aim.words} of {now} has not ended {waited:.0f} s after SIGKILL"
            raise Unknown(msg)
        self._there = found is not None and holds(self._aim, found, struck=same_start)
        return found if self._there and now.well else None

    def _given_up(self, now: Container, waited: float) -> Blow | None:
        """Say how a service did not come back, when there is no use in waiting any longer."""
        restarts, blow = now.restarts - self._before.restarts, self._blow
        if now.status in ("exited", "dead") and waited > STAYS_AWAY_FOR:
            if restarts:
                words = f"exited with code {now.state['ExitCode']} after {restarts} restarts"
                return replace(blow, trouble=waiting.describe(now, words, waited))
            return replace(blow, down=True)
        if waited < COMES_BACK_WITHIN or (now.runs and waited < self._expected.deadline):
            return None
        if not restarts and not (now.runs and self._there):
            return replace(blow, missing=now.runs, down=not now.runs)
        _verdict, words = waiting.judge(now, self._expected)
        words = f"{blow.promise} is not there" if now.well and not self._there else words
        return replace(blow, trouble=waiting.describe(now, words, waited))


def _told(blow: Blow, before: Container, now: Container, sandbox: Sandbox) -> Blow:
    """Add what the engine told of a container since the start before the blow."""
    events = since(before, sandbox)
    ends = [event for event in events if event.action == "die"]
    starts = [
        event for event in events if event.action == "start" and ends and event.seconds > ends[0].seconds
    ]
    return replace(
        blow,
        restarts=now.restarts - before.restarts,
        exit_code=int(ends[0].attributes.get("exitCode", "-1")) if ends else None,
        operator_kill=killed_by_operator(events),
        lived_before=ends[0].seconds - before.started if ends else 0.0,
        lived_after=ends[1].seconds - starts[0].seconds if len(ends) > 1 and starts else None,
    )


def since(container: Container, sandbox: Sandbox) -> list[Event]:
    """Return what the engine told of a container since its last start, by the engine's own clock.

    How it ended before, in a former trial, is no part of it.
    """
    seen = sandbox.events.seen(since=container.started)
    return [event for event in seen if event.container == container.id]


def killed_by_operator(events: Sequence[Event]) -> bool:
    """Whether somebody killed or stopped it through the engine."""
    return any(event.action in ("kill", "stop") for event in events)


def settled(
    struck: Sequence[Struck], sandbox: Sandbox, window: float, *, restless: bool = False
) -> list[Blow]:
    """Watch services that came back for a window (seconds); say how each ended again, or that it stood.

    A `restless` one has another process for its work now and then, also when nothing was done to it.
    Nobody waits for the window where none came back.
    """
    if not any(one.back for one in struck):
        return [one.blow for one in struck]
    until = time.monotonic() + window
    while (left := until - time.monotonic()) > 0:
        sandbox.events.wait(min(left, EVERY))
    while time.monotonic() < until + window and not _all_well(struck, sandbox):
        sandbox.events.wait(EVERY)
    now = {c.id: c for c in sandbox.look()}
    trees = tree.look([now[s.before.id] for s in struck if s.back and s.before.id in now], sandbox.labels)
    return [
        _after(s, now.get(s.before.id), trees.get(s.before.id), sandbox, window, restless=restless)
        for s in struck
    ]


def _all_well(struck: Sequence[Struck], sandbox: Sandbox) -> bool:
    """Whether all are well: a health check may be away for a moment because another service was struck."""
    ids = {s.before.id for s in struck if s.back}
    return all(c.well for c in sandbox.look() if c.id in ids)


def _after(  # noqa: PLR0913 - what is known by then
    struck: Struck,
    now: Container | None,
    found: Tree | None,
    sandbox: Sandbox,
    window: float,
    *,
    restless: bool,
) -> Blow:
    back, blow = struck.back, struck.blow
    if back is None:
        return blow
    if now is None:
        raise _removed(struck.before)
    ends = [event for event in since(back, sandbox) if event.action == "die"]
    if ends:
        lived = ends[0].seconds - back.started
        again = f"{lived:.1f} s after its start, {last_end(now, sandbox)}"
        return replace(blow, again=again, lived_after=lived)
    if found is None or not holds(struck.aim, found, struck=False):
        return replace(blow, again=f"{blow.promise} was gone {window:g} s later")
    if not now.well:
        return replace(blow, trouble=f"it is {now.health} {window:g} s after it came back")
    if not restless and holders(struck.aim, found) != struck.holders:
        return replace(blow, again=f"within {window:g} s, and was started once more", changed=True)
    return replace(blow, steady_seconds=window)


def _removed(container: Container) -> Unknown:
    return Unknown(f"{container} was removed while it was watched")
