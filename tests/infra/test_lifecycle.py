"""Whether the stack starts in order and stops in peace."""

from stackproof.controls import FAULTS, HIGH, MADE, Unknown, control, not_applicable
from stackproof.outcomes.evidence import Evidence
from stackproof.plugin.fixtures import ServiceUnderTest
from stackproof.sandbox.view import View
from stackproof.trials.stop import stop_trial


@control(
    "startup-order-follows-conditions",
    "A service starts only after what it needs is ready",
    severity=HIGH,
    key="depends_on",
    judges=MADE,
)
def test_startup_order_follows_conditions(service: ServiceUnderTest, evidence: Evidence) -> None:
    """A service that starts before its database is ready fails at random, on the slowest machine first.

    Fix: `depends_on` with `condition: service_healthy`, or `service_completed_successfully` for one-shots.

    Applies to: services that depend on one that has a health check or runs once.
    """
    if not service.model.depends_on:
        not_applicable(f"{service} depends on nothing")
    sandbox = service.sandbox
    if not sandbox.events.seen(service.name, "start"):
        sandbox.require(service.name)
    began = _first(sandbox, service.name, "start")
    order: dict[str, str] = {}
    late = []
    for edge in service.model.depends_on:
        dependency = service.stack.services.get(edge.service)  # an optional one may be of another profile
        if dependency is None or not dependency.replicas:
            order[f"after {edge.service}"] = "(no container)"
        elif (sign := _sign_of_readiness(sandbox, edge.service)) is None:
            order[f"after {edge.service}"] = "(nothing says when it is ready)"
        elif edge.service in sandbox.shortfalls:
            order[f"after {edge.service} {sign[0]}"] = "it never was"
            late.append(f"although {edge.service} never was {sign[0]} ({edge.condition})")
        else:
            moment, since = sign[0], _first(sandbox, edge.service, sign[1])
            order[f"after {edge.service} {moment}"] = f"{began - since:+.2f} s"
            if began < since:
                late.append(f"{since - began:.2f} s before {edge.service} was {moment} ({edge.condition})")
    evidence(**order)
    if all(words.startswith("(") for words in order.values()):
        not_applicable(f"nothing that {service} depends on has a health check or ends")

    assert not late, f"{service} started {'; '.join(late)}"


def _sign_of_readiness(sandbox: View, name: str) -> tuple[str, str] | None:
    """What a dependency becomes when it is ready, and the event that tells; None when there is no telling."""
    if name in sandbox.stack.model.one_shots:
        return "completed", "die"
    return ("healthy", "health_status: healthy") if sandbox.container(name).has_healthcheck else None


def _first(sandbox: View, name: str, action: str) -> float:
    seen = sandbox.events.seen(name, action)
    # A job that failed has ended, too, and nothing is ready then.
    events = [event for event in seen if action != "die" or event.attributes.get("exitCode") == "0"]
    if not events:
        msg = f"the engine told of no `{action}` of {name}"
        raise Unknown(msg)
    return events[0].seconds


@control(
    "graceful-stop",
    "The service ends by itself when told to stop",
    severity=HIGH,
    lane=FAULTS,
    key="stop_grace_period",
)
def test_graceful_stop(service: ServiceUnderTest, evidence: Evidence) -> None:
    """A service that ignores SIGTERM is killed in mid-write, and every deployment waits for it.

    Fix: exec-form command, `init: true`, a signal handler, or the right `stop_signal`.

    Applies to: services that keep running.
    """
    if service.one_shot:
        not_applicable(f"{service} runs once and ends")
    trial = service.sandbox.trial("stop", lambda: stop_trial(service.sandbox))[service.name]
    evidence(
        signal=trial.signal,
        seconds=trial.seconds,
        grace_period_seconds=trial.grace,
        exit_code=trial.exit_code,
    )

    assert not trial.out_of_memory, f"{service} ran out of memory while stopping"
    assert not trial.killed, f"{service} did not end in its grace period of {trial.grace:g} s and was killed"
