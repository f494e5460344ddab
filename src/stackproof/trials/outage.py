"""A dependency is away for a while."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from stackproof.engine.events import Event
from stackproof.errors import StackproofError
from stackproof.probes.http import APART, TIMEOUT, Answer, HttpClient
from stackproof.sandbox.container import Container
from stackproof.sandbox.sandbox import Sandbox
from stackproof.sandbox.settling import longest_run
from stackproof.sandbox.view import View
from stackproof.stack.contract import HttpExpectation, Outage

WELL_WITHIN = 15.0  # seconds for an endpoint to be well before anything is disturbed
NOTICED_WITHIN = 30.0  # seconds for a stack to show that something is away
HOLDS_FOR = 2.0  # seconds that an answer must hold: the first one may come before anybody noticed
SEVERAL = 2  # ends after which one more says nothing: it may be a habit
BROKEN = 500  # the first status that says that the server itself is at a loss (RFC 9110, 15.6)

Endpoint = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class OutageTrial:
    """What answered during the outage and how long recovery took."""

    answers: tuple[str, ...]
    differences: tuple[str, ...]
    crashed: tuple[str, ...]
    """What ended while the service was away: which container, with which exit code, after how long."""
    away_seconds: float
    recovered_seconds: float | None
    trouble: str
    left_out: tuple[str, ...]
    """Endpoints that were wrong before the outage already: they need not be well after it."""
    unclear: tuple[str, ...]
    """What was wrong in the outage and before, so that nobody can tell what the outage does to it."""


def outage_trial(outage: Outage, sandbox: Sandbox, http: HttpClient) -> OutageTrial:
    """Stop a service, ask what the contract says, start it again, and wait until all endpoints are well.

    All endpoints are asked once before: the outage is not blamed for what was wrong without it.
    """
    wrong = wrong_before(outage, sandbox.stack.contract.http, http)
    before = [container for container in sandbox.look() if _concerned(container, outage, sandbox)]
    loops = {container.name for container in before if _ends_anyway(container, sandbox)}
    began = time.monotonic()
    asked, crashed = _without(outage, sandbox, http, before)
    away = time.monotonic() - began
    differs = [(one, one.differs(expected), expected) for expected, one in asked]
    started = time.monotonic()
    sandbox.start_services([outage.stop])
    well = [expected for expected in sandbox.stack.contract.http if _key(expected) not in wrong]
    trouble, ready = _recover(sandbox, http, well, outage.recovers_within)
    if trouble:
        sandbox.spoiled = True
    return OutageTrial(
        answers=tuple(f"{_name(e)}: status {one.status} in {one.seconds:.2f} s" for one, _why, e in differs),
        differences=tuple(f"{_name(e)}: {why}" for _one, why, e in differs if why and _key(e) not in wrong),
        crashed=tuple(words for name, words in crashed.items() if name not in loops),
        away_seconds=round(away, 1),
        recovered_seconds=None if trouble else round(ready - started, 1),
        trouble=trouble,
        left_out=tuple(wrong.values()),
        unclear=(
            *(wrong[_key(e)] for _one, why, e in differs if why and _key(e) in wrong),
            *(f"{words} ends again and again" for name, words in crashed.items() if name in loops),
        ),
    )


def _without(
    outage: Outage, sandbox: Sandbox, http: HttpClient, before: Sequence[Container]
) -> tuple[list[tuple[HttpExpectation, Answer]], dict[str, str]]:
    """Take the service away; return what was answered meanwhile, and what ended."""
    sandbox.stop([outage.stop], grace=0)
    with sandbox.disturbance():
        asked = _hold(http, outage.expect)
        _watch(sandbox, before, outage.lasts)
        crashed = crashes(before, sandbox)
        if not crashed:  # what is being started again answers nothing for a moment
            asked = [_later(http, *one) for one in asked]
    return asked, crashed


def wrong_before(
    outage: Outage, promised: Sequence[HttpExpectation], http: HttpClient
) -> dict[Endpoint, str]:
    """Return what is wrong with endpoints while nothing is disturbed.

    One that the contract promises nothing of but for the outage is wrong when it gives no answer, or an error
    of the server's that is not the one expected later.
    """
    found = {}
    for expected in promised:
        answer, _waited = http.wait_for(expected, WELL_WITHIN)
        if difference := answer.differs(expected):
            found[_key(expected)] = f"{_name(expected)}: {difference}"
    known = set(map(_key, promised))
    for expected in outage.expect:
        if _key(expected) not in known and (difference := _at_a_loss(http, expected)):
            found[_key(expected)] = f"{_name(expected)}: {difference}"
    return found


def _at_a_loss(http: HttpClient, expected: HttpExpectation) -> str:
    until = time.monotonic() + WELL_WITHIN
    while True:
        answer = http.get(expected.service, expected.path)
        difference = answer.differs(expected)
        if not difference or (answer.status is not None and answer.status < BROKEN):
            return ""
        if time.monotonic() > until:
            return difference
        time.sleep(0.25)


def _concerned(container: Container, outage: Outage, view: View) -> bool:
    """Whether a container shall go on running while the service is away."""
    service = container.service
    return service != outage.stop and container.runs and service not in view.one_shots


def _hold(http: HttpClient, expected: Sequence[HttpExpectation]) -> list[tuple[HttpExpectation, Answer]]:
    """Wait for the expected answers, then see that they stay; the last of each, or the first that differs."""
    until = time.monotonic() + NOTICED_WITHIN
    found = []
    for one in expected:
        answer, _waited = http.wait_for(one, max(0.0, until - time.monotonic()))
        found.append((one, _again_if_late(http, one, answer)))
    holds = time.monotonic() + HOLDS_FOR
    while time.monotonic() < holds and not all(answer.differs(one) for one, answer in found):
        time.sleep(APART)
        found = [_later(http, one, answer) for one, answer in found]
    return found


def _later(http: HttpClient, expected: HttpExpectation, answer: Answer) -> tuple[HttpExpectation, Answer]:
    """Ask again, unless the answer differed already."""
    if answer.differs(expected):
        return expected, answer
    return expected, _again_if_late(http, expected, http.get(expected.service, expected.path))


def _again_if_late(http: HttpClient, expected: HttpExpectation, answer: Answer) -> Answer:
    """Ask once more where no answer, or half of one, came in time: on a loaded machine one may be late."""
    late = answer.seconds >= TIMEOUT and answer.differs(expected)
    return http.get(expected.service, expected.path) if late else answer


def _watch(sandbox: Sandbox, containers: Sequence[Container], seconds: float) -> None:
    """Ask nothing for a while: some end when a connection was idle, or their own patience is over."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and not any(_death(one, sandbox) for one in containers):
        sandbox.events.wait(left)


