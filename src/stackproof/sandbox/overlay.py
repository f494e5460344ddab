"""From the resolved model to the compose file of a sandbox. Pure: no file, no engine."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from stackproof.sandbox.host_access import reaches_control_socket
from stackproof.sandbox.subnets import Move, moved, pool_config
from stackproof.stack import durations
from stackproof.stack.model import Health, Model, Mount, Service, Volume

LOOPBACK = "127.0.0.1"
# A health check in the copy runs this often, so that nobody waits half a minute for a state.
CADENCE = 1.0  # seconds
# Only the first time it waits as long as the author lets it, or so long: programs come with probes that
# harm a service which has just begun to start. RabbitMQ's, as root, takes the place of the server's own epmd.
FIRST = 5.0  # seconds
# What a sandbox never takes over: names that could collide, builds (done once), author's tooling.
_DROPPED = frozenset(
    {"container_name", "build", "develop", "profiles", "ports", "networks", "pull_policy", "external_links",
     "label_file"}
)  # fmt: skip
# Proxies, updaters and certificate clients outside find their services by labels and these variables:
# they would send the users of the live stack to a copy.
DISCOVERED_BY = frozenset({"VIRTUAL_HOST", "LETSENCRYPT_HOST"})
# Log drivers that keep the log on the engine; others would mix a copy's lines into the live log.
LOCAL_LOGS = frozenset({"", "json-file", "local", "none"})
# Options that name or place a network on the host.
_PLACED = frozenset({"com.docker.network.bridge.name", "com.docker.network.bridge.host_binding_ipv4"})
_JOINED = ("aliases", "priority", "gw_priority", "driver_opts", "mac_address", "interface_name")
# Where authors write the addresses of their own networks.
_ADDRESSED = ("environment", "command", "entrypoint", "healthcheck", "extra_hosts", "dns")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a sandbox is made of, besides the model."""

    project: str
    labels: Mapping[str, str]
    images: Mapping[str, str]
    """Image by service."""
    image_health: Mapping[str, Health] = field(default_factory=dict)
    """Health checks that come from the image, by service."""
    binds: Mapping[str, str] = field(default_factory=dict)
    """Copy by bind source, for every source that must not be mounted itself."""
    moves: Mapping[str, tuple[Move, ...]] = field(default_factory=dict)
    """Subnets that take the place of the author's, by network."""
    start_interval: bool = False
    """Whether the engine knows health start intervals (API 1.44)."""
    fixed_ports: Mapping[str, int] = field(default_factory=dict)
    """Loopback port by `service/target`, to show the conflict of a fixed port."""


