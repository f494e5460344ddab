"""Whether the stack starts in order and stops in peace."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from stackproof.controls import HIGH, MADE, MEDIUM, STOPS, Unknown, control, not_applicable
from stackproof.facts.model import Process
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding, raise_findings
from stackproof.plugin.fixtures import ServiceUnderTest
from stackproof.sandbox.container import Container
from stackproof.sandbox.view import View
from stackproof.stack.model import COMPLETED, HEALTHY, Dependency
from stackproof.trials import start_order
from stackproof.trials.stop import stop_trial

# By the condition, what a dependency becomes when it is ready, and the event that tells.
READY_WHEN = {HEALTHY: ("healthy", "health_status: healthy"), COMPLETED: ("completed", "die")}


@control(
    "startup-order-follows-conditions",
    "A service starts only after what it needs is ready",
    severity=HIGH,
    key="depends_on",
    judges=MADE,
)
def test_startup_order_follows_conditions(service: ServiceUnderTest, evidence: Evidence) -> None:
    """A service that starts before its database is ready fails at random, on the slowest machine first.

    What `depends_on` declares is judged, and not that the order was right once: `service_started`, which the
    short form means, waits for nothing. That is of high severity where the dependency is a database, a broker
    or a job, which take their time; of medium or low severity where it listens at once, or where a reverse
    proxy or a console depends on it, which connects when it is asked.

    Fix: `depends_on` with `condition: service_healthy`, or `service_completed_successfully` for one-shots; a
    health check for the dependency that has none.

    Applies to: services that depend on another one.
    """
    known = service.stack.services
    edges = [edge for edge in service.model.depends_on if known[edge.service].replicas and not edge.implied]
    if not edges:
        not_applicable(f"{service} depends on nothing that has a container")
    evidence(**{f"depends on {edge.service}": edge.condition for edge in edges})
    raise_findings(finding for edge in edges for finding in _not_waited_for(service, edge))

    late = _out_of_order(service.sandbox, service.name, edges, evidence)
    assert not late, f"{service} was started {'; '.join(late)}"


def _not_waited_for(service: ServiceUnderTest, edge: Dependency) -> Iterator[Finding]:
    """Yield what is wrong with a condition that waits for nothing."""
    name, view, at = edge.service, service.sandbox, edge.at
    if edge.condition in (HEALTHY, COMPLETED):
        return
    if view.is_one_shot(name):
        weight = HIGH if name in service.stack.model.one_shots else MEDIUM
        yield Finding(f"{service} does not wait until {name} has ended, which runs once", at, name, weight)
        return
    found = view.containers(name)
    watched = any(container.has_healthcheck for container in found)
    weight = start_order.severity(
        slow=start_order.takes_time(service.stack.services[name], _running(found)),
        late=start_order.connects_late(service.model, _running(view.containers(service.name))),
        watched=watched,
    )
    if watched:
        yield Finding(f"{service} does not wait until {name} is healthy", at, name, weight)
    else:
        yield Finding(f"{service} starts with {name}, and nothing says when that is ready", at, name, weight)


def _running(containers: Iterable[Container]) -> list[Process]:
    """Return the processes of those containers that can be looked into."""
    found: list[Process] = []
    for container in containers:
        if container.runs:
            with suppress(Unknown):
                found += container.facts.processes
    return found


def _out_of_order(view: View, name: str, edges: Iterable[Dependency], evidence: Evidence) -> list[str]:
    """Say what was not ready when a service was started for the first time.

    Raises StackError where it never was, Unknown where the engine did not tell.
    """
    if not (starts := _firsts(view, name, "start")):
        view.require(name)
        msg = f"the engine told of no start of {name}"
        raise Unknown(msg)
    began, late = min(starts), []
    for edge in edges:
        moment, event = READY_WHEN[edge.condition]
        ready = _firsts(view, edge.service, event)
        if len(ready) < len(view.containers(edge.service)):
            if edge.required:
                msg = f"the engine did not tell when {edge.service} was {moment}"
                raise Unknown(msg)
            evidence(**{f"after {edge.service} was {moment}": "it never was, and need not be"})
            continue
        evidence(**{f"after {edge.service} was {moment}": f"{began - max(ready):+.2f} s"})
        if began < max(ready):
            late.append(f"{max(ready) - began:.2f} s before {edge.service} was {moment}")
    return late


def _firsts(view: View, name: str, action: str) -> list[float]:
    """Return when each container of a service first did something that the engine tells, in seconds.

    By its number: a container that was made anew meanwhile is no other one.
    """
    firsts: dict[int, float] = {}
    for event in view.events.seen(name, action):
        # A job that failed has ended, too, and nothing is ready then.
        if action != "die" or event.attributes.get("exitCode") == "0":
            firsts.setdefault(event.number, event.seconds)
    return list(firsts.values())


@control(
    "graceful-stop",
    "The service ends by itself when told to stop",
    severity=HIGH,
    lane=STOPS,
    key="stop_grace_period",
)
def test_graceful_stop(service: ServiceUnderTest, evidence: Evidence) -> None:
    """A service that ignores SIGTERM is killed in mid-write, and every deployment waits for it.

    So is one below a shell or an init that ends without telling it, or without waiting for its end.

    Fix: exec-form command, `exec` in a start script, `init: true`, a signal handler, or the right
    `stop_signal`.

    Applies to: services that keep running.
    """
    if service.one_shot:
        not_applicable(f"{service} runs once and ends")
    trial = service.sandbox.trial("stop", lambda: stop_trial(service.sandbox))[service.name]
    last = trial.alone or trial
    evidence(
        signal=trial.signal,
        seconds=trial.seconds,
        seconds_alone=trial.alone.seconds if trial.alone else None,
        grace_period_seconds=trial.grace,
        exit_code=trial.exit_code,
        process_1=f"{trial.main} has no handler for signal {trial.signal}" if trial.dropped else trial.main,
        told_and_waited_for=", ".join((*trial.held.told, *trial.held.waited_for)),
    )

    assert not trial.out_of_memory, f"{service} ran out of memory while stopping"
    assert not last.killed, f"{service} did not end in its grace period of {trial.grace:g} s and was killed"
    unheard, cut_off = ", ".join(trial.held.unheard), ", ".join(trial.held.cut_off)
    assert not unheard, (
        f"{service}: {unheard} got no signal and was killed when process 1 ({trial.main}) ended"
    )
    assert not cut_off, (
        f"{service}: process 1 ({trial.main}) does not wait for {cut_off}, which is killed while it ends"
    )
