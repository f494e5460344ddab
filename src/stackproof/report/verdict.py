"""What outcomes amount to."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self

from stackproof.outcomes.model import OutcomeKind


class Verdict(StrEnum):
    """What a run, or one stack of it, amounts to."""

    PROVEN = "PROVEN"
    PROVEN_IN_PART = "PROVEN IN PART"
    NOT_PROVEN = "NOT PROVEN"
    NOTHING_NEW = "NOT PROVEN, NOTHING NEW"
    NOTHING_PROVEN = "NOTHING PROVEN"

    @property
    def good(self) -> bool:
        """Whether what was asked is as it must be."""
        return self in (Verdict.PROVEN, Verdict.PROVEN_IN_PART)

    @property
    def tone(self) -> str:
        """How it is shown: "part" is never to be taken for "good", nor what is known for what is new."""
        if self is Verdict.PROVEN:
            return "good"
        return "part" if self in (Verdict.PROVEN_IN_PART, Verdict.NOTHING_NEW) else "bad"

    @property
    def sign(self) -> str:
        """A sign beside the colour, which is never the only signal."""
        return {Verdict.PROVEN: "✓", Verdict.PROVEN_IN_PART: "◐"}.get(self, "✕")

    @property
    def rank(self) -> int:
        """Position from 0 (proven) to 4 (something fails that nobody knew)."""
        return _RANKS[self]

    @classmethod
    def of(cls, kinds: Iterable[OutcomeKind], *, whole: bool = True) -> Self:
        """Judge outcomes of one stack. Where no control applied, nothing was proven.

        `whole` is whether all was asked that can be: a run that asked less never reads like one.
        """
        seen = set(kinds)
        if any(kind.gates for kind in seen):
            return cls(cls.NOT_PROVEN)
        if not any(kind.measured for kind in seen):
            return cls(cls.NOTHING_PROVEN)
        return cls(cls.PROVEN if whole else cls.PROVEN_IN_PART)


_ORDER = (
    Verdict.PROVEN, Verdict.PROVEN_IN_PART, Verdict.NOTHING_NEW, Verdict.NOTHING_PROVEN, Verdict.NOT_PROVEN,
)  # fmt: skip
_RANKS = {verdict: rank for rank, verdict in enumerate(_ORDER)}


def tally(kinds: Iterable[OutcomeKind]) -> dict[OutcomeKind, int]:
    """Count outcomes by kind, worst first; kinds without any are there with 0."""
    seen = list(kinds)
    return {kind: seen.count(kind) for kind in OutcomeKind}
