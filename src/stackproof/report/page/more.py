"""What there is of a stack beside its list of outcomes: evidence, what was asked, what happened."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from stackproof.outcomes.model import Results, Step, Trial
from stackproof.report.page import timeline
from stackproof.report.text import clean, one_line, plain
from stackproof.report.view import StackView


def more(stack: StackView, results: Results, *, brief: bool) -> dict[str, Any]:
    """Return evidence and steps of each outcome, in their order, and what happened in the sandboxes.

    `brief` leaves out the steps of what does not fail the run: those are in results.json.
    """
    steps = {step.id: step for step in results.steps}
    shared = {trial.id: trial for trial in results.trials if trial.stack == stack.info.name}
    asked = _Numbered()
    trials = list(dict.fromkeys(t for e in stack.entries for t in e.outcome.trials if t in shared))
    return {
        "evidence": [plain(entry.outcome.evidence) for entry in stack.entries],
        "asked": [
            None if brief and not entry.outcome.outcome.gates else asked.all(entry.outcome.steps)
            for entry in stack.entries
        ],
        "leftOut": [entry.outcome.steps_left_out for entry in stack.entries],
        "shares": [
            [trials.index(one) for one in entry.outcome.trials if one in shared] for entry in stack.entries
        ],
        "started": [_time(entry.outcome.started) for entry in stack.entries],
        "trials": [_trial(shared[one], asked.all(shared[one].steps)) for one in trials],
        "steps": [_step(steps.get(one)) for one in asked.numbers],
        "timeline": [
            *(
                [
                    one_line(event.lane),
                    one_line(event.what),
                    one_line(event.container),
                    event.at,
                    event.seconds,
                ]
                for event in stack.info.timeline
            ),
            *(
                [one_line(trial.lane), f"trial {trial.name}", "", trial.at, trial.seconds]
                for trial in timeline.trials(stack.info, results)
            ),
        ],
    }


class _Numbered:
    """Ids by the order in which they were first met."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def all(self, ids: Iterable[str]) -> list[int]:
        return [self.numbers.setdefault(one, len(self.numbers)) for one in ids]


def _trial(trial: Trial, asked: list[int]) -> list[Any]:
    return [
        f"{one_line(trial.name)} ({one_line(trial.lane)})", _time(trial.started), trial.seconds, asked,
        trial.steps_left_out, clean(trial.error),
    ]  # fmt: skip


def _step(step: Step | None) -> list[Any]:
    """Return a step; one that the results do not hold is told as such."""
    if step is None:
        return ["(not kept)", "", "", 0, None, "", 1]
    return [
        clean(step.command), clean(step.where), _time(step.started), step.seconds, step.exit,
        clean(step.output), step.times,
    ]  # fmt: skip


def _time(moment: datetime | None) -> str:
    """Return the time of day with its zone, as a reader of logs looks for it."""
    return moment.isoformat(sep=" ", timespec="milliseconds") if moment else ""
