"""What a service has of its own stack: services that it waits for, networks, secrets and configs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from stackproof.stack.dollars import unescape
from stackproof.stack.keys import KeyPath

STARTED = "service_started"
HEALTHY = "service_healthy"
COMPLETED = "service_completed_successfully"
# They publish nothing (moby, libnetwork/drivers: "does not support port mappings").
_WITH_ADDRESSES: Final = frozenset({"macvlan", "ipvlan"})
# Of ipvlan, where packets are routed to a container and it is on no network of the host's.
_ROUTED: Final = ("l3", "l3s")


@dataclass(frozen=True, kw_only=True)
class Dependency:
    """An edge of `depends_on`."""

    service: str
    condition: str
    required: bool = True
    implied: bool = False
    """Whether it is no more than Compose adds of itself, for namespaces or mounts of another service."""
    at: KeyPath = field(default=(), compare=False, repr=False)
    """Its path in the resolved service."""

    @property
    def waits(self) -> bool:
        """Whether Compose starts the dependant only when the dependency is ready."""
        return self.required and self.condition in (HEALTHY, COMPLETED)


@dataclass(frozen=True, kw_only=True)
class NetworkUse:
    """A network that a service joins."""

    network: str
    ipv4_address: str | None = None
    ipv6_address: str | None = None
    aliases: tuple[str, ...] = ()
    at: KeyPath = field(default=(), compare=False, repr=False)
    """Its path in the resolved service."""

    @classmethod
    def parse(cls, network: str, raw: Mapping[str, Any]) -> Self:
        """Read an entry of `networks` of a resolved service."""
        return cls(
            network=network,
            ipv4_address=raw.get("ipv4_address") or None,
            ipv6_address=raw.get("ipv6_address") or None,
            aliases=tuple(raw.get("aliases") or ()),
            at=("networks", network),
        )

    @property
    def addresses(self) -> tuple[str, ...]:
        """The fixed addresses that it has there."""
        return tuple(filter(None, (self.ipv4_address, self.ipv6_address)))


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


@dataclass(frozen=True, kw_only=True)
class ObjectUse:
    """A secret or config that a service is given."""

    source: str
    target: str | None = None
    at: KeyPath = field(default=(), compare=False, repr=False)
    """Its path in the resolved service."""

    @classmethod
    def all_of(cls, raw: Mapping[str, Any], kind: str) -> tuple[Self, ...]:
        """Read `secrets` or `configs` of a resolved service, in their order."""
        return tuple(
            cls(source=str(use["source"]), target=use.get("target"), at=(kind, index))
            if isinstance(use, Mapping)
            else cls(source=str(use), at=(kind, index))
            for index, use in enumerate(raw.get(kind) or ())
        )


@dataclass(frozen=True, kw_only=True)
class Object:
    """A secret or config of the stack."""

    name: str
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def external(self) -> bool:
        """Whether somebody else made it."""
        return bool(self.raw.get("external"))

    @property
    def content(self) -> str | None:
        """What it holds, where that stands in the compose file itself."""
        return unescape(str(self.raw["content"])) if self.raw.get("content") else None

    @property
    def variable(self) -> str | None:
        """The variable of Compose's own environment that it comes from."""
        return str(self.raw["environment"]) if self.raw.get("environment") else None

    @property
    def file(self) -> str | None:
        """The file that it comes from, as seen from the project's folder."""
        return unescape(str(self.raw["file"])) if self.raw.get("file") else None

    @property
    def unnamed(self) -> dict[str, Any]:
        """All of it but its name on the engine, as another project's compose file has it."""
        return {key: value for key, value in self.raw.items() if key != "name"}
