"""What is promised to the host's network, and what must not be."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from stackproof.controls import HIGH, LOW, MEDIUM
from stackproof.controls.control import not_applicable
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.rule import rule
from stackproof.stack import clients, namespaces, networks, public, publishing, sensitive
from stackproof.stack.builds import Build, build_of
from stackproof.stack.keys import KeyPath
from stackproof.stack.model import Service
from stackproof.stack.ports import Port, parse_exposed
from stackproof.stack.sensitive import Kind, Known
from stackproof.stack.stack import Stack

# Below it only root may listen (Linux, ip_unprivileged_port_start).
_FIRST_ORDINARY = 1024
_SSH = 22
# Their users push and pull over SSH.
_GIT_SERVERS = frozenset(
    {
        "forgejo",
        "gitea",
        "gitlab",
        "gitlab-ce",
        "gitlab-ee",
        "gogs",
        "onedev",
        "soft-serve",
        "bitbucket",
        "gerrit",
    }
)


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
    critical; SSH and the like, consoles with a login of their own and those that only show figures or caught
    mail are of medium severity. A contract may call SSH, some consoles and datastores public: whom they let
    in is asked where they run.

    What counts is what the engine publishes: nothing on networks that are `internal: true`, or of macvlan
    and ipvlan. With a parent, these last two are networks around the host, whose members all reach what a
    container listens on, whatever `ports:` says; so it is with the host's network.

    Fix: remove `ports:`, or bind it to 127.0.0.1 for the administrator of this machine; take what is on a
    network of the host's, or around it, to one of the stack.

    Applies to: services that publish a port, or are on the host's network or on one around the host.
    """
    meant = _meant(service, stack)
    ports = publishing.published(stack.model, service)
    here = _open_without_ports(service, stack)
    if not ports and here is None:
        not_applicable(f"{service} {publishing.why_none(stack.model, service)}")
    if here:
        evidence(network=here.where)
    if here and here.known.kind not in meant:
        yield Finding(f"{service} has {here.known} {here.where}", at=here.at, severity=here.known.severity)
    evidence(published=[str(port) for port in ports])
    found = {port: known for port in ports if (known := sensitive.known(service, port))}
    beyond = {port: known for port, known in found.items() if not port.loopback and known.kind not in meant}
    # A waiver for one way to a port must not become one for another way that is added.
    ways = Counter((port.target, port.protocol) for port in beyond)
    for (port, *more), words in _ranges(service, stack, beyond):
        alone = not more and ways[port.target, port.protocol] == 1
        yield Finding(
            f"{service} publishes {beyond[port]} ({words}) on {port.where}",
            at=port.at,
            aspect=f"{port.target}/{port.protocol}" if alone else words,
            severity=beyond[port].severity,
        )


def _ranges(service: Service, stack: Stack, ports: Mapping[Port, object]) -> Iterator[tuple[list[Port], str]]:
    """Yield ports with their words: those that one entry publishes as a range together.

    Compose makes one of each number; an author who wrote one line has one thing to change. `ports` have what
    is known of each: what is not the same is told apart.
    """
    found: list[list[Port]] = []
    for port in sorted(ports, key=lambda port: (port.host_ip or "", port.protocol)):
        last = found[-1][-1] if found else port
        same = last.is_followed_by(port) and ports[last] == ports[port]
        if same and stack.locate((*service.at, *last.at)) == stack.locate((*service.at, *port.at)):
            found[-1].append(port)
        else:
            found.append([port])
    yield from ((several, several[0].to(several[-1])) for several in found)


def _meant(service: Service, stack: Stack) -> frozenset[Kind]:
    return public.DECLARABLE if service.name in (stack.contract.public or ()) else frozenset()


@dataclass(frozen=True, kw_only=True)
class _Open:
    """What others reach although nothing is published: on the host's network, or on one around the host."""

    known: Known
    where: str
    at: KeyPath


def _open_without_ports(service: Service, stack: Stack) -> _Open | None:
    shared = namespaces.network(stack.model, service)
    program = sensitive.program(service)
    if shared.is_host:
        where = f"on the host's network{shared.way}, where it listens on the host's own addresses"
        return _Open(known=program, where=where, at=shared.at) if program else None
    around = networks.around_the_host(stack.model, service)
    numbers = (sensitive.known(service, port) for port in service.ports)
    known = program or next(filter(None, numbers), None)
    if around is None or known is None:
        return None
    at = shared.at if service.network_of else ("networks", around.key)
    where = f"on {around.key} ({around.driver}){shared.way}, where all around the host reach it"
    return _Open(known=known, where=where, at=at)


