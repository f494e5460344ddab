"""What can be reached from outside, and what must not."""

import time
from dataclasses import replace
from typing import NoReturn

from stackproof.controls import CRITICAL, HIGH, LOW, MEDIUM, UP, Severity, Unknown, control, not_applicable
from stackproof.engine import hosts
from stackproof.facts.programs import datastores
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding, raise_findings
from stackproof.plugin.fixtures import ServiceUnderTest
from stackproof.probes import doors, held, reach
from stackproof.probes.doors import Door
from stackproof.probes.greeting import EVERY, PATIENCE, greet, holds, refuse_closed
from stackproof.probes.leaks import Meant, leak
from stackproof.probes.protocols.model import Found
from stackproof.sandbox.container import Container
from stackproof.sandbox.sandbox import Sandbox
from stackproof.sandbox.view import View
from stackproof.stack import public, publishing, sensitive
from stackproof.stack.keys import KeyPath
from stackproof.stack.model import Service
from stackproof.stack.ports import Port, parse_exposed
from stackproof.stack.sensitive import Kind, Known
from stackproof.stack.sites import sites
from stackproof.stack.stack import Stack
from stackproof.trials.listeners import Listener, own_listeners
from stackproof.trials.steady import watch

REFUSES = 3.0  # seconds in which a web server that starts may refuse all
SLOW = 30.0  # seconds that one replica may take longer than another on a loaded machine
# What ports answer, in evidence.
BYTES, HELD = "bytes after", "no bytes, but the service itself holds the connection"


@control(
    "internal-port-not-reachable",
    "Internal ports cannot be reached on any address of the host",
    severity=CRITICAL,
    key="ports",
    judges=UP,
)
def test_internal_port_not_reachable(container: Container, stack: Stack, evidence: Evidence) -> None:
    """Published ports pass by the host's firewall: what nobody outside needs must not be there.

    Public are the services that the contract names. Without a contract those are taken as public that publish
    a port or are on the host's network, but for what its image or numbers show to be a database, a broker, a
    cache, a console and the like; a console is of high severity then. One with a login of its own is of
    medium severity, whether a contract leaves it out or nobody wrote one.

    Fix: remove `ports:`; services of a stack reach each other by name without it.

    Applies to: containers that listen on TCP ports besides a public service's published ones, or publish any.
    """
    service = stack.services[container.service]
    _refuse_shared(service)
    inside, closed = _internal(container, stack)
    if not inside and not closed:
        not_applicable(f"{container} listens on no TCP port but its public ones")
    evidence(internal_ports=inside, public=stack.public_words(service.name))
    if container.offline:
        _judge_offline(container, closed, evidence)
    found = _open(container, stack, inside, closed, evidence)
    raise_findings(
        Finding(
            f"{container} {how} although {service} is not public",
            at=at,
            aspect=port,
            severity=severity,
        )
        for how, port, at, severity in found
    )


def _open(
    container: Container, stack: Stack, inside: list[int], closed: dict[Door, bool], evidence: Evidence
) -> list[tuple[str, str, KeyPath, Severity | None]]:
    """Return which internal ports somebody outside reaches: how, number, place in the file, how bad."""
    service = stack.services[container.service]
    taken = [door for door, listens in closed.items() if _taken(door, listens=listens)]
    beside = [] if container.on_host_network else _reached(container, inside, evidence)
    told = {door: _told(door, listens=closed[door]) for door in taken}
    answers = [str(door) for door in taken if closed[door] and door.protocol == "tcp"]
    evidence(
        published_by_the_engine=[str(door) for door in closed] or "none",
        answers=[*answers, *map(str, beside)] or "none",
    )
    found = [(told[door], door.port, door.at, _how_bad(stack, service, door)) for door in taken]
    found += [(f"answers on {one}", f"{one.port}/tcp", (), None) for one in beside if one.ours]
    return found


