"""What a run says on the terminal: a line for each finding, as compilers and linters do."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from stackproof.lint.alone import Unread
from stackproof.lint.run import Done
from stackproof.lint.sources import STDIN
from stackproof.outcomes.model import Outcome, OutcomeKind
from stackproof.report.complaint import told
from stackproof.report.foreign import foreign
from stackproof.report.text import first_line, one_line
from stackproof.report.verdict import tally

LONGEST = 2000
"""Characters of a line. A name may have any number; of a longer line the middle is left out."""
_QUIET = {OutcomeKind.PASS, OutcomeKind.NOT_APPLICABLE, OutcomeKind.WAIVED}


def lines(done: Done, here: Path, *, whole: bool = False) -> Iterator[str]:
    """Yield the lines, file by file and in the order of the file.

    What passed, did not apply, is waived or known is counted only, unless `whole`.
    """
    outcomes = done.results.outcomes
    fixes = {control.id: first_line(control.fix) for control in done.results.controls}
    found = [
        (place(done.directories[one.stack], one, here), one)
        for one in outcomes
        if whole or (one.outcome not in _QUIET and not one.known)
    ]
    for at, outcome in sorted(found, key=lambda pair: (pair[0], pair[1].control, pair[1].aspect)):
        yield foreign(shortened(_line(at, outcome)))
        if outcome.outcome.gates and (fix := _fix(outcome, fixes)):
            yield foreign(f"  fix: {fix}")
    for stack in done.results.stacks:
        for note in stack.notes:
            yield foreign(shortened(one_line(f"{stack.name}: note: {note}")))
    if done.gone:
        those = (
            "1 finding that {} knows is" if done.gone == 1 else f"{done.gone} findings that {{}} knows are"
        )
        knows = one_line(those.format(done.results.run.baseline))
        yield foreign(f"note: {knows} no longer there; `stackproof baseline` writes it anew")
    if found:
        yield ""
    yield from _total(done)


def verdicts(done: Done) -> Iterator[str]:
    """Yield the verdict of each stack, and the total."""
    from stackproof.report.view import Overview  # noqa: PLC0415 - only who asks waits for it

    for stack in Overview.of(done.results).stacks:
        counts = tally(entry.outcome.outcome for entry in stack.entries)
        yield foreign(
            one_line(f"{stack.info.name}: {stack.verdict}: {_counted(counts) or 'nothing applied'}")
        )
    yield from _total(done)


def standards(done: Done) -> Iterator[str]:
    """Yield how much of each published standard was answered."""
    from stackproof.report.coverage import coverage  # noqa: PLC0415 - only who asks waits for it

    yield ""
    yield from (foreign(str(one)) for one in coverage(done.results))


def unread(those: Iterable[Unread]) -> Iterator[str]:
    """Yield a message for each stack that was not judged."""
    for one in those:
        yield told("\n".join(map(shortened, one.told.split("\n"))))


def shortened(line: str) -> str:
    """Return a line, of one that is too long its ends: what it is about, and the control."""
    left_out = len(line) - LONGEST
    if left_out <= 0:
        return line
    half = LONGEST // 2
    return f"{line[:half]} ... ({left_out} characters) ... {line[-half:]}"


def place(directory: Path, outcome: Outcome, here: Path) -> tuple[str, int, int]:
    """Return file, line and column of an outcome as somebody in the folder `here` would write them.

    Its files start from `directory`; what is not known is 0.
    """
    if outcome.file == STDIN:
        return STDIN, outcome.line or 0, outcome.column or 0
    path = directory / (outcome.file or "")
    return near(path, here), outcome.line or 0, outcome.column or 0


def near(path: Path, here: Path) -> str:
    """Return a path as somebody in the folder `here` would write it, in full where it does not lie below."""
    found = os.path.relpath(path, here)
    return str(path) if Path(found).parts[:1] == (os.pardir,) else found


def where(place: tuple[str, int, int]) -> str:
    """Return a place in one word, as compilers do."""
    return ":".join(str(part) for part in place if part)


def _line(place: tuple[str, int, int], outcome: Outcome) -> str:
    return one_line(f"{where(place)}: {_kind(outcome)}: {_told(outcome)} [{outcome.control}]")


def _fix(outcome: Outcome, fixes: Mapping[str, str]) -> str:
    """Return what to do about just this, or else what its control says, which of an unknown knows nothing."""
    undecided = outcome.outcome is OutcomeKind.UNKNOWN
    return first_line(outcome.fix) or ("" if undecided else fixes.get(outcome.control, ""))


def _kind(outcome: Outcome) -> str:
    """Return how grave a finding is; of what is none, or is accepted, what was said in its place."""
    known = ", known" if outcome.known else ""
    match outcome.outcome:
        case OutcomeKind.FAIL:
            return f"{outcome.severity}{known}"
        case OutcomeKind.ADVISORY | OutcomeKind.WAIVED as kind:
            return f"{outcome.severity}, {kind}"
        case kind:
            return f"{kind}{known}"


def _told(outcome: Outcome) -> str:
    said = first_line(outcome.message)
    if (waiver := outcome.waiver) is None:
        return said
    until = "" if waiver.endless else f" {waiver.until}"
    return f"{said}; accepted{until}: {first_line(waiver.reason)}"


def _counted(counts: Mapping[OutcomeKind, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)


def _total(done: Done) -> Iterator[str]:
    results = done.results
    counts = tally(outcome.outcome for outcome in results.outcomes)
    known = sum(outcome.known for outcome in results.outcomes)
    told = list(filter(None, [_counted(counts)]))
    told += [f"{known} known from {results.run.baseline}"] if known else []
    told += [f"{len(done.unread)} not judged"] if done.unread else []
    stacks = len(results.stacks)
    yield f"{stacks} stack{'' if stacks == 1 else 's'}: {', '.join(told) or 'nothing was judged'}"
    if stacks:
        yield f"covers {results.run.scope}"
