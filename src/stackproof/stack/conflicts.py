"""What keeps a plain `docker compose up` from working on any machine: a stack conflicts with itself. Pure.

A sandbox cannot show it: its ports, names and subnets are its own.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from itertools import combinations, islice

from stackproof.stack import addressing, contradictions, publishing
from stackproof.stack.conflict import Conflict
from stackproof.stack.keys import KeyPath
from stackproof.stack.model import Model
from stackproof.stack.numbers import whole
from stackproof.stack.ports import LAST_PORT, Port
from stackproof.stack.service import Service

# As moby has it (daemon/names).
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")


@dataclass(frozen=True, kw_only=True)
class _Claim:
    """One container asks for one host port out of a range."""

    service: str
    port: Port
    first: int
    last: int

    @property
    def numbers(self) -> range:
        """Those of which each container wants one."""
        return range(self.first, self.last + 1)

    def meets(self, other: "_Claim") -> bool:
        """Whether the same number on both would be the same port of the host."""
        return self.port.protocol == other.port.protocol and _same_address(
            self.port.host_ip, other.port.host_ip
        )


def _same_address(mine: str | None, theirs: str | None) -> bool:
    """Whether a socket on one address is in the way of one on the other, tried with moby 26.

    No address, and what is none to the engine, is every one of both families; 0.0.0.0 and `::` are all of
    their own family, and leave the other one alone.
    """
    try:
        one, other = (ip_address(address or "") for address in (mine, theirs))
    except ValueError:
        return True
    one, other = (
        (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
        for address in (one, other)
    )
    if one.version != other.version:
        return False
    return one == other or one.is_unspecified or other.is_unspecified


def conflicts(model: Model) -> dict[str, list[Conflict]]:
    """Return by service what another container of the stack, or another of its own, already has."""
    found: dict[str, dict[str, Conflict]] = {name: {} for name in model.services}
    of_services = (
        *(list(_ports(model)) or _races(model)),
        *(*_counts(model), *_names(model), *_addresses(model), *_macs(model)),
        *(*contradictions.found(model), *addressing.found(model)),
    )  # fmt: skip
    for service, conflict in (*of_services, *_subnets(model)):
        found[service].setdefault(conflict.words, conflict)
    return {name: list(those.values()) for name, those in found.items() if those}


def of_scaling(model: Model, service: str, replicas: int) -> list[tuple[str, Conflict]]:
    """Return what keeps a service from having so many replicas, by service; nothing of what hinders one."""
    alone = conflicts(model.scaled(service, 1))
    known = {conflict.words for several in alone.values() for conflict in several}
    return [
        (name, conflict)
        for name, several in conflicts(model.scaled(service, replicas)).items()
        for conflict in several
        if conflict.certain and conflict.words not in known
    ]


def _claims(model: Model) -> Iterator[tuple[_Claim, int]]:
    """Yield what services ask for, and how many containers each."""
    for service in model.services.values():
        # The same port written twice is one to Compose.
        for port in publishing.published(model, service):
            if (first := port.first_published) and service.replicas > 0:
                last = whole((port.published or "").partition("-")[2]) or first
                claim = _Claim(
                    service=service.name, port=port, first=first, last=max(first, min(last, LAST_PORT))
                )
                yield claim, service.replicas


def _ports(model: Model) -> Iterator[tuple[str, Conflict]]:
    """Give out the numbers as an engine could at best: the tightest range first."""
    given: dict[int, list[_Claim]] = {}

    def owners(number: int, claim: _Claim) -> Iterator[str]:
        for other in given.get(number, ()):
            if claim.meets(other) and model.together(claim.service, other.service):
                yield other.service

    for claim, count in sorted(_claims(model), key=lambda pair: (pair[0].last, pair[0].first)):
        free = (number for number in claim.numbers if next(owners(number, claim), None) is None)
        left = count
        for number in islice(free, count):
            given.setdefault(number, []).append(claim)
            left -= 1
        if left > 0:
            others = {name for number in claim.numbers for name in owners(number, claim)}
            words = f"host port {claim.port} is also asked for by {_who(others, claim.service)}"
            yield claim.service, Conflict(words, claim.port.at)


def _races(model: Model) -> Iterator[tuple[str, Conflict]]:
    """Yield ranges from which the engine may give out the one number that another service asks for.

    It begins with the first of a range (moby libnetwork/portallocator).
    """
    claims = list(_claims(model))
    alone = sorted((claim for claim, _ in claims if claim.first == claim.last), key=lambda claim: claim.first)
    numbers = [claim.first for claim in alone]
    for claim, count in claims:
        if claim.first == claim.last:
            continue
        likely = claim.numbers[:count]
        for other in alone[bisect_left(numbers, likely.start) : bisect_left(numbers, likely.stop)]:
            apart = other.service == claim.service or not model.together(claim.service, other.service)
            if not apart and claim.meets(other):
                words = (
                    f"host port {claim.port} may be given {other.first}, which {other.service} asks for: "
                    "whoever starts first has it"
                )
                yield claim.service, Conflict(words, claim.port.at, certain=False)


def _who(others: set[str], service: str) -> str:
    named = sorted(others - {service})
    return ", ".join(named) if named else f"another container of {service}"


def _counts(model: Model) -> Iterator[tuple[str, Conflict]]:
    for service in model.services.values():
        if service.replicas < 0:
            words = f"{service.replicas} replicas is no number of containers"
            yield service.name, Conflict(words, service.replicas_at)


def _names(model: Model) -> Iterator[tuple[str, Conflict]]:
    named = [service for service in model.services.values() if service.container_name]
    for service in named:
        name = service.container_name
        if not _NAME.fullmatch(str(name)):
            words = f"container_name {name!r} is no name that an engine takes"
            yield service.name, Conflict(words, ("container_name",))
        if service.replicas > 1:
            words = f"container_name {name} can belong to one of {service.replicas} containers only"
            yield service.name, Conflict(words, ("container_name",))
    for one, other in combinations(named, 2):
        if one.container_name == other.container_name and model.together(one.name, other.name):
            words = f"container_name {other.container_name} is also the name of {one.name}"
            yield other.name, Conflict(words, ("container_name",))


class _Owners:
    """Who was the first to ask for each address of a network."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._known: dict[tuple[str, str], list[str]] = {}

    def other(self, address: tuple[str, str], service: str) -> str:
        """Return who has it already beside a service, and note that the service asks for it, too."""
        owners = self._known.setdefault(address, [])
        if service in owners:
            return ""
        found = next((name for name in owners if self._model.together(name, service)), "")
        owners.append(service)
        return found