def crashes(before: Sequence[Container], view: View) -> dict[str, str]:
    """Return what ended of containers that ran before, in words by name: by the engine's events, and a look.

    A policy may have started it again by now, and an event may not have arrived yet.
    """
    now = {container.id: container for container in view.look()}
    found = {}
    for container in before:
        death, after = _death(container, view), now.get(container.id)
        if death:
            found[container.name] = f"{container} (exit code {death.attributes.get('exitCode', '?')})"
        elif after is None or not after.runs or after.restarts > container.restarts:
            found[container.name] = f"{container} ({after.status if after else 'gone'})"
    return found


def _death(container: Container, view: View) -> Event | None:
    """Return how a container ended since its last start, as far as that was told."""
    seen = view.events.seen(action="die", since=container.started)
    return next((event for event in seen if event.container == container.id), None)


def _ends_anyway(container: Container, view: View) -> bool:
    """Whether it ended several times before, and has not been up for longer than it was then."""
    told = view.events.after(0, container.id)
    if sum(event.action == "die" for event in told) < SEVERAL:
        return False
    last = max(event.seconds for event in view.events.seen())
    return last - container.started < 2 * longest_run(told)


def _recover(
    sandbox: Sandbox, http: HttpClient, well: Sequence[HttpExpectation], within: float
) -> tuple[str, float]:
    """Say what was not well again in time, of what was well before, and by this machine's clock when all was.

    The time that services are given to open their ports comes after that.
    """
    until = time.monotonic() + within
    for expected in well:
        answer, _waited = http.wait_for(expected, max(0.0, until - time.monotonic()))
        if difference := answer.differs(expected):
            return f"{_name(expected)}: {difference}", time.monotonic()
    began = time.monotonic()
    try:
        ready = began + sandbox.wait_ready()
    except StackproofError as error:
        return str(error), time.monotonic()
    return ("" if ready <= until else f"not ready within {within:g} s"), ready


def _key(expected: HttpExpectation) -> Endpoint:
    return expected.service, expected.path


def _name(expected: HttpExpectation) -> str:
    return f"{expected.service} {expected.path}"
