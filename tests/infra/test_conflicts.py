"""Whether a stack can be started as it is written."""

from stackproof.controls import HIGH, control
from stackproof.plugin.fixtures import Evidence, ServiceUnderTest
from stackproof.stack.conflicts import conflicts


@control(
    "up-without-conflict",
    "`docker compose up` does not conflict with itself",
    severity=HIGH,
    key="ports",
    judges_unready=True,
)
def test_up_without_conflict(service: ServiceUnderTest, evidence: Evidence) -> None:
    """Two containers cannot have the same host port, name, address or subnet: `up` stops half way.

    A sandbox has ports, names and subnets of its own, so this is read from the file.

    Fix: publish another number or none, let the engine choose names and addresses, or scale to one.

    Applies to: all services.
    """
    evidence(
        ports=[str(port) for port in service.model.ports if port.published],
        container_name=service.model.container_name or "none",
        replicas=service.model.replicas,
    )
    found = conflicts(service.stack.model).get(service.name, [])
    assert not found, f"{service}: {'; '.join(found)}"
