"""All outcomes of a run."""

import itertools
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.unit.conftest import MakeStack

from stackproof.controls import catalogue
from stackproof.outcomes.model import Outcome, OutcomeKind, Severity, WaiverUse
from stackproof.plugin.collection import Collection, Row, read_plan
from stackproof.plugin.reading import ATTRIBUTE

CONTROLS = catalogue.entries()
CONTROL = "effective-uid-nonroot"
USE = WaiverUse(reason="known", expires=date(2999, 6, 30))
WAIVED = f"\nwaivers:\n  - {{control: {CONTROL}, service: web, reason: known, expires: 2999-06-30}}\n"


def outcome(kind: OutcomeKind = OutcomeKind.PASS, service: str | None = "web", **more: Any) -> Outcome:  # noqa: ANN401
    """Return an outcome of stack `shop`; a waived one has the waiver that did it."""
    fields: dict[str, Any] = {"stack": "shop", "control": CONTROL, "container": None, "message": ""} | more
    if kind is OutcomeKind.WAIVED:
        fields = {"waiver": USE} | fields
    return Outcome(outcome=kind, service=service, severity=Severity.HIGH, **fields)


def report(node: str, found: Outcome | None) -> pytest.TestReport:
    """Return the report of a test that carries an outcome."""
    made = pytest.TestReport(
        nodeid=node, location=("t.py", 1, "t"), keywords={}, outcome="passed", longrepr=None, when="call"
    )
    if found is not None:
        setattr(made, ATTRIBUTE, [found.model_dump(mode="json")])
    return made


def collected(*found: Outcome) -> Collection:
    """Return a collection of one test for each outcome."""
    collection = Collection()
    for number, each in enumerate(found):
        collection.add(report(f"t.py::t[{number}]", each))
    return collection


def plan(
    path: Path, *nodes: str, control: str | None = CONTROL, services: tuple[str, ...] = ("web",)
) -> Path:
    """Write a plan of tests about `web`; the control has cases for these services."""
    rows = [
        Row(node=node, stack="shop", lane="observe", service="web", container="web-1", control=control,
            severity="critical" if control else None, fingerprint="f", services=list(services))
        for node in nodes
    ]  # fmt: skip
    path.write_text(json.dumps({"rows": rows, "controls": []}))
    return path


@pytest.fixture
def no_plan(tmp_path: Path) -> Path:
    """A plan that nobody wrote."""
    return tmp_path / "plan.json"


def test_no_plan_is_empty(no_plan: Path) -> None:
    """No test was collected."""
    assert read_plan(no_plan) == {"rows": [], "asked": [], "controls": []}
    assert Collection().finish(no_plan, [], CONTROLS) == ()


def test_planned_and_never_said_is_unknown(no_plan: Path) -> None:
    """A worker died, or the run was interrupted: never a pass."""
    collection = collected(outcome())
    (missing, said) = sorted(
        collection.finish(plan(no_plan, "t.py::t[0]", "t.py::t[1]"), [], CONTROLS),
        key=lambda o: o.outcome,
        reverse=True,
    )

    assert said.outcome is OutcomeKind.PASS
    assert missing.outcome is OutcomeKind.UNKNOWN
    assert (missing.service, missing.container, missing.severity) == ("web", "web-1", Severity.CRITICAL)
    assert "did not finish" in missing.message


def test_planned_test_without_control_is_no_outcome(no_plan: Path) -> None:
    """A team's own test is pytest's to report."""
    assert Collection().finish(plan(no_plan, "t.py::own", control=None), [], CONTROLS) == ()


def test_report_without_outcome_is_left_out(no_plan: Path) -> None:
    """Reports of setup and teardown carry none."""
    collection = Collection()
    collection.add(report("t.py::t", None))

    assert collection.finish(no_plan, [], CONTROLS) == ()


def test_order_is_stable(no_plan: Path) -> None:
    """Stack, control, service, container: whatever order the workers were done in."""
    found = [
        outcome(stack="blog"),
        outcome(control="a-b"),
        outcome(service=None),
        outcome(service="db"),
        outcome(container="web-2"),
        outcome(container="web-1"),
    ]
    order, *others = [
        collected(*each).finish(no_plan, [], CONTROLS) for each in itertools.permutations(found)
    ]

    assert all(other == order for other in others)
    assert [(o.stack, o.control, o.service, o.container) for o in order] == [
        ("blog", CONTROL, "web", None),
        ("shop", "a-b", "web", None),
        ("shop", CONTROL, None, None),
        ("shop", CONTROL, "db", None),
        ("shop", CONTROL, "web", "web-1"),
        ("shop", CONTROL, "web", "web-2"),
    ]


