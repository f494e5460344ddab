"""The one arrangement of a finished run that all reports share: order, verdicts and the matrix."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Self

from stackproof.outcomes.model import ControlInfo, Outcome, OutcomeKind, Results, StackInfo
from stackproof.report.verdict import Verdict

WHOLE_STACK = "whole stack"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One outcome with its control, and the name by which a page links to it."""

    anchor: str
    outcome: Outcome
    control: ControlInfo
    run_date: date

    @property
    def subject(self) -> str:
        """What the outcome is about, within its stack."""
        return self.outcome.container or self.outcome.service or WHOLE_STACK

    @property
    def place(self) -> str:
        """Where the finding can be repaired, as editors understand it."""
        parts = (self.outcome.file, self.outcome.line, self.outcome.column)
        return ":".join(str(part) for part in parts if part is not None)

    @property
    def days_left(self) -> int | None:
        """Days from the run, not from today, to the end of the waiver: an old page must not change."""
        return (self.outcome.waiver.expires - self.run_date).days if self.outcome.waiver else None


@dataclass(frozen=True, kw_only=True)
class Group:
    """Outcomes of one kind and one control in one stack."""

    control: ControlInfo
    entries: tuple[Entry, ...]


@dataclass(frozen=True, kw_only=True)
class StackView:
    """One stack with its outcomes, in the order of the controls."""

    anchor: str
    info: StackInfo
    entries: tuple[Entry, ...]

    @property
    def verdict(self) -> Verdict:
        """What the outcomes of this stack amount to."""
        return Verdict.of(entry.outcome.outcome for entry in self.entries)

    def of_kind(self, kind: OutcomeKind) -> tuple[Entry, ...]:
        """Outcomes of a kind, in the order of the controls."""
        return tuple(entry for entry in self.entries if entry.outcome.outcome is kind)

    def groups(self, kind: OutcomeKind) -> Iterator[Group]:
        """Outcomes of a kind by control, gravest first."""
        ranked = sorted(self.of_kind(kind), key=lambda entry: -entry.outcome.severity.rank)
        for control, entries in groupby(ranked, key=lambda entry: entry.control):
            yield Group(control=control, entries=tuple(entries))

    @property
    def services(self) -> tuple[str | None, ...]:
        """Services of the stack and any that only an outcome names; None where the whole stack is meant."""
        named = dict.fromkeys(self.info.services)
        named |= dict.fromkeys(e.outcome.service for e in self.entries if e.outcome.service)
        whole = any(not entry.outcome.service for entry in self.entries)
        return (*named, None) if whole else tuple(named)


@dataclass(frozen=True, kw_only=True)
class Overview:
    """A finished run, stack by stack."""

    results: Results
    stacks: tuple[StackView, ...]

    @classmethod
    def of(cls, results: Results) -> Self:
        """Arrange results. Outcomes of a stack or control that is not listed are kept, never dropped."""
        listed = {info.name: info for info in results.stacks}
        unlisted = dict.fromkeys(o.stack for o in results.outcomes if o.stack not in listed)
        infos = [*listed.values(), *(StackInfo(name=name, files=(), services=()) for name in unlisted)]
        stacks = (_stack_view(f"stack-{number}", info, results) for number, info in enumerate(infos, start=1))
        return cls(results=results, stacks=tuple(stacks))

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every outcome of the run."""
        return tuple(entry for stack in self.stacks for entry in stack.entries)

    @property
    def verdict(self) -> Verdict:
        """PROVEN only when every stack is: a stack of which nothing is known does not ride on the others."""
        verdicts = {stack.verdict for stack in self.stacks}
        if verdicts <= {Verdict.NOTHING_PROVEN}:
            return Verdict.NOTHING_PROVEN
        return Verdict.PROVEN if verdicts == {Verdict.PROVEN} else Verdict.NOT_PROVEN


def _stack_view(anchor: str, info: StackInfo, results: Results) -> StackView:
    controls = {control.id: control for control in results.controls}
    places = {control: place for place, control in enumerate(controls)}
    services = {service: place for place, service in enumerate(info.services)}

    def order(outcome: Outcome) -> tuple[int, str, int, str, str, str]:
        return (
            places.get(outcome.control, len(places)),
            outcome.control,
            services.get(outcome.service or "", len(services)),
            outcome.service or "",
            outcome.container or "",
            outcome.message,
        )

    ordered = sorted((o for o in results.outcomes if o.stack == info.name), key=order)
    entries = (
        Entry(
            anchor=f"{anchor}-{number}",
            outcome=outcome,
            control=controls.get(outcome.control) or _unlisted(outcome),
            run_date=results.run.started.date(),
        )
        for number, outcome in enumerate(ordered, start=1)
    )
    return StackView(anchor=anchor, info=info, entries=tuple(entries))


def _unlisted(outcome: Outcome) -> ControlInfo:
    return ControlInfo(id=outcome.control, title=outcome.control, severity=outcome.severity)
