"""Tests that a team writes with our fixtures and without controls."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.unit.conftest import MakeStack

from stackproof.controls.control import Control, Lane, declare
from stackproof.errors import StackError
from stackproof.outcomes.model import OutcomeKind, Severity
from stackproof.outcomes.subject import Subject
from stackproof.plugin import finish, options, reading, subjects
from stackproof.plugin.collection import own_tests_only, read_plan, write_plan
from stackproof.settings import Settings

CONTROL = Control(id="effective-uid-nonroot", title="No root", severity=Severity.HIGH, lane=Lane.OBSERVE)
SERVICES: dict[str, Any] = {"web": {}, "db": {"environment": {"DB_PASSWORD": "rosebud-1941"}}}


class Item(SimpleNamespace):
    """A collected test, as far as we ask."""

    def __init__(self, subject: Subject | None, control: Control | None = None) -> None:
        super().__init__(
            nodeid="test_mine.py::test_it",
            stash=pytest.Stash(),
            path=Path("tests/test_mine.py"),
            callspec=SimpleNamespace(params={"subject": subject}),
            config=SimpleNamespace(stash=pytest.Stash()),
            function=declare(control)(lambda: None) if control else lambda: None,
        )
        options.take(cast("Any", self.config), Settings())


@pytest.fixture
def whole(make_stack: MakeStack) -> Subject:
    """A stack as a subject."""
    return Subject(stack=make_stack(SERVICES))


def as_item(item: Item) -> Any:  # noqa: ANN401 - stands in for pytest.Item
    """Let it pass for one of pytest's."""
    return item


@pytest.mark.parametrize(
    ("asked", "cases"),
    [
        ({"http", "sandbox"}, ["shop"]),
        ({"sandbox"}, ["shop"]),
        ({"sandbox", "service"}, ["shop-db", "shop-web"]),
        ({"sandbox", "container", "service"}, ["shop-db-1", "shop-web-1"]),
        ({"tmp_path"}, None),
        (set(), None),
    ],
)
def test_cases(make_stack: MakeStack, asked: set[str], cases: list[str] | None) -> None:
    """The most particular fixture decides, `sandbox` and `http` alone mean the stack."""
    made: list[list[str]] = []
    metafunc: Any = SimpleNamespace(
        fixturenames=["request", "subject", *sorted(asked)],
        parametrize=lambda _name, _cases, ids, **_more: made.append(ids),
    )
    subjects.parametrize(metafunc, [make_stack(SERVICES)], ["identity"])

    assert made == ([cases] if cases else [])


@pytest.mark.parametrize(
    ("controls", "own"), [([None], True), ([None, CONTROL], False), ([CONTROL], False), ([], True)]
)
def test_whose_run_it_is(
    tmp_path: Path,
    whole: Subject,
    controls: list[Control | None],
    own: bool,  # noqa: FBT001 - a case
) -> None:
    """A run in which no control is to be decided is the team's own, and pytest alone judges it."""
    plan = tmp_path / "plan.json"
    session: Any = SimpleNamespace(plan=plan, controls={}, settings=Settings())
    write_plan([as_item(Item(whole, control)) for control in controls], session)

    assert own_tests_only(plan) is own


def test_run_that_collected_nothing(tmp_path: Path) -> None:
    """Without a plan nobody knows whose run it is, so it must not count as passed."""
    assert not own_tests_only(tmp_path / "plan.json")


def report_of(item: Item, test: Callable[[], None]) -> pytest.TestReport:
    """Run a test and take its outcome."""
    call = pytest.CallInfo.from_call(test, when="call")
    report = pytest.TestReport(
        nodeid=item.nodeid,
        location=("t.py", 1, "t"),
        keywords={},
        outcome="failed",
        longrepr="why",
        when="call",
    )
    reading.take(as_item(item), call, report)
    return report


def test_own_test_stays_as_it_is(whole: Subject) -> None:
    """Pytest's own words stay, with what the test noted, and without secrets."""
    item = Item(whole)
    item.stash[reading.EVIDENCE] = {"rows": 3, "url": "redis://:rosebud-1941@db"}
    report = report_of(item, lambda: None)

    assert report.longrepr == "why"
    assert reading.of_report(report) == []
    assert report.sections == [("evidence", "rows: 3\nurl: redis://:[redacted]@db")]


def test_own_test_that_noted_nothing(whole: Subject) -> None:
    """There is no empty section."""
    assert report_of(Item(whole), lambda: None).sections == []


def test_own_test_that_met_an_obstacle(whole: Subject) -> None:
    """Our words say it all; a traceback through our own code adds nothing, and secrets are masked."""

    def test() -> None:
        msg = "db is not ready: rosebud-1941"
        raise StackError(msg)

    assert report_of(Item(whole), test).longrepr == "db is not ready: [redacted]"


def test_control_gives_an_outcome(whole: Subject) -> None:
    """A test with a control is turned into an outcome as ever."""
    report = report_of(Item(whole, CONTROL), lambda: None)

    assert [outcome.outcome for outcome in reading.of_report(report)] == [OutcomeKind.PASS]


def test_control_that_is_in_no_catalogue(tmp_path: Path, whole: Subject) -> None:
    """What it says of itself is noted for the report."""
    session: Any = SimpleNamespace(plan=tmp_path / "plan.json", controls={}, settings=Settings())
    write_plan([as_item(Item(whole, CONTROL)), as_item(Item(whole, CONTROL))], session)
    (info,) = read_plan(session.plan)["controls"]

    assert (info["id"], info["title"], info["family"]) == ("effective-uid-nonroot", "No root", "mine")


def test_test_about_no_stack(whole: Subject) -> None:
    """A test that asks for none of our fixtures is not ours to touch."""
    del whole
    report = report_of(Item(None), lambda: None)

    assert (report.sections, report.longrepr) == ([], "why")


def test_note_on_waivers_that_expire(make_stack: MakeStack) -> None:
    """One line names the waivers of a stack that end within 30 days, and there is none without."""
    text = (
        "waivers:\n"
        "  - {control: effective-uid-nonroot, service: web, reason: why, expires: 2999-06-30}\n"
        "  - {control: crash-restart, service: db, reason: why, expires: 2999-08-30}\n"
    )
    stack = make_stack(SERVICES, text)

    assert finish.expiring(stack, date(2999, 6, 1)) == [
        "waivers that expire within 30 days: effective-uid-nonroot for web on 2999-06-30"
    ]
    assert finish.expiring(stack, date(2999, 5, 1)) == []
