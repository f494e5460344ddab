"""What outcomes amount to."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self

from stackproof.outcomes.model import OutcomeKind


class Verdict(StrEnum):
    """What a run, or one stack of it, amounts to."""

    PROVEN = "PROVEN"
    NOT_PROVEN = "NOT PROVEN"
    NOTHING_PROVEN = "NOTHING PROVEN"

    @classmethod
    def of(cls, kinds: Iterable[OutcomeKind]) -> Self:
        """Judge outcomes of one stack. Where no control applied, nothing was proven."""
        seen = set(kinds)
        if any(kind.gates for kind in seen):
            return cls(cls.NOT_PROVEN)
        return cls(cls.PROVEN if any(kind.measured for kind in seen) else cls.NOTHING_PROVEN)


def tally(kinds: Iterable[OutcomeKind]) -> dict[OutcomeKind, int]:
    """Count outcomes by kind, worst first; kinds without any are there with 0."""
    seen = list(kinds)
    return {kind: seen.count(kind) for kind in OutcomeKind}
