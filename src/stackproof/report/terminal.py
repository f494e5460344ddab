"""What stands at the end of a run on the terminal: findings by stack, the total, what to see to first."""

import re
from enum import Enum
from io import StringIO
from pathlib import Path
from textwrap import shorten
from typing import IO, cast

from rich.console import Console
from rich.text import Text

from stackproof.outcomes.model import OutcomeKind, Results
from stackproof.report.blockers import blockers
from stackproof.report.causes import CauseView
from stackproof.report.entry import Entry
from stackproof.report.foreign import Guard, foreign
from stackproof.report.page.links import address, repeat_command
from stackproof.report.text import clean, duration, first_line, one_line
from stackproof.report.verdict import Verdict, tally
from stackproof.report.view import Overview, StackView

_STYLES = {
    OutcomeKind.FAIL: "bold red",
    OutcomeKind.UNKNOWN: "bold magenta",
    OutcomeKind.WAIVED: "yellow",
    OutcomeKind.ADVISORY: "cyan",
    OutcomeKind.PASS: "green",
    OutcomeKind.NOT_APPLICABLE: "dim",
}
_VERDICTS = {
    Verdict.PROVEN: "bold green",
    Verdict.PROVEN_IN_PART: "bold yellow",
    Verdict.NOTHING_NEW: "bold yellow",
}
_QUIET = {OutcomeKind.PASS, OutcomeKind.NOT_APPLICABLE}  # counted, not listed
_FIRST = 3
_NARROWEST = 20  # columns
_MESSAGE_LINES = 4
_MESSAGE_WIDTH = 300
_NUMBER = re.compile(r"[0-9]+")


class Detail(Enum):
    """How much the end of a run says."""

    VERDICTS = "of each stack, and of the run"
    FINDINGS = "and what is to be seen to"
    ALL = "and what passed or did not apply"


def print_summary(
    results: Results, console: Console, report: Path | None = None, *, detail: Detail = Detail.FINDINGS
) -> None:
    """Print the end of a run, in characters that the terminal or file can hold."""
    overview = Overview.of(results)
    brief = detail is Detail.VERDICTS
    whole = brief or not console.is_terminal  # a line for each, to search for
    for stack in overview.stacks:
        if not brief:
            console.print()
        _print_line(_headline(stack.info.name, stack.verdict, stack.entries, console), console, whole=whole)
        if not brief:
            _print_stack(stack, console, whole=detail is Detail.ALL)
    if not brief:
        console.print()
    _print_line(_total(overview, console), console, whole=whole)
    if told := _known(overview):
        console.print(_text(told, console), soft_wrap=True)
    if not brief:
        _print_next(overview, console)
    if overview.covers:
        style = "yellow" if overview.scope else ""
        _print_line(_text(f"covers {overview.covers}", console, style), console, whole=brief)
    if report is not None:
        console.print(_text(f"Report: {report}", console), soft_wrap=True)


def _print_stack(stack: StackView, console: Console, *, whole: bool) -> None:
    _print_context(stack, console)
    _print_findings(stack, console)
    for cause in stack.causes:
        _print_cause(cause, console)
    for kind in OutcomeKind:
        for entry in stack.of_kind(kind) if whole and kind in _QUIET else ():
            _print_finding(entry, console)


def render(
    results: Results,
    width: int,
    report: Path | None = None,
    *,
    colour: bool = False,
    is_terminal: bool = False,
) -> str:
    """`print_summary` as text, for whoever owns the terminal (pytest does); one may want no colour."""
    stream = StringIO()
    console = Console(
        file=cast("IO[str]", Guard(stream, plain=False)),  # where a long line is broken is known only now
        width=width,
        force_terminal=is_terminal or colour,
        color_system="standard" if colour else None,
        legacy_windows=False,
    )
    print_summary(results, console, report)
    return stream.getvalue()


def untold(reasons: list[str], results: Results | None) -> list[str]:
    """Return the reasons that no cause in the results tells, and so no summary of them.

    Each begins with what went wrong first. Numbers do not count: no two processes wait equally long for it.
    """
    told = "\n".join(_NUMBER.sub("0", clean(cause.message)) for cause in (results.causes if results else ()))
    return [reason for reason in reasons if _NUMBER.sub("0", first_line(reason)) not in told]


def _known(overview: Overview) -> str:
    """Say how much of what fails the baseline knows; nothing without one."""
    run = overview.results.run
    failing = [outcome for outcome in overview.results.outcomes if outcome.outcome.gates]
    known = sum(outcome.known for outcome in failing)
    return f"{len(failing) - known} new, {known} known from {run.baseline}" if run.baseline else ""


def _text(text: str, console: Console, style: str = "") -> Text:
    """Text that no rich markup in a message can colour and no terminal can choke on."""
    safe = foreign(text).encode(console.encoding, "backslashreplace").decode(console.encoding)
    return Text(safe, style=style)


def _headline(name: str, verdict: Verdict, entries: tuple[Entry, ...], console: Console) -> Text:
    colour = _VERDICTS.get(verdict, "bold red")
    line = _text(one_line(name), console, "bold").append("  ").append(verdict, style=colour).append("  ")
    counts = tally(entry.outcome.outcome for entry in entries)
    told = [Text(f"{count} {kind}", style=_STYLES[kind]) for kind, count in counts.items() if count]
    return line.append_text(Text(", ").join(told) if told else Text("no outcome at all", style="bold red"))


