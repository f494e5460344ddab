"""Two finished runs side by side: what is new, what is fixed, what is as it was."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from stackproof.outcomes.model import Outcome, OutcomeKind, Results

_ACCEPTED = (OutcomeKind.WAIVED, OutcomeKind.ADVISORY)
Key = tuple[str, str | None, str | None, str, str]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What became of findings that fail a run, between an earlier and a later one."""

    new: tuple[Outcome, ...]
    """Fail now, and did not before."""
    fixed: tuple[Outcome, ...]
    """Failed before, and were asked again and are not found any more; as they were."""
    accepted: tuple[Outcome, ...]
    """Failed before, and are still found: waived, or below the gate, which is no repair."""
    unchanged: tuple[Outcome, ...]
    """Fail as they did."""
    unasked: tuple[Outcome, ...]
    """Failed before, and nobody asked again."""

    @classmethod
    def of(cls, earlier: Results, later: Results) -> Self:
        """Compare two runs."""
        return cls.since((one for one in earlier.outcomes if one.outcome.gates), later)

    @classmethod
    def since(cls, failed: Iterable[Outcome], later: Results) -> Self:
        """Compare a run with what failed before it.

        By stack, subject, control and aspect: a finding that moved within a file is the same.
        """
        before = {key(one): one for one in failed}
        after = {key(one): one for one in later.outcomes if one.outcome.gates}
        still = {key(one): one for one in later.outcomes if one.outcome in _ACCEPTED}
        # A finding that is gone has no row of its own: its control said something else of the subject.
        asked = {key(one)[:4] for one in later.outcomes} | {
            (one.stack, None, None, one.control)
            for one in later.outcomes
            if one.outcome is OutcomeKind.NOT_APPLICABLE and one.service is None
        }
        gone = [one for name, one in before.items() if name not in after]
        return cls(
            new=tuple(one for name, one in after.items() if name not in before),
            fixed=tuple(one for one in gone if key(one) not in still and _asked_again(one, asked)),
            accepted=tuple(still[key(one)] for one in gone if key(one) in still),
            unchanged=tuple(one for name, one in after.items() if name in before),
            unasked=tuple(one for one in gone if not _asked_again(one, asked)),
        )


def key(one: Outcome) -> Key:
    """Return what makes two outcomes the same finding."""
    return one.stack, one.service, one.container, one.control, one.aspect


def _asked_again(one: Outcome, asked: set[tuple[str, str | None, str | None, str]]) -> bool:
    whole_stack = (one.stack, None, None, one.control)
    return key(one)[:4] in asked or whole_stack in asked
