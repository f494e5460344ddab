"""The typed view of what `docker compose config` resolves: the door to what it is made of.

The resolved model holds secrets in clear (env_file values are inlined), so `raw` and the
environment stay out of every repr, report and log.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from stackproof.stack.dollars import escape, unescape
from stackproof.stack.health import (
    DEFAULT_INTERVAL,
    DEFAULT_RETRIES,
    DEFAULT_START_INTERVAL,
    DEFAULT_TIMEOUT,
    Health,
)
from stackproof.stack.keys import KeyPath
from stackproof.stack.mounts import HostMount, Mount, Volume
from stackproof.stack.service import DEFAULT_GRACE, DEFAULT_PATH, Service
from stackproof.stack.starts import Start, starts
from stackproof.stack.uses import COMPLETED, HEALTHY, Dependency, Network, NetworkUse, Object, ObjectUse

__all__ = [
    "COMPLETED", "DEFAULT_GRACE", "DEFAULT_INTERVAL", "DEFAULT_PATH", "DEFAULT_RETRIES",
    "DEFAULT_START_INTERVAL", "DEFAULT_TIMEOUT", "HEALTHY", "Dependency", "Health", "HostMount", "Model",
    "Mount", "NetworkUse", "Object", "ObjectUse", "Service", "Volume", "escape", "services_of", "unescape",
]  # fmt: skip


def services_of(raw: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return services with two things straightened out that would lead out of the stack.

    Compose keeps the edge of a dependency that need not be there and whose profile is not enabled; and
    a container that is named may be one of this very stack (`network_mode: container:vpn`).
    """
    services: dict[str, dict[str, Any]] = {
        name: dict(service or {}) for name, service in (raw.get("services") or {}).items()
    }
    named: dict[str, list[str]] = {}
    for name, service in services.items():
        if container := service.get("container_name"):
            named.setdefault(container, []).append(name)
    for service in services.values():
        if isinstance(edges := service.get("depends_on"), Mapping):
            service["depends_on"] = {name: edge for name, edge in edges.items() if name in services}
        for key in ("network_mode", "pid", "ipc"):
            kind, _, container = str(service.get(key) or "").partition(":")
            if kind == "container" and container in named:
                service[key] = f"service:{_nearest(named[container], service, services)}"
        if sources := service.get("volumes_from"):
            owners = {name: _nearest(several, service, services) for name, several in named.items()}
            service["volumes_from"] = [_own_source(source, owners) for source in sources]
    return services


def _nearest(names: list[str], service: Mapping[str, Any], services: Mapping[str, Any]) -> str:
    """Return which of the services with one container_name is beside another: alternatives may share it."""
    profiles = {*(service.get("profiles") or ())}
    theirs = ((name, {*(services[name].get("profiles") or ())}) for name in reversed(names))
    return next((name for name, those in theirs if not those or profiles & those), names[-1])


def _own_source(source: str, owners: Mapping[str, str]) -> str:
    """Return an entry of `volumes_from` by service where the container is one of the stack."""
    kind, _, rest = source.partition(":")
    name, colon, mode = rest.partition(":")
    return f"{owners[name]}{colon}{mode}" if kind == "container" and name in owners else source


