"""Read outcomes from a pytest report, and give the report the look that goes with them."""

from collections.abc import Sequence
from typing import Any

import pytest

from stackproof.controls.control import NotApplicable
from stackproof.errors import StackproofError, Unknown
from stackproof.outcomes import chosen
from stackproof.outcomes.judging import Said, judge, said_by, unknown
from stackproof.outcomes.model import Outcome, OutcomeKind
from stackproof.plugin import options, recorded
from stackproof.plugin.declared import control_of, subject_of
from stackproof.report.text import clean
from stackproof.sandbox.pool import Pool
from stackproof.stack.redaction import Redactor

# The attribute of a report that carries outcomes to the controller; xdist sends report attributes.
ATTRIBUTE = "stackproof_outcomes"
EVIDENCE: pytest.StashKey[dict[str, Any]] = pytest.StashKey()
# What a test that decides several controls said.
OUTCOMES: pytest.StashKey[list[Outcome]] = pytest.StashKey()


class _Skipped(pytest.skip.Exception):  # type: ignore[misc,name-defined]  # pytest sets it at run time
    """What `not_applicable` is to pytest; an ordinary skip in a control is not accepted as an outcome."""


def doubt(call: pytest.CallInfo[Any], pool: Pool) -> None:
    """Replace what a test found when the engine went away meanwhile: nobody knows what it saw then."""
    if call.when == "call" or (call.when == "setup" and call.excinfo is not None):
        try:
            pool.check_engine()
        except StackproofError as error:
            call.excinfo = pytest.ExceptionInfo.from_exception(error)


def translate(call: pytest.CallInfo[Any]) -> None:
    """Let pytest take `not_applicable` for a skip, which it says at the place of the test."""
    if call.excinfo is not None and isinstance(error := call.excinfo.value, NotApplicable):
        skipped = _Skipped(str(error), _use_item_location=True).with_traceback(call.excinfo.tb)
        call.excinfo = pytest.ExceptionInfo.from_exception(skipped)


def take(item: pytest.Item, call: pytest.CallInfo[Any], report: pytest.TestReport) -> None:
    """Turn the result of a control's test into outcomes and dress the report.

    A team's own test without a control stays what pytest says of it, with what it noted.
    """
    subject = subject_of(item)
    if subject is None:
        return
    ended = report.when == "call" or (report.when == "setup" and call.excinfo is not None)
    found = recorded.attach(item, call, report, _outcomes(item, call)) if ended else []
    if found:
        dress(report, found)
    elif ended:
        _tell(item, call, report)
    conceal(report, subject.stack.redactor)


def _tell(item: pytest.Item, call: pytest.CallInfo[Any], report: pytest.TestReport) -> None:
    """Show what a test without a control noted, and our own errors without a traceback of ours."""
    if evidence := item.stash.get(EVIDENCE, {}):
        noted = "\n".join(f"{key}: {value}" for key, value in evidence.items())
        report.sections.append(("evidence", clean(noted)))
    if call.excinfo is not None and isinstance(call.excinfo.value, StackproofError):
        report.longrepr = clean(str(call.excinfo.value))


def _outcomes(item: pytest.Item, call: pytest.CallInfo[Any]) -> list[Outcome]:
    """Return what a test said: of its control, or of all rules that it judged."""
    subject, control = subject_of(item), control_of(item)
    if subject is None or control is None:
        return item.stash.get(OUTCOMES, [])
    said = said_in(call.excinfo)
    evidence = item.stash.get(EVIDENCE, {})
    return list(
        judge(
            chosen.profile(options.settings_of(item.config), subject.stack).graded(control),
            subject,
            said,
            fail_on=options.settings_of(item.config).fail_on,
            evidence=evidence,
            seconds=call.duration,
        )
    )


def said_in(excinfo: pytest.ExceptionInfo[BaseException] | None) -> tuple[Said, ...]:
    """Return what a control said whose test ended so."""
    error = excinfo.value if excinfo is not None else None
    if isinstance(error, _Skipped):
        return said_by(NotApplicable(str(error.msg)))
    if isinstance(error, pytest.fail.Exception):
        return said_by(AssertionError(str(error.msg)))
    if isinstance(error, AssertionError):
        # pytest adds the compared expression below the message; the evidence says it better.
        words = str(error).partition("\nassert ")[0]
        if excinfo is not None and _of_testinfra(excinfo):
            return (unknown(f"AssertionError: {words}", Unknown(words)),)
        return said_by(AssertionError(words))
    return said_by(error)


def _of_testinfra(excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
    """Whether testinfra itself gave up: it asserts on exit codes it does not expect, which is no finding."""
    module = str(excinfo.traceback[-1].frame.f_globals.get("__name__", ""))
    return module.partition(".")[0] == "testinfra"


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


def dress(report: pytest.TestReport, found: Sequence[Outcome]) -> None:
    """Show outcomes as pytest people know them: waived and advisory as xfailed, with the reason.

    Of several the worst decides, and all that are of that kind are shown.
    """
    setattr(report, ATTRIBUTE, [outcome.model_dump(mode="json") for outcome in found])
    kinds = list(OutcomeKind)
    worst = min((outcome.outcome for outcome in found), key=kinds.index)
    those = [outcome for outcome in found if outcome.outcome is worst]
    words = clean("\n\n".join(map(_words, those)))
    if worst.gates:
        report.outcome = "failed"
        report.longrepr = words
    elif worst in (OutcomeKind.WAIVED, OutcomeKind.ADVISORY):
        report.outcome = "skipped"
        report.wasxfail = clean("; ".join(map(_reason, those)))
        report.longrepr = words


def _reason(outcome: Outcome) -> str:
    """Say in one line why a finding is expected."""
    first = outcome.message.partition("\n")[0]
    if waiver := outcome.waiver:
        return f"waived until {waiver.expires}: {waiver.reason} ({first})"
    return f"advisory, {outcome.severity}: {first}"


def _words(outcome: Outcome) -> str:
    """What a person reads instead of a traceback of ours: subject, finding, place, evidence."""
    parts = (outcome.file, outcome.line, outcome.column)
    where = ":".join(str(part) for part in parts if part is not None)
    subject = f"{outcome.stack}/{outcome.service or '-'}"
    lines = [
        f"{outcome.control} ({outcome.severity}): {outcome.outcome} for {subject}",
        outcome.message,
        *(f"  {key}: {value}" for key, value in outcome.evidence.items()),
        f"  at {where}",
    ]
    return "\n".join(lines)


def of_report(report: pytest.TestReport) -> list[Outcome]:
    """Return the outcomes that a report carries."""
    return [Outcome.model_validate(raw) for raw in getattr(report, ATTRIBUTE, ())]


def status(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Return pytest's category for an unknown: an error, not a failure."""
    kinds = {raw["outcome"] for raw in getattr(report, ATTRIBUTE, ())}
    if OutcomeKind.UNKNOWN in kinds and OutcomeKind.FAIL not in kinds:
        return "error", "E", "UNKNOWN"
    return None
