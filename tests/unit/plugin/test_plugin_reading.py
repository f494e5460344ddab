"""From what a test did to an outcome and to the look of its report."""

import re
from collections.abc import Callable
from typing import Any, Literal, NoReturn

import pytest
from tests.unit.conftest import MakeStack

from stackproof.controls.control import Control, Lane, not_applicable
from stackproof.errors import CommandError, ContainerGoneError, Unknown
from stackproof.outcomes.finding import Finding, raise_findings
from stackproof.outcomes.judging import judge
from stackproof.outcomes.model import Outcome, OutcomeKind, Severity
from stackproof.outcomes.subject import Subject
from stackproof.plugin import reading
from stackproof.stack.stack import Stack

CONTROL = Control(
    id="effective-uid-nonroot", title="No root", severity=Severity.HIGH, lane=Lane.OBSERVE, key="user"
)
WAIVED = "waivers: [{control: effective-uid-nonroot, service: web, reason: known, expires: 2999-06-30}]"
COMPOSE = "services:\n  web:\n    image: x\n    user: root\n"


def nothing() -> None:
    """Find nothing wrong."""


def fail(error: BaseException) -> Callable[[], NoReturn]:
    """Return a test that ends with an error."""

    def test() -> NoReturn:
        raise error

    return test


def rewritten() -> None:
    """Fail as a test does whose assertion pytest explains."""
    found = ["nginx"]

    assert not found, "root processes: nginx"


def bare() -> None:
    """Fail without a message of one's own."""
    assert int("3") == 1 + 1


def phase(test: Callable[[], object]) -> pytest.CallInfo[Any]:
    """Run a test as pytest does."""
    return pytest.CallInfo.from_call(test, when="call")


def read(
    stack: Stack,
    test: Callable[[], object],
    *,
    service: str | None = "web",
    fail_on: Severity = Severity.HIGH,
    evidence: dict[str, Any] | None = None,
) -> Outcome:
    """Return the outcome of a test about a service."""
    subject = Subject(stack=stack, service=service, number=1 if service else None)
    call = phase(test)
    reading.translate(call)
    said = reading.said_in(call.excinfo)
    (found,) = judge(CONTROL, subject, said, fail_on=fail_on, evidence=evidence)
    return found


def report(outcome: Literal["failed", "skipped"] = "failed") -> pytest.TestReport:
    """Return the report of a test, as pytest makes it."""
    return pytest.TestReport(
        nodeid="t.py::t",
        location=("t.py", 1, "t"),
        keywords={},
        outcome=outcome,
        longrepr="a traceback of ours",
        when="call",
    )


def dress(dressed: pytest.TestReport, *found: Outcome) -> None:
    """Dress a report."""
    reading.dress(dressed, found)


@pytest.fixture
def stack(make_stack: MakeStack) -> Stack:
    """A stack with a secret and without a waiver."""
    return make_stack({"web": {"environment": {"API_KEY": "sesame-open"}}, "db": {}}, compose=COMPOSE)


@pytest.mark.parametrize(
    ("test", "kind", "message"),
    [
        (nothing, OutcomeKind.PASS, CONTROL.title),
        (rewritten, OutcomeKind.FAIL, "root processes: nginx"),
        (fail(AssertionError("two\nlines")), OutcomeKind.FAIL, "two\nlines"),
        (lambda: pytest.fail("it is so"), OutcomeKind.FAIL, "it is so"),
        (lambda: not_applicable("no port"), OutcomeKind.NOT_APPLICABLE, "no port"),
        (fail(Unknown("no shell")), OutcomeKind.UNKNOWN, "no shell"),
        (fail(ContainerGoneError("gone")), OutcomeKind.UNKNOWN, "gone"),
        (fail(CommandError("too long")), OutcomeKind.UNKNOWN, "too long"),
        (
            fail(KeyError("Pid")),
            OutcomeKind.UNKNOWN,
            "internal error at test_plugin_reading.py:LINE: KeyError: 'Pid'",
        ),
        (
            fail(TimeoutError()),
            OutcomeKind.UNKNOWN,
            "internal error at test_plugin_reading.py:LINE: TimeoutError",
        ),
        (lambda: pytest.skip("later"), OutcomeKind.UNKNOWN, "Skipped: later"),
    ],
)
def test_kind_and_message(stack: Stack, test: Callable[[], object], kind: OutcomeKind, message: str) -> None:
    """A mistake of ours, or an ordinary skip, is never a pass, a fail or not applicable."""
    found = read(stack, test)

    assert (found.outcome, re.sub(r"py:\d+", "py:LINE", found.message)) == (kind, message)


