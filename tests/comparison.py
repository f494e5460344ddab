"""A sandbox's compose file against its author's, key by key: every difference is explained by the table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stackproof.isolation.here import At
from stackproof.isolation.networks import as_it_is
from stackproof.isolation.plan import Plan
from stackproof.isolation.table import BELOW, find
from stackproof.isolation.treatment import Case, Row, Treatment
from stackproof.isolation.walk import Applied, Isolated
from stackproof.stack.model import Model

MISSING = "<missing>"
_GONE = (Treatment.DROPPED, Treatment.RESOLVED)
_CADENCE = ("interval", "retries", "start_period", "start_interval")
_HEALTH = tuple(f"services.*.healthcheck.{key}" for key in _CADENCE)
# What a row changes below itself, though the keys there have rows of their own.
REACH: dict[str, tuple[str, ...]] = {
    "services.*": (
        "services.*",
        "services.*.image", "services.*.pull_policy", "services.*.labels", "services.*.labels.*", *_HEALTH,
        "services.*.networks", "services.*.networks.*", "services.*.ports",
    ),
    "services.*.ports": ("services.*.ports.**",),
    "services.*.volumes.[]": ("services.*.volumes.[].source", "services.*.volumes.[].bind.create_host_path",
                              "services.*.volumes.[].bind"),
    "networks.*": ("networks.*", "networks.*.external", "networks.*.driver", "networks.*.driver_opts",
                   "networks.*.ipam", "networks.*.ipam.**", "networks.*.labels"),
    "volumes.*": ("volumes.*", "volumes.*.external", "volumes.*.driver", "volumes.*.driver_opts",
                  "volumes.*.driver_opts.*", "volumes.*.labels"),
}  # fmt: skip
# What a sandbox has that its author did not write.
OWN = (
    "name", "services.*.image", "services.*.pull_policy", "services.*.labels.*", *_HEALTH,
    "services.*.ports.[].**", "services.*.networks", "services.*.networks.*",
    "services.*.networks.*.aliases.[]",
    "services.*.volumes.[].bind.create_host_path", "networks.*.labels.*", "networks.*.ipam.**",
    "networks.*.driver_opts", "volumes.*.labels.*", "volumes.*.driver_opts", "volumes.*.driver_opts.*",
)  # fmt: skip
# What a sandbox sets in every service, whatever its author wrote.
_ROUTINE = ("services.*", "services.*.image", "services.*.pull_policy", "services.*.labels",
            "services.*.labels.*", "services.*.networks", "services.*.networks.*",
            "services.*.ports.**", *_HEALTH)  # fmt: skip
_EMPTY: tuple[object, ...] = (None, "", [], {})


def leaves(value: object, at: At = ()) -> Iterator[tuple[At, Any]]:
    """Yield every value that holds no other, with its place; empty mappings and lists, too."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from leaves(item, (*at, str(key)))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from leaves(item, (*at, index))
    else:
        yield at, value


def dotted(at: At) -> str:
    """Return a place as a person writes it."""
    return ".".join(map(str, at))


def same(one: object, other: object) -> bool:
    """Whether two values are equal; `1`, `"1"` and `True` are three values."""
    return type(one) is type(other) and one == other


@dataclass
class Comparison:
    """What differs between two files; `unexplained` should be empty."""

    changed: dict[str, Any] = field(default_factory=dict)
    """New value by the author's place, where a row of the table changes it."""
    unexplained: list[str] = field(default_factory=list)


def compare(model: Model, plan: Plan, isolated: Isolated) -> Comparison:
    """Compare the author's file with the sandbox's."""
    return _Comparing(model, plan, isolated).compare()


