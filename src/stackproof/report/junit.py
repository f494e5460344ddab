"""`junit.xml`: the run as CI servers read it, one suite per stack and one case per outcome.

junitparser builds the tree. It writes control characters as they are, which no XML parser accepts, so every
string passes through `clean` first.
"""

from collections import Counter
from io import BytesIO
from typing import Final
from xml.etree import ElementTree as ET

from junitparser import Attr, Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from stackproof.outcomes.model import OutcomeKind, Results
from stackproof.report.causes import CauseView
from stackproof.report.entry import Entry, scanned
from stackproof.report.text import clean, first_line, outline
from stackproof.report.view import Overview, StackView

_Names = dict[str, tuple[str, str]]
# It differs by the library of trees that junitparser finds.
_DECLARATION: Final = '<?xml version="1.0" encoding="utf-8"?>'


class _Suite(TestSuite):
    """A suite that names the file that it is about; the schema of Jenkins knows none of a case."""

    file = Attr()


def render(results: Results) -> str:
    """Results as JUnit XML."""
    document = JUnitXml("stackproof")
    for stack in Overview.of(results).stacks:
        # Not add_testsuite, which compares each with all that are there.
        document.append(_suite(stack, results))  # type: ignore[no-untyped-call]
    document.update_statistics()  # type: ignore[no-untyped-call] # junitparser leaves this one out
    _as_jenkins_reads_it(document)
    # junitparser would indent through another tree of all of it.
    ET.indent(document._elem, "\t")  # noqa: SLF001 - as below
    stream = BytesIO()
    document.write(stream)
    text = stream.getvalue().decode()
    body = text[text.index("<testsuites") :]
    return f"{_DECLARATION}\n{body}\n"


def _as_jenkins_reads_it(document: JUnitXml) -> None:
    """Leave out what the schema of Jenkins' xUnit plugin has no word for, and write times as it does."""
    document._elem.attrib.pop("skipped", None)  # noqa: SLF001 - junitparser has no other way
    for counted in (document, *document):
        counted.time = round(counted.time or 0.0, 3)


def _suite(stack: StackView, results: Results) -> TestSuite:
    suite = _Suite(clean(stack.info.name))
    if stack.info.files:
        suite.file = clean(scanned(stack.info, stack.info.files[0]))
    suite.timestamp = results.run.started.isoformat(timespec="seconds")
    for name, value in _properties(stack, results).items():
        suite.add_property(name, clean(value))
    names = _names(stack)
    cases = [_case(stack, entry, names) for entry in stack.entries]
    suite.add_testcases(cases)  # all at once: junitparser counts the whole suite again on each call
    return suite


def _properties(stack: StackView, results: Results) -> dict[str, str]:
    run = results.run
    return {
        "verdict": stack.verdict,
        "scope": str(run.scope),
        "run": run.id,
        "started": run.started.isoformat(),
        "seconds": f"{run.seconds:.3f}",
        "command": run.command,
        "fail_on": run.fail_on,
        "stackproof": run.stackproof,
        "compose": run.compose,
        "files": " ".join(stack.info.files),
        "stand_in_images": " ".join(stack.info.stand_in_images),
    }


def _names(stack: StackView) -> _Names:
    """Return class and name of each entry's case: CI servers fold cases of one name into one."""
    names: _Names = {}
    seen: Counter[tuple[str, str]] = Counter()
    for entry in stack.entries:
        outcome = entry.outcome
        # A dot would begin another package or class.
        parts = filter(None, (outcome.stack, outcome.service))
        owner = ".".join(clean(part).replace(".", "_") for part in parts)
        name = clean(f"{outcome.control}[{entry.subject}]")
        seen[owner, name] += 1
        repeat = seen[owner, name]
        names[entry.anchor] = (owner, name if repeat == 1 else f"{name}#{repeat}")
    return names


def _case(stack: StackView, entry: Entry, names: _Names) -> TestCase:
    owner, name = names[entry.anchor]
    case = TestCase(name, owner, entry.outcome.seconds)
    cause = stack.cause_of(entry)
    if entry.outcome.outcome is OutcomeKind.PASS:
        case.system_out = clean(_seen(entry))
    if result := _not_judged(entry, cause, names) if cause else _result(entry):
        case.result = [result]
    return case


def _seen(entry: Entry) -> str:
    """Say what a pass rests on, and when it was seen."""
    started = entry.outcome.started
    when = f" ({started.isoformat(timespec='seconds')})" if started else ""
    return f"{entry.outcome.message}{when}"


def _not_judged(entry: Entry, cause: CauseView, names: _Names) -> Error:
    """Tell a cause in the first case that it concerns, where CI servers show it; the others name that."""
    result = Error(first_line(entry.outcome.message), entry.outcome.outcome.value)
    first = cause.entries[0]
    owner, name = names[first.anchor]
    parts = (f"{cause.title}: {cause.subject}", cause.cause.message, cause.cause.fix)
    told = "\n\n".join(filter(None, parts))
    result.text = clean(told) if entry is first else f"not judged: the reason is told in {owner} {name}"
    return result


def _result(entry: Entry) -> Failure | Error | Skipped | None:
    outcome = entry.outcome
    result: Failure | Error | Skipped
    # Attributes hold one line: XML turns the line breaks of an attribute into spaces.
    line = first_line(outcome.message)
    match outcome.outcome:
        case OutcomeKind.PASS:
            return None
        case OutcomeKind.FAIL:
            result = Failure(line, outcome.severity.value)
        case OutcomeKind.UNKNOWN:
            result = Error(line, outcome.outcome.value)
        case OutcomeKind.WAIVED if outcome.waiver:
            reason = first_line(outcome.waiver.reason)
            result = Skipped(f"waived {outcome.waiver.until}: {reason}", outcome.outcome.value)
        case kind:
            result = Skipped(f"{kind}: {line}", kind.value)
    fix = "" if outcome.outcome is OutcomeKind.NOT_APPLICABLE else entry.fix
    parts = (outcome.message, entry.place, fix, outline(outcome.evidence))
    result.text = "\n\n".join(part for part in map(clean, parts) if part)
    return result
