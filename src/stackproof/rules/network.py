"""What is promised to the host's network, and what must not be."""

from collections import Counter
from collections.abc import Iterator

from stackproof.controls import HIGH, MEDIUM
from stackproof.controls.control import not_applicable
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.rule import rule
from stackproof.stack import public, sensitive
from stackproof.stack.conflicts import conflicts
from stackproof.stack.model import Service
from stackproof.stack.sensitive import Kind
from stackproof.stack.stack import Stack


@rule(
    "no-sensitive-port-published",
    "No database, broker, cache or console port is published beyond loopback",
    severity=HIGH,
    key="ports",
)
def no_sensitive_port_published(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """A published database is one weak password away from the whole network.

    The compose file decides: the port's number, the image's name, the program that the command begins with.
    What answers on any other published port is asked by `no-sensitive-service-answers`. Control of a host is
    critical, SSH and the like and consoles with a login of their own are of medium severity. A contract may
    call these and datastores public: whom they let in is asked where they run.

    Fix: remove `ports:`, or bind it to 127.0.0.1 for the administrator of this machine.

    Applies to: services that publish a port or are on the host's network.
    """
    if service.network_mode == "host":
        yield from _on_the_host(service, stack, evidence)
        return
    if not service.ports:
        not_applicable(f"{service} publishes no port")
    evidence(published=[str(port) for port in service.ports])
    ports = dict.fromkeys(service.ports)
    found = {port: known for port in ports if (known := sensitive.known(service, port))}
    meant = _meant(service, stack)
    beyond = {port: known for port, known in found.items() if not port.loopback and known.kind not in meant}
    # A waiver for one way to a port must not become one for another way that is added.
    ways = Counter((port.target, port.protocol) for port in beyond)
    for port, known in beyond.items():
        yield Finding(
            f"{service} publishes {known} ({port}) on {port.where}",
            at=port.at,
            aspect=f"{port.target}/{port.protocol}" if ways[port.target, port.protocol] == 1 else str(port),
            severity=known.kind.severity,
        )


def _meant(service: Service, stack: Stack) -> frozenset[Kind]:
    return public.DECLARABLE if service.name in (stack.contract.public or ()) else frozenset()


def _on_the_host(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    known = sensitive.program(service)
    if known is None:
        not_applicable(f"{service} is on the host's network, where only a sandbox shows what listens")
    evidence(network="the host's, where whatever listens does so on the host's own addresses")
    if known.kind in _meant(service, stack):
        return
    yield Finding(
        f"{service} has {known} on the host's network, where it listens on the host's own addresses",
        at=("network_mode",),
        severity=known.kind.severity,
    )


@rule(
    "up-without-conflict",
    "`docker compose up` does not conflict with itself",
    severity=HIGH,
    key="ports",
)
def up_without_conflict(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """Two containers cannot have the same host port, name, address or subnet: `up` stops half way.

    A sandbox has ports, names and subnets of its own, so this is read from the file.

    Fix: publish another number or none, let the engine choose names and addresses, or scale to one.

    Applies to: all services.
    """
    evidence(
        ports=[str(port) for port in service.ports if port.published],
        container_name=service.container_name or "none",
        replicas=service.replicas,
    )
    for conflict in conflicts(stack.model).get(service.name, ()):
        yield Finding(
            f"{service}: {conflict.words}",
            at=conflict.at,
            aspect=conflict.words,
            severity=None if conflict.certain else MEDIUM,
        )
