"""The typed view of what `docker compose config` resolves.

The resolved model holds secrets in clear (env_file values are inlined), so `raw` and the
environment stay out of every repr, report and log.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

from stackproof.stack.durations import seconds
from stackproof.stack.keys import KeyPath
from stackproof.stack.ports import Port, parse_exposed

# Engine defaults, from the Dockerfile reference (HEALTHCHECK) and the stop_grace_period default.
DEFAULT_INTERVAL = 30.0
DEFAULT_TIMEOUT = 30.0
DEFAULT_RETRIES = 3
# Between probes within a start period, until one succeeds.
DEFAULT_START_INTERVAL = 5.0
DEFAULT_GRACE = 10.0
# What runc and the engine search where the image sets no PATH (moby, oci/defaults.go).
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# Keys whose commands run in the container, or in one of their own, beside the service's.
HOOKS = ("pre_start", "post_start", "pre_stop")

HEALTHY = "service_healthy"
COMPLETED = "service_completed_successfully"


def unescape(text: str) -> str:
    """Undo the `$$` with which Compose writes a literal dollar sign."""
    return text.replace("$$", "$")


def escape(text: str) -> str:
    """Write a text so that Compose reads it as it is."""
    return text.replace("$", "$$")


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A volume, bind or tmpfs."""

    kind: str
    source: str | None
    target: str
    read_only: bool
    relabels: bool = False
    """Whether the engine labels the source anew (SELinux `z`, `Z`): a change of the author's own files."""
    at: KeyPath = field(default=(), compare=False)
    """Keys that lead to it, below its service."""


@dataclass(frozen=True, kw_only=True)
class Dependency:
    """An edge of `depends_on`."""

    service: str
    condition: str
    required: bool = True

    @property
    def waits(self) -> bool:
        """Whether Compose starts the dependant only when the dependency is ready."""
        return self.required and self.condition in (HEALTHY, COMPLETED)


