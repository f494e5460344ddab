"""What a run says on the terminal: a line for each finding, as compilers and linters do."""

import os
from collections.abc import Iterator
from pathlib import Path

from stackproof.lint.run import Done
from stackproof.lint.sources import STDIN
from stackproof.outcomes.model import Outcome, OutcomeKind
from stackproof.report.complaint import told
from stackproof.report.foreign import foreign
from stackproof.report.text import first_line, one_line
from stackproof.report.verdict import tally

_QUIET = {OutcomeKind.PASS, OutcomeKind.NOT_APPLICABLE, OutcomeKind.WAIVED}


def lines(done: Done, here: Path) -> Iterator[str]:
    """Yield the lines, file by file and in the order of the file; known findings are counted only."""
    outcomes = done.results.outcomes
    fixes = {control.id: first_line(control.fix) for control in done.results.controls}
    shown = [
        (place(done.directories[one.stack], one, here), one)
        for one in outcomes
        if one.outcome not in _QUIET and not one.known
    ]
    for at, outcome in sorted(shown, key=lambda pair: (pair[0], pair[1].control, pair[1].aspect)):
        yield foreign(_line(at, outcome))
        if outcome.outcome.gates and (fix := fixes.get(outcome.control)):
            yield foreign(f"  fix: {fix}")
    for stack in done.results.stacks:
        for note in stack.notes:
            yield foreign(one_line(f"{stack.name}: note: {note}"))
    if shown:
        yield ""
    yield from _total(done)


def standards(done: Done) -> Iterator[str]:
    """Yield how much of each published standard was answered."""
    from stackproof.report.coverage import coverage  # noqa: PLC0415 - only who asks waits for it

    yield ""
    yield from (foreign(str(one)) for one in coverage(done.results))


def unread(done: Done) -> Iterator[str]:
    """Yield a message for each stack that was not judged."""
    for one in done.unread:
        yield told(one.message)


def place(directory: Path, outcome: Outcome, here: Path) -> tuple[str, int, int]:
    """Return file, line and column of an outcome as somebody in the folder `here` would write them.

    Its files start from `directory`; what is not known is 0.
    """
    if outcome.file == STDIN:
        return STDIN, outcome.line or 0, outcome.column or 0
    path = directory / (outcome.file or "")
    near = os.path.relpath(path, here)
    return (str(path) if near.startswith("..") else near), outcome.line or 0, outcome.column or 0


def where(place: tuple[str, int, int]) -> str:
    """Return a place in one word, as compilers do."""
    return ":".join(str(part) for part in place if part)


def _line(place: tuple[str, int, int], outcome: Outcome) -> str:
    kind = f"{outcome.severity}" if outcome.outcome is not OutcomeKind.UNKNOWN else "unknown"
    note = ", advisory" if outcome.outcome is OutcomeKind.ADVISORY else ""
    return one_line(f"{where(place)}: {kind}{note}: {first_line(outcome.message)} [{outcome.control}]")


def _total(done: Done) -> Iterator[str]:
    results = done.results
    counts = tally(outcome.outcome for outcome in results.outcomes)
    known = sum(outcome.known for outcome in results.outcomes)
    told = [f"{count} {kind}" for kind, count in counts.items() if count]
    told += [f"{known} known from {results.run.baseline}"] if known else []
    told += [f"{len(done.unread)} not judged"] if done.unread else []
    stacks = len(results.stacks)
    yield f"{stacks} stack{'' if stacks == 1 else 's'}: {', '.join(told) or 'nothing was judged'}"
    if stacks:
        yield f"covers {results.run.scope}"