@dataclass(frozen=True, kw_only=True)
class Model:
    """A resolved stack."""

    raw: Mapping[str, Any] = field(repr=False)
    default_profiles: frozenset[str] | None = None
    """Those of a plain `up`, where the others are here as well, as alternatives; None where all that is here
    starts together."""

    @cached_property
    def straight(self) -> dict[str, Any]:
        """The raw model with its services as `services_of` straightens them out, in a stable order."""
        return {**self.raw, "services": dict(sorted(services_of(self.raw).items()))}

    @cached_property
    def services(self) -> dict[str, Service]:
        """Services by name, sorted, so that every worker sees the same order."""
        return {name: Service(name=name, raw=raw) for name, raw in self.straight["services"].items()}

    @cached_property
    def volumes(self) -> dict[str, Volume]:
        """Named volumes, sorted."""
        volumes: Mapping[str, Any] = self.raw.get("volumes") or {}
        return {name: Volume(name=name, raw=raw or {}) for name, raw in sorted(volumes.items())}

    @cached_property
    def networks(self) -> dict[str, Network]:
        """The networks that are written, by key."""
        networks: Mapping[str, Any] = self.raw.get("networks") or {}
        return {key: Network(key=key, raw=raw or {}) for key, raw in networks.items()}

    @cached_property
    def secrets(self) -> dict[str, Object]:
        """The stack's secrets, by name."""
        return _objects(self.raw.get("secrets"))

    @cached_property
    def configs(self) -> dict[str, Object]:
        """The stack's configs, by name."""
        return _objects(self.raw.get("configs"))

    @cached_property
    def starts(self) -> tuple[Start, ...]:
        """What one `up` starts: all that is here, or one of several choices."""
        if self.default_profiles is None:
            return (Start(profiles=frozenset(), services=frozenset(self.services)),)
        return starts(self.services, self.default_profiles)

    @cached_property
    def _starts_of(self) -> dict[str, frozenset[int]]:
        numbered_starts = tuple(enumerate(self.starts))
        return {
            name: frozenset(number for number, start in numbered_starts if name in start.services)
            for name in self.services
        }

    def together(self, one: str, other: str) -> bool:
        """Whether one `up` may start both services."""
        return not self._starts_of[one].isdisjoint(self._starts_of[other])

    def host_mounts(self, service: Service) -> tuple[HostMount, ...]:
        """Return what of the host a service gets: binds, volumes that bind, secrets and configs.

        Those of its hooks, too, and of services whose mounts it takes over.
        """
        if service.name not in self._host_mounts:
            self._host_mounts[service.name] = tuple(self._all_mounted(service))
        return self._host_mounts[service.name]

    @cached_property
    def _host_mounts(self) -> dict[str, tuple[HostMount, ...]]:
        """What was found of services, whom several rules ask for it."""
        return {}

    def _all_mounted(self, service: Service) -> Iterator[HostMount]:
        yield from self._mounted(service, (*service.mounts, *service.hook_mounts))
        for other, at, read_only in self.taken_over(service):
            for mount in self._mounted(other, other.mounts):
                yield replace(mount, at=at, read_only=mount.read_only or read_only)

    def taken_over(
        self, service: Service, above: frozenset[str] = frozenset()
    ) -> Iterator[tuple[Service, KeyPath, bool]]:
        """Yield the services named in `volumes_from`, and those that they name, with the entry here.

        And whether it says that all is for reading only. Of two that mount something at one path the engine
        takes the one that comes first here.
        """
        above |= {service.name}
        for at, name in reversed(service.volumes_from):
            if name in self.services and name not in above:
                other, read_only = self.services[name], at in service.volumes_from_read_only
                yield other, at, read_only
                for further, _at, already in self.taken_over(other, above):
                    yield further, at, read_only or already

    def _mounted(self, service: Service, mounts: Iterable[Mount]) -> Iterator[HostMount]:
        for mount in mounts:
            volume = self.volumes.get(str(mount.source))
            if mount.kind == "bind" and mount.source:
                yield HostMount(
                    source=unescape(mount.source),
                    read_only=mount.read_only,
                    at=mount.at,
                    propagation=mount.propagation,
                    target=mount.target,
                )
            elif mount.kind == "volume" and volume and volume.device:
                yield HostMount(
                    source=volume.device,
                    read_only=mount.read_only or volume.read_only,
                    at=mount.at,
                    propagation=volume.propagation,
                    target=mount.target,
                )
        for uses, known in ((service.secrets, self.secrets), (service.configs, self.configs)):
            for use in uses:
                if (thing := known.get(use.source)) and thing.file:
                    # Compose mounts them for reading only (pkg/compose/create.go).
                    is_secret = known is self.secrets
                    yield HostMount(source=thing.file, read_only=True, at=use.at, is_secret=is_secret)

    @property
    def networks_joined(self) -> frozenset[str]:
        """Names of the networks that any of its services joins."""
        return frozenset(use.network for service in self.services.values() for use in service.networks)

    def sharing_network(self, name: str) -> tuple[str, ...]:
        """Services that live in the network of another one, or of one that does."""
        found: list[str] = []
        for service in self.services.values():
            if service.network_of == name:
                found += [service.name, *self.sharing_network(service.name)]
        return tuple(found)

    def needed_by(self, names: Iterable[str]) -> frozenset[str]:
        """Return services with all that Compose starts for them.

        Compose counts links, and namespaces and volumes of another service, among what one depends on.
        """
        found: set[str] = set()
        more = {*names}
        while more:
            found |= more
            edges = (edge.service for name in more for edge in self.services[name].depends_on)
            more = {*edges} & self.services.keys() - found
        return frozenset(found)

    def waiting_for(self, failed: str, *, started: bool) -> list[str]:
        """Services that Compose does not start when one does not become ready, or cannot start, by name."""
        blocked: set[str] = set()

        def held_up(edge: Dependency) -> bool:
            # Nothing starts before what was never started, however little is asked of it.
            return edge.service in blocked or (edge.service == failed and (edge.waits or not started))

        while more := {
            service.name
            for service in self.services.values()
            if service.name not in blocked | {failed} and any(map(held_up, service.depends_on))
        }:
            blocked |= more
        return sorted(blocked)

    def scaled(self, name: str, replicas: int) -> "Model":
        """Return the same stack with so many containers of a service."""
        services = self.straight["services"]
        several = services | {name: {**services[name], "scale": replicas}}
        return replace(self, raw={**self.raw, "services": several})

    @cached_property
    def one_shots(self) -> frozenset[str]:
        """Services that another waits for to complete: they end with 0 and stay ended."""
        return frozenset(
            edge.service
            for service in self.services.values()
            for edge in service.depends_on
            if edge.condition == COMPLETED
        )


def _objects(raw: Mapping[str, Any] | None) -> dict[str, Object]:
    return {name: Object(name=name, raw=found or {}) for name, found in (raw or {}).items()}
