"""Read an outcome from a pytest report, and give the report the look that goes with it."""

from typing import Any

import pytest

from stackproof.controls.control import Control, NotApplicable
from stackproof.controls.control import of_item as control_of
from stackproof.errors import StackproofError
from stackproof.outcomes.decision import decide
from stackproof.outcomes.model import Outcome, OutcomeKind, Severity, WaiverUse
from stackproof.plugin import options
from stackproof.plugin.subjects import Subject
from stackproof.plugin.subjects import of_item as subject_of
from stackproof.sandbox.pool import Pool
from stackproof.stack.redaction import Redactor

# The attribute of a report that carries the outcome to the controller; xdist sends report attributes.
ATTRIBUTE = "stackproof_outcome"
EVIDENCE: pytest.StashKey[dict[str, Any]] = pytest.StashKey()


def doubt(call: pytest.CallInfo[Any], pool: Pool) -> None:
    """Replace what a test found when the engine went away meanwhile: nobody knows what it saw then."""
    if call.when == "call" or (call.when == "setup" and call.excinfo is not None):
        try:
            pool.check_engine()
        except StackproofError as error:
            call.excinfo = pytest.ExceptionInfo.from_exception(error)


def take(item: pytest.Item, call: pytest.CallInfo[Any], report: pytest.TestReport) -> OutcomeKind | None:
    """Turn the result of a control's test into an outcome and dress the report; None when there is none.

    A team's own test without a control stays what pytest says of it, with what it noted.
    """
    subject, declared = subject_of(item), control_of(item)
    if subject is None:
        return None
    ended = report.when == "call" or (report.when == "setup" and call.excinfo is not None)
    evidence = item.stash.get(EVIDENCE, {}) if ended else {}
    kind = None
    if ended and declared is not None:
        outcome = read(declared, subject, call, evidence, options.fail_on(item.config))
        dress(report, outcome)
        kind = outcome.outcome
    elif evidence:
        noted = "\n".join(f"{key}: {value}" for key, value in evidence.items())
        report.sections.append(("evidence", noted))
    conceal(report, subject.stack.redactor)
    return kind


def conceal(report: pytest.TestReport, redactor: Redactor) -> None:
    """Take secrets out of what pytest shows of a test: its traceback, what it printed and what it logged."""
    report.sections = [(name, redactor.text(text)) for name, text in report.sections]
    if isinstance(report.longrepr, tuple):
        path, line, reason = report.longrepr
        report.longrepr = (path, line, redactor.text(reason))
    elif report.longrepr is not None:
        told = str(report.longrepr)
        # A traceback with nothing to hide keeps its colours.
        if (concealed := redactor.text(told)) != told:
            report.longrepr = concealed


def read(
    control: Control,
    subject: Subject,
    call: pytest.CallInfo[Any],
    evidence: dict[str, Any],
    fail_on: Severity,
) -> Outcome:
    """Return the outcome of a finished phase of a control's test."""
    raw, message = _raw(call.excinfo)
    waiver = None
    if subject.service is not None and (found := subject.stack.contract.waiver(control.id, subject.service)):
        waiver = WaiverUse(reason=found.reason, expires=found.expires)
    decision = decide(raw, control.severity, fail_on=fail_on, waiver=waiver)
    file, line = subject.stack.position(subject.service, control.key)
    redact = subject.stack.redactor
    return Outcome(
        stack=subject.stack.name,
        service=subject.service,
        container=subject.container,
        control=control.id,
        outcome=decision.kind,
        severity=control.severity,
        message=redact.text(message),
        evidence=redact.data(evidence),
        waiver=decision.waiver,
        file=file,
        line=line,
        seconds=round(call.duration, 3),
    )


def _raw(excinfo: pytest.ExceptionInfo[BaseException] | None) -> tuple[OutcomeKind, str]:
    if excinfo is None:
        return OutcomeKind.PASS, ""
    error = excinfo.value
    if isinstance(error, NotApplicable):
        return OutcomeKind.NOT_APPLICABLE, str(error.msg)
    if isinstance(error, AssertionError) and not _of_testinfra(excinfo):
        # pytest adds the compared expression below the message; the evidence says it better.
        return OutcomeKind.FAIL, str(error).partition("\nassert ")[0]
    if isinstance(error, pytest.fail.Exception):
        return OutcomeKind.FAIL, str(error.msg)
    if isinstance(error, StackproofError):
        return OutcomeKind.UNKNOWN, str(error)
    return OutcomeKind.UNKNOWN, f"{type(error).__name__}: {error}"


def _of_testinfra(excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
    """Whether testinfra itself gave up: it asserts on exit codes it does not expect, which is no finding."""
    module = str(excinfo.traceback[-1].frame.f_globals.get("__name__", ""))
    return module.partition(".")[0] == "testinfra"


def dress(report: pytest.TestReport, outcome: Outcome) -> None:
    """Show the outcome as pytest people know it: waived and advisory as xfailed, with the reason."""
    setattr(report, ATTRIBUTE, outcome.model_dump(mode="json"))
    first = outcome.message.partition("\n")[0]
    if outcome.outcome is OutcomeKind.WAIVED and outcome.waiver is not None:
        waiver = outcome.waiver
        _expected(report, outcome, f"waived until {waiver.expires}: {waiver.reason} ({first})")
    elif outcome.outcome is OutcomeKind.ADVISORY:
        _expected(report, outcome, f"advisory, {outcome.severity}: {first}")
    elif outcome.outcome.gates:
        report.outcome = "failed"
        report.longrepr = _words(outcome)


def _expected(report: pytest.TestReport, outcome: Outcome, reason: str) -> None:
    report.outcome = "skipped"
    report.wasxfail = reason
    report.longrepr = _words(outcome)


def _words(outcome: Outcome) -> str:
    """What a person reads instead of a traceback of ours: subject, finding, place, evidence."""
    where = f"{outcome.file}:{outcome.line}" if outcome.line else outcome.file
    subject = f"{outcome.stack}/{outcome.service or '-'}"
    lines = [
        f"{outcome.control} ({outcome.severity}): {outcome.outcome} for {subject}",
        outcome.message,
        *(f"  {key}: {value}" for key, value in outcome.evidence.items()),
        f"  at {where}",
    ]
    return "\n".join(lines)


def of_report(report: pytest.TestReport) -> Outcome | None:
    """Return the outcome that a report carries."""
    raw = getattr(report, ATTRIBUTE, None)
    return Outcome.model_validate(raw) if raw is not None else None


def status(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Return pytest's category for an unknown: an error, not a failure."""
    raw = getattr(report, ATTRIBUTE, None)
    if raw is not None and raw["outcome"] == OutcomeKind.UNKNOWN:
        return "error", "E", "UNKNOWN"
    return None
