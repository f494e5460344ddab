"""Coverage of published standards, by the requirements that controls refer to."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stackproof.outcomes.model import ControlInfo, OutcomeKind
from stackproof.report.entry import Entry
from stackproof.report.verdict import tally

# `CIS Docker 1.6.0 4.1`, `OWASP Docker rule 5a`, `NIST SP 800-190 4.1.2`, `NIST SP 800-53 AC-6(1)`: the
# requirement is the last word, with `rule` and the like before it.
_REQUIREMENT = re.compile(
    r"(?P<standard>\S.*?)\s+(?P<requirement>(?:(?:rule|section|requirement|control|chapter)\s+)?"
    r"(?:\d[\w.()-]*|[A-Z]{1,6}[-.]?\d[\w.()-]*))\s*"
)
_MORE = re.compile(r"\d+|\D+")


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One requirement, and what its controls said."""

    name: str
    controls: tuple[ControlInfo, ...]
    counts: Mapping[OutcomeKind, int]

    @property
    def state(self) -> OutcomeKind | None:
        """The worst of what was said; None where nothing was."""
        return next((kind for kind, count in self.counts.items() if count), None)


@dataclass(frozen=True, kw_only=True)
class Standard:
    """A published standard, as far as controls refer to it."""

    name: str
    requirements: tuple[Requirement, ...]

    @property
    def measured(self) -> int:
        """Of how many requirements something was seen, good or bad."""
        return sum(any(r.counts[kind] for kind in OutcomeKind if kind.measured) for r in self.requirements)

    @property
    def kept(self) -> int:
        """How many of them have no failure, no waiver and nothing that could not be decided."""
        return sum(r.state is OutcomeKind.PASS for r in self.requirements)


def parted(reference: str) -> tuple[str, str] | None:
    """Return standard and requirement of a reference; None for what is no requirement, such as an address.

    >>> parted("OWASP Docker rule 5a")
    ('OWASP Docker', 'rule 5a')
    """
    if "://" in reference:
        return None
    match = _REQUIREMENT.fullmatch(reference)
    return (match["standard"], match["requirement"]) if match else None


def names(control: ControlInfo) -> list[str]:
    """Return the standards that a control refers to, each once."""
    return list(dict.fromkeys(found[0] for text in control.references if (found := parted(text))))


def standards(controls: Iterable[ControlInfo], entries: Iterable[Entry]) -> list[Standard]:
    """Return what was said of each requirement of each standard that a control refers to."""
    said: dict[str, list[OutcomeKind]] = defaultdict(list)
    for entry in entries:
        said[entry.control.id].append(entry.outcome.outcome)
    found: dict[str, dict[str, list[ControlInfo]]] = defaultdict(lambda: defaultdict(list))
    for control in controls:
        for standard, requirement in filter(None, map(parted, control.references)):
            found[standard][requirement].append(control)
    return [
        Standard(
            name=name,
            requirements=tuple(
                Requirement(
                    name=requirement,
                    controls=tuple(those),
                    counts=tally(kind for control in those for kind in said[control.id]),
                )
                for requirement, those in sorted(members.items(), key=lambda item: _natural(item[0]))
            ),
        )
        for name, members in sorted(found.items())
    ]


def _natural(text: str) -> list[tuple[int, int | str]]:
    """Return what sorts 5.9 before 5.10."""
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in _MORE.findall(text)]