def _told(door: Door, *, listens: bool) -> str:
    """Say how a port is open: a datagram was not sent, and where nothing listens nobody was asked."""
    if not listens:
        return f"has {door} open, where nothing listens yet,"
    return f"has {door} open" if door.protocol == "udp" else f"answers on {door}"


def _internal(container: Container, stack: Stack) -> tuple[list[int], dict[Door, bool]]:
    """Return the TCP ports that nobody outside may reach, and the published ones; whether each listens now.

    What does not listen yet is published all the same, and is reached as soon as it does.
    """
    service = stack.services[container.service]
    opened = doors.of(container, service.ports)
    through = {(door.number, door.protocol) for door in opened}
    listening = {(one.port, one.protocol) for one in held.listening(container)}
    internal = listening - ({(port.target, port.protocol) for port in service.ports} - through)
    if stack.public & {service.name, *stack.model.sharing_network(service.name)}:
        return _numbers(internal - through), {}
    return _numbers(internal), {door: (door.number, door.protocol) in listening for door in opened}


def _numbers(listening: set[Listener]) -> list[int]:
    return sorted(port for port, protocol in listening if protocol == "tcp")


def _taken(door: Door, *, listens: bool) -> bool:
    """Whether somebody outside gets through: the engine says that the port is the container's.

    To a datagram those only answer who know its protocol.
    """
    if door.protocol == "udp" or not listens:
        return bool(door.addresses)
    return any(reach.reach_published(*address) for address in door.addresses)


def _reached(container: Container, ports: list[int], evidence: Evidence) -> list[reach.Reached]:
    """Return who answers on a number of the container's on any address of the host.

    Raises Unknown where no address takes a connection even from ourselves.
    """
    if not ports:
        return []
    addresses = [address for address in hosts.host_addresses() if reach.probe_works(address)]
    if not addresses:
        msg = "no address of the host takes a connection even from ourselves, so silence proves nothing"
        raise Unknown(msg)
    evidence(
        addresses_tried=addresses,
        positive_control="each of these addresses took a connection to a listener of our own",
    )
    tried = [(address, port) for address in addresses for port in ports]
    return [found for address, port in tried if (found := reach.reach(container, address, port))]


def _how_bad(stack: Stack, service: Service, door: Door) -> Severity | None:
    """Return how bad an open port is; None for what the control declares.

    A console with a login of its own stays what it is: `stackproof init` proposes none as public, and nobody
    has decided yet.
    """
    ways = [port for port in service.ports if (port.target, port.protocol) == (door.number, door.protocol)]
    known = next(filter(None, (sensitive.known(service, port) for port in ways)), sensitive.program(service))
    if known is None or known.kind in (Kind.STORE, Kind.HOST):
        return None
    undecided = stack.contract.public is None or known.kind is Kind.GUARDED
    return known.kind.severity if undecided else None


def _judge_offline(container: Container, closed: dict[Door, bool], evidence: Evidence) -> NoReturn:
    """Say what can be said where the engine publishes nothing: what it was asked to publish, and answers."""
    answers = [str(door) for door, listens in closed.items() if listens and _taken(door, listens=listens)]
    evidence(to_be_published=[str(door) for door in closed] or "none")
    ports = ", ".join(answers)
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


