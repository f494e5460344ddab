"""Addresses and subnets that no engine gives out: outside each other, taken by the engine, too few. Pure.

Tried with moby 26.1. What it takes is no conflict: an address outside of `ip_range`, `.1` where another
gateway is written, an address of IPv6 where IPv6 is not switched on.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import islice
from typing import Any, Final, Self

from stackproof.stack import networks
from stackproof.stack.conflict import Conflict
from stackproof.stack.keys import KeyPath
from stackproof.stack.model import Model
from stackproof.stack.service import Service
from stackproof.stack.uses import Network

_Address = IPv4Address | IPv6Address
_Subnet = IPv4Network | IPv6Network
_OLD, _NEW = 4, 6
_KEYS: Final = {"ipv4_address": _OLD, "ipv6_address": _NEW}
# Two addresses are all that such a subnet has, and the engine gives out both.
_POINT_TO_POINT: Final = 31


@dataclass(frozen=True, kw_only=True)
class Pool:
    """One subnet of a network, with what the engine keeps for itself."""

    written: str
    subnet: _Subnet
    gateway: _Address | None
    range: _Subnet | None
    reserved: Mapping[str, _Address]
    plain: bool
    """Whether the network is a bridge that takes an address of its own."""
    unused: bool
    """Whether it is of IPv6 on a network without: the engine only looks whether addresses are inside."""

    @classmethod
    def of(cls, raw: Mapping[str, Any], network: Network) -> Self:
        """Read an entry of `ipam.config`. Raises ValueError for what is no address."""
        subnet = ip_network(raw["subnet"], strict=False)
        modes = any("gateway_mode" in option for option in network.options)
        return cls(
            written=str(raw["subnet"]),
            subnet=subnet,
            gateway=ip_address(raw["gateway"]) if raw.get("gateway") else None,
            range=ip_network(raw["ip_range"], strict=False) if raw.get("ip_range") else None,
            reserved={str(name): ip_address(one) for name, one in (raw.get("aux_addresses") or {}).items()},
            plain=network.driver in networks.BRIDGES and not modes,
            unused=subnet.version == _NEW and not network.raw.get("enable_ipv6"),
        )

    @property
    def given_gateway(self) -> _Address | None:
        """The gateway: where none is written, a bridge takes the first address."""
        has_first = self.has_edges or self.subnet.version == _NEW
        chosen = not self.range and self.plain and has_first
        return self.gateway or (self.subnet[1] if chosen else None)

    @property
    def has_edges(self) -> bool:
        """Whether its first and its last address are nobody's."""
        return self.subnet.version == _OLD and self.subnet.prefixlen < _POINT_TO_POINT

    @property
    def room(self) -> int | None:
        """How many containers it has addresses for; None where nobody can tell."""
        if self.range or not self.plain or not self.has_edges:
            return None
        return self.subnet.num_addresses - 3 - len(set(self.reserved.values()) - {self.given_gateway})

    def given_first(self) -> Iterator[_Address]:
        """Yield addresses in the order in which the engine gives them out; none where nobody can tell."""
        if not self.plain or not self.has_edges:
            return
        nobodys = {self.subnet[0], self.subnet[-1], self.gateway, *self.reserved.values()}
        free = (address for address in self.range or self.subnet if address not in nobodys)
        yield from free if self.gateway else islice(free, 1, None)

    def taken_for(self, address: _Address) -> str:
        """Return what the engine has an address for; empty where a container may have it."""
        if address == self.given_gateway:
            return "the gateway's"
        if name := next((name for name, one in self.reserved.items() if one == address), ""):
            return f"kept for {name} (`aux_addresses`)"
        if address == self.subnet[0] and (self.has_edges or self.subnet.version == _NEW):
            return "that of the subnet itself"
        return "the subnet's broadcast address" if self.has_edges and address == self.subnet[-1] else ""

    def wrong(self) -> Iterator[str]:
        """Yield why no engine makes a network of it."""
        inside = {f"gateway {self.gateway}": self.gateway} if self.gateway else {}
        inside |= {f"aux_addresses {name} {one}": one for name, one in self.reserved.items()}
        for words, address in inside.items():
            if address not in self.subnet:
                yield f"{words} is outside of its subnet {self.subnet}"
        if self.range and not _within(self.range, self.subnet):
            yield f"ip_range {self.range} is no part of its subnet {self.subnet}"
        if self.gateway and self.gateway in self.reserved.values():
            yield f"gateway {self.gateway} is kept for something else (`aux_addresses`)"
        if self.has_edges and self.gateway in (self.subnet[0], self.subnet[-1]):
            yield f"gateway {self.gateway} is the first or last address of {self.subnet}, which is nobody's"


