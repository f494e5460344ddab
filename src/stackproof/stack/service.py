"""One service of a resolved stack.

The resolved model holds secrets in clear (env_file values are inlined), so `raw` and the
environment stay out of every repr, report and log.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from stackproof.stack.dollars import unescape
from stackproof.stack.durations import seconds
from stackproof.stack.health import own_test
from stackproof.stack.images import repository, short_name
from stackproof.stack.keys import KeyPath, numbered
from stackproof.stack.mounts import Mount, mounts_of
from stackproof.stack.ports import Port, parse_exposed
from stackproof.stack.uses import STARTED, Dependency, NetworkUse, ObjectUse

# What the specification says of stop_grace_period.
DEFAULT_GRACE = 10.0
# What runc and the engine search where the image sets no PATH (moby, oci/defaults.go).
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# Keys whose commands run in the container, or in one of their own, beside the service's.
HOOKS = ("pre_start", "post_start", "pre_stop")


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
    def at(self) -> KeyPath:
        """Its path in the resolved model; `at` of what it has starts from here."""
        return "services", self.name

    @property
    def platform(self) -> str | None:
        """The platform of its image, such as linux/arm64, if one is asked for."""
        return self.raw.get("platform")

    @property
    def runtime(self) -> str | None:
        """The OCI runtime, if one is asked for by name."""
        return self.raw.get("runtime")

    @cached_property
    def device_drivers(self) -> tuple[str, ...]:
        """The driver of each device that it reserves, GPUs included; `nvidia` where none is named."""
        resources = (self.raw.get("deploy") or {}).get("resources") or {}
        devices = (resources.get("reservations") or {}).get("devices") or ()
        return tuple(device.get("driver") or "nvidia" for device in (*devices, *(self.raw.get("gpus") or ())))

    @cached_property
    def environment(self) -> Mapping[str, str | None]:
        """Variables as its processes get them; None is taken from whoever starts it, if it is set there."""
        written = self.raw.get("environment") or {}
        return {str(name): None if value is None else unescape(str(value)) for name, value in written.items()}

    @property
    def working_dir(self) -> str | None:
        """The working directory, where it is not that of the image."""
        return self.raw.get("working_dir")

    @property
    def health_test(self) -> list[str] | None:
        """The command of its health check: empty for none at all, None where the image's own counts."""
        return own_test(self.raw.get("healthcheck"))

    @property
    def user(self) -> str:
        """The user that is configured in place of the image's; empty for none."""
        return str(self.raw.get("user") or "")

    @property
    def cap_add(self) -> tuple[str, ...]:
        """Capabilities that are added, as written."""
        return tuple(map(str, self.raw.get("cap_add") or ()))

    @property
    def cap_drop(self) -> tuple[str, ...]:
        """Capabilities that are dropped, as written."""
        return tuple(map(str, self.raw.get("cap_drop") or ()))

    @property
    def security_opt(self) -> tuple[str, ...]:
        """Security options, as written."""
        return tuple(map(str, self.raw.get("security_opt") or ()))

    @property
    def uses_api_socket(self) -> bool:
        """Whether Compose hands it the engine's socket."""
        return bool(self.raw.get("use_api_socket"))

    @property
    def _hooks(self) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
        """What runs beside its own command, each with its path: hooks, and what `develop.watch` executes."""
        for kind in HOOKS:
            yield from numbered(self.raw, kind)
        for at, watched in numbered(self.raw.get("develop") or {}, "watch"):
            if executed := watched.get("exec"):
                yield ("develop", *at, "exec"), executed

    @property
    def privileged_hooks(self) -> tuple[KeyPath, ...]:
        """Where its hooks, or what `develop.watch` executes, say `privileged: true`."""
        return tuple((*at, "privileged") for at, hook in self._hooks if hook.get("privileged"))

    @property
    def variables(self) -> tuple[KeyPath, ...]:
        """Where its variables stand, and those of its hooks: the last key is the name."""
        return tuple(
            (*at, "environment", name)
            for at, one in (((), self.raw), *self._hooks)
            for name in one.get("environment") or {}
        )

    def variable(self, at: KeyPath) -> str | None:
        """Return the value of one of `variables` as Compose resolved it; None where it is only passed on."""
        holder: Any = self.raw
        for key in at:
            holder = holder[key]
        return None if holder is None else str(holder)

    @property
    def image_name(self) -> str:
        """The last word of its image's name, without tag and digest; empty where it has none."""
        return short_name(self.image or "")

    @property
    def repository(self) -> str:
        """Whose its image is and which, without registry, tag and digest; empty where it has none."""
        return repository(self.image or "")

    @property
    def programs(self) -> frozenset[str]:
        """Programs that its image is named after or that its command names, as far as the file tells."""
        return frozenset({self.image_name, *re.findall(r"[\w.-]+", self._commands)})

    @property
    def commands(self) -> dict[str, list[str]]:
        """The words of its entrypoint and of its command, as Compose resolved them, by key."""
        return {key: list(map(str, self.raw.get(key) or ())) for key in ("entrypoint", "command")}

    @property
    def command_lines(self) -> dict[KeyPath, list[str]]:
        """The words of all that it is told to run, by where they stand."""
        found: dict[KeyPath, Any] = {(key,): words for key, words in self.commands.items()}
        found["healthcheck", "test"] = (self.raw.get("healthcheck") or {}).get("test")
        found |= {(*at, "command"): hook.get("command") for at, hook in self._hooks}
        return {at: list(map(str, words)) for at, words in found.items() if isinstance(words, list) and words}

    @property
    def _commands(self) -> str:
        return " ".join(word for words in self.commands.values() for word in words)

    @property
    def labels(self) -> Mapping[str, str]:
        """Labels of its containers, by name."""
        return {str(name): str(value) for name, value in (self.raw.get("labels") or {}).items()}

    @property
    def build_arguments(self) -> Mapping[str, str | None]:
        """What is given to its build, by name; None for what whoever builds does not set."""
        build = self.raw.get("build")
        given = build.get("args") if isinstance(build, Mapping) else None
        return {str(name): None if value is None else str(value) for name, value in (given or {}).items()}

    @property
    def build_rights(self) -> Mapping[KeyPath, str]:
        """What its build is granted beyond the ordinary, by where it stands.

        The words of BuildKit for that: `security.insecure`, which is also what Compose asks for where a build
        is `privileged`, and `network.host`.
        """
        build = self.raw.get("build")
        if not isinstance(build, Mapping):
            return {}
        found: dict[KeyPath, str] = (
            {("build", "privileged"): "security.insecure"} if build.get("privileged") else {}
        )
        if build.get("network") == "host":
            found["build", "network"] = "network.host"
        granted = enumerate(build.get("entitlements") or ())
        return found | {("build", "entitlements", index): str(word) for index, word in granted}

    @property
    def builds(self) -> bool:
        """Whether the image is built from a context."""
        return "build" in self.raw

    @property
    def pull_policy(self) -> str:
        """When its image is pulled or built; empty where Compose decides."""
        return str(self.raw.get("pull_policy") or "")

    @property
    def privileged(self) -> bool:
        """Whether `privileged: true` is written."""
        return bool(self.raw.get("privileged"))

    @property
    def read_only_root(self) -> bool:
        """Whether its containers cannot write to the file system of their image."""
        return bool(self.raw.get("read_only"))

    @cached_property
    def tmpfs(self) -> tuple[tuple[KeyPath, str, tuple[str, ...]], ...]:
        """Its file systems in memory of the key `tmpfs`: where each is written, its path, its options."""
        written = self.raw.get("tmpfs") or ()
        entries = enumerate([written] if isinstance(written, str) else written)
        parts = ((("tmpfs", index), str(entry).partition(":")) for index, entry in entries)
        return tuple((at, path, tuple(filter(None, options.split(",")))) for at, (path, _, options) in parts)

    def brings(self, program: str, paths: Iterable[str]) -> bool:
        """Whether a program that its image lacks may be in its containers: mounted, or made at the start."""
        targets = [mount.target.rstrip("/") for mount in self.mounts]
        mounted = any(path == target or path.startswith(f"{target}/") for path in paths for target in targets)
        return (
            mounted or program in self._commands or bool(self.raw.get("configs") or self.raw.get("secrets"))
        )

    @property
    def hostname(self) -> str | None:
        """The name that its processes think the machine has, if one is written."""
        return self.raw.get("hostname")

    @property
    def links(self) -> tuple[str, ...]:
        """Services that it links, as written: `SERVICE` or `SERVICE:ALIAS`."""
        return tuple(map(str, self.raw.get("links") or ()))

    @property
    def container_name(self) -> str | None:
        """The fixed container name, if any."""
        return self.raw.get("container_name")

    @property
    def cgroup_parent(self) -> str:
        """The cgroup that its containers are put under; empty where the engine chooses."""
        return str(self.raw.get("cgroup_parent") or "")

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
                target=int(port.get("target") or 0),  # Compose leaves a zero out
                protocol=str(port.get("protocol") or "tcp").lower(),
                published=port.get("published") or None,
                host_ip=port.get("host_ip") or None,
                at=at,
            )
            for at, port in numbered(self.raw, "ports")
        )
        return tuple(sorted(ports, key=lambda port: (port.target, port.protocol, port.published or "")))

    @cached_property
    def exposed(self) -> frozenset[tuple[int, str]]:
        """`expose` entries as (port, protocol)."""
        return frozenset(port for entry in self.raw.get("expose") or () for port in parse_exposed(str(entry)))

    @cached_property
    def mounts(self) -> tuple[Mount, ...]:
        """Volumes, binds and tmpfs of the service."""
        return mounts_of(self.raw)

    @cached_property
    def hook_mounts(self) -> tuple[Mount, ...]:
        """What its hooks before the start mount, each in a container of its own."""
        return tuple(mount for at, hook in numbered(self.raw, "pre_start") for mount in mounts_of(hook, at))

    @property
    def volumes_from(self) -> tuple[tuple[KeyPath, str], ...]:
        """Services whose mounts it takes over, or `container:NAME`, each with its path."""
        written = enumerate(map(str, self.raw.get("volumes_from") or ()))
        return tuple(
            (
                ("volumes_from", index),
                entry if entry.startswith("container:") else entry.partition(":")[0],
            )
            for index, entry in written
        )

    @property
    def volumes_from_read_only(self) -> frozenset[KeyPath]:
        """Entries of `volumes_from` that take mounts over for reading only."""
        written = enumerate(map(str, self.raw.get("volumes_from") or ()))
        return frozenset(("volumes_from", index) for index, entry in written if entry.endswith(":ro"))

    @cached_property
    def networks(self) -> tuple[NetworkUse, ...]:
        """The networks that it joins, sorted."""
        joined: Mapping[str, Any] = self.raw.get("networks") or {}
        return tuple(NetworkUse.parse(name, options or {}) for name, options in sorted(joined.items()))

    @cached_property
    def secrets(self) -> tuple[ObjectUse, ...]:
        """The secrets that it is given."""
        return ObjectUse.all_of(self.raw, "secrets")

    @cached_property
    def configs(self) -> tuple[ObjectUse, ...]:
        """The configs that it is given."""
        return ObjectUse.all_of(self.raw, "configs")

    @cached_property
    def depends_on(self) -> tuple[Dependency, ...]:
        """Dependencies, sorted by name."""
        edges: Mapping[str, Any] = self.raw.get("depends_on") or {}
        return tuple(
            Dependency(
                service=name,
                condition=edge.get("condition", "service_started"),
                required=edge.get("required", True),
                implied=edge.get("condition") in (None, STARTED) and name in self._lives_with,
                at=("depends_on", name),
            )
            for name, edge in sorted(edges.items())
        )

    @property
    def profiles(self) -> tuple[str, ...]:
        """The profiles of which one must be enabled for it to start; none where it always does."""
        return tuple(map(str, self.raw.get("profiles") or ()))

    @property
    def needs(self) -> frozenset[str]:
        """Services without which Compose refuses it: it depends on them, or is built from them."""
        build = self.raw.get("build")
        contexts = build.get("additional_contexts") if isinstance(build, Mapping) else None
        named = (str(context).partition(":") for context in (contexts or {}).values())
        built_from = {name for kind, _, name in named if kind == "service"}
        return frozenset(built_from | {edge.service for edge in self.depends_on if edge.required})

    @property
    def _lives_with(self) -> set[str]:
        """Services whose network, processes, memory or mounts it has."""
        kinds = ("network_mode", "pid", "ipc", "uts")
        modes = (str(self.raw.get(kind) or "").partition(":") for kind in kinds)
        mounts = {name for _at, name in self.volumes_from}
        return mounts | {name for mode, _, name in modes if mode == "service"}

    @property
    def restart(self) -> str:
        """Restart policy as written, `no` when there is none.

        `deploy.restart_policy` wins where there is one, and without a `condition` Compose hands on none:
        then nothing is restarted, whatever the specification says of a default (pkg/compose/create.go).
        """
        deploy = (self.raw.get("deploy") or {}).get("restart_policy")
        if deploy is None:
            return str(self.raw.get("restart") or "no")
        condition = str(deploy.get("condition") or "no")
        return {"any": "always", "none": "no"}.get(condition, condition)

    @property
    def is_provided(self) -> bool:
        """Whether a program beside Compose runs it (`provider:`, Compose 2.36): it has no container."""
        return bool(self.raw.get("provider"))

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