@control(
    "no-sensitive-service-answers",
    "No database, broker, cache, console or debugger answers on a public port",
    severity=HIGH,
    key="ports",
    judges=UP,
    greets=True,
)
def test_no_sensitive_service_answers(
    container: Container, sandbox: View, stack: Stack, evidence: Evidence
) -> None:
    """A number says what is meant, not what answers: a Redis on 7777, a database behind a proxy.

    Each published port is asked in some forty protocols, over UDP too, and by some hundred consoles' pages,
    by the names of the stack's sites, too. What number or image tell `no-sensitive-port-published` judges.
    Control of a host and debuggers are critical, SSH and the like and consoles with a login of their own are
    of medium severity. A contract may call these public, and a service that is a datastore itself: whom that
    lets in is left to `datastore-requires-credentials`, and told with low severity where nobody asks it. What
    is seen to let in everybody, such as VNC without a password, stays a finding.

    Fix: remove it from `ports:`, or bind it to 127.0.0.1; a console behind a proxy needs a login there.

    Applies to: containers of public services that publish a port or are on the host's network; not beside an
    attached stack, whose live services nobody greets in protocols that they may not speak.
    """
    asked = _to_be_asked(container, stack)
    if not isinstance(sandbox, Sandbox):
        not_applicable(f"{stack} is attached: a live service may take greetings of strange protocols amiss")
    heard = _heard(container, sandbox, stack, list(asked), evidence)
    meant = _meant(container, stack)
    raise_findings(
        (
            Finding(
                f"{container} answers as {found.names} on {door}{found.beside}",
                at=door.at,
                aspect=door.port,
                severity=found.severity,
            )
            for door in asked
            if (found := leak(heard[door], asked[door], meant))
        ),
        unclear="; ".join(
            f"{door}: {' and '.join(found.late)}" for door, found in heard.items() if found.late
        ),
    )


def _heard(
    container: Container, sandbox: Sandbox, stack: Stack, asked: list[Door], evidence: Evidence
) -> dict[Door, Found]:
    mark = sandbox.events.count()
    names = sites(stack.model)
    try:
        heard = {door: greet(container, door, names) for door in asked}
    finally:
        ended = any(event.action == "die" for event in sandbox.events.after(mark, container.id))
        if ended:
            evidence(ended_when_it_was_asked=sandbox.restore() or "yes, and came back")
    evidence(
        public=stack.public_words(container.service),
        answers={str(door): str(found) for door, found in heard.items()},
    )
    if not ended:
        return heard
    # Its author is not to blame for that, but what else it speaks nobody heard.
    why = ("it ended on a question in a protocol that it does not speak",)
    return {door: replace(found, late=why) if found.late else found for door, found in heard.items()}


def _to_be_asked(container: Container, stack: Stack) -> dict[Door, Known | None]:
    """Return the published ports that the compose file does not judge, with what it takes each for."""
    service = stack.services[container.service]
    _refuse_shared(service)
    opened = doors.of(container, publishing.reachable(stack.model, service))
    if not opened:
        not_applicable(f"{service} {publishing.why_none(stack.model, service) or 'publishes no port'}")
    if not stack.public & {service.name, *stack.model.sharing_network(service.name)}:
        not_applicable(f"{service} is not public: that its ports are published is judged by itself")
    named = {(p.target, p.protocol): known for p in service.ports if (known := sensitive.known(service, p))}
    otherwise = sensitive.program(service) if service.network_mode == "host" else None
    taken_for = {door: named.get((door.number, door.protocol), otherwise) for door in opened}
    left = {Kind.GUARDED, *(public.DECLARABLE if _declared(stack, service) else ())}
    asked = {door: known for door, known in taken_for.items() if known is None or known.kind in left}
    if not asked:
        not_applicable(f"the ports of {service} are known by their numbers or its image")
    return asked


def _declared(stack: Stack, service: Service) -> bool:
    """Whether a contract calls a service public."""
    return service.name in (stack.contract.public or ())


def _meant(container: Container, stack: Stack) -> Meant:
    """Return what of a service its contract calls public."""
    if not _declared(stack, stack.services[container.service]):
        return Meant()
    return Meant(declared=True, datastores=tuple(datastores(container.facts.processes)))


