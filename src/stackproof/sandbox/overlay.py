"""From the resolved model to the compose file of a sandbox. Pure: no file, no engine."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stackproof.stack import durations
from stackproof.stack.model import Health, Mount, Service

LOOPBACK = "127.0.0.1"
# A health check in the copy runs this often, so that nobody waits half a minute for a state.
CADENCE = 1.0  # seconds
# What a sandbox never takes over: names that could collide, builds (done once), author's tooling.
_DROPPED = (
    "container_name",
    "build",
    "develop",
    "profiles",
    "ports",
    "networks",
    "pull_policy",
    "external_links",
)


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
    start_interval: bool = False
    """Whether the engine knows health start intervals (API 1.44)."""
    fixed_ports: Mapping[str, int] = field(default_factory=dict)
    """Loopback port by `service/target`, to show the conflict of a fixed port."""


def isolate(raw: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """Return the compose file of a sandbox: nothing in it collides with anything outside it."""
    services = {name: _service(name, service or {}, plan) for name, service in raw["services"].items()}
    return {
        "name": plan.project,
        "services": services,
        "networks": {key: _network(net or {}, plan) for key, net in (raw.get("networks") or {}).items()},
        "volumes": {key: {"labels": dict(plan.labels)} for key in (raw.get("volumes") or {})},
        "secrets": {key: _file_object(item) for key, item in (raw.get("secrets") or {}).items()},
        "configs": {key: _file_object(item) for key, item in (raw.get("configs") or {}).items()},
    }


def _service(name: str, raw: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    service = Service(name=name, raw=raw)
    copy = {key: value for key, value in raw.items() if key not in _DROPPED}
    copy["image"] = plan.images[name]
    copy["pull_policy"] = "never"
    copy["labels"] = {**(raw.get("labels") or {}), **plan.labels}
    if service.ports and service.network_mode not in ("host", "none"):
        copy["ports"] = _ports(service, plan)
    if not service.network_mode:
        copy["networks"] = _networks(raw, service)
    if raw.get("volumes"):
        copy["volumes"] = [_volume(volume, plan) for volume in raw["volumes"]]
    if health := health_of(service, plan.image_health):
        copy["healthcheck"] = {**(raw.get("healthcheck") or {}), **_cadence(health, plan)}
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


def _networks(raw: Mapping[str, Any], service: Service) -> dict[str, Any]:
    """Join the same networks; a fixed container name stays reachable as an alias."""
    joined = raw.get("networks") or {"default": None}
    networks: dict[str, Any] = {}
    for key, options in joined.items():
        kept = {k: v for k, v in (options or {}).items() if k in ("aliases", "priority")}
        if service.container_name:
            kept["aliases"] = [*kept.get("aliases", []), service.container_name]
        networks[key] = kept or None
    return networks


def _network(raw: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    kept = {key: raw[key] for key in ("internal", "enable_ipv6") if raw.get(key)}
    return {**kept, "labels": dict(plan.labels)}


def _file_object(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in raw.items() if key != "name"}


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
    }
    return Health.parse({**default, **(raw or {})})


def _cadence(health: Health, plan: Plan) -> dict[str, Any]:
    """Probe more often, and stretch the retries so that the author's time window stays the same.

    Otherwise a slow first start under load would be called unhealthy, which is final for depends_on.
    """
    interval = min(CADENCE, health.interval)
    window = health.interval * health.retries
    faster: dict[str, Any] = {
        "interval": durations.compose(interval),
        "retries": math.ceil(window / interval),
    }
    if plan.start_interval and health.start_period:
        faster["start_interval"] = durations.compose(interval)
    return faster


def bind_mounts(services: Mapping[str, Service]) -> list[Mount]:
    """All binds of a stack, each source once; a source that anybody may write counts as writable."""
    found: dict[str, Mount] = {}
    for service in services.values():
        for mount in service.mounts:
            if mount.kind == "bind" and mount.source:
                known = found.get(mount.source)
                found[mount.source] = mount if known is None or known.read_only else known
    return [found[source] for source in sorted(found)]