@dataclass(frozen=True, kw_only=True)
class Health:
    """A health check in seconds, with the engine's defaults filled in."""

    interval: float
    timeout: float
    retries: int
    start_period: float
    start_interval: float = DEFAULT_START_INTERVAL

    @property
    def first_probe(self) -> float:
        """Seconds after a start until the engine asks for the first time."""
        return self.start_interval if self.start_period else self.interval

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        """Read `healthcheck` of a resolved service; zero means the default to the engine."""
        return cls(
            interval=seconds(raw.get("interval") or "0s") or DEFAULT_INTERVAL,
            timeout=seconds(raw.get("timeout") or "0s") or DEFAULT_TIMEOUT,
            retries=int(raw.get("retries") or DEFAULT_RETRIES),
            start_period=seconds(raw["start_period"]) if raw.get("start_period") else 0.0,
            start_interval=seconds(raw.get("start_interval") or "0s") or DEFAULT_START_INTERVAL,
        )


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service of the model."""

    name: str
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def image(self) -> str | None:
        """The image reference as written; None for a service that is only built."""
        return self.raw.get("image")

    @property
    def user(self) -> str:
        """The user that is configured in place of the image's; empty for none."""
        return str(self.raw.get("user") or "")

    @property
    def cap_add(self) -> tuple[str, ...]:
        """Capabilities that are added, as written."""
        return tuple(map(str, self.raw.get("cap_add") or ()))

    @property
    def security_opt(self) -> tuple[str, ...]:
        """Security options, as written."""
        return tuple(map(str, self.raw.get("security_opt") or ()))

    @property
    def uses_api_socket(self) -> bool:
        """Whether Compose hands it the engine's socket."""
        return bool(self.raw.get("use_api_socket"))

    @property
    def privileged_hooks(self) -> tuple[KeyPath, ...]:
        """Where its lifecycle hooks say `privileged: true`."""
        return tuple(
            (kind, index, "privileged")
            for kind in HOOKS
            for index, hook in enumerate(self.raw.get(kind) or ())
            if isinstance(hook, Mapping) and hook.get("privileged")
        )

    @property
    def programs(self) -> frozenset[str]:
        """Programs that its image is named after or that its command names, as far as the file tells."""
        image = (self.image or "").partition("@")[0].rpartition("/")[2].partition(":")[0]
        words = " ".join(map(str, (*(self.raw.get("entrypoint") or ()), *(self.raw.get("command") or ()))))
        return frozenset({image, *re.findall(r"[\w.-]+", words)})

    @property
    def builds(self) -> bool:
        """Whether the image is built from a context."""
        return "build" in self.raw

    @property
    def privileged(self) -> bool:
        """Whether `privileged: true` is written."""
        return bool(self.raw.get("privileged"))

    def brings(self, program: str, paths: Iterable[str]) -> bool:
        """Whether a program that its image lacks may be in its containers: mounted, or made at the start."""
        targets = [mount.target.rstrip("/") for mount in self.mounts]
        mounted = any(path == target or path.startswith(f"{target}/") for path in paths for target in targets)
        words = " ".join(map(str, (*(self.raw.get("entrypoint") or ()), *(self.raw.get("command") or ()))))
        return mounted or program in words or bool(self.raw.get("configs") or self.raw.get("secrets"))

    @property
    def container_name(self) -> str | None:
        """The fixed container name, if any."""
        return self.raw.get("container_name")

    @property
    def network_mode(self) -> str | None:
        """`host`, `none`, `bridge`, `service:...`, or None for ordinary networks."""
        return self.raw.get("network_mode")

    @property
    def network_of(self) -> str | None:
        """The service whose network this one shares, with all its ports and sockets."""
        kind, _, name = (self.network_mode or "").partition(":")
        return name if kind == "service" else None

    @cached_property
    def ports(self) -> tuple[Port, ...]:
        """Published ports, sorted."""
        ports = (
            Port(
                target=int(port["target"]),
                protocol=port.get("protocol", "tcp"),
                published=port.get("published") or None,
                host_ip=port.get("host_ip") or None,
                at=("ports", index),
            )
            for index, port in enumerate(_long(self.raw.get("ports")))
        )
        return tuple(sorted(ports, key=lambda port: (port.target, port.protocol, port.published or "")))

    @cached_property
    def exposed(self) -> frozenset[tuple[int, str]]:
        """`expose` entries as (port, protocol)."""
        return frozenset(port for entry in self.raw.get("expose") or () for port in parse_exposed(str(entry)))

    @cached_property
    def mounts(self) -> tuple[Mount, ...]:
        """Volumes, binds and tmpfs of the service."""
        return _mounts(self.raw)

    @cached_property
    def hook_mounts(self) -> tuple[Mount, ...]:
        """What its hooks before the start mount, each in a container of its own."""
        return tuple(mount for hook in _long(self.raw.get("pre_start")) for mount in _mounts(hook))

    @cached_property
    def depends_on(self) -> tuple[Dependency, ...]:
        """Dependencies, sorted by name."""
        edges: Mapping[str, Any] = self.raw.get("depends_on") or {}
        return tuple(
            Dependency(
                service=name,
                condition=edge.get("condition", "service_started"),
                required=edge.get("required", True),
            )
            for name, edge in sorted(edges.items())
        )

    @property
    def restart(self) -> str:
        """Restart policy as written, `no` when there is none; `deploy.restart_policy` counts too."""
        deploy = (self.raw.get("deploy") or {}).get("restart_policy")
        if deploy:
            return {"any": "always", "none": "no"}.get(deploy.get("condition", "any"), "on-failure")
        return str(self.raw.get("restart") or "no")

    @property
    def replicas(self) -> int:
        """Containers that `up` starts."""
        deploy = self.raw.get("deploy") or {}
        return int(self.raw.get("scale", deploy.get("replicas", 1)))

    @property
    def replicas_at(self) -> KeyPath:
        """Where that number is written."""
        return ("scale",) if "scale" in self.raw else ("deploy", "replicas")

    @property
    def grace(self) -> float:
        """Seconds the service has to stop."""
        raw = self.raw.get("stop_grace_period")
        return seconds(raw) if raw else DEFAULT_GRACE

    def __str__(self) -> str:
        """Return the name."""
        return self.name


