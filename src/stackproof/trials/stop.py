"""`docker compose stop`: who leaves by itself, and who has to be killed."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from stackproof.engine.events import Event
from stackproof.errors import Unknown
from stackproof.sandbox.container import Container
from stackproof.sandbox.sandbox import Sandbox
from stackproof.trials import tree
from stackproof.trials.blow import since
from stackproof.trials.crashing import dependants_first
from stackproof.trials.holding import Held, stop_held, to_hold
from stackproof.trials.results import ByService
from stackproof.trials.standing import last_end, standing

SIGKILL = "9"
EVENTS_WITHIN = 5.0  # seconds for the last events to arrive


@dataclass(frozen=True, kw_only=True)
class StopTrial:
    """How one container stopped, from the engine's own events."""

    signal: str
    seconds: float
    grace: float
    exit_code: int
    killed: bool
    out_of_memory: bool
    main: str = ""
    """Name of process 1."""
    dropped: bool = False
    """Whether process 1 has no handler for the signal, so that the kernel drops it."""
    alone: "StopTrial | None" = None
    """How it stopped once more while nothing else was stopped, because it was killed in company."""
    held: Held = field(default_factory=Held)
    """What became of its other processes."""


def stop_trial(sandbox: Sandbox) -> ByService[StopTrial]:
    """Stop the whole stack once with its author's grace periods, then bring it back; results by service.

    One that was killed is stopped once more alone: that may have been the load. So is one with processes
    below process 1 that must be told: they are held, to see whether they are.
    """
    stood, unseen = standing(sandbox)
    trees = tree.look(list(stood.values()), sandbox.labels)
    sandbox.stop()
    trials: dict[str, StopTrial] = {}
    for service, events in _ends(stood, sandbox).items():
        # What cannot be said of one service says nothing of the others.
        try:
            trials[service] = _read(service, events, sandbox.stack.services[service].grace)
        except Unknown as error:
            unseen[service] = error
    trouble = sandbox.restore()
    again = []
    for service in dependants_first(sandbox.stack.model):
        found, seen = trials.get(service), trees.get(stood[service].id) if service in stood else None
        if found is None or seen is None:
            continue
        trials[service] = found = _with_main(found, stood[service], seen)
        if (found.killed and not found.dropped) or (not found.killed and to_hold(seen, sandbox, service)):
            again.append(service)
    unseen |= _each_alone(again, trials, trouble, sandbox)
    return ByService({name: trial for name, trial in trials.items() if name not in unseen}, unseen)


def _each_alone(
    services: Sequence[str], trials: dict[str, StopTrial], trouble: str, sandbox: Sandbox
) -> dict[str, Unknown]:
    """Stop services once more, one after the other; say why one could not be looked at."""
    if trouble:
        why = f"it could not be looked at once more: {trouble}"
        return {service: Unknown(why) for service in services}
    unseen: dict[str, Unknown] = {}
    for service in services:
        try:
            trials[service] = _once_more(service, trials[service], sandbox)
        except Unknown as error:
            unseen[service] = error
    if services:
        sandbox.restore()
    return unseen


def _with_main(trial: StopTrial, container: Container, seen: tree.Tree) -> StopTrial:
    number = int(trial.signal) if trial.signal.isdigit() else 0
    deaf = bool(number) and not container.shares_processes and not seen.root.hears(number)
    return replace(trial, main=str(seen.root), dropped=trial.killed and deaf)


def _once_more(service: str, first: StopTrial, sandbox: Sandbox) -> StopTrial:
    """Stop one service alone: the one that was killed as it is, the other with its processes held."""
    container = next(c for c in sandbox.look() if c.service == service)
    if first.killed:
        sandbox.stop([service])
        events = _ends({service: container}, sandbox)[service]
        return replace(first, alone=_read(service, events, first.grace))
    seen = tree.look([container], sandbox.labels).get(container.id)
    if seen is None:
        msg = f"{container} ended by itself before it was stopped, {last_end(container, sandbox)}"
        raise Unknown(msg)
    return replace(first, held=stop_held(container, seen.main, to_hold(seen, sandbox, service), sandbox))


def _ends(stopped: Mapping[str, Container], sandbox: Sandbox) -> dict[str, list[Event]]:
    """Return what the engine told of containers since their last start, once it has told of their ends."""
    until = time.monotonic() + EVENTS_WITHIN
    while True:
        mine = {name: since(container, sandbox) for name, container in stopped.items()}
        all_ended = all(any(e.action == "die" for e in events) for events in mine.values())
        if all_ended or time.monotonic() > until:
            return mine
        sandbox.events.wait(0.1)


def _read(service: str, events: list[Event], grace: float) -> StopTrial:
    kills = [event for event in events if event.action == "kill"]
    died = next((event for event in events if event.action == "die"), None)
    if died is None:
        msg = f"the engine told of no end of {service} after `docker compose stop`"
        raise Unknown(msg)
    code = int(died.attributes.get("exitCode", "-1"))
    if not kills or kills[0].seconds > died.seconds:
        msg = f"{service} ended before it was told to stop"
        raise Unknown(msg)
    first = kills[0]
    return StopTrial(
        signal=first.attributes.get("signal", "?"),
        seconds=round(died.seconds - first.seconds, 2),
        grace=grace,
        exit_code=code,
        killed=any(event.attributes.get("signal") == SIGKILL for event in kills),
        out_of_memory=any(event.action == "oom" for event in events),
    )
