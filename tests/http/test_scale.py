"""Whether services of which several containers are wanted can be scaled."""

from stackproof.controls import LOW, MEDIUM, SCALE, Unknown, control, not_applicable
from stackproof.outcomes.evidence import Evidence
from stackproof.plugin.fixtures import ServiceUnderTest
from stackproof.probes.http import HttpClient
from stackproof.sandbox.pool import Pool
from stackproof.stack import publishing
from stackproof.trials.scaling import blockers, port_refusal, replicas_refused
from stackproof.trials.spread import fronts, spread_trial


@control(
    "scales-without-conflict",
    "The service can run several replicas",
    severity=MEDIUM,
    lane=SCALE,
    key="ports",
)
def test_scales_without_conflict(service: ServiceUnderTest, pool: Pool, evidence: Evidence) -> None:
    """A fixed host port, name or address can belong to one container only: `--scale` fails.

    A range of host ports must have a number for each replica. What the file does not show, the engine does:
    all replicas are started, on host ports that are as many as their author's.

    Fix: put a proxy in front and remove `ports:` and `container_name:` from the scaled service.

    Applies to: services under `scale:` in the contract, or with several replicas in the compose file.
    """
    replicas = _replicas(service)
    found = blockers(service.stack, service.name, replicas)
    evidence(replicas=replicas, blockers=found or "none")
    fixed = any(port.published for port in publishing.published(service.stack.model, service.model))
    refusal = ""
    if fixed and pool.offline:
        evidence(
            engine_said="not asked: --offline publishes nothing, so no two ports are in each other's way"
        )
        if not found:
            not_applicable("--offline: the engine publishes nothing, so no two ports are in each other's way")
    elif fixed:
        refusal = port_refusal(pool, service.stack, service.name, replicas, expected=bool(found))
        evidence(engine_said=refusal or f"started all {replicas}")
    elif not found:
        if service.one_shot:
            not_applicable(f"{service} runs once and ends")
        refusal = replicas_refused(service.sandbox, service.name, replicas)
        evidence(running=[container.name for container in service.containers if container.runs])

    assert not found, f"{service} cannot have {replicas} replicas: {'; '.join(found)}"
    assert not refusal, f"{replicas} replicas of {service} did not start: {refusal}"


@control(
    "requests-reach-all-replicas",
    "Requests reach all replicas",
    severity=LOW,
    lane=SCALE,
    key="deploy",
)
def test_requests_reach_all_replicas(service: ServiceUnderTest, evidence: Evidence) -> None:
    """A proxy that resolved its upstream once sends everything to the first replica.

    All endpoints in front of the service are asked in turn, and the kernel's counters tell how much more each
    replica sends than without requests: a proxy's own health checks are none.

    Fix: nginx needs `resolver 127.0.0.11` and a variable in `proxy_pass` to ask Docker's DNS again.

    Applies to: services under `scale:` in the contract, or with several replicas in the compose file, that
    can be scaled, listen, and are reached through an endpoint on another service.
    """
    replicas = _replicas(service)
    if found := blockers(service.stack, service.name, replicas):
        not_applicable(f"{service} cannot be scaled at all: {'; '.join(found)}")
    endpoints = fronts(service.stack.contract.http, service.name)
    if not endpoints and service.model.ports:
        not_applicable(f"{service} is asked through its own host ports, of which each replica has one")
    if not endpoints and service.name not in service.stack.contract.scale:
        not_applicable(f"the contract names no endpoint in front of {service}")
    if service.one_shot:
        not_applicable(f"{service} runs once and ends")
    if not any(socket.protocol == "tcp" for one in service.containers for socket in one.facts.listening):
        not_applicable(f"{service} listens on no TCP port that others can reach")
    if not endpoints:
        msg = f"the contract names no endpoint in front of {service}, so nobody can ask its replicas"
        raise Unknown(msg)
    trial = spread_trial(service.sandbox, service.name, replicas, endpoints, HttpClient(service.sandbox))
    if not trial.leads:
        not_applicable(f"no endpoint of the contract leads to {service}")
    evidence(
        reached=trial.reached,
        requests=trial.requests,
        segments_sent=[f"{name}: {one.busy:.0f}" for name, one in trial.activity.items()],
        without_requests=[f"{name}: {one.usual:.0f}" for name, one in trial.activity.items()],
        seconds=trial.seconds,
        failed=trial.failed,
        wrong_before=trial.left_out or "nothing",
    )

    assert not trial.failed, f"{service} with {replicas} replicas: {trial.failed[0]}"
    trial.require_clear()
    assert len(trial.reached) == replicas, (
        f"{trial.requests} requests reached {len(trial.reached)} of {replicas} replicas of {service}"
    )


def _replicas(service: ServiceUnderTest) -> int:
    """Return how many containers somebody wants: the contract, or the compose file."""
    wanted = service.stack.contract.scale.get(service.name, service.model.replicas)
    if wanted < 2:
        not_applicable(f"nobody asks for several containers of {service}")
    return wanted
