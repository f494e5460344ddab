"""Where in a model a value stands, and what is known around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stackproof.isolation.host_paths import HostPaths
    from stackproof.isolation.plan import Plan
    from stackproof.isolation.treatment import Permits
    from stackproof.stack.model import Model, Service

At = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Here:
    """A place in a model. `plan` is None while it is only judged, before images and binds are there."""

    model: Model
    paths: HostPaths
    permits: Permits
    plan: Plan | None = None
    at: At = ()

    @property
    def owner(self) -> str:
        """The service or resource whose definition the value is in; the key itself at the top level."""
        return str(self.at[1] if len(self.at) > 1 else self.at[0] if self.at else "")

    @property
    def key(self) -> str:
        """The path below the owner, with dots, such as `deploy.placement`."""
        return ".".join(str(part) for part in self.at[2:]) or str(self.at[-1] if self.at else "")

    @property
    def dotted(self) -> str:
        """The whole path, with dots."""
        return ".".join(str(part) for part in self.at)

    @property
    def service(self) -> Service:
        """The service whose definition the value is in."""
        return self.model.services[self.owner]

    def above(self, levels: int = 1) -> Any:  # noqa: ANN401 - a value of the model
        """Return the author's value so many levels up: the mapping or list that holds this one."""
        value: Any = self.model.straight
        for part in self.at[: len(self.at) - levels]:
            value = value[part]
        return value
