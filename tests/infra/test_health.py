"""Whether health states are there, good, and honest."""

from stackproof.controls import FREEZES, HIGH, MADE, MEDIUM, UP, Unknown, control, not_applicable
from stackproof.outcomes.evidence import Evidence
from stackproof.plugin.fixtures import ServiceUnderTest
from stackproof.sandbox.container import Container
from stackproof.sandbox.sandbox import Sandbox
from stackproof.sandbox.view import View
from stackproof.stack.health_command import (
    SHELL,
    Surroundings,
    effective_test,
    lacking_programs,
    not_run,
    programs,
)
from stackproof.trials.disagreement import disagreement
from stackproof.trials.honesty import honesty_trial
from stackproof.trials.steady import watch


@control(
    "healthcheck-defined",
    "A health check is in force",
    severity=MEDIUM,
    key="healthcheck",
    judges=MADE,
)
def test_healthcheck_defined(service: ServiceUnderTest, evidence: Evidence) -> None:
    """Without a health check the engine knows only that a process exists, and dependants start too early.

    Fix: add `healthcheck:` to the service, or `HEALTHCHECK` to its image.

    Applies to: services that keep running.
    """
    if service.one_shot:
        not_applicable(f"{service} runs once and ends")
    service.refuse_undecided()
    for container in service.containers:
        test = (container.data["Config"].get("Healthcheck") or {}).get("Test")
        evidence(health_check=test)
        assert container.has_healthcheck, (
            f"{container} has no health check, neither in the compose file nor in its image"
        )


@control(
    "healthcheck-command-exists",
    "The health check's commands are in the image",
    severity=HIGH,
    key="healthcheck",
    judges=MADE,
)
def test_healthcheck_command_exists(service: ServiceUnderTest, evidence: Evidence) -> None:
    """A check whose command is missing never says yes, and what waits for it never starts.

    All programs count, also those within `sh -c`, `$(...)`, `if`, a pipe, or behind `timeout`, `env`, `su`.
    Of `curl ... || wget ...` one is enough. What the health log says could not be run counts, too.

    Fix: use a command that the image has, such as the service's own client, or install it in the image.

    Applies to: services that have a health check, in the compose file or in the image, that runs a program.
    """
    test = effective_test(service.model, service.image)
    if not test:
        not_applicable(f"{service} has no health check")
    around = Surroundings.of(service.model, service.image)
    needed = programs(test, service.image.get("Shell") or SHELL)
    names = sorted({name for need in needed for way in need.ways for name in way})
    said = not_run(service.health_log)
    if not names and not said:
        not_applicable(f"the health check of {service} is shell language that runs no program")
    evidence(health_check=test, programs=names, path=around.path, health_log=sorted(said.values()))

    lacking = set(service.lacking({name: around.candidates(name) for name in names}))
    missing = lacking_programs(needed, lacking, said)
    told = "".join(f"; its health log: {line}" for line in sorted(said.values()))

    assert not missing, f"{service}: its health check needs {', '.join(missing)}, which its image lacks{told}"


@control(
    "container-healthy",
    "Health status is healthy",
    severity=HIGH,
    key="healthcheck",
    judges=UP,
    watches=True,
)
def test_container_healthy(container: Container, sandbox: View, evidence: Evidence) -> None:
    """An unhealthy service is up but does not do its work.

    Fix: read the health log in the evidence; repair the service, or the check if it asks the wrong thing.

    Applies to: containers that have a health check and keep running; judged from the end of its
    start, where it still starts (`--attach`).
    """
    if not container.has_healthcheck:
        not_applicable(f"{container} has no health check")
    seen = sandbox.trial("steady", lambda: watch(sandbox))[container.name]
    last, states = seen.last, seen.health
    log = [f"exit {e.get('ExitCode')}: {str(e.get('Output', '')).strip()[:120]}" for e in last.health_log]
    evidence(health=", ".join(states), health_log=log[-2:], watched_seconds=round(seen.seconds, 1))

    if seen.undecided and len(states) == 1:
        msg = f"{container} after {seen.seconds:.0f} s: {seen.undecided}"
        raise Unknown(msg)
    elsewhere = f"; {words}" if (words := disagreement(last)) else ""
    assert "healthy" in states, f"{container} was not healthy: {', '.join(states)}{elsewhere}"
    assert states == ["healthy"], (
        f"{container} did not stay healthy in {seen.seconds:.0f} s: {', '.join(states)}{elsewhere}"
    )
    # The engine counts probes, of which a sandbox makes more; the watch ends when the author's time is over.
    assert not last.failing_streak, (
        f"{container}: its last {last.failing_streak} probes failed, for longer than its author allows"
    )


@control(
    "healthcheck-not-vacuous",
    "The health check fails when the service hangs",
    severity=HIGH,
    lane=FREEZES,
    key="healthcheck",
)
def test_healthcheck_not_vacuous(container: Container, sandbox: Sandbox, evidence: Evidence) -> None:
    """A health check that answers yes for a service that hangs or is gone hides every outage that matters.

    What serves is kept from running, then everything is refused. A check that only runs out of time may say
    yes to a dead server; one that another process answers, or that looks whether a port is open or a process
    there, says yes to one that hangs.

    Fix: let the check ask the service itself (its port, its client), with a time-out, and end as that ends:
    no `|| exit 0`, no pipe that loses the status.

    Applies to: containers that have a health check and keep running.
    """
    if not container.has_healthcheck:
        not_applicable(f"{container} has no health check")
    trial = honesty_trial(container, sandbox)
    evidence(said_before=trial.before, disturbed=trial.steps, recovered_in_seconds=trial.recovered)

    assert not trial.asleep, (
        f"{container}: {trial.asleep} were frozen, and the health check still said yes ({trial.often})"
    )
    assert not trial.nobody, (
        f"{container}: nothing answered any more, and the health check said yes ({trial.nobody}); that it "
        "ran out of time while the service hung is no answer"
    )
    assert not trial.other, (
        f"{container}: {trial.other} was frozen alone, and the health check said yes: "
        "something else answers it"
    )
