"""Whether a health check says no when its service hangs, and when nobody answers.

Three things are done to the service, each undone: the processes that serve are kept from running, alone,
so that nothing else in the container can answer for them; all processes are; and, while they do not run,
everything is refused at once, because a check that only waits for its time-out may say yes to a dead server.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import takewhile

from stackproof.errors import CommandError, EngineGoneError, Unknown
from stackproof.sandbox.container import Container
from stackproof.sandbox.sandbox import Sandbox
from stackproof.stack.heartbeat import LONGEST, Heartbeat
from stackproof.trials.asking import Answer, Check, words_of
from stackproof.trials.freeze import frozen
from stackproof.trials.reading import heartbeat_of
from stackproof.trials.serving import Group, Servers, servers
from stackproof.trials.silence import silent

ENOUGH = 2  # so many answers of a frozen service that are yes decide
# So many that are no, and for so long (seconds), are no whim: `$(date +%s) % 2` changes each second.
STEADY = 4
STEADY_FOR = 2.5
WHIMSICAL_FOR = 12.0  # of a check that now and then says no to a service that runs
PAUSE = 0.6  # seconds between two answers, and not a divisor of one
TRIES = 6
# What asking takes, in times of an answer of a service that runs; one that is late by half of that, and by so
# much more (seconds), was waited for.
LATE = 1.0
TIMES = 3
# Seconds after which nothing else is frozen alone: a heartbeat takes `LONGEST` for each in vain.
ALONE_FOR = 2 * LONGEST
ALL = "all its processes"


class Said(Enum):
    """What a health check said of a disturbed service."""

    NO = auto()
    YES = auto()
    BOTH = auto()
    NOT_YET = auto()  # a heartbeat was still fresh enough
    YES_TO_NOBODY = auto()
    UNTRIED = auto()  # too much was frozen before


@dataclass(frozen=True, kw_only=True)
class Disturbed:
    """One disturbance: who did not run, what the check said of it, and when nobody answered."""

    whom: Group | None
    count: int
    said: Said
    seconds: float
    answers: tuple[Answer, ...]
    refused: tuple[Answer, ...] = ()


@dataclass(frozen=True, kw_only=True)
class HonestyTrial:
    """What a health check said while its service could not answer, and what is wrong with that."""

    before: tuple[str, ...]
    steps: tuple[dict[str, object], ...]
    recovered: float | None
    asleep: str = ""
    """Who did not run, in words, if the check said yes all the same."""
    often: str = ""
    """How often it did."""
    nobody: str = ""
    """What it said when everything was refused, if it was yes."""
    other: str = ""
    """Who was frozen alone, if something else answered for it."""
    trouble: str = ""


def honesty_trial(container: Container, sandbox: Sandbox) -> HonestyTrial:
    """Disturb a service and hear what its health check says; leaves the sandbox ready again.

    Raises Unknown when the check says no to a service that runs, or takes longer than anybody waits.
    """
    check, before = _asked_before(Check.of(container))
    fresh = next((c for c in sandbox.look() if c.id == container.id), container)
    whimsical = len(before) > 1 or wavers([int(entry["ExitCode"]) for entry in fresh.health_log])
    heartbeat = heartbeat_of(container, check)
    with sandbox.disturbance():
        found = list(_disturb(container, sandbox, check, heartbeat, whimsical=whimsical))
    started = time.monotonic()
    trouble = sandbox.restore()
    return replace(
        judged(found, heartbeat, before),
        recovered=None if trouble else round(time.monotonic() - started, 1),
        trouble=trouble,
    )


def wavers(codes: Sequence[int]) -> bool:
    """Whether a check said no after it had said yes, of a service to which nothing was done.

    >>> wavers([1, 1, 0, 0]), wavers([0, 1, 0])
    (False, True)
    """
    return any(codes[codes.index(0) :]) if 0 in codes else False


def _asked_before(check: Check) -> tuple[Check, list[Answer]]:
    """Ask until it says yes; return the check with what asking takes, and all that it said."""
    answers: list[Answer] = []
    while len(answers) < TRIES:
        answers.append(check.ask())
        if answers[-1].yes:
            slack = TIMES * max(answer.seconds for answer in answers if answer.code is not None)
            return replace(check, slack=slack), answers
        time.sleep(PAUSE)
    msg = (
        f"{check.name}: its health check said no to the service before anything was done to it: {answers[-1]}"
    )
    raise Unknown(msg)


def _disturb(
    container: Container,
    sandbox: Sandbox,
    check: Check,
    heartbeat: Heartbeat | None,
    *,
    whimsical: bool,
) -> Iterator[Disturbed]:
    """Disturb those that serve, group after group, then all, until the check has noticed one.

    Bounded altogether: `ALONE_FOR`, what was begun by then, and all at the end.
    """
    service = sandbox.stack.services[container.service]
    known = servers(container, service, sandbox.labels)
    began = time.monotonic()
    for whom in (*alone(known), None):
        if whom and time.monotonic() - began > ALONE_FOR:
            yield Disturbed(whom=whom, count=0, said=Said.UNTRIED, seconds=0.0, answers=())
            continue
        pids = whom.processes if whom else ()
        with frozen(container, sandbox.labels, pids) as stopped:
            found = _listen(check, heartbeat, whimsical=whimsical)
            refused = _refused(container, sandbox, check, found) if found[0] is Said.NO else ()
        said = Said.YES_TO_NOBODY if refused and refused[-1].yes else found[0]
        yield Disturbed(
            whom=whom, count=len(stopped), said=said, seconds=found[2], answers=found[1], refused=refused
        )
        if said not in (Said.YES, Said.NOT_YET):
            return


def alone(known: Servers) -> tuple[Group, ...]:
    """Return the groups that serve beside other processes; all together have their turn anyway."""
    return tuple(group for group in known.groups if set(group.processes) != set(known.processes))


def _listen(
    check: Check, heartbeat: Heartbeat | None, *, whimsical: bool
) -> tuple[Said, tuple[Answer, ...], float]:
    """Ask a service that does not run until the answers say enough."""
    began = time.monotonic()
    answers: list[Answer] = []
    while True:
        answers.append(check.ask())
        seconds = time.monotonic() - began
        said = heard(answers, seconds, heartbeat, slack=check.slack, whimsical=whimsical)
        if said is not None:
            return said, tuple(answers), round(seconds, 1)
        time.sleep(PAUSE)


def heard(
    answers: list[Answer], seconds: float, heartbeat: Heartbeat | None, *, slack: float, whimsical: bool
) -> Said | None:
    """Say what the answers of `seconds` mean; None when they do not say enough yet. Pure."""
    run = list(takewhile(lambda answer: not answer.yes, reversed(answers)))
    if run:
        # A check with whims may be slow on a whim, too.
        late = not whimsical and any(waited_for(answer, slack) for answer in run)
        held = sum(answer.seconds + PAUSE for answer in run)
        steady = len(run) >= STEADY and held >= (WHIMSICAL_FOR if whimsical else STEADY_FOR)
        return Said.NO if late or steady else None
    if not all(answer.yes for answer in answers):
        return Said.BOTH
    if heartbeat is None or heartbeat.hopeless:
        decided = Said.YES if heartbeat is None else Said.NOT_YET
        return decided if len(answers) >= ENOUGH else None
    if seconds < LONGEST:
        return None
    return Said.YES if heartbeat.decidable else Said.NOT_YET


def waited_for(answer: Answer, slack: float) -> bool:
    """Whether a check waited for somebody before it said so; `slack` is what asking takes."""
    return answer.code is None or answer.seconds > LATE + slack / 2


def _refused(
    container: Container,
    sandbox: Sandbox,
    check: Check,
    found: tuple[Said, tuple[Answer, ...], float],
) -> tuple[Answer, ...]:
    """Ask when nothing answers; twice when it says yes.

    What it said counts also where the container cannot be given its voice back, and the sandbox is replaced.
    Raises Unknown when that cannot be tried and the check did no more than run out of time.
    """
    said: tuple[Answer, ...] = ()
    left: tuple[str, ...] = ()
    why = ""
    try:
        with silent(container, sandbox.labels) as left:
            said = (check.ask(),)
            if said[0].yes:
                said = (*said, check.ask())
    except EngineGoneError:
        raise
    except (CommandError, Unknown) as error:
        sandbox.spoiled = True
        why = str(error)
    if said and not (why := unmoved(said[-1], left, check.slack)):
        return said
    if found[1][-1].code is not None:
        return ()
    msg = (
        f"{container}: its health check ran out of time while the service hung, as one does that always "
        f"says yes in the end; what it says when nothing answers could not be tried: {why}"
    )
    raise Unknown(msg)


def unmoved(answer: Answer, left: Sequence[str], slack: float) -> str:
    """Say why an answer is none of a check that was refused; empty where it is. Pure."""
    if answer.yes or not left or not waited_for(answer, slack):
        return ""
    return f"not moved aside, so nobody was refused there: {', '.join(left)}"


def judged(found: list[Disturbed], heartbeat: Heartbeat | None, before: list[Answer]) -> HonestyTrial:
    """Say what is wrong with a check. Pure.

    Raises Unknown when a heartbeat was fresh enough all the time, or not all that serves could be tried.
    """
    last = found[-1]
    if last.said is Said.NOT_YET:
        limit = f": its limit is {heartbeat.limit:g} s" if heartbeat and heartbeat.limit else ""
        msg = f"the health check reads a heartbeat that is not stale within {LONGEST:g} s{limit}"
        raise Unknown(msg)
    trial = HonestyTrial(before=words_of(before), steps=tuple(map(_step, found)), recovered=None)
    if last.said is Said.YES_TO_NOBODY:
        return replace(trial, nobody=str(last.refused[-1]))
    if last.said in (Said.YES, Said.BOTH):
        yes = sum(answer.yes for answer in last.answers)
        often = f"{yes} of {len(last.answers)} answers in {last.seconds:.0f} s"
        whom = str(last.whom) if last.whom else ALL
        return replace(trial, asleep=whom, often=often)
    if untried := [str(step.whom) for step in found if step.said is Said.UNTRIED]:
        msg = (
            f"its health check did not notice within {ALONE_FOR:g} s who was frozen alone, and there was no "
            f"time to freeze {'; '.join(untried)}"
        )
        raise Unknown(msg)
    served = [str(step.whom) for step in found if step.whom]
    return replace(trial, other="; ".join(served)) if last.whom is None else trial


def _step(step: Disturbed) -> dict[str, object]:
    found: dict[str, object] = {
        "frozen": str(step.whom) if step.whom else ALL,
        "processes": step.count,
        "answers": words_of(step.answers),
        "seconds": step.seconds,
    }
    return found | ({"when_refused": words_of(step.refused)} if step.refused else {})