@rule(
    "up-without-conflict",
    "`docker compose up` does not conflict with itself",
    severity=HIGH,
    key="ports",
)
def up_without_conflict(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """Two containers cannot have the same host port, name, address or subnet: `up` stops half way.

    A sandbox has ports, names and subnets of its own, so this is read from the file. So are networks that no
    engine makes (a gateway or `ip_range` outside of the subnet, fewer addresses than containers), addresses
    that it gives to nobody (outside of the subnet, the gateway's) or to whoever starts first, and keys that
    it does not take together: `ports`, `expose`, `hostname`, `links`, `dns` and `extra_hosts` beside the
    network of another container.

    Where all profiles of Compose are looked at (`lint` without `--compose-profile`) they are alternatives:
    what a plain `up` or one profile starts, with what it cannot do without, must not conflict. Nobody says
    which profiles are never enabled together: a note names what would conflict if they were, and naming them
    with `--compose-profile` has it judged.

    Fix: publish another number or none, let the engine choose names and addresses, or scale to one; write
    ports and names at the service whose network it is.

    Applies to: all services.
    """
    evidence(
        ports=[str(port) for port in publishing.published(stack.model, service) if port.published],
        container_name=service.container_name or "none",
        replicas=service.replicas,
    )
    for conflict in stack.conflicts.get(service.name, ()):
        yield Finding(
            f"{service}: {conflict.words}",
            at=conflict.at,
            aspect=conflict.words,
            severity=None if conflict.certain else MEDIUM,
        )


def _published(service: Service, stack: Stack, evidence: Evidence) -> list[Port]:
    """Return the ports that a service publishes, each once; ends the rule where there are none to judge."""
    ports = list(publishing.published(stack.model, service))
    if not ports:
        not_applicable(f"{service} {publishing.why_none(stack.model, service)}")
    evidence(published=[str(port) for port in ports])
    return ports


@rule(
    "ports-bound-to-interface",
    "Published ports are bound to an address of the host",
    severity=MEDIUM,
    key="ports",
)
def ports_bound_to_interface(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """Without an address a port is open on all of them, those that come later and IPv6 included.

    The host's firewall does not see it: the engine's own rules come first.

    `0.0.0.0` and `::` are no address, and neither is what the engine does not understand as one. A port
    without a number on the host is published all the same. What a contract calls `public:` must be open, and
    is no finding; nor is a port on networks that bind to an address by themselves (`host_binding_ipv4`). Two
    of three public files have such ports, so this rule is not in the default profile, as
    no-sensitive-port-published is.

    Fix: write the address before the port (`127.0.0.1:8080:80`), or name the service under `public:` in the
    contract.

    Applies to: services of which the engine publishes a port: not on the host's network or on one that
    publishes nothing (`internal: true`, macvlan, ipvlan).
    """
    ports = _published(service, stack, evidence)
    evidence(public=stack.public_words(service.name))
    if service.name in (stack.contract.public or ()):
        return
    bound = namespaces.binds_ports(stack.model, service)
    found = [port for port in ports if port.unbound and not (bound and port.host_ip is None)]
    for (port, *_more), words in _ranges(service, stack, dict.fromkeys(found)):
        yield Finding(f"{service} publishes {words} on every address of the host", at=port.at, aspect=words)


@rule(
    "no-privileged-host-ports",
    "No host port below 1024 is published but those of the web",
    severity=LOW,
    key="ports",
)
def no_privileged_host_ports(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """Below 1024 a user expects services of the host itself, which only root may start there.

    80 and 443 of a public service are where the web is, and no findings. The number inside the container does
    not matter, nor do its capabilities: the engine opens the port on the host.

    Fix: publish a number above 1023, and let a reverse proxy be the one on 80 and 443.

    Applies to: services of which the engine publishes a port: not on the host's network or on one that
    publishes nothing (`internal: true`, macvlan, ipvlan).
    """
    web = (80, 443) if service.name in stack.public else ()
    published = _published(service, stack, evidence)
    low = [
        port
        for port in published
        if 0 < (number := port.first_published) < _FIRST_ORDINARY and number not in web
    ]
    for (port, *_more), words in _ranges(service, stack, dict.fromkeys(low)):
        yield Finding(f"{service} publishes {words} below 1024", at=port.at, aspect=words)


@rule("no-ssh-port", "No service offers SSH", severity=MEDIUM, key="ports")
def no_ssh_port(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """Whoever needs a shell has `docker exec`; a server for it has keys and updates of its own to care for.

    The number on the host counts as well as that in the container, on loopback, too, and so do `expose` and
    `EXPOSE` of the Dockerfile that a build names, and `ports` of which the engine publishes none. Git servers
    speak SSH to their users, and are known by their image. What is published beyond loopback is told by
    no-sensitive-port-published in every profile; this rule is for those who want no such server.

    Fix: remove the port and the server.

    Applies to: all services.
    """
    published = publishing.published(stack.model, service)
    evidence(published=[str(port) for port in published], exposes=sorted(service.exposed) or "none")
    if service.image_name in _GIT_SERVERS:
        return
    for port in dict.fromkeys(service.ports):
        if port.protocol == "tcp" and port in published and _SSH in (port.target, port.first_published):
            yield Finding(f"{service} publishes SSH ({port})", at=port.at, aspect=str(port))
        elif (port.target, port.protocol) == (_SSH, "tcp"):
            words = f"{service} names port 22, that of SSH, under `ports`, of which nothing is published"
            yield Finding(words, at=port.at, aspect=str(port))
    if (_SSH, "tcp") in service.exposed:
        yield Finding(f"{service} exposes port 22, that of SSH", at=("expose",), aspect="expose")
    if isinstance(build := build_of(service, stack), Build):
        for one in build.instructions:
            if one.keyword == "EXPOSE" and (_SSH, "tcp") in _exposed(one.words):
                words = f"{service}: {build.file} exposes port 22, that of SSH"
                yield Finding(words, at=("build",), aspect="EXPOSE", place=build.place(one.line))
                return


def _exposed(words: Iterable[str]) -> frozenset[tuple[int, str]]:
    return frozenset(port for word in words for port in parse_exposed(word))


@rule(
    "not-on-docker0", "The container is not on the engine's default bridge", severity=LOW, key="network_mode"
)
def not_on_docker0(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """On docker0 the containers of all stacks meet, and cannot call each other by name.

    A service without `networks:` is not there: Compose makes a network for the stack. Only `network_mode:
    bridge`, or an external network of the name `bridge`, leads to it.

    Fix: remove `network_mode: bridge`, or that external network: Compose makes one for the stack.

    Applies to: all services.
    """
    shared = namespaces.network(stack.model, service)
    evidence(network_mode=shared.mode or "networks of the stack")
    if shared.mode in ("bridge", "default"):
        yield Finding(f"{service} is on the engine's default bridge{shared.way}", at=shared.at)


@rule(
    "network-segmentation-declared",
    "No datastore shares a network with a public service that does not use it",
    severity=LOW,
    key="networks",
)
def network_segmentation_declared(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """Who breaks into a public service reaches everything on its networks.

    That all services share one network is no finding in itself: an application and its datastore need no
    more. Where another service says that it uses the datastore (`depends_on`, a variable, its command), a
    public one that says nothing of the kind does not need to be on the same network. What mounted files say
    is not read.

    Fix: give the datastore and those who use it a network of their own, without the public service.

    Applies to: services that run a datastore, known by its image's name or its command.
    """
    known = sensitive.program(service)
    if known is None or known.kind is not Kind.STORE:
        not_applicable(f"{service} runs no datastore that we know")
    others = [
        other
        for other in stack.services.values()
        if other.name != service.name and stack.model.together(service.name, other.name)
    ]
    users = [other.name for other in others if clients.uses(other, service)]
    networks = clients.joined(stack.model, service)
    evidence(networks=sorted(networks) or "none", used_by=users or "nobody who says so")
    for other in others:
        shared = sorted(networks & clients.joined(stack.model, other))
        if shared and users and other.name in stack.public and other.name not in users:
            words = f"{service} is on {', '.join(shared)} with {other}, which is public and does not use it"
            yield Finding(words, aspect=other.name)
