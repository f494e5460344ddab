"""What a service of a sandbox has besides its author's keys: image, labels, networks, health cadence."""

from typing import Any

from stackproof.isolation import discovery, health
from stackproof.isolation.here import Here
from stackproof.isolation.networks import leave_engine
from stackproof.isolation.plan import Plan

DEFAULT_NETWORK = "default"
# Modes in which a service has no network of its own to publish ports of.
_NO_PORTS = ("host", "none")


def finish_service(built: dict[str, Any], here: Here) -> dict[str, Any]:
    """Return a service with everything that the sandbox sets itself."""
    plan = here.plan
    if plan is None:
        return built
    service = here.service
    found = {key: value for key, value in built.items() if key != "networks"}
    found["image"] = plan.images[service.name]
    found["pull_policy"] = "never"
    asks = discovery.finds_by_labels(here.model, here)
    found["labels"] = _labels(built, here, plan, asks=asks)
    if not asks and (brought := _unset(here, plan)):
        found["environment"] = {**(built.get("environment") or {}), **brought}
    if leave_engine(plan.log_driver) and not (found.get("logging") or {}).get("driver"):
        found["logging"] = {"driver": "json-file"}
    if not found.get("ports") or service.network_mode in _NO_PORTS:
        found.pop("ports", None)
    if not found.get("network_mode"):
        found["networks"] = _networks(built, here)
    if checked := health.health_of(service, plan.image_health):
        cadence = health.cadence(checked, start_intervals=plan.start_interval, calm=plan.calm)
        found["healthcheck"] = {**(built.get("healthcheck") or {}), **cadence}
    return found


def _labels(built: dict[str, Any], here: Here, plan: Plan, *, asks: bool) -> dict[str, str]:
    if asks:
        return {**(built.get("labels") or {}), **plan.labels}
    return {**discovery.outside_labels(plan.image_labels.get(here.owner, {})), **plan.labels}


def _unset(here: Here, plan: Plan) -> dict[str, None]:
    """Return what takes variables of discovery away that the image sets: one without a value is unset."""
    return {name: None for name in plan.image_variables.get(here.owner, ()) if discovery.is_variable(name)}


def _networks(built: dict[str, Any], here: Here) -> dict[str, Any]:
    """Join the same networks; a fixed container name stays reachable as an alias."""
    networks: dict[str, Any] = {}
    for key, options in (built.get("networks") or {DEFAULT_NETWORK: None}).items():
        kept = {name: value for name, value in (options or {}).items() if value not in (None, "", [], {})}
        if name := here.service.container_name:
            # Compose refuses an alias that is written twice.
            kept["aliases"] = list(dict.fromkeys([*kept.get("aliases", []), name]))
        networks[key] = kept or None
    return networks
