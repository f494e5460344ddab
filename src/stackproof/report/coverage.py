"""How much of each published standard a run answers, in figures. Pure.

A requirement is failed where any of its controls found something, whatever its severity; waived where all of
that is accepted; undecided where something could not be told; passed where all that was seen was good.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from stackproof.controls import catalogue
from stackproof.controls.not_assessed import not_assessed
from stackproof.outcomes.model import OutcomeKind, Results
from stackproof.report.page.standards import parted


class State(StrEnum):
    """What is known of one requirement, the worst first."""

    FAILED = "failed"
    UNDECIDED = "undecided"
    WAIVED = "waived"
    PASSED = "passed"
    NOT_ASKED = "not asked"
    """No control of it ran, or none applied."""
    NOT_ASSESSABLE = "not assessable"
    """No stack can show it."""


_ASSESSED = (State.FAILED, State.WAIVED, State.PASSED)
_STATES = (
    (State.FAILED, {OutcomeKind.FAIL, OutcomeKind.ADVISORY}),
    (State.UNDECIDED, {OutcomeKind.UNKNOWN}),
    (State.WAIVED, {OutcomeKind.WAIVED}),
    (State.PASSED, {OutcomeKind.PASS}),
)


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """What is known of the requirements of one standard."""

    standard: str
    counts: Mapping[State, int] = field(default_factory=dict)

    @property
    def requirements(self) -> int:
        """How many there are: those that a control answers, and those of which we say why none can."""
        return sum(self.counts.values())

    @property
    def assessed(self) -> int:
        """Of how many something was seen, good or bad."""
        return sum(self.counts[state] for state in _ASSESSED)

    def __str__(self) -> str:
        """Return one line."""
        told = ", ".join(f"{count} {state}" for state, count in self.counts.items())
        return f"{self.standard}: {self.assessed} of {self.requirements} requirements assessed: {told}"


def coverage(results: Results) -> list[Coverage]:
    """Return the coverage of each standard that a control refers to, whether it ran or not."""
    said: dict[str, set[OutcomeKind]] = defaultdict(set)
    for outcome in results.outcomes:
        said[outcome.control].add(outcome.outcome)
    references = {**catalogue.references(), **{one.id: one.references for one in results.controls}}
    found: dict[str, dict[str, set[OutcomeKind]]] = defaultdict(lambda: defaultdict(set))
    for control, texts in references.items():
        for standard, requirement in _parts(texts):
            found[standard][requirement] |= said[control]
    never = defaultdict(set)
    for one in not_assessed().values():
        for standard, requirement in _parts(one.references):
            never[standard].add(requirement)
    return [
        Coverage(standard=name, counts=_counts(found[name], never[name] - found[name].keys()))
        for name in sorted(found)
    ]


def _parts(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    return filter(None, map(parted, texts))


def _counts(said: Mapping[str, set[OutcomeKind]], never: set[str]) -> dict[State, int]:
    states = Counter(map(_state, said.values())) + Counter({State.NOT_ASSESSABLE: len(never)})
    return {state: states[state] for state in State}


def _state(kinds: set[OutcomeKind]) -> State:
    return next((state for state, those in _STATES if kinds & those), State.NOT_ASKED)
