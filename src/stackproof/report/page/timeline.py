"""What happened in each sandbox: order of starts, health, and what came back after which trial."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from stackproof.outcomes.model import EventInfo, Results, StackInfo
from stackproof.outcomes.model import Trial as TrialInfo
from stackproof.report.text import one_line

BRING_UP = "bring-up"


@dataclass(frozen=True, kw_only=True)
class Start:
    """The first start of a container in a sandbox, in seconds from the first event of it."""

    container: str
    started: float
    healthy: float | None


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One trial, and what ended and came back because of it. In seconds from the start of the run."""

    lane: str
    name: str
    at: float
    """When it was over."""
    seconds: float
    ended: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    """Each with seconds from its end to its next start."""


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """All sandboxes of a lane, one after the other."""

    lane: str
    began: float
    seconds: float
    starts: tuple[Start, ...]
    trials: tuple[Trial, ...]


def sandboxes(info: StackInfo, results: Results) -> list[Sandbox]:
    """Return the sandboxes of a stack by lane."""
    ordered = sorted(info.timeline, key=lambda event: event.lane)
    found = trials(info, results)
    return [
        _sandbox(lane, sorted(events, key=lambda event: event.at), found)
        for lane, events in groupby(ordered, lambda event: event.lane)
    ]


def trials(info: StackInfo, results: Results) -> list[Trial]:
    """Return what the sandboxes of a stack went through; how they came up is no trial."""
    of_stack = (one for one in results.trials if one.stack == info.name and one.name != BRING_UP)
    return [_trial(one, info.timeline, results) for one in of_stack]


def _sandbox(lane: str, events: list[EventInfo], found: Iterable[Trial]) -> Sandbox:
    # That it waited for others to go on is no part of what the stack did.
    did = [event for event in events if event.what != "room"] or events
    began = min(event.at - event.seconds for event in did)
    return Sandbox(
        lane=one_line(lane),
        began=began,
        seconds=events[-1].at - began,
        starts=tuple(_starts(events, began)),
        trials=tuple(trial for trial in found if trial.lane == lane),
    )


def _starts(events: Iterable[EventInfo], began: float) -> list[Start]:
    first: dict[tuple[str, str], float] = {}
    for event in events:
        if event.container:
            first.setdefault((event.container, event.what), event.at)
    return [
        Start(
            container=one_line(container),
            started=at - began,
            healthy=first[container, "healthy"] - began if (container, "healthy") in first else None,
        )
        for (container, what), at in sorted(first.items(), key=lambda item: item[1])
        if what == "started"
    ]


def _trial(trial: TrialInfo, events: Iterable[EventInfo], results: Results) -> Trial:
    """Return what ended while a trial lasted, and when each was started again in it."""
    start = (trial.started - results.run.started).total_seconds()
    end = start + trial.seconds
    ended: dict[str, float] = {}
    back: dict[str, float] = {}
    for event in sorted(events, key=lambda event: event.at):
        if not event.container or event.lane != trial.lane or not start <= event.at <= end:
            continue
        if event.what == "ended":
            ended.setdefault(event.container, event.at)
        elif event.what == "started" and event.container in ended:
            back.setdefault(event.container, event.at - ended[event.container])
    return Trial(
        lane=trial.lane,
        name=one_line(trial.name),
        at=round(end, 2),
        seconds=trial.seconds,
        ended=tuple(map(one_line, ended)),
        back=tuple(f"{one_line(container)} after {seconds:.1f} s" for container, seconds in back.items()),
    )