def isolate(raw: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """Return the compose file of a sandbox: nothing in it collides with anything outside it."""
    model = Model(raw=raw)
    keep_labels = finds_by_labels(model)
    services = {
        name: _service(service, plan, keep_labels=keep_labels) for name, service in model.services.items()
    }
    return {
        "name": plan.project,
        "services": services,
        "networks": {key: _network(key, net or {}, plan) for key, net in (raw.get("networks") or {}).items()},
        "volumes": {name: _named_volume(volume, plan) for name, volume in model.volumes.items()},
        "secrets": file_objects(raw.get("secrets") or {}),
        "configs": moved(file_objects(raw.get("configs") or {}), plan.moves),
    }


def finds_by_labels(model: Model) -> bool:
    """Whether a service asks the engine for the others, so that labels mean something inside the stack."""
    return any(reaches_control_socket(mount) for mount in bind_mounts(model))


def _service(service: Service, plan: Plan, *, keep_labels: bool) -> dict[str, Any]:
    raw = service.raw
    copy = {key: value for key, value in raw.items() if key not in _DROPPED}
    copy |= {key: moved(raw[key], plan.moves) for key in _ADDRESSED if key in raw}
    copy["image"] = plan.images[service.name]
    copy["pull_policy"] = "never"
    copy["labels"] = {**((raw.get("labels") or {}) if keep_labels else {}), **plan.labels}
    if not keep_labels and "environment" in raw:
        variables = copy["environment"] or {}
        copy["environment"] = {key: value for key, value in variables.items() if key not in DISCOVERED_BY}
    if ((raw.get("logging") or {}).get("driver") or "") not in LOCAL_LOGS:
        del copy["logging"]
    if service.ports and service.network_mode not in ("host", "none"):
        copy["ports"] = _ports(service, plan)
    if not service.network_mode:
        copy["networks"] = _networks(raw, service, plan)
    if raw.get("volumes"):
        copy["volumes"] = [_volume(volume, plan) for volume in raw["volumes"]]
    if health := health_of(service, plan.image_health):
        copy["healthcheck"] = {**(copy.get("healthcheck") or {}), **_cadence(health, plan)}
    return copy


def _ports(service: Service, plan: Plan) -> list[dict[str, Any]]:
    """Publish the same container ports on loopback; the host chooses the numbers."""
    ports = []
    for target, protocol in sorted({(port.target, port.protocol) for port in service.ports}):
        port: dict[str, Any] = {
            "target": target, "protocol": protocol, "host_ip": LOOPBACK, "mode": "ingress",
        }  # fmt: skip
        if fixed := plan.fixed_ports.get(f"{service.name}/{target}"):
            port["published"] = str(fixed)
        ports.append(port)
    return ports


def _networks(raw: Mapping[str, Any], service: Service, plan: Plan) -> dict[str, Any]:
    """Join the same networks; a fixed container name stays reachable as an alias."""
    joined = raw.get("networks") or {"default": None}
    networks: dict[str, Any] = {}
    for key, written in joined.items():
        options = written or {}
        kept = {name: options[name] for name in _JOINED if options.get(name)}
        if service.container_name:
            # Compose refuses an alias that is written twice.
            kept["aliases"] = list(dict.fromkeys([*kept.get("aliases", []), service.container_name]))
        if key in plan.moves:
            fixed = {name: options[name] for name in ("ipv4_address", "ipv6_address") if options.get(name)}
            kept |= moved(fixed, {key: plan.moves[key]})
        networks[key] = kept or None
    return networks


def _network(key: str, raw: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    kept = {name: raw[name] for name in ("internal", "enable_ipv4", "enable_ipv6") if name in raw}
    if raw.get("driver", "bridge") == "bridge":
        options = {
            name: value for name, value in (raw.get("driver_opts") or {}).items() if name not in _PLACED
        }
        kept |= {"driver_opts": options} if options else {}
    if moves := plan.moves.get(key):
        written = [entry for entry in (raw.get("ipam") or {}).get("config") or () if entry.get("subnet")]
        pools = [pool_config(entry, moves) for entry in written]
        kept["ipam"] = {"config": pools or [{"subnet": str(move.new)} for move in moves]}
    return {**kept, "labels": dict(plan.labels)}


def _named_volume(volume: Volume, plan: Plan) -> dict[str, Any]:
    """Return a fresh volume; one that lies in memory or in a folder of the host stays such a one."""
    found: dict[str, Any] = {"labels": dict(plan.labels)}
    if volume.in_memory:
        found["driver_opts"] = dict(volume.options)
    elif volume.device:
        found["driver_opts"] = {**volume.options, "device": plan.binds.get(volume.device, volume.device)}
    return found


def file_objects(objects: Mapping[str, Any]) -> dict[str, Any]:
    """Secrets and configs, without the names that belong to the author's project."""
    return {
        key: {name: value for name, value in raw.items() if name != "name"}
        for key, raw in objects.items()
        if not raw.get("external")
    }


def _volume(raw: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    copy = dict(raw)
    if raw.get("type") == "bind" and raw.get("source") in plan.binds:
        copy["source"] = plan.binds[raw["source"]]
    if raw.get("type") == "bind":
        # A missing source was replaced above; the engine must never create folders in the user's tree.
        copy["bind"] = {**(raw.get("bind") or {}), "create_host_path": False}
    return copy


def health_of(service: Service, image_health: Mapping[str, Health]) -> Health | None:
    """Return the health check that counts: the compose file's over the image's; None when there is none."""
    raw = service.raw.get("healthcheck")
    inherited = image_health.get(service.name)
    if raw and (raw.get("disable") or raw.get("test") == ["NONE"]):
        return None
    if raw and raw.get("test"):
        return Health.parse(raw)
    if inherited is None:
        return None
    # Compose lets a file change the cadence of the image's own test.
    default = {
        "interval": durations.compose(inherited.interval),
        "timeout": durations.compose(inherited.timeout),
        "retries": inherited.retries,
        "start_period": durations.compose(inherited.start_period),
        "start_interval": durations.compose(inherited.start_interval),
    }
    return Health.parse({**default, **(raw or {})})


def _cadence(health: Health, plan: Plan) -> dict[str, Any]:
    """Probe more often, and stretch the retries so that the author's time window stays the same.

    Otherwise a slow first start under load would be called unhealthy, which is final for depends_on.
    """
    interval = min(CADENCE, health.interval)
    window = health.interval * health.retries
    first = min(FIRST, health.first_probe)
    if not plan.start_interval or first <= interval:
        return {"interval": durations.compose(interval), "retries": math.ceil(window / interval)}
    # A start period as long as its interval delays the first probe and no other.
    window += max(health.start_period - first, 0.0)
    return {
        "interval": durations.compose(interval),
        "retries": math.ceil(window / interval),
        "start_period": durations.compose(first),
        "start_interval": durations.compose(first),
    }


def bind_mounts(model: Model) -> list[Mount]:
    """All folders and files of the host that a stack mounts, each once, also those behind a named volume.

    One that anybody may write counts as writable, and so does one that would be labelled anew.
    """
    found: dict[str, Mount] = {}
    for mount in (*_direct(model), *_behind_volumes(model)):
        known = found.get(str(mount.source))
        found[str(mount.source)] = mount if known is None or known.read_only else known
    return [found[source] for source in sorted(found)]


def _direct(model: Model) -> list[Mount]:
    mounts = [mount for service in model.services.values() for mount in service.mounts]
    return [
        replace(mount, read_only=mount.read_only and not mount.relabels)
        for mount in mounts
        if mount.kind == "bind" and mount.source
    ]


def _behind_volumes(model: Model) -> list[Mount]:
    return [
        Mount(
            kind="bind",
            source=volume.device,
            target=volume.name,
            read_only="ro" in str(volume.options.get("o", "")).split(","),
        )
        for volume in model.volumes.values()
        if volume.device
    ]
