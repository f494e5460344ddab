"""One cause is told once: what many controls met, and which of them it kept from being judged. Pure."""

from collections import defaultdict
from collections.abc import Iterable

from stackproof.outcomes.model import Cause, Outcome, OutcomeKind


def fold(outcomes: Iterable[Outcome]) -> tuple[tuple[Outcome, ...], tuple[Cause, ...]]:
    """Move what several unknown outcomes say alike into one cause, to which each then refers.

    Which outcome was told the whole story depends on the order of the run: the longest message is it.
    """
    outcomes = tuple(outcomes)
    concerned: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.cause and outcome.outcome is OutcomeKind.UNKNOWN:
            concerned[outcome.cause].append(outcome)
    causes = {name: _cause(name, those) for name, those in concerned.items() if len(those) > 1}
    folded = (
        _refer(outcome, causes[outcome.cause])
        if outcome.outcome is OutcomeKind.UNKNOWN and outcome.cause in causes
        else outcome.model_copy(update={"cause": None})
        for outcome in outcomes
    )
    return tuple(folded), tuple(sorted(causes.values(), key=lambda cause: (cause.stack, cause.message)))


def _cause(fingerprint: str, concerned: list[Outcome]) -> Cause:
    fullest = max(concerned, key=lambda outcome: (len(outcome.message), outcome.message))
    return Cause(
        fingerprint=fingerprint,
        stack=fullest.stack,
        message=fullest.message,
        outcomes=len(concerned),
    )


def _refer(outcome: Outcome, cause: Cause) -> Outcome:
    first = cause.message.partition("\n")[0]
    return outcome.model_copy(update={"message": f"not judged: {first}"})