def _print_context(stack: StackView, console: Console) -> None:
    if stack.info.stand_in_images:
        images = ", ".join(stack.info.stand_in_images)
        _print_line(_text(f"stand-ins in place of official images: {images}", console, "yellow"), console)
    for note in stack.info.notes:
        _print_line(_text(f"note: {note}", console), console)


def _print_findings(stack: StackView, console: Console) -> None:
    """Print what is to be seen to, gravest first, and how a control is met below the last of its findings."""
    for kind in OutcomeKind:
        for group in () if kind in _QUIET else stack.groups(kind):
            for entry in group.entries:
                _print_finding(entry, console)
            # Of an unknown it is its own, of a finding that of its control, which may be long.
            told = one_line if kind is OutcomeKind.UNKNOWN else first_line
            fixes = dict.fromkeys(told(entry.fix) for entry in group.entries) if kind.gates else {}
            for fix in filter(None, fixes):
                _print_below(f"fix: {fix}", console, "cyan")


def _print_finding(entry: Entry, console: Console) -> None:
    outcome = entry.outcome
    line = _text(f"{outcome.outcome:8} ", console, _STYLES[outcome.outcome])
    line.append_text(_text(f"{outcome.severity:8} ", console))
    line.append_text(_text(one_line(f"{outcome.stack} {entry.subject}"), console, "bold"))
    page = address(entry.control.documentation)
    line.append("  ").append_text(_text(entry.control.id, console, f"link {page}" if page else ""))
    _print_line(line, console, whole=not console.is_terminal)
    place = f"{entry.place}: " if entry.place and outcome.outcome.gates else ""
    for number, said in enumerate(_message(entry)):
        _print_below(said if number else f"{place}{said}", console)


def _print_line(line: Text, console: Console, *, whole: bool = False) -> None:
    """Print a sentence; what is too long goes on below it, further in: the terminal breaks no word.

    `whole` leaves it in one line, however long that is.
    """
    if whole:
        console.print(line, soft_wrap=True)
        return
    for number, part in enumerate(line.wrap(console, max(console.width - 2, _NARROWEST))):
        part.rstrip()
        console.print(Text("  ").append_text(part) if number else part, soft_wrap=True)


def _print_below(text: str, console: Console, style: str = "") -> None:
    """Print a line that belongs to the finding above; what is too long goes on below, as far in."""
    for line in _text(text, console, style).wrap(console, max(console.width - 2, _NARROWEST)):
        line.rstrip()
        console.print(Text("  ").append_text(line), soft_wrap=True)


def _print_cause(cause: CauseView, console: Console) -> None:
    """Print a cause below the table: in a column, the lines of a log cannot be read.

    The bar keeps lines that others wrote from being taken for ours, by a CI server, too.
    """
    line = _text(OutcomeKind.UNKNOWN, console, _STYLES[OutcomeKind.UNKNOWN])
    line.append_text(_text(f"  {cause.severity}  {cause.subject}  {cause.title}", console))
    console.print(line, soft_wrap=True)
    for said in clean(cause.cause.message).splitlines():
        console.print(_text(f"  | {said}", console), soft_wrap=True)
    if fix := one_line(cause.cause.fix):
        _print_below(f"fix: {fix}", console, "cyan")


def _message(entry: Entry) -> list[str]:
    """The first lines of what gates; one line of what does not."""
    outcome = entry.outcome
    if outcome.waiver:
        return [f"{outcome.waiver.until}: {first_line(outcome.waiver.reason)}"]
    if not outcome.outcome.gates:
        return [shorten(first_line(outcome.message), _MESSAGE_WIDTH, placeholder=" ...")]
    lines = [line[:_MESSAGE_WIDTH] for line in clean(outcome.message).splitlines() if line.strip()]
    rest = [f"... {len(lines) - _MESSAGE_LINES} more lines in the report"]
    return lines[:_MESSAGE_LINES] + (rest if len(lines) > _MESSAGE_LINES else [])


def _print_next(overview: Overview, console: Console) -> None:
    """Say what to see to first, and how one check is repeated."""
    found = blockers(overview)[:_FIRST]
    if not found:
        return
    subjects = (one_line(f"{one.stack} {one.subject} {one.control}") for one in found)
    told = [f"{number}. {subject}" for number, subject in enumerate(subjects, 1)]
    in_one = f"First: {'  '.join(told)}"
    for line in [in_one] if len(in_one) <= console.width else ["First:", *(f"  {one}" for one in told)]:
        console.print(_text(line, console), soft_wrap=True)
    first = next(stack for stack in overview.stacks if stack.info.name == found[0].stack)
    if (command := repeat_command(first.info)) and found[0].control:
        console.print(_text(f"Repeat one check: {command}{found[0].control}", console), soft_wrap=True)


def _total(overview: Overview, console: Console) -> Text:
    run = overview.results.run
    stacks = len(overview.stacks)
    name = f"{stacks} stack{'' if stacks == 1 else 's'} in {duration(run.seconds)}, gate {run.fail_on}"
    return _headline(name, overview.verdict, overview.entries, console)
