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
from stackproof.trials.aims import Aim, holders, holds
from stackproof.trials.crash import crash
from stackproof.trials.standing import last_end
from stackproof.trials.tree import Tree

COMES_BACK_WITHIN = 30.0  # seconds; the engine's first restart delay is 100 ms and doubles to a minute
STAYS_AWAY_FOR = 3.0  # seconds; long enough for five restart delays (0.1 + 0.2 + 0.4 + 0.8 + 1.6)
LOOK_EVERY = 0.5  # seconds between two looks at the processes: each is a helper


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
    """Why a container that was started again did not become ready."""
    again: str = ""
    """How it ended once more."""
    operator_kill: bool = False
    ready_seconds: float | None = None
    steady_seconds: float | None = None
    waited_seconds: float = 0.0
    lived_before: float = 0.0
    """Seconds from the last start before the blow to the end that it led to; engine's clock."""
    lived_after: float | None = None
    """Seconds from the start after it to the next end; engine's clock."""

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


def strike(container: Container, aim: Aim, sandbox: Sandbox) -> Struck:
    """Kill, and wait until what was killed is there again, or will not be; nothing of ours helps.

    Raises Unknown when it was gone before it could be killed.
    """
    began = time.monotonic()
    try:
        crash(container, sandbox.labels, [victim.pid for victim in aim.victims])
    except EngineGoneError:
        raise
    except CommandError as error:
        msg = f"{aim.words} of {container} could not be killed, it may have ended by itself: {error}"
        raise Unknown(msg) from None
    expected = sandbox.expectations()[container.service]
    blow = Blow(words=aim.words, wrapper=aim.wrapper, promise=aim.promise)
    looked = 0.0
    while True:
        now = next((c for c in sandbox.look() if c.id == container.id), container)
        waited = time.monotonic() - began
        restarted = now.state["StartedAt"] != container.state["StartedAt"]
        if now.well and time.monotonic() - looked > LOOK_EVERY:
            found = tree.look([now], sandbox.labels).get(now.id)
            looked = time.monotonic()
            if found and holds(aim, found, struck=not restarted):
                told = _told(replace(blow, ready_seconds=waited), container, now, sandbox)
                return Struck(blow=told, aim=aim, before=container, back=now, holders=holders(aim, found))
        if given_up := _given_up(blow, container, now, waited, expected):
            told = _told(replace(given_up, waited_seconds=waited), container, now, sandbox)
            return Struck(blow=told, aim=aim, before=container, back=None)
        sandbox.events.wait(EVERY)


def _given_up(
    blow: Blow, before: Container, now: Container, waited: float, expected: waiting.Expectation
) -> Blow | None:
    """Say how a service did not come back, when there is no use in waiting any longer."""
    restarted = now.restarts > before.restarts
    if now.status in ("exited", "dead") and waited > STAYS_AWAY_FOR:
        if restarted:
            words = (
                f"exited with code {now.state['ExitCode']} after {now.restarts - before.restarts} restarts"
            )
            return replace(blow, trouble=waiting.describe(now, words, waited))
        return replace(blow, down=True)
    if waited < COMES_BACK_WITHIN:
        return None
    if not restarted:
        return replace(blow, missing=now.runs, down=not now.runs)
    if waiting.hopeless(now, waited) or waited > expected.deadline or now.well or not now.runs:
        _verdict, words = waiting.judge(now, expected)
        words = f"{blow.promise} is not there" if now.well else words
        return replace(blow, trouble=waiting.describe(now, words, waited))
    return None


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
    seen = sandbox.events.seen(container.service, since=container.started)
    return [event for event in seen if event.container == container.id]


def killed_by_operator(events: Sequence[Event]) -> bool:
    """Whether somebody killed or stopped it through the engine."""
    return any(event.action in ("kill", "stop") for event in events)


def settled(struck: Sequence[Struck], sandbox: Sandbox, window: float) -> list[Blow]:
    """Watch services that came back for a window (seconds); say how each ended again, or that it stood."""
    until = time.monotonic() + window
    while (left := until - time.monotonic()) > 0:
        sandbox.events.wait(min(left, EVERY))
    while time.monotonic() < until + window and not _all_well(struck, sandbox):
        sandbox.events.wait(EVERY)
    now = {c.id: c for c in sandbox.look()}
    trees = tree.look([now[s.before.id] for s in struck if s.back and s.before.id in now], sandbox.labels)
    return [_after(s, now.get(s.before.id), trees.get(s.before.id), sandbox, window) for s in struck]


def _all_well(struck: Sequence[Struck], sandbox: Sandbox) -> bool:
    """Whether all are well: a health check may be away for a moment because another service was struck."""
    ids = {s.before.id for s in struck if s.back}
    return all(c.well for c in sandbox.look() if c.id in ids)


def _after(
    struck: Struck, now: Container | None, found: Tree | None, sandbox: Sandbox, window: float
) -> Blow:
    back, blow = struck.back, struck.blow
    if back is None:
        return blow
    if now is None:
        msg = f"{struck.before} was removed while it was watched"
        raise Unknown(msg)
    ends = [event for event in since(back, sandbox) if event.action == "die"]
    if ends:
        lived = ends[0].seconds - back.started
        again = f"{lived:.1f} s after its start, {last_end(now, sandbox)}"
        return replace(blow, again=again, lived_after=lived)
    if found is None or not holds(struck.aim, found, struck=False):
        return replace(blow, again=f"{blow.promise} was gone {window:g} s later")
    if holders(struck.aim, found) != struck.holders:
        return replace(blow, again=f"within {window:g} s, and was started once more")
    if not now.well:
        return replace(blow, trouble=f"it is {now.health} {window:g} s after it came back")
    return replace(blow, steady_seconds=window)
