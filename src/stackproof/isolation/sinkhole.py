"""One more container in a sandbox: it has the names that are cut and stands before the way out. Pure.

The engine's own DNS answers a name with whoever has it as an alias, for every program of the network.
For addresses it is the default gateway of the network, which forwards everything else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

from stackproof.isolation import routing
from stackproof.isolation.outside_hosts import parted
from stackproof.isolation.outside_known import AUTHORITIES
from stackproof.isolation.outside_policy import Decision, is_acme_client, opens
from stackproof.isolation.outside_spelling import host_of
from stackproof.isolation.routing import Way
from stackproof.isolation.subnets import Address, Moves, Network, moved
from stackproof.stack.model import Model, escape

NAME = "stackproof-sinkhole"
# Nobody answers there, so a name that no alias has is not found at once.
NO_DNS = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Sinkhole:
    """What was added to a sandbox, and what must be seen of it once it is up."""

    service: str
    compose: dict[str, Any] = field(repr=False)
    names: frozenset[str]
    gateways: Mapping[str, tuple[Address, ...]]
    """By network of the compose file: what its containers must have for a gateway."""

    def problem(self, project: str, containers: list[dict[str, Any]]) -> str:
        """Say what of the cut does not hold, from inspect data; empty when it does."""
        mine = [data for data in containers if _service(data) == self.service]
        if not mine or mine[0]["State"]["Status"] != "running" or mine[0]["RestartCount"]:
            return f"{self.service} does not run"
        for name, joined in _networks(mine[0]):
            if missing := self.names - set(joined.get("Aliases") or ()):
                return f"network {name.removeprefix(f'{project}_')} does not answer for {min(missing)}"
        for data in containers:
            for name, joined in _networks(data):
                wanted = {str(a) for a in self.gateways.get(name.removeprefix(f"{project}_"), ())}
                given = {str(joined.get(key)) for key in ("Gateway", "IPv6Gateway")}
                # A container that has ended has no addresses any more.
                if data["State"]["Status"] == "running" and not wanted <= given:
                    return f"{_service(data)} has another gateway than {self.service}"
        return ""


def _service(data: Mapping[str, Any]) -> str:
    return str((data["Config"]["Labels"] or {}).get("com.docker.compose.service", ""))


def _networks(data: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return list((data["NetworkSettings"]["Networks"] or {}).items())


def offline(compose: Mapping[str, Any], decision: Decision, moves: Moves) -> dict[str, Any]:
    """Return a sandbox whose networks have no way out; the engine publishes no port there.

    The engine's host still has an address of its own on each: never one that the stack names.
    """
    named = frozenset(ip_address(moved(text, moves)) for text in decision.named_addresses)
    networks: dict[str, Any] = {}
    for key, raw in (compose.get("networks") or {}).items():
        pools = routing.pools_of(raw or {})
        for pool in pools:
            way = routing.way_of(key, pool, routing.fixed_of(key, compose["services"]), named)
            if way.taken:
                pool |= {"gateway": str(way.gateway), "aux_addresses": routing.reserved(pool, way)}
        found = {**(raw or {}), "internal": True}
        networks[key] = {**found, "ipam": {**(found["ipam"]), "config": pools}} if pools else found
    return {**compose, "networks": networks}


def uncuttable(compose: Mapping[str, Any], model: Model, decision: Decision) -> list[str]:
    """Say which services would reach what is cut over a network that is not the sandbox's own."""
    found = []
    for name, raw in compose["services"].items():
        if not (over := _not_ours(raw, compose.get("networks") or {})):
            continue
        hosts = sorted({one.host for one in decision.cut if one.service == name and not one.doubtful})
        if is_acme_client(model.services[name]) and not opens(decision.allowed, AUTHORITIES[0]):
            hosts.append(f"certificate authorities ({AUTHORITIES[0]})")
        if decision.offline:
            hosts = ["everything, which --offline shall cut off"]
        if hosts:
            found.append(f"service {name} ({over}): {', '.join(hosts)}")
    return found


def _not_ours(raw: Mapping[str, Any], networks: Mapping[str, Any]) -> str:
    """Say over what a service leaves the sandbox: the host's network, or a live one that was opened."""
    mode = str(raw.get("network_mode") or "")
    if mode and mode != "none" and not mode.startswith("service:"):
        return f"network_mode: {mode}"
    live = [key for key in raw.get("networks") or {} if (networks.get(key) or {}).get("external")]
    return f"live network {', '.join(live)}" if live else ""


def refusal(found: list[str]) -> str:
    """Say it in one message."""
    return (
        "it would act outside in your name, over a network on which nothing can be cut:\n  "
        + "\n  ".join(found)
        + "\n  fix: --allow-outside HOST opens a host; or keep the service on networks of the stack"
    )


@dataclass(frozen=True, kw_only=True)
class Means:
    """What a sinkhole is made with."""

    image: str
    labels: Mapping[str, str]
    seed: str
    """Another one gives other subnets."""
    moves: Moves = field(default_factory=dict)