def test_assertion_without_message(stack: Stack) -> None:
    """The compared expression is all there is to say."""
    found = read(stack, bare)

    assert found.outcome is OutcomeKind.FAIL
    assert found.message.startswith("assert ")


def test_subject_and_place(stack: Stack) -> None:
    """A finding points at the key it is about."""
    found = read(stack, rewritten)

    assert (found.stack, found.service, found.container) == ("shop", "web", "web-1")
    assert (found.control, found.severity) == ("effective-uid-nonroot", Severity.HIGH)
    assert (found.file, found.line, found.column) == ("compose.yml", 4, 5)


def test_subject_that_is_the_whole_stack(stack: Stack) -> None:
    """It has no service and no line."""
    found = read(stack, rewritten, service=None)

    assert (found.service, found.container, found.line) == (None, None, None)


def test_secrets_are_redacted(stack: Stack) -> None:
    """In the message and in the evidence."""
    found = read(stack, fail(Unknown("key sesame-open")), evidence={"env": ["sesame-open"]})

    assert "sesame" not in found.model_dump_json()
    assert found.evidence == {"env": ["[redacted]"]}


def test_waiver(make_stack: MakeStack) -> None:
    """For its control and service only."""
    stack = make_stack({"web": {}, "db": {}}, WAIVED)
    found = read(stack, rewritten)

    assert found.outcome is OutcomeKind.WAIVED
    assert found.waiver is not None
    assert found.waiver.reason == "known"
    assert read(stack, rewritten, service="db").outcome is OutcomeKind.FAIL
    assert read(stack, rewritten, service=None).outcome is OutcomeKind.FAIL


def test_waiver_does_not_excuse_an_unknown(make_stack: MakeStack) -> None:
    """Nobody knows whether it is the deviation that was accepted."""
    assert read(make_stack({"web": {}}, WAIVED), fail(Unknown("?"))).outcome is OutcomeKind.UNKNOWN


def test_below_the_gate(stack: Stack) -> None:
    """Shown, not failing."""
    assert read(stack, rewritten, fail_on=Severity.CRITICAL).outcome is OutcomeKind.ADVISORY


# -- the look of the report -------------------------------------------------------------------------


def test_dress_carries_the_outcome_to_the_controller(stack: Stack) -> None:
    """As plain data, which xdist sends."""
    outcome, dressed = read(stack, rewritten, evidence={"uids": [0]}), report()
    dress(dressed, outcome)

    assert [type(one) for one in getattr(dressed, reading.ATTRIBUTE)] == [dict]
    assert reading.of_report(dressed) == [outcome]


def test_report_without_outcome() -> None:
    """Any other test's."""
    assert reading.of_report(report()) == []
    assert reading.status(report()) is None


def test_dress_waived(make_stack: MakeStack) -> None:
    """As xfailed, with reason and date."""
    dressed = report()
    dress(dressed, read(make_stack({"web": {}}, WAIVED), rewritten))

    assert dressed.outcome == "skipped"
    assert dressed.wasxfail == "waived until 2999-06-30: known (root processes: nginx)"


def test_dress_advisory(stack: Stack) -> None:
    """As xfailed, with the first line of the finding."""
    dressed = report()
    dress(dressed, read(stack, fail(AssertionError("one\ntwo")), fail_on=Severity.CRITICAL))

    assert dressed.outcome == "skipped"
    assert dressed.wasxfail == "advisory, high: one"
    # Pytest can be asked to show it.
    assert str(dressed.longrepr).startswith("effective-uid-nonroot (high): advisory for shop/web\none\ntwo")


