"""Whether services that the contract calls scalable can be scaled."""

from stackproof.controls import LOW, MEDIUM, SCALE, control, not_applicable
from stackproof.outcomes.evidence import Evidence
from stackproof.plugin.fixtures import ServiceUnderTest
from stackproof.probes.http import HttpClient
from stackproof.sandbox.pool import Pool
from stackproof.trials.scaling import blockers, port_conflict, spread_trial


@control(
    "scales-without-conflict",
    "The service can run several replicas",
    severity=MEDIUM,
    lane=SCALE,
    key="ports",
)
def test_scales_without_conflict(service: ServiceUnderTest, pool: Pool, evidence: Evidence) -> None:
    """A fixed host port or container name can belong to one container only: `--scale` fails.

    Fix: put a proxy in front and remove `ports:` and `container_name:` from the scaled service.

    Applies to: services under `scale:` in the contract.
    """
    replicas = service.stack.contract.scale.get(service.name)
    if replicas is None:
        not_applicable(f"the contract does not scale {service}")
    found = blockers(service.stack, service.name)
    evidence(replicas=replicas, blockers=found or "none")
    fixed = any(port.published for port in service.model.ports)
    if fixed and pool.offline:
        evidence(
            engine_said="not asked: --offline publishes nothing, so no two ports are in each other's way"
        )
        if not found:
            not_applicable("--offline: the engine publishes nothing, so no two ports are in each other's way")
    elif fixed:
        evidence(engine_said=port_conflict(pool, service.stack, service.name, replicas))
    elif not found:
        service.sandbox.up({service.name: replicas})
        evidence(running=[container.name for container in service.containers])

    assert not found, f"{service} cannot have {replicas} replicas: {'; '.join(found)}"


@control(
    "requests-reach-all-replicas",
    "Requests reach all replicas",
    severity=LOW,
    lane=SCALE,
    key="deploy",
)
def test_requests_reach_all_replicas(service: ServiceUnderTest, evidence: Evidence) -> None:
    """A proxy that resolved its upstream once sends everything to the first replica.

    Fix: nginx needs `resolver 127.0.0.11` and a variable in `proxy_pass` to ask Docker's DNS again.

    Applies to: services under `scale:` in the contract that can be scaled.
    """
    replicas = service.stack.contract.scale.get(service.name)
    if replicas is None:
        not_applicable(f"the contract does not scale {service}")
    if found := blockers(service.stack, service.name):
        not_applicable(f"{service} cannot be scaled at all: {'; '.join(found)}")
    trial = spread_trial(service.sandbox, service.name, replicas, HttpClient(service.sandbox))
    evidence(reached=trial.reached, requests=trial.requests, seconds=trial.seconds, failed=trial.failed)

    assert not trial.failed, f"{service} with {replicas} replicas: {trial.failed[0]}"
    assert len(trial.reached) == replicas, (
        f"{trial.requests} requests reached {len(trial.reached)} of {replicas} replicas of {service}"
    )
