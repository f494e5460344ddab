"""Networks of a sandbox: fresh bridges, or live ones that the user named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stackproof.isolation.subnets import moved, pool_config

if TYPE_CHECKING:
    from stackproof.isolation.here import Here
    from stackproof.isolation.treatment import Permits
    from stackproof.stack.model import Model

ENDPOINT_OPTIONS = frozenset({"com.docker.network.endpoint.sysctls", "com.docker.network.endpoint.ifname"})
# Log drivers that keep the log on the engine; others would mix a sandbox's lines into the live log.
_LOCAL_LOGS = frozenset({"", "json-file", "local", "none"})
_BRIDGE = "com.docker.network.bridge."
_PLAIN = frozenset(
    {
        f"{_BRIDGE}enable_icc",
        f"{_BRIDGE}enable_ip_masquerade",
        f"{_BRIDGE}inhibit_ipv4",
        "com.docker.network.driver.mtu",
        "com.docker.network.container_iface_prefix",
        "com.docker.network.enable_ipv4",
        "com.docker.network.enable_ipv6",
    }
)
_MODES = frozenset({f"{_BRIDGE}gateway_mode_ipv4", f"{_BRIDGE}gateway_mode_ipv6"})
_PLAIN_MODES = frozenset({"", "nat", "isolated"})
# They name or place a network on the host, or open its ports beyond it.
_PLACING = frozenset(
    {
        f"{_BRIDGE}name",
        f"{_BRIDGE}host_binding_ipv4",
        f"{_BRIDGE}host_binding_ipv6",
        f"{_BRIDGE}default_bridge",
        f"{_BRIDGE}trusted_host_interfaces",
        "com.docker.network.host_ipv4",
        "com.docker.network.host_ipv6",
    }
)
PLAIN_WORDS = ", ".join(f"`{name}`" for name in sorted(_PLAIN)) + ", `gateway_mode_*` of `nat`, `isolated`"
PLACED_WORDS = ", ".join(f"`{name}`" for name in sorted(_PLACING)) + ", `gateway_mode_*` of other modes"
_KEPT = ("internal", "enable_ipv4", "enable_ipv6", "driver_opts")


def is_external(value: Any, _here: Here) -> bool:  # noqa: ANN401 - a value of the model
    """Whether somebody else made it."""
    return bool((value or {}).get("external"))


def stays_external(value: Any, here: Here) -> bool:  # noqa: ANN401 - a value of the model
    """Whether it is a live network that the user named."""
    return is_external(value, here) and is_live(here.model, here.owner, here.permits)


def is_live(model: Model, key: str, permits: Permits) -> bool:
    """Whether a network is a live one that the user named."""
    raw = (model.raw.get("networks") or {}).get(key) or {}
    name = str(raw.get("name") or key)
    # The host's own network is more than one of the engine's: only `network_mode: host` says so plainly.
    return bool(raw.get("external")) and name in permits.networks and name != "host"


def joins_live(_value: Any, here: Here) -> bool:  # noqa: ANN401 - a value of the model
    """Whether a service joins a live network that the user named."""
    return is_live(here.model, str(here.at[-2]), here.permits)


def of_other_driver(value: Any, _here: Here) -> bool:  # noqa: ANN401 - a value of the model
    """Whether another driver than the plain one is written."""
    return str((value or {}).get("driver") or "") not in ("", "bridge", "default")


def beside_other_driver(_value: Any, here: Here) -> bool:  # noqa: ANN401 - a value of the model
    """Whether an option belongs to a network of another driver."""
    return of_other_driver(here.above(2), here)


def is_named(value: Any, here: Here) -> bool:  # noqa: ANN401 - a value of the model
    """Whether the author wrote a name; Compose makes one of the project and the key."""
    external = is_external(here.above(), here)
    return not external and str(value) != f"{here.model.raw.get('name', '')}_{here.owner}"


def is_plain_option(value: Any, here: Here) -> bool:  # noqa: ANN401 - a value of the model
    """Whether an option means the same in a sandbox."""
    name = str(here.at[-1])
    return name in _PLAIN or (name in _MODES and str(value) in _PLAIN_MODES)


def is_placing_option(_value: Any, here: Here) -> bool:  # noqa: ANN401 - a value of the model
    """Whether an option names, places or opens a network on the host."""
    return str(here.at[-1]) in _PLACING | _MODES


def logs_elsewhere(value: Any, _here: Here) -> bool:  # noqa: ANN401 - a value of the model
    """Whether a service's logs leave the engine."""
    return leave_engine(str((value or {}).get("driver") or ""))


def leave_engine(driver: str) -> bool:
    """Whether logs of a driver leave the engine; none named is the engine's own."""
    return driver not in _LOCAL_LOGS


def as_it_is(_built: Any, here: Here) -> dict[str, Any]:  # noqa: ANN401 - a value of the model
    """Return a live network by its own name."""
    raw: dict[str, Any] = here.model.raw["networks"][here.owner]
    return {"name": raw.get("name") or here.owner, "external": True}


def fresh(built: Any, here: Here) -> dict[str, Any]:  # noqa: ANN401 - a value of the model
    """Return a network of the sandbox's own, in a subnet of its own where addresses are written."""
    plan = here.plan
    if plan is None:
        return {}
    kept = {name: built[name] for name in _KEPT if (built or {}).get(name) not in (None, {})}
    if moves := plan.moves.get(here.owner):
        ipam = (here.model.raw["networks"].get(here.owner) or {}).get("ipam") or {}
        written = [entry for entry in ipam.get("config") or () if entry.get("subnet")]
        pools = [pool_config(entry, moves) for entry in written]
        kept["ipam"] = {"config": pools or [{"subnet": str(move.new)} for move in moves]}
    return {**kept, "labels": dict(plan.labels)}


def unchanged(built: Any, _here: Here) -> Any:  # noqa: ANN401 - a value of the model
    """Leave a value to the row above it."""
    return built


def address(value: Any, here: Here) -> Any:  # noqa: ANN401 - a value of the model
    """Return a fixed address in the sandbox's subnet; None on a network that has none of its own."""
    network = str(here.at[-2])
    if here.plan is None or network not in here.plan.moves:
        return None
    return moved(value, {network: here.plan.moves[network]})
