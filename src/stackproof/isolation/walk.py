"""Apply the table to a model: the compose file of a sandbox, what differs in it, and what is refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from stackproof.isolation import networks
from stackproof.isolation.here import At, Here
from stackproof.isolation.host_paths import HostPaths
from stackproof.isolation.plan import Plan
from stackproof.isolation.table import BELOW, find
from stackproof.isolation.treatment import Case, Flag, Permits, Treatment
from stackproof.stack.model import Model

_UNKNOWN_KEY = Case(
    treatment=Treatment.REFUSED,
    says="is a key that is not known here, so nobody knows what it reaches",
    flag=Flag.KEY,
)
_UNKNOWN_VALUE = Case(
    treatment=Treatment.REFUSED, says="has a value that is not known here, so nobody knows what it reaches",
    flag=Flag.KEY,
)  # fmt: skip
_PARTS = ("services", "networks", "volumes", "secrets", "configs")


class _Gone:
    """Stands for a value of which nothing is left."""


_GONE = _Gone()


@dataclass(frozen=True, kw_only=True)
class Applied:
    """A case that was met in a model."""

    at: At
    case: Case
    subject: str
    opened: bool = False
    """Whether it is refused, and the user opened it."""
    named: str = ""
    """What its flag must name."""

    @property
    def refused(self) -> bool:
        """Whether it keeps a sandbox from being started."""
        return self.case.treatment is Treatment.REFUSED and not self.opened

    @property
    def dotted(self) -> str:
        """Where it stands, with dots."""
        return ".".join(map(str, self.at))

    @property
    def option(self) -> str:
        """The option that opens it; empty where none can."""
        if self.case.flag is Flag.HOST_ACCESS:
            return str(self.case.flag)
        value = self.named if self.case.flag is Flag.NETWORK else self.dotted
        return f"{self.case.flag} {value}" if self.case.flag else ""


@dataclass(kw_only=True)
class Isolated:
    """The outcome of applying the table."""

    file: dict[str, Any] = field(default_factory=dict, repr=False)
    applied: list[Applied] = field(default_factory=list)

    @property
    def refusals(self) -> list[Applied]:
        """What keeps a sandbox from being started."""
        return [one for one in self.applied if one.refused]

    @property
    def opened(self) -> list[Applied]:
        """What was refused and then opened by the user."""
        return [one for one in self.applied if one.opened]

    def notes(self) -> list[str]:
        """Say what is different in the sandbox, each difference once with all that it concerns."""
        found: dict[str, dict[str, None]] = {}
        for one in self.applied:
            if one.case.says and one.case.treatment in (Treatment.CHANGED, Treatment.DROPPED):
                found.setdefault(one.case.says, {})[one.subject] = None
        return [f"{says}: {', '.join(subjects)}" for says, subjects in sorted(found.items())]


def judge(model: Model, *, permits: Permits | None = None, paths: HostPaths | None = None) -> Isolated:
    """Apply the table before images and binds are there: what is refused, and what will differ."""
    return _apply(Here(model=model, paths=paths or HostPaths(), permits=permits or Permits()))


def isolate(
    model: Model, plan: Plan, *, permits: Permits | None = None, paths: HostPaths | None = None
) -> Isolated:
    """Return the compose file of a sandbox: nothing in it joins or collides with anything outside it.

    What is refused is not in it; see `judge`, which asks for no plan.
    """
    permits = permits or Permits()
    own = {key: moves for key, moves in plan.moves.items() if not networks.is_live(model, key, permits)}
    plan = replace(plan, moves=own)
    here = Here(model=model, paths=paths or HostPaths(), permits=permits, plan=plan)
    found = _apply(here)
    file: dict[str, Any] = {"name": plan.project, **{part: found.file.get(part) or {} for part in _PARTS}}
    # Parts that only a user who opened them has: most Composes do not know them.
    file |= {part: value for part, value in found.file.items() if part not in file and value}
    joined = {key for service in file["services"].values() for key in service.get("networks") or ()}
    for key in sorted(joined - set(file["networks"])):
        file["networks"][key] = networks.fresh({}, replace(here, at=("networks", key)))
    found.file = file
    return found


def build_of(model: Model, service: str, *, permits: Permits | None = None) -> dict[str, Any]:
    """Return the treated `build` of a service, to be built under a tag of ours."""
    here = Here(
        model=model, paths=HostPaths(), permits=permits or Permits(), at=("services", service, "build")
    )
    found: dict[str, Any] = _children(model.straight["services"][service]["build"], here, Isolated())
    return found


def _apply(here: Here) -> Isolated:
    found = Isolated()
    found.file = _children(here.model.straight, here, found)
    return found


def _children(value: Any, here: Here, found: Isolated) -> Any:  # noqa: ANN401 - a value of the model
    if isinstance(value, Mapping):
        built = {
            key: _treat(item, replace(here, at=(*here.at, str(key))), found) for key, item in value.items()
        }
        return {key: item for key, item in built.items() if item is not _GONE}
    if isinstance(value, list):
        items = [_treat(item, replace(here, at=(*here.at, index)), found) for index, item in enumerate(value)]
        return [item for item in items if item is not _GONE]
    return value


def _treat(value: Any, here: Here, found: Isolated) -> Any:  # noqa: ANN401 - a value of the model
    row = find(here.at)
    if row is None and str(here.at[-1]).startswith("x-"):
        return _GONE  # an extension, which Compose ignores
    case = _UNKNOWN_KEY if row is None else row.case(value, here) or _UNKNOWN_VALUE
    if case.treatment is Treatment.WRITTEN_OUT:
        case = _UNKNOWN_VALUE
    applied = _applied(case, value, here)
    found.applied.append(applied)
    if applied.refused or case.treatment is Treatment.DROPPED:
        return _GONE
    whole = row is None or row.path.endswith(BELOW)
    built = value if whole else _children(value, here, found)
    if case.treatment is Treatment.RESOLVED:
        return _GONE
    return case.change(built, here) if case.change else built


def _applied(case: Case, value: Any, here: Here) -> Applied:  # noqa: ANN401 - a value of the model
    unknown = case in (_UNKNOWN_KEY, _UNKNOWN_VALUE)
    subject = here.dotted if unknown else case.subject(value, here)
    named = str(value) if case.flag is Flag.NETWORK else ""
    refused = case.treatment is Treatment.REFUSED
    opened = refused and here.permits.opens(case.flag, named, here.dotted)
    return Applied(at=here.at, case=case, subject=subject, opened=opened, named=named)
