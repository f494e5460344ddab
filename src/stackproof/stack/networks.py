"""Networks as authors write them: whether ports are published there, and who else is on them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from stackproof.stack.model import Model
from stackproof.stack.service import Service

DEFAULT: Final = "default"
BRIDGES: Final = frozenset({"", "bridge", "default"})
# They publish nothing (moby, libnetwork/drivers: "does not support port mappings").
_WITH_ADDRESSES: Final = frozenset({"macvlan", "ipvlan"})
# Of ipvlan, where packets are routed to a container and it is on no network of the host's.
_ROUTED: Final = ("l3", "l3s")


@dataclass(frozen=True, kw_only=True)
class Network:
    """One network of the stack, by its key."""

    key: str
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def external(self) -> bool:
        """Whether somebody else made it: what it is, no compose file says."""
        return bool(self.raw.get("external"))

    @property
    def driver(self) -> str:
        """The driver that is written; empty where the engine chooses, which is `bridge`."""
        return str(self.raw.get("driver") or "")

    @property
    def options(self) -> Mapping[str, Any]:
        """Options of its driver."""
        return self.raw.get("driver_opts") or {}

    @property
    def why_no_ports(self) -> str:
        """Why the engine publishes nothing on it; empty where it does, or nobody can tell.

        Tried with moby 26: `docker port` is empty, nothing listens on the host, and two containers may ask
        for one number.
        """
        if self.raw.get("internal"):
            return f"{self.key} is internal"
        return f"{self.key} is of the driver {self.driver}" if self.driver in _WITH_ADDRESSES else ""

    @property
    def is_around_the_host(self) -> bool:
        """Whether its members are neighbours of the host, with addresses of their own that all reach there.

        Without a parent the driver makes one of its own, which leads nowhere.
        """
        if self.raw.get("internal") or self.driver not in _WITH_ADDRESSES or not self.options.get("parent"):
            return False
        return str(self.options.get("ipvlan_mode") or "") not in _ROUTED


def written(model: Model) -> dict[str, Network]:
    """Return the networks of a stack by key."""
    found: Mapping[str, Any] = model.raw.get("networks") or {}
    return {key: Network(key=key, raw=raw or {}) for key, raw in found.items()}


def joined(model: Model, service: Service) -> tuple[Network, ...]:
    """Return the networks that a service itself joins: the stack's own where it says nothing."""
    if service.network_mode:
        return ()
    known = written(model)
    keys = [use.network for use in service.networks] or [DEFAULT]
    return tuple(known.get(key) or Network(key=key, raw={}) for key in keys)


def owner(model: Model, service: Service) -> Service:
    """Return the service whose network a service has in the end: mostly itself. A circle ends somewhere."""
    above = {service.name}
    while (name := service.network_of) and name in model.services and name not in above:
        above.add(name)
        service = model.services[name]
    return service


def around_the_host(model: Model, service: Service) -> Network | None:
    """Return the network around the host that a service is on, itself or through another one, if any."""
    found = joined(model, owner(model, service))
    return next((network for network in found if network.is_around_the_host), None)
