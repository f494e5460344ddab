"""Whether services come back, and from what."""

from stackproof.controls import FAULTS, HIGH, MADE, MEDIUM, STOPS, Unknown, control, not_applicable
from stackproof.outcomes.evidence import Evidence
from stackproof.plugin.fixtures import ServiceUnderTest
from stackproof.sandbox.container import Container
from stackproof.sandbox.view import View
from stackproof.trials.blow import Blow
from stackproof.trials.crashing import crash_trial
from stackproof.trials.kill import kill_trial
from stackproof.trials.steady import watch


@control(
    "restart-policy-set",
    "A long-running service has a restart policy",
    severity=MEDIUM,
    key="restart",
    judges=MADE,
)
def test_restart_policy_set(service: ServiceUnderTest, evidence: Evidence) -> None:
    """Without a policy a crash at night lasts until somebody looks.

    Fix: `restart: unless-stopped`, or `on-failure` for what may end by itself.

    Applies to: services that keep running.
    """
    if service.one_shot:
        not_applicable(f"{service} runs once and ends")
    service.refuse_undecided()
    for container in service.containers:
        evidence(restart_policy=container.restart_policy)
        assert container.restart_policy != "no", f"{container} has no restart policy"


@control(
    "crash-restart",
    "A crashed service is restarted and becomes healthy again",
    severity=HIGH,
    lane=FAULTS,
    key="restart",
)
def test_crash_restart(service: ServiceUnderTest, evidence: Evidence) -> None:
    """Processes die: out of memory, a bug, a bad pointer. Somebody must start them again.

    What serves is killed (also below a shell, an init or a supervisor), a worker of it, and process 1.

    Fix: set a restart policy; `exec` the server at the end of a start script, so that its end ends the
    container; let the service start on what a killed predecessor left behind.

    Applies to: services that keep running.
    """
    if service.one_shot:
        not_applicable(f"{service} runs once and ends")
    trial = service.sandbox.trial("crash", lambda: crash_trial(service.sandbox))[service.name]
    evidence(
        policy=trial.policy,
        killed="SIGKILL from the host's pid namespace",
        **{f"after {blow.words} died": _told(blow) for blow in trial.blows},
        seen_in_company=trial.in_company,
    )

    for blow in trial.blows:
        if blow.operator_kill:
            msg = f"{service} was stopped through the engine meanwhile, which is no crash"
            raise Unknown(msg)
        assert not blow.down, f"{service} did not come back after {blow.words} died (restart: {trial.policy})"
        assert not blow.missing, (
            f"{service}: {blow.words} was killed, what started it ({blow.wrapper}) lived on, "
            f"and {blow.promise} was not there again within {blow.waited_seconds:.0f} s"
        )
        assert not blow.trouble, f"{service} {blow.came} but did not become ready: {blow.trouble}"
        assert not blow.again, f"{service} came back after {blow.words} died, and ended again: {blow.again}"


def _told(blow: Blow) -> str:
    """Say what was seen after a process was killed."""
    ended = "the container went on" if blow.exit_code is None else f"exit code {blow.exit_code}"
    said = [ended, f"{blow.restarts} restarts"]
    if blow.ready_seconds is not None:
        said.append(f"{blow.promise} there again after {blow.ready_seconds:.1f} s")
    if blow.steady_seconds is not None:
        said.append(f"back for {blow.steady_seconds:g} s")
    return ", ".join(said)


@control(
    "docker-kill-is-a-manual-stop",
    "After docker kill the service stays down, and `up` brings it back",
    severity=HIGH,
    lane=STOPS,
    key="restart",
)
def test_docker_kill_is_a_manual_stop(service: ServiceUnderTest, evidence: Evidence) -> None:
    """The engine takes `docker kill` for an operator's stop: no restart policy acts on it, `always` included.

    Fix: start it again with `docker compose up -d`; test crashes with a real crash, not with `docker kill`.

    Applies to: services that keep running.
    """
    if service.one_shot:
        not_applicable(f"{service} runs once and ends")
    trial = service.sandbox.trial("kill", lambda: kill_trial(service.sandbox))[service.name]
    stayed = trial.status != "running" and trial.restarts == 0
    evidence(
        policy=trial.policy,
        after_docker_kill=f"{trial.status}, exit code {trial.exit_code}, {trial.restarts} restarts",
        watched_seconds=trial.watched_seconds,
        shown=f"`restart: {trial.policy}` does not bring a service back after `docker kill`"
        if stayed
        else "",
        up_brought_it_back_in_seconds=trial.back_seconds if trial.back else None,
        then_it_stayed_for_seconds=trial.steady_seconds if trial.back else None,
    )

    assert stayed, (
        f"{service} came back by itself after `docker kill`: this engine does not treat it as a stop"
    )
    assert trial.back, f"{service} did not come back with `up` after `docker kill`: {trial.trouble}"


@control(
    "no-restart-loop",
    "The container runs without restarts",
    severity=HIGH,
    key="restart",
    judges=MADE,
    watches=True,
)
def test_no_restart_loop(container: Container, sandbox: View, evidence: Evidence) -> None:
    """A container in a restart loop looks `Up` to anybody who looks at the right moment.

    Fix: read its logs; repair what makes it end; a restart policy only hides it.

    Applies to: containers that keep running.
    """
    seen = sandbox.trial("steady", lambda: watch(sandbox))[container.name]
    last, code = seen.last, seen.exit_code
    if last.completed:
        not_applicable(f"{container} runs once and ends")
    times, period = seen.restarts
    evidence(watched_seconds=round(seen.seconds, 1), status=last.status, restarts=times)
    if not last.is_up:
        _refuse_undecided(last, sandbox)

    assert last.is_up, (
        f"{container} ended with code {code} after {last.lasted:.0f} s and was not started again: "
        f"{seen.last_words}"
    )
    # One that once waited for its database by restarting is no loop; one that goes on is.
    assert not times, (
        f"{container} was restarted {times} times {period}, last exit code {code}: {seen.last_words}"
    )
    evidence(shown=f"no restart in {seen.seconds:.0f} s")


def _refuse_undecided(container: Container, sandbox: View) -> None:
    """Say nothing of what may be a one-shot that failed, or never ran.

    Raises StackError with the reason that it is not up, Unknown where there is none.
    """
    if container.lasted is None or container.may_complete:
        sandbox.require(container.service)
    if container.lasted is None:
        msg = f"{container} is {container.status}"
        raise Unknown(msg)