def add(compose: Mapping[str, Any], decision: Decision, means: Means) -> Sinkhole:
    """Return a sandbox with a sinkhole; its networks are unchanged where only names are cut.

    Raises StackError for a network that has no address left for it.
    """
    services = {name: dict(raw) for name, raw in compose["services"].items()}
    service = _free_name(services)
    names = decision.names | set(_searched(services, decision.names))
    addresses = frozenset(ip_address(moved(text, means.moves)) for text in decision.addresses)
    networks = {key: dict(raw or {}) for key, raw in (compose.get("networks") or {}).items()}
    joined = _joined(compose)
    ways: dict[str, tuple[Way, ...]] = {}
    if addresses:
        for key in joined:
            networks[key], ways[key] = routing.led(key, networks, services, addresses, means.seed)
    closed = _Closed(names, addresses, tuple(_subnets(networks)))
    for name, raw in services.items():
        services[name] = _behind(raw, service, closed)
        if name in _owners(services, decision.without_dns):
            services[name]["dns"] = [NO_DNS]
    services[service] = _container(names, addresses, joined, ways, means)
    return Sinkhole(
        service=service,
        compose={**compose, "services": services, "networks": networks},
        names=frozenset(names),
        gateways={key: tuple(way.ours for way in several) for key, several in ways.items()},
    )


def needed(compose: Mapping[str, Any], decision: Decision) -> bool:
    """Whether there is anything to cut, and a network to cut it on."""
    return bool((decision.names or decision.addresses) and _joined(compose))


def _joined(compose: Mapping[str, Any]) -> list[str]:
    """Networks with a way out that a service is on; on a live one the sinkhole would answer others."""
    used = {key for raw in compose["services"].values() for key in raw.get("networks") or {}}
    networks = {key: raw or {} for key, raw in (compose.get("networks") or {}).items()}
    return [
        k for k, raw in networks.items() if k in used and not raw.get("internal") and not raw.get("external")
    ]


def _free_name(services: Mapping[str, Any]) -> str:
    return next(name for name in (NAME, *(f"{NAME}-{n}" for n in range(2, 99))) if name not in services)


def _searched(services: Mapping[str, Any], names: frozenset[str]) -> Iterator[str]:
    """Names as a service with search domains of its own may ask for them."""
    for raw in services.values():
        search = raw.get("dns_search") or ()
        for domain in [search] if isinstance(search, str) else search:
            yield from (f"{name}.{str(domain).strip('.').lower()}" for name in names if domain != ".")


def _owners(services: Mapping[str, Any], wanted: frozenset[str]) -> set[str]:
    """Services whose network is that of the wanted ones."""
    found = set()
    for name in wanted & set(services):
        owner = name
        while str(services[owner].get("network_mode") or "").startswith("service:"):
            owner = services[owner]["network_mode"].partition(":")[2]
        found.add(owner)
    return found


@dataclass(frozen=True)
class _Closed:
    """What is cut, and what of the sandbox's own may have the same name."""

    names: frozenset[str]
    addresses: frozenset[Address]
    subnets: tuple[Network, ...]

    def __contains__(self, entry: object) -> bool:
        """Whether an entry of `extra_hosts` would lead to what is cut."""
        name, text = parted(str(entry))
        try:
            address = ip_address(host_of(text) or text)
        except ValueError:
            return name.strip().lower() in self.names
        if address in self.addresses:
            return True
        ours = address.is_loopback or any(address in net for net in self.subnets)
        return name.strip().lower() in self.names and not ours


def _subnets(networks: Mapping[str, Any]) -> Iterator[Network]:
    for raw in networks.values():
        yield from (ip_network(pool["subnet"], strict=False) for pool in routing.pools_of(raw))


def _behind(raw: dict[str, Any], service: str, closed: _Closed) -> dict[str, Any]:
    """Return a service that starts after the sinkhole and has no entry of its own for what is cut."""
    edge = {"condition": "service_started", "required": True}
    found = {**raw, "depends_on": {**(raw.get("depends_on") or {}), service: edge}}
    if isinstance(hosts := raw.get("extra_hosts"), Mapping):
        hosts = [
            f"{name}={a}" for name, many in hosts.items() for a in ([many] if isinstance(many, str) else many)
        ]
    if hosts:
        found["extra_hosts"] = [entry for entry in hosts if entry not in closed]
    return found


def _container(
    names: frozenset[str],
    addresses: frozenset[Address],
    joined: list[str],
    ways: Mapping[str, tuple[Way, ...]],
    means: Means,
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "image": means.image,
        "pull_policy": "never",
        "labels": dict(means.labels),
        "command": ["sleep", "2147483647"],
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "read_only": True,
        "restart": "always",
        # Its first process has no handler for anything milder.
        "stop_signal": "SIGKILL",
        "networks": {key: {"aliases": sorted(map(escape, names))} for key in joined},
    }
    if ways:
        all_ways = [way for several in ways.values() for way in several]
        found["cap_add"] = ["NET_ADMIN"]
        found["sysctls"] = routing.sysctls({way.subnet.version for way in all_ways})
        found["command"] = ["sh", "-c", escape(routing.script(all_ways, addresses))]
    return found
