"""Other subnets for a sandbox: two networks with one subnet cannot be on the same engine. Pure."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_interface,
    ip_network,
    summarize_address_range,
)
from typing import Any

from stackproof.errors import StackError
from stackproof.stack.model import Model

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

# RFC 2544 sets the first aside for benchmarks, RFC 4193 the second for local use: no host has a route there,
# which a bridge of ours would take over.
POOLS: dict[int, Network] = {4: IPv4Network("198.18.0.0/15"), 6: IPv6Network("fd00::/8")}
# Wide subnets are narrowed to this where the written addresses allow it, so that many sandboxes fit.
NARROW = {4: 24, 6: 64}
_FIXED = ("ipv4_address", "ipv6_address")
_CANDIDATES = (
    re.compile(r"(?<![\w.])((?:\d{1,3}\.){3}\d{1,3})(/\d{1,2})?(?!\d|\.\d)"),
    re.compile(r"(?<![\w:.])([0-9a-fA-F]*:[0-9a-fA-F:]*:[0-9a-fA-F]*)(/\d{1,3})?(?![\w:.])"),
)


@dataclass(frozen=True, kw_only=True)
class Move:
    """A subnet of the author's, and the one that takes its place; the host part of addresses is kept."""

    old: Network
    new: Network

    def address(self, found: Address) -> Address | None:
        """Return the new address; None for one that is not in the old subnet or has no place in the new."""
        if found.version != self.old.version or found not in self.old:
            return None
        offset = int(found) - int(self.old.network_address)
        return self.new[offset] if offset < self.new.num_addresses else None


Moves = Mapping[str, tuple[Move, ...]]


# With a host of ours beside those that the author counted a subnet is no narrower than this.
ROOMY = {4: 28, 6: 120}


def choose(model: Model, seed: str, *, roomy: bool = False) -> dict[str, tuple[Move, ...]]:
    """Choose a subnet for each that the author wrote, by network; another seed gives others.

    With `roomy` each has room for a host of ours.
    Raises StackError for a network whose addresses lie too far apart.
    """
    raw = model.raw
    olds = {key: _subnets(raw, key) for key in raw.get("networks") or {}}
    avoid = [old for subnets in olds.values() for old, _written in subnets]
    chosen: dict[str, tuple[Move, ...]] = {}
    for key, subnets in olds.items():
        moves = []
        for old, written in subnets:
            length = _prefix(key, old, written)
            length = min(length, ROOMY[old.version]) if roomy else length
            new = _free(length, old.version, f"{seed}/{key}", avoid)
            avoid.append(new)
            moves.append(Move(old=old, new=new))
        if moves:
            chosen[key] = tuple(moves)
    return chosen


def fresh(version: int, seed: str, avoid: Iterable[Network]) -> Network:
    """Return a subnet for a network for which nobody wrote one."""
    return _free(NARROW[version], version, seed, list(avoid))


def _subnets(raw: Mapping[str, Any], key: str) -> list[tuple[Network, list[Address]]]:
    """Subnets of a network, each with the addresses that are written somewhere."""
    config = ((raw["networks"][key] or {}).get("ipam") or {}).get("config") or ()
    subnets = [ip_network(entry["subnet"], strict=False) for entry in config if entry.get("subnet")]
    written = [*_fixed(raw, key), *(address for entry in config for address in _of_pool(entry))]
    if not subnets:  # an external network: what it is called elsewhere is not ours to ask
        subnets = [_around([a for a in written if a.version == v]) for v in {a.version for a in written}]
    return [
        (subnet, [address for address in written if address.version == subnet.version and address in subnet])
        for subnet in subnets
    ]


def _fixed(raw: Mapping[str, Any], key: str) -> Iterator[Address]:
    for service in raw["services"].values():
        joined = (service or {}).get("networks") or {}
        options = (joined.get(key) or {}) if isinstance(joined, Mapping) else {}
        for name in _FIXED:
            if options.get(name):
                yield ip_address(options[name])


