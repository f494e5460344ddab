"""Steps as reports show them: without secrets, cut, and each told once. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from stackproof.engine import steps
from stackproof.outcomes.model import Outcome, Step, Trial
from stackproof.stack.redaction import Redactor

COMMAND, OUTPUT = 240, 480  # characters that are shown


@dataclass(kw_only=True)
class Records:
    """Steps and trials by id, in the order in which they were told."""

    steps: dict[str, Step] = field(default_factory=dict)
    trials: dict[str, Trial] = field(default_factory=dict)

    def add(self, more: "Records") -> None:
        """Take what is not known yet."""
        for step in more.steps.values():
            self.steps.setdefault(step.id, step)
        for trial in more.trials.values():
            self.trials.setdefault(trial.id, trial)

    def used_by(self, outcomes: Iterable[Outcome]) -> "Records":
        """Return the trials that outcomes name, and the steps of both, by time."""
        outcomes = list(outcomes)
        named = {name for outcome in outcomes for name in outcome.trials}
        trials = [trial for trial in self.trials.values() if trial.id in named]
        wanted = {id_ for outcome in outcomes for id_ in outcome.steps}
        wanted |= {id_ for trial in trials for id_ in trial.steps}
        found = [step for step in self.steps.values() if step.id in wanted]
        return Records(
            steps={step.id: step for step in sorted(found, key=lambda step: (step.started, step.id))},
            trials={trial.id: trial for trial in sorted(trials, key=lambda trial: (trial.started, trial.id))},
        )


def records(journal: steps.Journal, stack: str, lane: str, redactor: Redactor, known: set[str]) -> Records:
    """Return what a test's journal holds and shares but for what is known; and know it from now on."""
    found = Records()
    for one in (journal, *shared(journal)):
        for step in one.steps:
            if step.id not in known:
                known.add(step.id)
                found.steps[step.id] = _step(step, redactor)
        if one is not journal and one.id not in known:
            known.add(one.id)
            found.trials[one.id] = _trial(one, stack, lane, redactor)
    return found


def shared(journal: steps.Journal) -> list[steps.Journal]:
    """Return the trials and bring-ups that a journal rests on, also those within others, each once."""
    found: list[steps.Journal] = []
    for one in journal.shared:
        found += [each for each in (one, *shared(one)) if each not in found]
    return found


def with_steps(outcome: Outcome, journal: steps.Journal, began: float) -> Outcome:
    """Return an outcome with what it rests on; its seconds hold the trials since its test began."""
    within = (one.seconds for one in journal.shared if one.began >= began)
    return outcome.model_copy(
        update={
            "started": at(began),
            "seconds": round(max(outcome.seconds - sum(within), 0.0), 3),
            "steps": tuple(step.id for step in journal.steps),
            "steps_left_out": journal.left_out,
            "trials": tuple(one.id for one in shared(journal)),
        }
    )


def at(seconds: float) -> datetime:
    """Return seconds since the epoch as a time of day in UTC, to the millisecond.

    >>> at(0.0015).isoformat()
    '1970-01-01T00:00:00.001000+00:00'
    """
    return datetime.fromtimestamp(int(seconds * 1000) / 1000, UTC)


def _step(step: steps.Step, redactor: Redactor) -> Step:
    return Step(
        id=step.id,
        command=cut(redactor.text(step.command), COMMAND),
        where=redactor.text(step.where),
        started=at(step.began),
        seconds=round(step.seconds, 3),
        exit=step.code,
        output=cut(redactor.text(step.output.strip()), OUTPUT),
        times=step.times,
    )


def _trial(journal: steps.Journal, stack: str, lane: str, redactor: Redactor) -> Trial:
    return Trial(
        id=journal.id,
        stack=stack,
        lane=lane,
        name=redactor.text(journal.name),
        started=at(journal.began),
        seconds=round(journal.seconds, 3),
        steps=tuple(step.id for step in journal.steps),
        steps_left_out=journal.left_out,
        error=cut(redactor.text(journal.error), OUTPUT),
    )


def cut(text: str, most: int) -> str:
    """Return a text with its middle left out where it is longer; its end says how it ended.

    >>> cut("abcdefghijklmnop", 10)
    'abc ... op'
    """
    if len(text) <= most:
        return text
    front = (most - 5) * 2 // 3
    return f"{text[:front]} ... {text[len(text) - (most - 5 - front) :]}"