def test_dress_failure(stack: Stack) -> None:
    """In place of a traceback: subject, finding, evidence, place."""
    dressed = report()
    dress(dressed, read(stack, rewritten, evidence={"uids": [0]}))

    assert dressed.outcome == "failed"
    assert str(dressed.longrepr).splitlines() == [
        "effective-uid-nonroot (high): fail for shop/web",
        "root processes: nginx",
        "  uids: [0]",
        "  at compose.yml:4:5",
    ]
    assert reading.status(dressed) is None


def test_dress_with_foreign_text(stack: Stack) -> None:
    """What a container says cannot colour a terminal, nor move its cursor."""
    failed, advisory = report(), report()
    said = fail(AssertionError("root: \x1b[2Jnginx\x08"))
    dress(failed, read(stack, said, evidence={"log": "\x1b]0;title\x07end"}))
    dress(advisory, read(stack, said, fail_on=Severity.CRITICAL))

    shown = f"{failed.longrepr}{advisory.longrepr}{advisory.wasxfail}"
    assert "root: nginx\N{SYMBOL FOR BACKSPACE}" in shown
    assert not {"\x1b", "\x07", "\x08"} & set(shown)


def test_dress_unknown(stack: Stack) -> None:
    """Pytest calls it an error, also where the test called itself skipped."""
    dressed = report("skipped")
    dress(dressed, read(stack, lambda: pytest.skip("later")))

    assert dressed.outcome == "failed"
    assert reading.status(dressed) == ("error", "E", "UNKNOWN")


def test_dress_several(make_stack: MakeStack) -> None:
    """The worst decides, and nothing is lost."""
    narrow = WAIVED.replace("service: web,", "service: web, aspect: one,")
    stack = make_stack({"web": {}}, narrow)
    said = reading.said_in(
        phase(lambda: raise_findings([Finding("the first", aspect="one"), Finding("the second")])).excinfo
    )
    found = list(judge(CONTROL, Subject(stack=stack, service="web"), said, fail_on=Severity.HIGH))
    dressed = report()
    dress(dressed, *found)

    assert [(one.outcome, one.aspect) for one in found] == [
        (OutcomeKind.WAIVED, "one"),
        (OutcomeKind.FAIL, ""),
    ]
    assert len({one.fingerprint for one in found}) == 2
    assert dressed.outcome == "failed"
    assert "the second" in str(dressed.longrepr)
    assert "the first" not in str(dressed.longrepr)
    assert reading.of_report(dressed) == found


def test_dress_leaves_a_pass_alone(stack: Stack) -> None:
    """There is nothing to say."""
    dressed = report()
    dressed.outcome = "passed"
    dressed.longrepr = None
    dress(dressed, read(stack, nothing))

    assert (dressed.outcome, dressed.longrepr) == ("passed", None)
    assert not hasattr(dressed, "wasxfail")


def test_conceal(stack: Stack) -> None:
    """What pytest itself shows of a test is without secrets, too."""
    shown = report()
    shown.longrepr = "a traceback with sesame-open"
    shown.sections = [("Captured stdout call", "key sesame-open")]
    reading.conceal(shown, stack.redactor)

    assert shown.longrepr == "a traceback with [redacted]"
    assert shown.sections == [("Captured stdout call", "key [redacted]")]


def test_conceal_a_skip(stack: Stack) -> None:
    """Its place and reason are three, of which pytest unpacks the last."""
    shown = report("skipped")
    shown.longrepr = ("t.py", 3, "no sesame-open")
    reading.conceal(shown, stack.redactor)

    assert shown.longrepr == ("t.py", 3, "no [redacted]")


def test_conceal_leaves_alone_what_hides_nothing(stack: Stack) -> None:
    """A traceback keeps its colours, which a text has not."""
    shown = report()
    shown.longrepr = traceback = phase(rewritten).excinfo.getrepr()  # type: ignore[union-attr] # it raised
    reading.conceal(shown, stack.redactor)

    assert shown.longrepr is traceback