def _addresses(model: Model) -> Iterator[tuple[str, Conflict]]:
    owners = _Owners(model)
    without_subnet = set(_without_subnet(model))
    for service in model.services.values():
        for network, _key, address, at in addressing.fixed(service):
            if network in without_subnet:
                words = f"address {address} on {network}, for which no subnet is written"
                yield service.name, Conflict(words, at)
            if service.replicas > 1:
                words = f"address {address} can belong to one of {service.replicas} containers only"
                yield service.name, Conflict(words, at)
            if owner := owners.other((network, address), service.name):
                words = f"address {address} on {network} is also the address of {owner}"
                yield service.name, Conflict(words, at)


def _macs(model: Model) -> Iterator[tuple[str, Conflict]]:
    """Yield hardware addresses that two containers of a network have.

    The engine starts both, and neither hears the other (tried with moby 26).
    """
    owners = _Owners(model)
    for service in model.services.values():
        for network, address, at in _hardware(service):
            if service.replicas > 1:
                words = f"mac_address {address} can belong to one of {service.replicas} containers only"
                yield service.name, Conflict(words, at)
            if owner := owners.other((network, address), service.name):
                words = f"mac_address {address} on {network} is also the address of {owner}"
                yield service.name, Conflict(words, at)


def _hardware(service: Service) -> Iterator[tuple[str, str, KeyPath]]:
    """Yield network, address and place: the address of the service is that of its one network."""
    joined = service.raw.get("networks") or {}
    own = service.raw.get("mac_address")
    for network, options in joined.items():
        if address := (options or {}).get("mac_address"):
            yield network, _plain(address), ("networks", network, "mac_address")
    if own and len(joined) == 1:
        yield next(iter(joined)), _plain(own), ("mac_address",)


def _plain(address: object) -> str:
    return str(address).lower().replace("-", ":")


def _without_subnet(model: Model) -> Iterator[str]:
    """Networks on which an engine takes no fixed address; of an external one nobody knows."""
    for key, raw in (model.raw.get("networks") or {}).items():
        pools = ((raw or {}).get("ipam") or {}).get("config") or ()
        if not (raw or {}).get("external") and not any(entry.get("subnet") for entry in pools):
            yield key


def _subnets(model: Model) -> Iterator[tuple[str, Conflict]]:
    written = [(key, pool.subnet) for key, pools in addressing.pools(model).items() for pool in pools]
    for (one, mine), (other, theirs) in combinations(written, 2):
        if one != other and mine.version == theirs.version and mine.overlaps(theirs):
            users = [service.name for service in model.services.values() if _joins(service, one)]
            for service in (service for service in model.services.values() if _joins(service, other)):
                if any(model.together(name, service.name) for name in users):
                    words = f"subnet {theirs} of network {other} overlaps {mine} of {one}"
                    yield service.name, Conflict(words, ("networks", other))


def _joins(service: Service, network: str) -> bool:
    return network in (service.raw.get("networks") or {})