def _long(entries: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401 - a value of the model
    """Return entries in their long form; a short one, which Compose never prints, is refused elsewhere."""
    return [entry for entry in entries or () if isinstance(entry, Mapping)]


def _mounts(raw: Mapping[str, Any]) -> tuple[Mount, ...]:
    return tuple(
        Mount(
            kind=str(mount.get("type")),
            source=mount.get("source"),
            target=mount["target"],
            read_only=bool(mount.get("read_only")),
            relabels=bool((mount.get("bind") or {}).get("selinux")),
            at=("volumes", index),
        )
        for index, mount in enumerate(_long(raw.get("volumes")))
    )


@dataclass(frozen=True, kw_only=True)
class Volume:
    """One named volume of the model."""

    name: str
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def external(self) -> bool:
        """Whether somebody else made it."""
        return bool(self.raw.get("external"))

    @property
    def options(self) -> Mapping[str, str]:
        """Options of the local driver; other drivers have none that we know."""
        local = self.raw.get("driver", "local") == "local" and not self.external
        return (self.raw.get("driver_opts") or {}) if local else {}

    @property
    def device(self) -> str | None:
        """The folder of the host that it really is: the local driver can bind one."""
        return self.options.get("device") if {"bind", "rbind"} & set(self.mount_words) else None

    @property
    def mount_words(self) -> tuple[str, ...]:
        """The words of its option `o`."""
        return tuple(str(self.options.get("o", "")).split(","))

    @property
    def read_only(self) -> bool:
        """Whether the folder of the host may only be read through it."""
        # Of both the engine takes the last; nobody who writes both means to protect anything.
        return "ro" in self.mount_words and "rw" not in self.mount_words

    @property
    def in_memory(self) -> bool:
        """Whether it is a tmpfs: a bind stays one, whatever type is written beside it."""
        return self.options.get("type") == "tmpfs" and not self.device


def services_of(raw: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return services with two things straightened out that would lead out of the stack.

    Compose keeps the edge of a dependency that need not be there and whose profile is not enabled; and
    a container that is named may be one of this very stack (`network_mode: container:vpn`).
    """
    services: dict[str, dict[str, Any]] = {
        name: dict(service or {}) for name, service in (raw.get("services") or {}).items()
    }
    owners = {s["container_name"]: name for name, s in services.items() if s.get("container_name")}
    for service in services.values():
        if isinstance(edges := service.get("depends_on"), Mapping):
            service["depends_on"] = {name: edge for name, edge in edges.items() if name in services}
        for key in ("network_mode", "pid", "ipc"):
            kind, _, container = str(service.get(key) or "").partition(":")
            if kind == "container" and container in owners:
                service[key] = f"service:{owners[container]}"
        if sources := service.get("volumes_from"):
            service["volumes_from"] = [_own_source(source, owners) for source in sources]
    return services


def _own_source(source: str, owners: Mapping[str, str]) -> str:
    """Return an entry of `volumes_from` by service where the container is one of the stack."""
    kind, _, rest = source.partition(":")
    name, colon, mode = rest.partition(":")
    return f"{owners[name]}{colon}{mode}" if kind == "container" and name in owners else source


@dataclass(frozen=True, kw_only=True)
class Model:
    """A resolved stack."""

    raw: Mapping[str, Any] = field(repr=False)

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

    def host_sources(self, service: Service) -> Iterator[tuple[str, KeyPath]]:
        """Yield the paths of the host that a service gets: mounts, volumes that bind, secrets and configs.

        Each with the keys below the service that ask for it.
        """
        for mount in service.mounts:
            if mount.kind == "bind" and mount.source:
                yield unescape(mount.source), mount.at
            elif mount.kind == "volume" and (volume := self.volumes.get(str(mount.source))) and volume.device:
                yield volume.device, mount.at
        for kind in ("secrets", "configs"):
            known: Mapping[str, Any] = self.raw.get(kind) or {}
            for index, use in enumerate(service.raw.get(kind) or ()):
                name = use.get("source") if isinstance(use, Mapping) else use
                if file := (known.get(str(name)) or {}).get("file"):
                    yield unescape(file), (kind, index)

    def sharing_network(self, name: str) -> tuple[str, ...]:
        """Services that live in the network of another one, or of one that does."""
        found: list[str] = []
        for service in self.services.values():
            if service.network_of == name:
                found += [service.name, *self.sharing_network(service.name)]
        return tuple(found)

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

    @cached_property
    def one_shots(self) -> frozenset[str]:
        """Services that another waits for to complete: they end with 0 and stay ended."""
        return frozenset(
            edge.service
            for service in self.services.values()
            for edge in service.depends_on
            if edge.condition == COMPLETED
        )
