"""Which hosts are inside a stack: its services by all their names, its subnets, and each container itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any, Self

from stackproof.isolation.outside_spelling import host_of
from stackproof.stack.model import Model, Service

# Addresses of nobody else: a container's own.
_OWN = ("localhost", "ip6-localhost", "ip6-loopback", "0", "127.0.0.11")


@dataclass(frozen=True)
class Inside:
    """Names and addresses that lead nowhere but into the stack."""

    names: frozenset[str]
    subnets: tuple[Any, ...] = ()
    hosts: frozenset[str] = frozenset()
    """Addresses in those subnets that are the engine's host all the same."""

    @classmethod
    def of(cls, model: Model) -> Self:
        """Collect them from a model."""
        networks = [(raw or {}) for raw in (model.raw.get("networks") or {}).values()]
        pools = [entry for raw in networks for entry in (raw.get("ipam") or {}).get("config") or ()]
        written = [entry for entry in pools if entry.get("subnet")]
        subnets = tuple(ip_network(entry["subnet"], strict=False) for entry in written)
        hosts = frozenset(host for host in (host_of(str(_gateway(entry))) for entry in written) if host)
        names = {name for service in model.services.values() for name in _names(service)}
        fixed = {address for service in model.services.values() for address in _addresses(service)}
        known = frozenset(_OWN) | {name.lower() for name in names} | fixed
        return cls(known, subnets, hosts - fixed)

    def __contains__(self, host: object) -> bool:
        """Whether a host, in the spelling of `host_of`, is inside."""
        name = str(host)
        if name in self.names or name.endswith(".localhost"):
            return True
        try:
            address = ip_address(name)
        except ValueError:
            return False
        if address.is_loopback or address.is_unspecified or address.is_multicast:
            return True
        if name in self.hosts:
            return False
        return any(address.version == net.version and address in net for net in self.subnets)


def _gateway(entry: dict[str, Any]) -> object:
    """The engine's host has the gateway's address, by default the first."""
    net = ip_network(entry["subnet"], strict=False)
    return entry.get("gateway") or net[min(1, net.num_addresses - 1)]


def _names(service: Service) -> Iterator[str]:
    raw = service.raw
    yield service.name
    yield from (str(raw[key]) for key in ("container_name", "hostname") if raw.get(key))
    if raw.get("hostname") and raw.get("domainname"):
        yield f"{raw['hostname']}.{raw['domainname']}"
    for options in (raw.get("networks") or {}).values():
        yield from map(str, (options or {}).get("aliases") or ())
    for link in raw.get("links") or ():
        _service, colon, alias = str(link).partition(":")
        yield from [alias] if colon else []


def _addresses(service: Service) -> Iterator[str]:
    for options in (service.raw.get("networks") or {}).values():
        for key in ("ipv4_address", "ipv6_address"):
            if host := host_of(str((options or {}).get(key) or "")):
                yield host
