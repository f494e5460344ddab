"""Two finished runs side by side: what is new, what is fixed, what is as it was."""

from dataclasses import dataclass
from typing import Self

from stackproof.outcomes.model import Outcome, OutcomeKind, Results

_Key = tuple[str, str | None, str | None, str, str]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What became of findings that fail a run, between an earlier and a later one."""

    new: tuple[Outcome, ...]
    """Fail now, and did not before."""
    fixed: tuple[Outcome, ...]
    """Failed before, and were asked again and do not now; as they were."""
    unchanged: tuple[Outcome, ...]
    """Fail as they did."""
    unasked: tuple[Outcome, ...]
    """Failed before, and nobody asked again."""

    @classmethod
    def of(cls, earlier: Results, later: Results) -> Self:
        """Compare by stack, subject, control and aspect; a finding that moved within a file is the same."""
        before = {_key(one): one for one in earlier.outcomes if one.outcome.gates}
        after = {_key(one): one for one in later.outcomes if one.outcome.gates}
        # A finding that is gone has no row of its own: its control said something else of the subject.
        asked = {key[:4] for key in map(_key, later.outcomes)} | {
            (one.stack, None, None, one.control)
            for one in later.outcomes
            if one.outcome is OutcomeKind.NOT_APPLICABLE and one.service is None
        }
        gone = [one for key, one in before.items() if key not in after]
        return cls(
            new=tuple(one for key, one in after.items() if key not in before),
            fixed=tuple(one for one in gone if _asked_again(one, asked)),
            unchanged=tuple(one for key, one in after.items() if key in before),
            unasked=tuple(one for one in gone if not _asked_again(one, asked)),
        )


def _key(one: Outcome) -> _Key:
    return one.stack, one.service, one.container, one.control, one.aspect


def _asked_again(one: Outcome, asked: set[tuple[str, str | None, str | None, str]]) -> bool:
    whole_stack = (one.stack, None, None, one.control)
    return _key(one)[:4] in asked or whole_stack in asked