@pytest.mark.parametrize("kind", [OutcomeKind.PASS, OutcomeKind.NOT_APPLICABLE, OutcomeKind.ADVISORY])
def test_waiver_that_waives_nothing_fails(make_stack: MakeStack, no_plan: Path, kind: OutcomeKind) -> None:
    """It would hide the next real finding; the line to remove is named."""
    stack = make_stack({"web": {}}, WAIVED)
    stale = [
        o
        for o in collected(outcome(kind)).finish(no_plan, [stack], CONTROLS)
        if o.outcome is OutcomeKind.FAIL
    ]

    assert [o.message for o in stale] == [f"the waiver of {CONTROL} for web waives nothing: remove it"]
    assert (stale[0].file, stale[0].line, stale[0].column) == ("stackproof.yml", 3, 5)
    assert stale[0].severity is Severity.HIGH


@pytest.mark.parametrize("kind", [OutcomeKind.WAIVED, OutcomeKind.UNKNOWN])
def test_waiver_that_may_be_needed(make_stack: MakeStack, no_plan: Path, kind: OutcomeKind) -> None:
    """Used for one container, or not known."""
    found = collected(outcome(), outcome(kind)).finish(no_plan, [make_stack({"web": {}}, WAIVED)], CONTROLS)

    assert {o.outcome for o in found} == {OutcomeKind.PASS, kind}


@pytest.mark.parametrize(
    ("narrow", "stale"),
    [
        ("aspect: /x", False),
        ("aspect: /y", True),
        ("match: '404$'", True),
        ("aspect: /x, match: '404$'", True),
    ],
)
def test_waiver_for_one_finding_of_several(
    make_stack: MakeStack,
    no_plan: Path,
    narrow: str,
    stale: bool,  # noqa: FBT001 - a case
) -> None:
    """What another waiver waived does not speak for it."""
    stack = make_stack({"web": {}}, WAIVED.replace("service: web,", f"service: web, {narrow},"))
    use = USE.model_copy(update={"aspect": "/x"})
    found = collected(outcome(OutcomeKind.WAIVED, waiver=use)).finish(no_plan, [stack], CONTROLS)

    assert [o.message for o in found if o.outcome is OutcomeKind.FAIL] == [
        f"the waiver of {stack.contract.waivers[0]} waives nothing: remove it"
    ] * stale


@pytest.mark.parametrize("other", [outcome(service="db"), outcome(control="a-b"), outcome(stack="blog")])
def test_waiver_of_what_did_not_run(make_stack: MakeStack, no_plan: Path, other: Outcome) -> None:
    """`-k` chose other tests, so nobody knows."""
    found = collected(other).finish(no_plan, [make_stack({"web": {}, "db": {}}, WAIVED)], CONTROLS)

    assert found == (other,)


def test_planned_unknown_keeps_the_waiver(make_stack: MakeStack, no_plan: Path) -> None:
    """What did not finish says nothing about its waiver."""
    found = Collection().finish(plan(no_plan, "t.py::t"), [make_stack({"web": {}}, WAIVED)], CONTROLS)

    assert [o.outcome for o in found] == [OutcomeKind.UNKNOWN]


HTTP = "http-contract-met"
HTTP_WAIVED = f"\nwaivers:\n  - {{control: {HTTP}, service: web, reason: known, expires: 2999-06-30}}\n"


@pytest.mark.parametrize(
    ("found", "services"),
    [
        (outcome(OutcomeKind.NOT_APPLICABLE, None, control=HTTP), ()),
        (outcome(OutcomeKind.PASS, "db", control=HTTP), ("db",)),
        (outcome(OutcomeKind.WAIVED, "db", control=HTTP), ("db",)),
    ],
)
def test_waiver_without_an_entry_in_the_contract(
    make_stack: MakeStack, no_plan: Path, found: Outcome, services: tuple[str, ...]
) -> None:
    """The first entry for the service would be waived before anybody saw what it finds."""
    stack = make_stack({"web": {}, "db": {}}, HTTP_WAIVED)
    planned = plan(no_plan, "t.py::t[0]", control=HTTP, services=services)
    stale = [o for o in collected(found).finish(planned, [stack], CONTROLS) if o.outcome is OutcomeKind.FAIL]

    assert [o.message for o in stale] == [f"the waiver of {HTTP} for web waives nothing: remove it"]


@pytest.mark.parametrize(
    ("found", "services"),
    [
        (outcome(OutcomeKind.UNKNOWN, None, control=HTTP), ()),
        (outcome(OutcomeKind.PASS, "db", control=HTTP), ("db", "web")),
        (outcome(OutcomeKind.PASS, "db", control="a-b"), ("db",)),
    ],
)
def test_waiver_of_an_entry_that_nobody_knows(
    make_stack: MakeStack, no_plan: Path, found: Outcome, services: tuple[str, ...]
) -> None:
    """Unknown, its case not chosen by `-k`, or the control not selected."""
    stack = make_stack({"web": {}, "db": {}}, HTTP_WAIVED)
    planned = plan(no_plan, "t.py::t[0]", control=found.control, services=services)

    assert collected(found).finish(planned, [stack], CONTROLS) == (found,)
