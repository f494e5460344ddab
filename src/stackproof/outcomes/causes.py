"""One cause is told once: what many controls met, and which of them it kept from being judged. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable

from stackproof.outcomes.model import Cause, Outcome, OutcomeKind


def fold(outcomes: Iterable[Outcome]) -> tuple[tuple[Outcome, ...], tuple[Cause, ...]]:
    """Move what several unknown outcomes say alike into one cause, to which each then refers.

    Which outcome was told the whole story depends on the order of the run: the longest message is it, and any
    other that it does not tell stands below.
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
        if outcome.cause
        else outcome
        for outcome in outcomes
    )
    return tuple(folded), tuple(sorted(causes.values(), key=lambda cause: (cause.stack, cause.message)))


def _cause(fingerprint: str, concerned: list[Outcome]) -> Cause:
    told: list[str] = []
    for message in sorted({outcome.message for outcome in concerned}, key=lambda text: (-len(text), text)):
        if not any(_first_line(message) in _unnumbered(other) for other in told):
            told.append(message)
    return Cause(
        fingerprint=fingerprint,
        stack=concerned[0].stack,
        message="\n".join(told),
        outcomes=len(concerned),
        fix=next((outcome.fix for outcome in concerned if outcome.fix), ""),
    )


def _first_line(message: str) -> str:
    return _unnumbered(message.partition("\n")[0])


def _unnumbered(message: str) -> str:
    """Return a message without numbers: seconds and exit codes differ from one lane to the next."""
    return re.sub(r"\d+", "", message)


def _refer(outcome: Outcome, cause: Cause) -> Outcome:
    first = cause.message.partition("\n")[0]
    return outcome.model_copy(update={"message": f"not judged: {first}"})
