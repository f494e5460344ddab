"""The one arrangement of a finished run that all reports share: order, verdicts and the matrix."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Self

from stackproof.outcomes.model import Cause, ControlInfo, Outcome, OutcomeKind, Results, StackInfo
from stackproof.report.causes import CauseView, Group, causes
from stackproof.report.entry import Anchors, Entry
from stackproof.report.verdict import Verdict


@dataclass(frozen=True, kw_only=True)
class StackView:
    """One stack with its outcomes, in the order of the controls."""

    anchor: str
    info: StackInfo
    entries: tuple[Entry, ...]
    causes: tuple[CauseView, ...] = ()
    whole: bool = True
    """Whether the run asked all that can be asked."""
    only_new: bool = False
    """Whether only what the baseline does not know fails the run."""

    @property
    def verdict(self) -> Verdict:
        """What the outcomes of this stack amount to."""
        found = Verdict.of((entry.outcome.outcome for entry in self.entries), whole=self.whole)
        failing = [entry.outcome for entry in self.entries if entry.outcome.outcome.gates]
        known = self.only_new and bool(failing) and all(outcome.known for outcome in failing)
        return Verdict.NOTHING_NEW if known else found

    def of_kind(self, kind: OutcomeKind) -> tuple[Entry, ...]:
        """Outcomes of a kind, in the order of the controls."""
        return tuple(entry for entry in self.entries if entry.outcome.outcome is kind)

    @cached_property
    def _by_cause(self) -> dict[str, CauseView]:
        return {entry.anchor: cause for cause in self.causes for entry in cause.entries}

    def cause_of(self, entry: Entry) -> CauseView | None:
        """Return what kept it from being judged, where that is told once for several."""
        return self._by_cause.get(entry.anchor)

    def groups(self, kind: OutcomeKind) -> Iterator[Group]:
        """Outcomes of a kind by control, gravest first; without those that a cause tells."""
        told = (entry for entry in self.of_kind(kind) if self.cause_of(entry) is None)
        ranked = sorted(told, key=lambda entry: -entry.outcome.severity.rank)
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
        anchors = Anchors()
        said: dict[str, list[Outcome]] = defaultdict(list)
        for outcome in results.outcomes:
            said[outcome.stack].append(outcome)
        told: dict[str, list[Cause]] = defaultdict(list)
        for cause in results.causes:
            told[cause.stack].append(cause)
        # Of each stack its own alone: thousands of stacks must not look through what all of them said.
        parts = (
            (info, results.model_copy(update={"outcomes": said[info.name], "causes": told[info.name]}))
            for info in infos
        )
        stacks = (
            _stack_view(f"stack-{number}", info, part, anchors)
            for number, (info, part) in enumerate(parts, start=1)
        )
        return cls(results=results, stacks=tuple(stacks))

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every outcome of the run."""
        return tuple(entry for stack in self.stacks for entry in stack.entries)

    @property
    def verdict(self) -> Verdict:
        """PROVEN only when every stack is: a stack of which nothing is known does not ride on the others."""
        verdicts = {stack.verdict for stack in self.stacks}
        if verdicts <= {Verdict.NOTHING_PROVEN}:
            return Verdict.NOTHING_PROVEN
        if verdicts <= {Verdict.PROVEN, Verdict.PROVEN_IN_PART, Verdict.NOTHING_NEW}:
            if Verdict.NOTHING_NEW in verdicts:
                return Verdict.NOTHING_NEW
        else:
            return Verdict.NOT_PROVEN
        return Verdict.PROVEN if verdicts == {Verdict.PROVEN} else Verdict.PROVEN_IN_PART

    @property
    def scope(self) -> str:
        """What the verdict covers; empty where that is all that its profile asks."""
        return "" if self.results.run.scope.whole else str(self.results.run.scope)

    @property
    def covers(self) -> str:
        """What the verdict covers, whole runs included; empty where nobody noted it."""
        scope = self.results.run.scope
        return str(scope) if scope.known or not scope.whole else ""


def _stack_view(anchor: str, info: StackInfo, results: Results, anchors: Anchors) -> StackView:
    """Return the view of a stack; the results are those of it alone."""
    controls = {control.id: control for control in results.controls}
    run_date = results.run.started.date()
    entries = tuple(
        Entry(
            anchor=anchors.outcome(outcome),
            outcome=outcome,
            control=controls.get(outcome.control) or _unlisted(outcome),
            run_date=run_date,
            info=info,
        )
        for outcome in _ordered(info, results)
    )
    return StackView(
        anchor=anchor,
        info=info,
        entries=entries,
        causes=tuple(causes(info, entries, results, anchors)),
        whole=results.run.scope.whole,
        only_new=results.run.fail_on_new,
    )


def _ordered(info: StackInfo, results: Results) -> list[Outcome]:
    """Return the outcomes of a stack by control, service, container and aspect."""
    places = {control.id: place for place, control in enumerate(results.controls)}
    services = {service: place for place, service in enumerate(info.services)}

    def order(outcome: Outcome) -> tuple[int, str, int, str, str, str, str]:
        return (
            places.get(outcome.control, len(places)),
            outcome.control,
            services.get(outcome.service or "", len(services)),
            outcome.service or "",
            outcome.container or "",
            outcome.aspect,
            outcome.message,
        )

    return sorted(results.outcomes, key=order)


def _unlisted(outcome: Outcome) -> ControlInfo:
    return ControlInfo(id=outcome.control, title=outcome.control, severity=outcome.severity)