class _Comparing:
    def __init__(self, model: Model, plan: Plan, isolated: Isolated) -> None:
        self.author = model.straight
        self.plan = plan
        self.applied: dict[At, Applied] = {one.at: one for one in isolated.applied}
        self.file = dict(leaves(isolated.file))
        self.found = Comparison()
        self.accounted: set[At] = set()

    def compare(self) -> Comparison:
        for at, value in leaves(self.author):
            self._leaf(at, value)
        for at, value in self.file.items():
            if at not in self.accounted and not self._is_own(at, value):
                self.found.unexplained.append(f"{dotted(at)}: {value!r} is new")
        return self.found

    def _leaf(self, at: At, value: object) -> None:
        prefixes = [at[:length] for length in range(1, len(at) + 1)]
        gone = next((prefix for prefix in prefixes if self._is_gone(prefix)), None)
        if gone is not None:
            self._stays_away(gone)
            return
        place = self._place(at)
        new = self.file.get(place, MISSING)
        self.accounted.add(place)
        if same(value, new) or (value in _EMPTY and self._holds_more(place)):
            return
        if self._may_differ(at, value, prefixes):
            if not matches(shape(at), _ROUTINE) and len(at) > 1:
                self.found.changed[dotted(at)] = new
        else:
            self.found.unexplained.append(f"{dotted(at)}: {value!r} has become {new!r}")

    def _is_gone(self, at: At) -> bool:
        one = self.applied.get(at)
        if one is None:
            return str(at[-1]).startswith("x-") and find(at) is None
        return one.refused or one.case.treatment in _GONE

    def _stays_away(self, gone: At) -> None:
        """A key that is left out is not in the file, but for those that a sandbox sets itself."""
        if isinstance(gone[-1], int) or matches(shape(gone), OWN) or self._is_live(gone):
            return
        place = self._place(gone)
        if any(found[: len(place)] == place for found in self.file) and gone != ("name",):
            self.found.unexplained.append(f"{dotted(gone)} should be left out, and is there")

    def _place(self, at: At) -> At:
        """Where a value stands in the sandbox's file: items before it may be gone."""
        place: At = ()
        for depth, part in enumerate(at):
            if isinstance(part, int):
                before = (self._is_gone((*at[:depth], index)) for index in range(part))
                part -= sum(before)  # noqa: PLW2901 - the index in the other list
            place = (*place, part)
        return place

    def _may_differ(self, at: At, value: object, prefixes: list[At]) -> bool:
        for prefix in prefixes:
            one = self.applied.get(prefix)
            if one is None or (one.case.treatment is not Treatment.CHANGED and not one.opened):
                continue
            row = find(prefix)
            reach = REACH.get(_without_hook(row.path)) if row else None
            if reach is None or matches(shape(at), reach):
                return one.case.treatment is Treatment.CHANGED or reach is not None
        # Options of a network that say nothing are left out, and an edge of nothing is an empty mapping.
        return value in _EMPTY and (len(at) == 1 or shape(at).startswith("services.*.networks."))

    def _is_live(self, at: At) -> bool:
        """Whether it is the name of a live network that the user opened."""
        one = self.applied.get(at[:2])
        return (
            len(at) == 3
            and at[::2] == ("networks", "name")
            and one is not None
            and one.case.change is as_it_is
        )

    def _holds_more(self, place: At) -> bool:
        """Whether a sandbox put something of its own, which is looked at by itself, into what was empty."""
        return any(found[: len(place)] == place for found in self.file if len(found) > len(place))

    def _is_own(self, at: At, value: object) -> bool:
        if matches(shape(at), OWN) or self._is_live(at):
            return True
        if len(at) == 4 and at[2] == "environment":
            return value is None and at[3] in self.plan.image_variables.get(str(at[1]), ())
        # Everything in it was left out.
        return value in ({}, []) and (len(at) == 1 or self._author_has(at))

    def _author_has(self, at: At) -> bool:
        value: Any = self.author
        for part in at:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return False
        return isinstance(value, (dict, list))


def shape(at: At) -> str:
    """Return a place as the table writes it, whether or not it has a row; hooks as their services."""
    row = find(at)
    if row is not None and not row.path.endswith(BELOW):
        return _without_hook(row.path)
    names = {"services", "networks", "volumes", "secrets", "configs"}
    parts = ["[]" if isinstance(part, int) else str(part) for part in at]
    if parts[0] in names and len(parts) > 1:
        parts[1] = "*"
    return ".".join(parts)


def _without_hook(path: str) -> str:
    return path.replace(".pre_start.[]", "")


def matches(shape: str, patterns: tuple[str, ...]) -> bool:
    """Whether a shape is one of the patterns; `**` at the end is whatever is below."""
    return any(
        shape == pattern or (pattern.endswith(BELOW) and shape.startswith(pattern.removesuffix(BELOW)))
        for pattern in patterns
    )


def met(isolated: Isolated) -> set[tuple[str, int]]:
    """Return which case of which row was met, by path and number."""
    found = set()
    for one in isolated.applied:
        row = find(one.at)
        if row is not None:
            found |= {(row.path, number) for number, case in enumerate(row.cases) if _is_met(case, one, row)}
    return found


def _is_met(case: Case, one: Applied, row: Row) -> bool:
    if case.treatment is Treatment.WRITTEN_OUT:  # it is refused as a value that is not known
        return one.refused and not any(one.case is known for known in row.cases)
    return case is one.case
