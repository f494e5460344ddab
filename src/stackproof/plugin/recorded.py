"""What was asked for a test, from where it is asked to the outcomes, and from workers to the controller."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from stackproof.engine import steps
from stackproof.engine.steps import Journal
from stackproof.outcomes.model import Outcome, Step, Trial
from stackproof.outcomes.steps import Records, at, records, with_steps
from stackproof.plugin.declared import control_of, lane_of, subject_of

# The attribute of a report that carries steps and trials to the controller, each once.
ATTRIBUTE = "stackproof_records"
_JOURNAL: pytest.StashKey[Journal] = pytest.StashKey()
# Ids of steps and trials that a report of this process carries already.
_SENT: pytest.StashKey[set[str]] = pytest.StashKey()


@contextmanager
def journal(item: pytest.Item) -> Iterator[None]:
    """Keep what is asked while a test runs, its fixtures included."""
    with steps.journal() as item.stash[_JOURNAL]:
        yield


def attach(
    item: pytest.Item, call: pytest.CallInfo[Any], report: pytest.TestReport, found: Sequence[Outcome]
) -> list[Outcome]:
    """Return outcomes with what they rest on, which the report carries; of rules that is the files."""
    kept, subject = item.stash.get(_JOURNAL, None), subject_of(item)
    if not found or kept is None or subject is None:
        return list(found)
    if control_of(item) is None:
        return [outcome.model_copy(update={"started": at(call.start)}) for outcome in found]
    known = item.config.stash.setdefault(_SENT, set())
    told = records(kept, subject.stack.name, lane_of(item), subject.stack.redactor, known)
    data = {
        "steps": [step.model_dump(mode="json") for step in told.steps.values()],
        "trials": [trial.model_dump(mode="json") for trial in told.trials.values()],
    }
    setattr(report, ATTRIBUTE, data)
    return [with_steps(outcome, kept, call.start) for outcome in found]


def of_report(report: pytest.TestReport) -> Records:
    """Return the steps and trials that a report carries."""
    data = getattr(report, ATTRIBUTE, {})
    found = Records()
    found.steps = {raw["id"]: Step.model_validate(raw) for raw in data.get("steps", ())}
    found.trials = {raw["id"]: Trial.model_validate(raw) for raw in data.get("trials", ())}
    return found
