"""What kept controls from being judged, told once, with all that it kept from it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stackproof.outcomes.model import Cause, ControlInfo, OutcomeKind, Results, Severity, StackInfo
from stackproof.report.entry import WHOLE_STACK, Anchors, Entry

_NAMED = 3  # services; more are counted


@dataclass(frozen=True, kw_only=True)
class Group:
    """Outcomes of one kind and one control in one stack."""

    control: ControlInfo
    entries: tuple[Entry, ...]


@dataclass(frozen=True, kw_only=True)
class CauseView:
    """One cause, and the outcomes that refer to it."""

    anchor: str
    cause: Cause
    subject: str
    """The services concerned, or the whole stack."""
    groups: tuple[Group, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What was not judged, by control."""
        return tuple(entry for group in self.groups for entry in group.entries)

    @property
    def severity(self) -> Severity:
        """The gravest of what was not judged."""
        return max((entry.outcome.severity for entry in self.entries), key=lambda severity: severity.rank)

    @property
    def title(self) -> str:
        """How much was not judged: controls, and outcomes where these are more."""
        controls, outcomes = len(self.groups), len(self.entries)
        told = f"{controls} control{'' if controls == 1 else 's'} not judged"
        return told if controls == outcomes else f"{told} ({outcomes} outcomes)"


def causes(
    info: StackInfo, entries: Iterable[Entry], results: Results, anchors: Anchors
) -> Iterator[CauseView]:
    """Yield the causes of a stack, in the order in which its results list them."""
    concerned: dict[str | None, dict[str, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    for entry in entries:
        if entry.outcome.outcome is OutcomeKind.UNKNOWN:
            concerned[entry.outcome.cause][entry.control.id].append(entry)
    for cause in results.causes:
        if those := concerned.pop(cause.fingerprint, None):
            groups = tuple(Group(control=found[0].control, entries=tuple(found)) for found in those.values())
            yield CauseView(
                anchor=anchors.cause(cause.fingerprint),
                cause=cause,
                subject=_subject(groups, info),
                groups=groups,
            )


def _subject(groups: Iterable[Group], info: StackInfo) -> str:
    services = dict.fromkeys(entry.outcome.service for group in groups for entry in group.entries)
    if None in services or (len(services) > 1 and services.keys() >= set(info.services)):
        return WHOLE_STACK
    return ", ".join(map(str, services)) if len(services) <= _NAMED else f"{len(services)} services"