@control(
    "published-port-reachable",
    "Every published port answers from the host",
    severity=HIGH,
    key="ports",
    judges=UP,
)
def test_published_port_reachable(service: ServiceUnderTest, evidence: Evidence) -> None:
    """The engine's proxy takes connections for a port even when nothing listens inside.

    Each replica is asked, and one that is silent where another one speaks does not answer. A web server that
    answers every request, whatever host and path it names, with 400 or an error of its own is a finding of
    low severity, unless the contract's endpoints are asked there.

    Fix: let the service listen on 0.0.0.0 and on the container port that is written in `ports:`.

    Applies to: services of which the engine publishes a port, or that are on the host's network, and keep
    running.
    """
    if not _reachable_ports(service) and service.model.network_mode != "host":
        not_applicable(f"{service} {publishing.why_none(service.stack.model, service.model)}")
    if service.one_shot:
        not_applicable(f"{service} runs once and ends")
    silent, refused = _asked(service, evidence)
    assert not silent, f"{service}: published port {', '.join(silent)} does not answer"
    raise_findings(
        Finding(
            f"{service}: every request to {where} is answered with {statuses}",
            aspect=f"{port} answers {statuses}",
            severity=LOW,
        )
        for port, where, statuses in refused
    )
    if service.sandbox.offline:
        not_applicable(
            "--offline: each answers at the container's own address, and the engine publishes nothing"
        )


def _reachable_ports(service: ServiceUnderTest) -> tuple[Port, ...]:
    return publishing.reachable(service.stack.model, service.model)


def _asked(service: ServiceUnderTest, evidence: Evidence) -> tuple[list[str], list[tuple[str, str, str]]]:
    """Return the ports that keep silent, and those of web servers that refuse all: port, where, statuses."""
    silent: list[str] = []
    refused: list[tuple[str, str, str]] = []
    opened = [
        (container, door)
        for container in service.containers
        for door in doors.of(container, _reachable_ports(service), loopback=True)
    ]
    if not opened:
        not_applicable(f"{service} listens on no port")
    heard = [(container, door, *_reachable(container, door)) for container, door in opened]
    speaking = {door.port for _container, door, answer, _why in heard if BYTES in answer}
    for container, door, answer, how in heard:
        evidence(**{f"{container} {door.port}": answer})
        why = how or (_silent_alone(door) if answer == HELD and door.port in speaking else "")
        silent += [f"{door} of {container} ({why})"] if why else []
        if not why and (statuses := _refusals(service, door, answer)):
            refused.append((door.port, f"{door} of {container}", statuses))
    return silent, refused


def _silent_alone(door: Door) -> str:
    """Say how a port is silent whose like of another replica speaks, even to who waits for long; or nothing.

    In a protocol that we do not speak all replicas are silent, and not one of them.
    """
    if all(reach.answers_within(*address, door.number, within=SLOW) for address in door.addresses):
        return ""
    return "it takes the connection and says nothing, where another replica answers"


def _reachable(container: Container, door: Door) -> tuple[str, str]:
    """Return what a port answered at each of its addresses, and how it kept silent, or nothing.

    Raises Unknown where the container does not run, or the engine has no address.
    """
    refuse_closed(container, door)
    heard = {address: _conversed(container, door, address) for address in door.addresses}
    needed = [address for address in heard if address not in door.perhaps] or list(heard)
    answers = dict.fromkeys(answer for answer, _why in heard.values())
    silent = dict.fromkeys(heard[address][1] for address in needed if heard[address][1])
    return " and ".join(answers), " and ".join(silent)


def _conversed(container: Container, door: Door, address: tuple[str, int]) -> tuple[str, str]:
    if door.protocol == "udp":
        # A datagram is answered by those only who know the protocol, and refused by nobody.
        listens = _listening_once_there(container, {(door.number, "udp")})
        heard = (door.number, "udp") in listens
        return ("published, and bound inside", "") if heard else ("none", "nothing is bound to it")
    found = reach.converse_until(*address, door.number, within=PATIENCE, briefly=True)
    if not found.answer and found.connected and holds(container, door, address):
        return HELD, ""
    if not found.answer and found.connected:
        found = reach.converse_until(*address, door.number, within=PATIENCE)
    status = f", status {found.status}" if found.status else ""
    if found.answer:
        return f"{len(found.answer)} {BYTES} {found.said}{status}", ""
    if found.connected and holds(container, door, address):
        return HELD, ""
    container.probe()  # what does not run any more is not judged
    return "none", "connected, then nothing" if found.connected else "refused"


