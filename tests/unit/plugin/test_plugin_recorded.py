"""Steps on their way from a worker to the results."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.conftest import MakeStack

from stackproof.controls.control import Control
from stackproof.engine import steps
from stackproof.outcomes.judging import judge, said_by
from stackproof.outcomes.model import Outcome, Severity
from stackproof.outcomes.subject import Subject
from stackproof.plugin import recorded
from stackproof.plugin.collection import Collection
from stackproof.sandbox.trials import Trials

CONTROL = Control(id="a-b", title="Answers", severity=Severity.HIGH)


class Worker:
    """A worker whose tests are about one service, with the trials of one sandbox."""

    def __init__(self, make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
        stack = make_stack({"web": {"environment": {"API_KEY": "sesame-open"}}})
        self.subject = Subject(stack=stack, service="web")
        self.control: Control | None = CONTROL
        self.trials = Trials({}, lambda: "")
        self._config = SimpleNamespace(stash=pytest.Stash())
        monkeypatch.setattr(recorded, "subject_of", lambda _item: self.subject)
        monkeypatch.setattr(recorded, "control_of", lambda _item: self.control)
        monkeypatch.setattr(recorded, "lane_of", lambda _item: "faults")

    def test(self, name: str) -> tuple[Outcome, pytest.TestReport]:
        """Run a test that asks once, and for the trial; return what it said and its report."""
        item: Any = SimpleNamespace(stash=pytest.Stash(), config=self._config)

        def call() -> None:
            self.trials.result("kill", lambda: self._ask("docker kill web-1"))
            self._ask(f"read {name} with sesame-open")

        with recorded.journal(item):
            told = pytest.CallInfo.from_call(call, when="call")
        report = pytest.TestReport(name, ("t.py", 1, name), {}, "passed", None, "call")
        found = list(
            judge(CONTROL, self.subject, said_by(None), fail_on=Severity.HIGH, seconds=told.duration)
        )
        (outcome,) = recorded.attach(item, told, report, found)
        return outcome, report

    @staticmethod
    def _ask(command: str) -> None:
        with steps.step(command, "web-1") as asked:
            asked.gave("done", 0)


@pytest.fixture
def worker(make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch) -> Worker:
    """A worker."""
    return Worker(make_stack, monkeypatch)


def test_two_tests_share_a_trial(worker: Worker) -> None:
    """Its record crosses once, as plain data; both outcomes name it and their own step."""
    (first, one), (second, two) = worker.test("one"), worker.test("two")
    sent = [json.loads(json.dumps(getattr(report, recorded.ATTRIBUTE))) for report in (one, two)]

    assert [len(each["trials"]) for each in sent] == [1, 0]
    assert first.trials == second.trials == (sent[0]["trials"][0]["id"],)
    assert first.started is not None
    assert first.started.tzinfo is not None

    collection = Collection()
    for report in (one, two):
        collection.add(report)
    used = collection.records.used_by([first, second])
    commands = {step.id: step.command for step in used.steps.values()}
    assert [commands[id_] for id_ in (*first.steps, *second.steps)] == [
        "read one with [redacted]",
        "read two with [redacted]",
    ]
    (trial,) = used.trials.values()
    assert (trial.name, trial.lane, trial.stack) == ("kill", "faults", worker.subject.stack.name)
    assert [commands[id_] for id_ in trial.steps] == ["docker kill web-1"]


def test_rules_rest_on_the_files(worker: Worker) -> None:
    """A test that judges many rules asked nothing for any one of them; it has its time of day."""
    worker.control = None
    outcome, report = worker.test("rules")

    assert (outcome.steps, outcome.trials, outcome.started is not None) == ((), (), True)
    assert not hasattr(report, recorded.ATTRIBUTE)
