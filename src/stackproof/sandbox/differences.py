"""What of a stack is another in its copies, for the report: nobody shall read more into an outcome."""

from collections.abc import Iterable, Iterator

from stackproof.sandbox.overlay import DISCOVERED_BY, LOCAL_LOGS, finds_by_labels
from stackproof.stack.model import Model, Service

_PLAIN_DRIVERS = ("bridge", "default", "")


def notes(model: Model) -> list[str]:
    """Say what is replaced, left out or changed; empty for a stack of which all is as written."""
    return [*_networks(model), *_volumes(model), *_services(model)]


def _networks(model: Model) -> Iterator[str]:
    networks = {key: raw or {} for key, raw in (model.raw.get("networks") or {}).items()}
    yield from _say(
        "external networks are replaced by ones of the copy, without what else is on them",
        (key for key, raw in networks.items() if raw.get("external")),
    )
    yield from _say(
        "networks of these drivers are replaced by bridges",
        (f"{key} ({raw['driver']})" for key, raw in networks.items() if _driver(raw) not in _PLAIN_DRIVERS),
    )
    fixed = {
        key
        for service in model.services.values()
        for key, options in (service.raw.get("networks") or {}).items()
        if (options or {}).get("ipv4_address") or (options or {}).get("ipv6_address")
    }
    owned = {
        key
        for key, raw in networks.items()
        for entry in (raw.get("ipam") or {}).get("config") or ()
        if entry.get("subnet")
    }
    yield from _say(
        "networks have another subnet in each copy; addresses in the compose file follow, those in mounted "
        "files do not",
        sorted(fixed | owned),
    )


def _driver(raw: dict[str, str]) -> str:
    return "" if raw.get("external") else str(raw.get("driver") or "")


def _volumes(model: Model) -> Iterator[str]:
    volumes = model.volumes.values()
    yield from _say("external volumes are empty in a copy", (v.name for v in volumes if v.external))
    yield from _say(
        "volumes of these drivers are plain local ones in a copy",
        (
            f"{v.name} ({v.options.get('type') or v.raw.get('driver')})"
            for v in volumes
            if not v.external
            and (v.raw.get("driver", "local") != "local" or (v.options and not v.device and not v.in_memory))
        ),
    )


def _services(model: Model) -> Iterator[str]:
    services = list(model.services.values())
    yield from _say(
        "links to containers outside the stack are left out",
        (f"{s.name} ({link})" for s in services for link in s.raw.get("external_links") or ()),
    )
    yield from _say(
        "logs stay on the engine in place of the author's driver",
        (f"{s.name} ({_log(s)})" for s in services if _log(s) not in LOCAL_LOGS),
    )
    if not finds_by_labels(model):
        yield from _say(
            "labels and variables by which others would take a copy for the live service are left out",
            (s.name for s in services if s.raw.get("labels") or DISCOVERED_BY & set(_variables(s))),
        )
    yield from _say(
        "no container is started, as written (replicas: 0)", (s.name for s in services if not s.replicas)
    )


def _log(service: Service) -> str:
    return str((service.raw.get("logging") or {}).get("driver") or "")


def _variables(service: Service) -> Iterable[str]:
    return service.raw.get("environment") or {}


def _say(what: str, names: Iterable[str]) -> Iterator[str]:
    if found := list(names):
        yield f"{what}: {', '.join(found)}"
