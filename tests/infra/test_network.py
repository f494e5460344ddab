"""What can be reached from outside, and what must not."""

import time
from typing import NoReturn

from stackproof.controls import CRITICAL, HIGH, MEDIUM, Unknown, control, not_applicable
from stackproof.engine import hosts
from stackproof.outcomes.evidence import Evidence
from stackproof.plugin.fixtures import ServiceUnderTest
from stackproof.probes import reach
from stackproof.sandbox.container import Container
from stackproof.sandbox.view import View
from stackproof.stack.model import Service
from stackproof.stack.ports import Port, parse_exposed
from stackproof.stack.stack import Stack
from stackproof.trials.listeners import Listener, own_listeners
from stackproof.trials.steady import watch

# Seconds for a port to answer, or to be listened on, after all that the sandbox was waited for.
PATIENCE = 5.0
EVERY = 0.25  # seconds between looks at what is waited for


@control(
    "internal-port-not-reachable",
    "Internal ports cannot be reached on any address of the host",
    severity=CRITICAL,
    key="ports",
)
def test_internal_port_not_reachable(container: Container, stack: Stack, evidence: Evidence) -> None:
    """Published ports pass by the host's firewall: what nobody outside needs must not be there.

    Fix: remove `ports:`; services of a stack reach each other by name without it.

    Applies to: containers on a network of their own that listen on TCP ports besides a public service's
    published ones.
    """
    service = stack.services[container.service]
    _refuse_shared(service)
    public = stack.public & {service.name, *stack.model.sharing_network(service.name)}
    published = {port.target for port in service.ports if public or port.loopback}
    internal = sorted({s.port for s in container.facts.listening if s.protocol == "tcp"} - published)
    if not internal:
        not_applicable(f"{container} listens on no TCP port but its public ones")
    if container.offline:
        _judge_offline(container, internal, evidence)
    addresses = [address for address in hosts.host_addresses() if reach.probe_works(address)]
    if not addresses:
        msg = "no address of the host takes a connection even from ourselves, so silence proves nothing"
        raise Unknown(msg)
    tried = [(address, port) for address in addresses for port in internal]
    mapped = [place for port in internal if (place := container.published(port))]
    answers = [found for address, port in tried if (found := reach.reach(container, address, port))]
    answers += [found for place in mapped if (found := reach.reach_published(*place))]
    evidence(
        internal_ports=internal,
        published_by_the_engine=[f"{address}:{port}" for address, port in mapped] or "none",
        addresses_tried=addresses,
        positive_control="each of these addresses took a connection to a listener of our own",
        answers=[str(answer) for answer in answers] or "none",
    )

    ours = [str(answer) for answer in answers if answer.ours]
    assert not ours, f"{container} answers on {', '.join(ours)} although {container.service} is not public"


def _judge_offline(container: Container, internal: list[int], evidence: Evidence) -> NoReturn:
    """Say what can be said where the engine publishes nothing: what it was asked to publish, and answers."""
    asked = [(port, place) for port in internal if (place := container.published(port))]
    answers = [port for port, place in asked if reach.reach_published(*place)]
    evidence(internal_ports=internal, to_be_published=[port for port, _place in asked] or "none")
    ports = ", ".join(map(str, answers))
    assert not answers, (
        f"{container} answers on {ports}, to be published though {container.service} is not public"
    )
    not_applicable(
        "--offline: the engine publishes nothing, so silence on the host's addresses proves nothing"
    )


def _refuse_shared(service: Service) -> None:
    """Say where the sockets of a network that is not the service's own are judged."""
    if service.network_of:
        not_applicable(
            f"{service.name} shares the network of {service.network_of}, where its ports are judged"
        )
    if service.network_mode == "host":
        not_applicable(f"{service.name} is on the host's network, whose sockets are not its own alone")