def found(model: Model) -> Iterator[tuple[str, Conflict]]:
    """Yield by service the addresses that it cannot have, and the networks that no engine makes."""
    of_networks = pools(model)
    for service in model.services.values():
        for name, key, text, at in fixed(service):
            if of_networks.get(name) and (words := _refused(of_networks[name], key, text)):
                yield service.name, Conflict(f"address {text} on {name} is {words}", at)
        for network in networks.joined(model, service):
            at = ("networks", network.key)
            for words, certain in _of_network(network, of_networks.get(network.key, [])):
                yield service.name, Conflict(f"network {network.key}: {words}", at, certain)
    yield from _crowded(model, of_networks)
    yield from _races(model, of_networks)


def pools(model: Model) -> dict[str, list[Pool]]:
    """Return the subnets that are written, by network."""
    return {key: list(_pools(network)) for key, network in model.networks.items()}


def _pools(network: Network) -> Iterator[Pool]:
    """Yield the subnets of a network that is made here; what is no address is left to the engine."""
    for entry in (network.raw.get("ipam") or {}).get("config") or ():
        if entry.get("subnet") and not network.external:
            try:
                yield Pool.of(entry, network)
            except ValueError:
                continue


def fixed(service: Service) -> Iterator[tuple[str, str, str, KeyPath]]:
    """Yield the addresses that a service asks for, in one spelling: network, key, address, place."""
    for network, options in (service.raw.get("networks") or {}).items():
        for key in _KEYS:
            if text := str((options or {}).get(key) or ""):
                yield network, key, _plain(text), ("networks", network, key)


def _plain(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        return text


def _refused(pools: list[Pool], key: str, text: str) -> str:
    """Say why a container cannot have an address on a network of these subnets; empty where it can."""
    try:
        address = ip_address(text)
    except ValueError:
        return "no address"
    if address.version != _KEYS[key]:
        return f"none of IPv{_KEYS[key]}"
    family = [pool for pool in pools if pool.subnet.version == address.version]
    if not family:
        return f"of IPv{address.version}, for which no subnet is written"
    around = next((pool for pool in family if address in pool.subnet), None)
    if around is None:
        return f"outside of its subnet {' and '.join(str(pool.subnet) for pool in family)}"
    return "" if around.unused else around.taken_for(address)


def _of_network(network: Network, pools: list[Pool]) -> Iterator[tuple[str, bool]]:
    """Yield why no engine makes a network, and whether that is so of all engines."""
    used = [pool for pool in pools if not pool.unused]
    for pool in used:
        yield from ((words, True) for words in pool.wrong())
        if pool.written.partition("/")[0] != str(pool.subnet.network_address):
            yield f"subnet {pool.written} is refused since Docker 25: it should be {pool.subnet}", False
    for version in (_OLD, _NEW):
        several = [str(pool.subnet) for pool in used if pool.subnet.version == version]
        if len(several) > 1 and network.driver in networks.BRIDGES:
            yield f"a bridge has one subnet of IPv{version}, and not {' and '.join(several)}", True


def _within(part: Any, whole: Any) -> bool:  # noqa: ANN401 - of IPv4 or of IPv6
    return part.version == whole.version and bool(part.subnet_of(whole))


def _members(model: Model) -> dict[str, list[Service]]:
    """Return who joins each network."""
    found: dict[str, list[Service]] = {}
    for service in model.services.values():
        for network in networks.joined(model, service):
            found.setdefault(network.key, []).append(service)
    return found


def _crowded(model: Model, of_networks: Mapping[str, list[Pool]]) -> Iterator[tuple[str, Conflict]]:
    """Yield services of a network that has fewer addresses than containers that stay."""
    members = _members(model)
    for key, subnets in of_networks.items():
        room = next((pool.room for pool in subnets if pool.subnet.version == _OLD), None)
        on_it = members.get(key, [])
        count = _containers(one for one in on_it if one.name not in model.one_shots)
        if room is not None and count > room:
            words = f"network {key} has room for {room} of {count} containers"
            for service in on_it:
                yield service.name, Conflict(words, ("networks", key))


def _containers(services: Iterable[Service]) -> int:
    return sum(max(one.replicas, 0) for one in services if not one.is_provided)


def _races(model: Model, of_networks: Mapping[str, list[Pool]]) -> Iterator[tuple[str, Conflict]]:
    """Yield addresses that the engine may have given to another container, which started before.

    One that waits for the service starts after it. Addresses that others ask for are not given out so.
    """
    for key, on_it in _members(model).items():
        pool = next((pool for pool in of_networks.get(key, ()) if pool.subnet.version == _OLD), None)
        asked = {
            text: (service, at) for service in on_it for name, _k, text, at in fixed(service) if name == key
        }
        owners = {service.name for service, _at in asked.values()}
        others = [service for service in on_it if service.name not in owners]
        if pool is None or not asked or not others:
            continue
        order = list(islice(map(str, pool.given_first()), _containers(others) + len(asked)))
        for text in filter(asked.__contains__, order):
            service, at = asked[text]
            before = [one for one in others if service.name not in model.needed_by([one.name])]
            free = [address for address in order if address == text or address not in asked]
            if free.index(text) < _containers(before):
                words = f"address {text} on {key} may be given to {', '.join(map(str, before))}"
                yield service.name, Conflict(f"{words}: whoever starts first has it", at, certain=False)
