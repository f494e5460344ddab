"""What of two models must be equal for them to mean the same."""

from collections.abc import Mapping
from typing import Any

from stackproof.stack.model import Model

_LISTS = ("ports", "security_opt")  # their order says nothing


def meaning(model: Model) -> dict[str, Any]:
    """Return a model without orders that say nothing, and without what Compose does not read (`x-...`).

    It holds secrets in clear.
    """
    services = {name: meaning_of(service) for name, service in (model.raw.get("services") or {}).items()}
    return {**_read(model.raw), "services": services}


def meaning_of(service: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the same of one service."""
    told = {
        key: sorted(value, key=repr) if key in _LISTS else value
        for key, value in _read(service or {}).items()
    }
    build = told.get("build")
    if isinstance(build, dict) and isinstance(build.get("ssh"), list):  # Compose lists it in a random order
        told["build"] = {**build, "ssh": sorted(build["ssh"], key=repr)}
    return told


def _read(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in raw.items() if not key.startswith("x-")}
