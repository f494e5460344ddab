"""What a service has of its own stack: services that it waits for, networks, secrets and configs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from stackproof.stack.dollars import unescape
from stackproof.stack.keys import KeyPath

STARTED = "service_started"
HEALTHY = "service_healthy"
COMPLETED = "service_completed_successfully"


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