def _refusals(service: ServiceUnderTest, door: Door, answer: str) -> str:
    """Return the statuses of a web server that refuses all, unless the contract has endpoints there.

    A further port for this machine alone is one for statistics, which answer to paths of their own.
    """
    named = any(expected.service == service.name for expected in service.stack.contract.http)
    first = next((port.target for port in service.model.ports if port.protocol == "tcp"), None)
    beside = door.number != first and all(
        port.loopback for port in service.model.ports if port.target == door.number
    )
    if "status " not in answer or beside or (named and door.number == first):
        return ""
    refused = (reach.refusals(*address, within=REFUSES) for address in door.addresses)
    return " or ".join(map(str, next(filter(None, refused), ())))


@control(
    "only-needed-ports-published",
    "Listening sockets equal what is declared",
    severity=MEDIUM,
    key="ports",
    judges=UP,
    watches=True,
)
def test_only_needed_ports_published(
    container: Container, sandbox: View, stack: Stack, evidence: Evidence
) -> None:
    """A port that listens and is written nowhere is a debug server, a sidecar, or somebody else's.

    It may be opened late, or for a second only: it is looked for as long as others judge the sandbox.

    Fix: declare it in `expose:` or `EXPOSE`, bind it to 127.0.0.1 inside the container, or switch it off.

    Applies to: containers that keep running on a network of their own or the host's.
    """
    service = stack.services[container.service]
    _refuse_shared(service)
    promised, exposed = _declared_ports(service, stack, sandbox)
    seen = sandbox.trial("steady", lambda: watch(sandbox))[container.name]
    now = _listening_once_there(container, promised)
    # On the host's network every look saw everybody's sockets.
    listening = now if container.on_host_network else own_listeners(seen.looks, now)
    evidence(
        listening=sorted(f"{protocol} {port}" for port, protocol in listening),
        declared=[f"{port}/{protocol}" for port, protocol in sorted(promised | exposed)],
        watched="once, on the host's network" if container.on_host_network else seen.window,
    )

    undeclared = _ports(listening - promised - exposed)
    assert not undeclared, f"{container} listens on {undeclared}, which is declared nowhere"
    # An image's EXPOSE may name what this configuration does not use; the compose file's word counts.
    unheard = _ports(promised - now)
    assert not unheard, f"{container} does not listen on {unheard}, which the compose file declares"
    if not container.on_host_network:
        seen.require_looks()


def _declared_ports(service: Service, stack: Stack, sandbox: View) -> tuple[set[Listener], set[Listener]]:
    """Return the ports that the compose file declares, and those that images expose.

    In one network live all that share it, and whose ports can be published here only.
    """
    names = (service.name, *stack.model.sharing_network(service.name))
    images = [
        one.data["Config"].get("ExposedPorts") or {} for one in sandbox.containers() if one.service in names
    ]
    promised = {(port.target, port.protocol) for port in service.ports}
    promised |= {port for name in names for port in stack.services[name].exposed}
    return promised, {port for ports in images for text in ports for port in parse_exposed(text)}


def _listening_once_there(container: Container, promised: set[Listener]) -> set[Listener]:
    """What listens now, or as soon as all that is promised does: it may start slowly."""
    until = time.monotonic() + PATIENCE
    while True:
        listening = {(socket.port, socket.protocol) for socket in held.listening(container)}
        if promised <= listening or time.monotonic() > until:
            return listening
        time.sleep(EVERY)


def _ports(ports: set[Listener]) -> str:
    return ", ".join(f"{port}/{protocol}" for port, protocol in sorted(ports))