@control(
    "published-port-reachable",
    "Every published port answers from the host",
    severity=HIGH,
    key="ports",
)
def test_published_port_reachable(service: ServiceUnderTest, evidence: Evidence) -> None:
    """The engine's proxy takes connections for a port even when nothing listens inside.

    Fix: let the service listen on 0.0.0.0 and on the container port that is written in `ports:`.

    Applies to: services that publish a port and keep running.
    """
    if not service.model.ports:
        not_applicable(f"{service} publishes no port")
    if service.one_shot:
        not_applicable(f"{service} runs once and ends")
    silent = []
    for port in service.model.ports:
        if port.protocol == "udp":
            bound = _bound(service, port)
            # A datagram is answered by those only who know the protocol, and refused by nobody.
            evidence(**{f"port {port.target}/udp": "published, and bound inside" if bound else "not bound"})
            silent += [] if bound else [f"{port.target}/udp (nothing is bound to it)"]
            continue
        found = _converse(service, port)
        answer = f"{len(found.answer)} bytes after {found.said}"
        if not found.answer and found.connected and _held(service, port):
            answer = "no bytes, but the service itself holds the connection"
        elif not found.answer:
            silent.append(f"{port.target} ({'connected, then nothing' if found.connected else 'refused'})")
            answer = "none"
        evidence(**{f"port {port.target}": answer})

    assert not silent, f"{service}: published port {', '.join(silent)} does not answer"
    if service.sandbox.offline:
        not_applicable(
            "--offline: each answers at the container's own address, and the engine publishes nothing"
        )


def _converse(service: ServiceUnderTest, port: Port) -> reach.Conversation:
    for container in service.containers:
        if found := container.published(port.target, port.protocol):
            return reach.converse_until(*found, port.target, within=PATIENCE)
    down = [f"{container} is {container.status}" for container in service.containers if not container.runs]
    msg = ", ".join(down) or f"{service} has no published port {port.target} in the sandbox"
    raise Unknown(msg)


def _bound(service: ServiceUnderTest, port: Port) -> bool:
    """Whether every container publishes a UDP port that is bound inside."""
    return all(
        container.published(port.target, "udp") is not None
        and (port.target, "udp") in {(socket.port, socket.protocol) for socket in container.facts.listening}
        for container in service.containers
    )


def _held(service: ServiceUnderTest, port: Port) -> bool:
    """Whether a silent connection reaches the service: it may wait for a protocol that we do not speak."""
    for container in service.containers:
        if found := container.published(port.target):
            answer = reach.reach(container, *found, target=port.target)
            return answer is not None and answer.ours
    return False


@control(
    "only-needed-ports-published",
    "Listening sockets equal what is declared",
    severity=MEDIUM,
    key="ports",
    watches=True,
)
def test_only_needed_ports_published(
    container: Container, sandbox: View, stack: Stack, evidence: Evidence
) -> None:
    """A port that listens and is written nowhere is a debug server, a sidecar, or somebody else's.

    It may be opened late, or for a second only: it is looked for as long as others judge the sandbox.

    Fix: declare it in `expose:` or `EXPOSE`, bind it to 127.0.0.1 inside the container, or switch it off.

    Applies to: containers that keep running on a network of their own.
    """
    service = stack.services[container.service]
    _refuse_shared(service)
    # In one network live all that share it, and whose ports can be published here only.
    names = (service.name, *stack.model.sharing_network(service.name))
    images = [
        one.data["Config"].get("ExposedPorts") or {} for one in sandbox.containers() if one.service in names
    ]
    exposed = {port for ports in images for text in ports for port in parse_exposed(text)}
    promised = {(port.target, port.protocol) for port in service.ports}
    promised |= {port for name in names for port in stack.services[name].exposed}
    seen = sandbox.trial("steady", lambda: watch(sandbox))[container.name]
    now = _listening_once_there(container, promised)
    listening = own_listeners(seen.looks, now)
    evidence(
        listening=sorted(f"{protocol} {port}" for port, protocol in listening),
        declared=[f"{port}/{protocol}" for port, protocol in sorted(promised | exposed)],
        watched=seen.window,
    )

    undeclared = _ports(listening - promised - exposed)
    assert not undeclared, f"{container} listens on {undeclared}, which is declared nowhere"
    # An image's EXPOSE may name what this configuration does not use; the compose file's word counts.
    unheard = _ports(promised - now)
    assert not unheard, f"{container} does not listen on {unheard}, which the compose file declares"


def _listening_once_there(container: Container, promised: set[Listener]) -> set[Listener]:
    """What listens now, or as soon as all that is promised does: it may start slowly."""
    until = time.monotonic() + PATIENCE
    while True:
        listening = {(socket.port, socket.protocol) for socket in container.probe().listening}
        if promised <= listening or time.monotonic() > until:
            return listening
        time.sleep(EVERY)


def _ports(ports: set[Listener]) -> str:
    return ", ".join(f"{port}/{protocol}" for port, protocol in sorted(ports))
