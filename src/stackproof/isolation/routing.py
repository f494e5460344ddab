"""The way out of a sandbox's networks: over an address of ours that the engine gives as gateway. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from stackproof.errors import StackError
from stackproof.isolation.subnets import Address, Network, fresh

# The engine gives this address of a network as its default gateway and to no container.
_AUX = {4: "DefaultGatewayIPv4", 6: "DefaultGatewayIPv6"}


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a network leads outside: over an address of the sinkhole to the engine's."""

    subnet: Network
    gateway: Address
    """The engine's own."""
    ours: Address
    taken: tuple[Address, ...] = ()
    """Addresses that would be the engine's host, and are the sinkhole's here."""


def led(
    key: str,
    networks: Mapping[str, dict[str, Any]],
    services: Mapping[str, Any],
    cut: frozenset[Address],
    seed: str,
) -> tuple[dict[str, Any], tuple[Way, ...]]:
    """Return a network whose default gateway is the sinkhole, for each version in which addresses are cut."""
    raw = networks[key]
    pools = pools_of(raw)
    versions = {address.version for address in cut} & ({4, 6} if raw.get("enable_ipv6") else {4})
    ways = []
    for version in sorted(versions):
        pool = next((p for p in pools if ip_network(p["subnet"], strict=False).version == version), None)
        if pool is None:
            written = [p["subnet"] for net in networks.values() for p in pools_of(net)]
            avoid = [ip_network(text, strict=False) for text in written]
            pool = {"subnet": str(fresh(version, f"{seed}/{key}", avoid))}
            pools.append(pool)
        way = way_of(key, pool, fixed_of(key, services), cut)
        aux = {**reserved(pool, way), _AUX[version]: str(way.ours)}
        pool |= {"gateway": str(way.gateway), "aux_addresses": aux}
        ways.append(way)
    return {**raw, "ipam": {**(raw.get("ipam") or {}), "config": pools}}, tuple(ways)


def reserved(pool: Mapping[str, Any], way: Way) -> dict[str, str]:
    """Addresses that the engine gives to nobody: the author's, and those that are cut."""
    known = {n: a for n, a in (pool.get("aux_addresses") or {}).items() if ip_address(a) not in way.taken}
    return known | {f"taken{number}": str(address) for number, address in enumerate(way.taken)}


def pools_of(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [dict(entry) for entry in (raw.get("ipam") or {}).get("config") or () if entry.get("subnet")]


def fixed_of(key: str, services: Mapping[str, Any]) -> set[Address]:
    options = [(raw.get("networks") or {}).get(key) or {} for raw in services.values()]
    return {ip_address(o[name]) for o in options for name in ("ipv4_address", "ipv6_address") if o.get(name)}


def way_of(key: str, pool: Mapping[str, Any], fixed: set[Address], cut: frozenset[Address]) -> Way:
    subnet = ip_network(pool["subnet"], strict=False)
    gateway = ip_address(pool["gateway"]) if pool.get("gateway") else subnet[1]
    used = {*fixed, gateway, *cut, *map(ip_address, (pool.get("aux_addresses") or {}).values())}
    # From the end, where the engine gives addresses out last; a network without a broadcast loses nothing.
    free = (subnet[-n] for n in range(2, min(subnet.num_addresses, 4096)) if subnet[-n] not in used)
    taken = tuple(sorted(a for a in cut if a.version == subnet.version and a in subnet and a not in fixed))
    try:
        ours = next(free)
        if gateway in taken:
            gateway = next(free)
    except StopIteration:
        msg = f"network {key}: no address of {subnet} is left for the sinkhole\n  fix: give it a wider subnet"
        raise StackError(msg) from None
    return Way(subnet=subnet, gateway=gateway, ours=ours, taken=taken)


def sysctls(versions: set[int]) -> dict[str, str]:
    found = {
        "net.ipv4.ip_forward": "1",
        # It must not tell anybody of the shorter way.
        "net.ipv4.conf.all.send_redirects": "0",
        "net.ipv4.conf.default.send_redirects": "0",
    }
    if 6 in versions:  # noqa: PLR2004 - IPv6
        found |= {"net.ipv6.conf.all.disable_ipv6": "0", "net.ipv6.conf.all.forwarding": "1"}
    return found


def script(ways: list[Way], cut: frozenset[Address]) -> str:
    """Lead what comes from each network out of just that one; the address that leads here comes last."""
    lines = [
        "set -e",
        "ip route del default 2>/dev/null || true",
        "ip -6 route del default 2>/dev/null || true",
    ]
    versions = {way.subnet.version for way in ways}
    # Its own, so that each try is refused at once: kernels ration what they say of routes to nowhere.
    closed = [address for address in sorted(cut, key=str) if address.version in versions]
    lines += [f"ip -{a.version} addr add {a}/{a.max_prefixlen} dev lo" for a in closed]
    for number, way in enumerate(ways, start=101):
        version = way.subnet.version
        ip = f"ip -{version}"
        lines.append(f"dev=$({ip} -o route get {way.gateway} | sed 's/.* dev \\([^ ]*\\).*/\\1/')")
        # Networks of one stack reach each other no better than without it.
        others = [str(other.subnet) for other in ways if other is not way and other.subnet.version == version]
        lines += [f"{ip} route add unreachable {net} table {number}" for net in others]
        lines.append(f"{ip} route add default via {way.gateway} dev $dev table {number}")
        lines.append(f"{ip} rule add pref 100 iif $dev lookup {number}")
        lines.append(f"{ip} addr add {way.ours}/{way.subnet.prefixlen} dev $dev")
    return "\n".join([*lines, "exec sleep 2147483647"])
