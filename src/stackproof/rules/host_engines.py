"""Engines that a service holds though no socket has an engine's name: told by words, or over a network."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from stackproof.controls import MEDIUM
from stackproof.outcomes.finding import Finding
from stackproof.stack import engine_endpoints, host_places, namespaces, publishing
from stackproof.stack.engine_endpoints import Endpoint
from stackproof.stack.model import HostMount, Model, Service
from stackproof.stack.stack import Stack

if TYPE_CHECKING:
    from stackproof.isolation.outside_inside import Inside

# Images that do nothing but to let some requests through; those of others are what their owner makes of them.
PROXIES: Final = frozenset(
    {"tecnativa/docker-socket-proxy", "linuxserver/socket-proxy", "wollomatic/socket-proxy", "socket-proxy",
     "11notes/socket-proxy", "hectorm/cetusguard", "foxxmd/docker-proxy-filter", "docker-socket-proxy"}
)  # fmt: skip
# Names that engines and virtual machines give their host, and docker0's address.
_OF_HOST: Final = frozenset(
    {"host.docker.internal", "gateway.docker.internal", "docker.for.mac.localhost", "172.17.0.1",
     "docker.for.win.localhost", "docker.for.mac.host.internal", "docker.for.win.host.internal",
     "host.containers.internal", "host.lima.internal", "host.rancher-desktop.internal", "host-gateway",
     "host.orb.internal", "host.minikube.internal"}
)  # fmt: skip
# What stands for no host, and where a server listens.
_NOBODY: Final = ("$", "{", "<", "*")


def taken(
    stack: Stack, service: Service, mount: HostMount, mounts: Sequence[HostMount], told: Iterable[Endpoint]
) -> str:
    """Say what of an engine's a mount is by what its service is told; empty for nothing of the kind."""
    sockets = {host_places.normal(one.path) for one in told if one.path}
    if not sockets or not mount.target:
        return ""
    own = (each.target for each in (*service.mounts, *service.hook_mounts))
    targets = {host_places.normal(one) for one in (*own, *(each.target for each in mounts)) if one}
    target = host_places.normal(mount.target)
    here = {path for path in sockets if _nearest(path, targets) == target}
    if not here or _is_of_the_stack(stack, service, mount):
        return ""
    holds = "" if target in here else "holds what "
    return f"which {holds}it takes for the engine's socket"


def _nearest(path: str, targets: Iterable[str]) -> str:
    """Return the mount in which a path lies, of several that are one in another."""
    above = (target for target in targets if path == target or path.startswith(f"{target.rstrip('/')}/"))
    return max(above, key=len, default="")


def _is_of_the_stack(stack: Stack, service: Service, mount: HostMount) -> bool:
    """Whether an engine or a proxy of the stack itself puts its socket there."""
    makers = (
        other
        for other in stack.services.values()
        if other.name != service.name and (other.repository in PROXIES or engine_endpoints.runs_engine(other))
    )
    return any(mount.source == each.source for maker in makers for each in stack.model.host_mounts(maker))


def reached(stack: Stack, service: Service, told: Iterable[Endpoint]) -> Iterator[Finding]:
    """Yield engines outside of the stack whose address a service is told, each once."""
    seen = set()
    for one in told:
        if not one.host or one.at[0] == "labels" or str(one) in seen or one.host.startswith(_NOBODY):
            continue
        seen.add(str(one))
        if where := _where(stack.model, service, one):
            severity = None if where == _HERE else MEDIUM
            words = f"{service} is told of {one} by {one.what}, where {where}"
            place = stack.locate(one.at) if one.at[0] == "configs" else None
            yield Finding(words, at=one.at, aspect=str(one), severity=severity, place=place)


_HERE: Final = "the engine of its host listens"
_ELSEWHERE: Final = "an engine outside of the stack listens, or a proxy of one"


def _where(model: Model, service: Service, one: Endpoint) -> str:
    """Say whose engine an address leads to; empty where it stays in the stack, or nobody can tell."""
    from stackproof.isolation.outside_hosts import extra_hosts  # noqa: PLC0415 - few stacks name an address

    host = dict(extra_hosts(service)).get(one.host, one.host)
    if _is_loopback(host):
        own = namespaces.network(model, service).is_host
        return _HERE if own and not _is_published(model, one.port) else ""
    inside = _inside(model)
    if host in _OF_HOST or host in inside.hosts:
        return "" if _is_published(model, one.port) else _HERE
    # A container is also found by its name with that of a network behind it.
    if host in inside or host.partition(".")[0] in inside or _is_one_word(host):
        return ""
    return _ELSEWHERE


def _is_published(model: Model, port: int) -> bool:
    """Whether a service of the stack answers on that port of the host: it is judged itself."""
    return port != 0 and any(
        port == each.first_published
        for service in model.services.values()
        for each in publishing.published(model, service)
    )


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def _is_one_word(host: str) -> bool:
    """Whether it is a container of another stack on a network of both, as far as the file tells."""
    return "." not in host and ":" not in host


def _inside(model: Model) -> "Inside":
    from stackproof.isolation.outside_inside import Inside  # noqa: PLC0415 - few stacks name an address

    with suppress(ValueError):  # a subnet that is none, which another rule tells
        return Inside.of(model)
    return Inside(frozenset(model.services))