def _of_pool(entry: Mapping[str, Any]) -> Iterator[Address]:
    if entry.get("gateway"):
        yield ip_address(entry["gateway"])
    if entry.get("ip_range"):
        span = ip_network(entry["ip_range"], strict=False)
        yield from (span[0], span[-1])
    for text in (entry.get("aux_addresses") or {}).values():
        yield ip_address(text)


def _around(addresses: list[Address]) -> Network:
    """Return the smallest subnet of a usual size that holds them all."""
    found: Network = ip_network(f"{addresses[0]}/{NARROW[addresses[0].version]}", strict=False)
    while not all(address in found for address in addresses):
        found = found.supernet()
    return found


def _prefix(key: str, old: Network, written: list[Address]) -> int:
    """Keep the length of the prefix, or narrow a wide one to what the written addresses need."""
    highest = max((int(address) - int(old.network_address) for address in written), default=0)
    # The last address of a subnet is its broadcast.
    length = min(NARROW[old.version], old.max_prefixlen - (highest + 1).bit_length())
    length = max(old.prefixlen, length)
    if length < POOLS[old.version].prefixlen:
        msg = (
            f"network {key}: the addresses in {old} lie too far apart to be moved to a subnet of our own\n"
            "  fix: give them out of a smaller subnet"
        )
        raise StackError(msg)
    return length


def _free(length: int, version: int, seed: str, avoid: list[Network]) -> Network:
    """Return a subnet of this length that overlaps none of `avoid`."""
    pool = POOLS[version]
    count = 1 << (length - pool.prefixlen)
    start = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:16], "big")
    size = 1 << (pool.max_prefixlen - length)
    for index in range(min(count, len(avoid) + 64)):
        first = pool[(start + index) % count * size]
        found = ip_network(f"{first}/{length}")
        if not any(found.version == old.version and found.overlaps(old) for old in avoid):
            return found
    msg = f"no subnet of length /{length} is left in {pool}"
    raise StackError(msg)


# -- what follows a move -----------------------------------------------------------------------------


def pool_config(entry: Mapping[str, Any], moves: tuple[Move, ...]) -> dict[str, Any]:
    """Return an entry of `ipam.config` in the new subnet."""
    old = ip_network(entry["subnet"], strict=False)
    move = next(move for move in moves if move.old == old)
    found: dict[str, Any] = {"subnet": str(move.new)}
    if entry.get("gateway"):
        found["gateway"] = moved(entry["gateway"], {"": (move,)})
    if entry.get("ip_range"):
        span = ip_network(entry["ip_range"], strict=False)
        first, last = move.address(span[0]), move.address(span[-1])
        if first is not None and last is not None and span.prefixlen > move.new.prefixlen:
            found["ip_range"] = str(next(iter(summarize_address_range(first, last))))
    if entry.get("aux_addresses"):
        found["aux_addresses"] = moved(dict(entry["aux_addresses"]), {"": (move,)})
    return found


def moved(value: Any, moves: Moves) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """Return JSON-like data in which every address and subnet of the author's is the sandbox's."""
    if not moves:
        return value
    if isinstance(value, str):
        for candidate in _CANDIDATES:
            value = candidate.sub(lambda hit: _replacement(hit, moves), value)
        return value
    if isinstance(value, Mapping):
        return {key: moved(item, moves) for key, item in value.items()}
    if isinstance(value, list):
        return [moved(item, moves) for item in value]
    return value


def _replacement(hit: re.Match[str], moves: Moves) -> str:
    text, length = hit[1], hit[2] or ""
    try:
        found = ip_interface(text + length)
    except ValueError:
        return hit[0]
    for move in (move for several in moves.values() for move in several):
        if length and found.network == move.old and found.ip == move.old.network_address:
            return str(move.new)
        if (new := move.address(found.ip)) is not None:
            return f"{new}{length}"
    return hit[0]
