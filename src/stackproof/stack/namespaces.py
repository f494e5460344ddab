"""Which of the host's namespaces a service shares, itself or through others. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stackproof.stack.keys import KeyPath
from stackproof.stack.model import Model
from stackproof.stack.service import Service

HOST = "host"
# Where a bridge publishes a port for which no address is written (moby, libnetwork/drivers/bridge).
_BINDING = "com.docker.network.bridge.host_binding_ipv4"
_EVERY = "0.0.0.0"  # noqa: S104 - as an author writes it
# Networks that every engine has from the start, under these names (moby, daemon/network).
ENGINES_OWN = frozenset({HOST, "bridge", "none"})


@dataclass(frozen=True)
class Shared:
    """In whose namespace the processes of a service are."""

    mode: str
    """`host`, another word of the engine, `container:NAME` outside of the stack; empty for its own."""
    at: KeyPath
    """The key of the service that says so."""
    through: tuple[str, ...] = ()
    """Services that lead there, nearest first; none where the service says it itself."""

    @property
    def is_host(self) -> bool:
        """Whether it is the host's."""
        return self.mode == HOST

    @property
    def stranger(self) -> str:
        """The container outside of the stack whose namespace it is; empty for none."""
        kind, _, name = self.mode.partition(":")
        return name if kind == "container" else ""

    @property
    def way(self) -> str:
        """The services on the way, for messages; begins with a comma."""
        return "".join(f", by that of {name}" for name in self.through)


def network(model: Model, service: Service) -> Shared:
    """Return whose network a service has: also by a network of the stack that is one of the engine's own."""
    return _followed(model, service, "network_mode")


def binds_ports(model: Model, service: Service) -> bool:
    """Whether its networks bind a port to an address where none is written (`host_binding_ipv4`)."""
    written: dict[str, Any] = dict(model.raw.get("networks") or {})
    options = [(written.get(use.network) or {}).get("driver_opts") or {} for use in service.networks]
    return bool(options) and all(str(those.get(_BINDING) or _EVERY) != _EVERY for those in options)


def processes(model: Model, service: Service) -> Shared:
    """Return whose processes a service sees."""
    return _followed(model, service, "pid")


def memory(model: Model, service: Service) -> Shared:
    """Return whose shared memory and message queues a service has."""
    return _followed(model, service, "ipc")


def is_hosts(service: Service, key: str) -> bool:
    """Whether a namespace that services cannot hand on is the host's: `uts`, `userns_mode`, `cgroup`."""
    return str(service.raw.get(key) or "") == HOST


def _followed(model: Model, service: Service, key: str) -> Shared:
    """Follow `service:NAME` to its end. Compose refuses a circle; here it ends as nobody's."""
    mode, at = _said(model, service, key)
    through: list[str] = []
    while mode.startswith("service:"):
        name = mode.removeprefix("service:")
        if name in through or name not in model.services:
            return Shared("", at, tuple(through))
        through.append(name)
        mode, _at = _said(model, model.services[name], key)
    return Shared(mode, at, tuple(through))


def _said(model: Model, service: Service, key: str) -> tuple[str, KeyPath]:
    """Return what a service itself says, and where."""
    mode = str(service.raw.get(key) or "")
    if key == "network_mode" and not mode:
        return next(_engines_networks(model, service), ("", (key,)))
    return mode, (key,)


def _engines_networks(model: Model, service: Service) -> Iterator[tuple[str, KeyPath]]:
    """Yield the engine's own networks that it joins by name (`external: true`, `name: host`)."""
    written: dict[str, Any] = dict(model.raw.get("networks") or {})
    for use in service.networks:
        name = str((written.get(use.network) or {}).get("name") or "")
        if name in ENGINES_OWN:
            yield name, use.at
