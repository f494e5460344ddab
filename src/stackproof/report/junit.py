"""`junit.xml`: the run as CI servers read it, one suite per stack and one case per outcome.

junitparser builds the tree. It writes control characters as they are, which no XML parser accepts, so every
string passes through `clean` first.
"""

from collections import Counter
from io import BytesIO
from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from stackproof.outcomes.model import OutcomeKind, Results
from stackproof.report.text import clean, first_line, outline, save
from stackproof.report.view import Entry, Overview, StackView


def render(results: Results) -> str:
    """Results as JUnit XML."""
    document = JUnitXml("stackproof")
    for stack in Overview.of(results).stacks:
        document.add_testsuite(_suite(stack, results))
    document.update_statistics()  # type: ignore[no-untyped-call] # junitparser leaves this one out
    stream = BytesIO()
    document.write(stream, pretty=True)
    return stream.getvalue().decode()


def write(results: Results, path: Path) -> None:
    """Write `render` to a file."""
    save(path, render(results))


def _suite(stack: StackView, results: Results) -> TestSuite:
    suite = TestSuite(clean(stack.info.name))
    suite.timestamp = results.run.started.isoformat(timespec="seconds")
    for name, value in _properties(stack, results).items():
        suite.add_property(name, clean(value))
    names: Counter[tuple[str, str]] = Counter()
    cases = []
    for entry in stack.entries:
        case = _case(entry)
        names[case.classname, case.name] += 1
        # CI servers fold cases of one name into one; a control may say several things of one service.
        if (repeat := names[case.classname, case.name]) > 1:
            case.name = f"{case.name}#{repeat}"
        cases.append(case)
    suite.add_testcases(cases)  # all at once: junitparser counts the whole suite again on each call
    return suite


def _properties(stack: StackView, results: Results) -> dict[str, str]:
    run = results.run
    return {
        "verdict": stack.verdict,
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


def _case(entry: Entry) -> TestCase:
    outcome = entry.outcome
    name = f"{outcome.control}[{outcome.container}]" if outcome.container else outcome.control
    owner = f"{outcome.stack}.{outcome.service}" if outcome.service else outcome.stack
    case = TestCase(clean(name), clean(owner), outcome.seconds)
    if result := _result(entry):
        case.result = [result]
    return case


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
            result = Skipped(f"waived until {outcome.waiver.expires}: {reason}", outcome.outcome.value)
        case kind:
            result = Skipped(f"{kind}: {line}", kind.value)
    fix = "" if outcome.outcome is OutcomeKind.NOT_APPLICABLE else entry.control.fix
    parts = (outcome.message, entry.place, fix, outline(outcome.evidence))
    result.text = "\n\n".join(part for part in map(clean, parts) if part)
    return result
