"""Comments by which other tools are told to be silent, read as waivers: nobody has to rewrite a file.

dclint (docs/configuration) takes `# dclint disable [RULE...]` and `disable-file` in the first line that says
something, and `disable-line [RULE...]` behind a line or above it. KICS (docs/running-kics) takes `# kics-scan
ignore` and `disable=ID,...` above all else, `ignore-line` above a line and `ignore-block` above a block.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from stackproof.controls import peers
from stackproof.outcomes.model import Outcome, OutcomeKind, WaiverUse
from stackproof.stack.beside import text_of
from stackproof.stack.stack import Stack

_DCLINT: Final = re.compile(r"#\s*dclint\s+(disable(?:-file|-line)?)(?![-\w])[ \t]*(.*)")
_KICS: Final = re.compile(r"#\s*kics-scan\s+(ignore(?:-line|-block)?(?![-\w])|disable=)[ \t]*(.*)")
_LAST: Final = 1 << 31
# A waiver of ours must end; these do not.
_NEVER: Final = date.max


@dataclass(frozen=True, kw_only=True)
class Silence:
    """What one comment asks for: nothing of these controls in these lines."""

    tool: str
    written: int
    """The line of the comment."""
    first: int
    last: int
    controls: frozenset[str]

    def covers(self, outcome: Outcome) -> bool:
        """Whether a finding is one of those."""
        return outcome.control in self.controls and self.first <= (outcome.line or 1) <= self.last


def silences(text: str) -> Iterator[Silence]:
    """Yield what the comments of a file ask for."""
    lines = text.splitlines()
    head = True
    for number, line in enumerate(lines, 1):
        said = line.strip()
        if hit := _DCLINT.search(line):
            yield from _of_dclint(hit, number, head=head, above=said.startswith("#"))
        elif (hit := _KICS.search(line)) and said.startswith("#"):
            yield from _of_kics(hit, number, lines, head=head)
        head = head and (said in ("", "---") or said.startswith("#"))


def _of_dclint(hit: re.Match[str], number: int, *, head: bool, above: bool) -> Iterator[Silence]:
    controls = _answering("dclint", tuple(hit[2].split()))
    if hit[1] == "disable-line":
        line = number + 1 if above else number
        yield Silence(tool="dclint", written=number, first=line, last=line, controls=controls)
    elif head:
        yield Silence(tool="dclint", written=number, first=1, last=_LAST, controls=controls)


def _of_kics(hit: re.Match[str], number: int, lines: list[str], *, head: bool) -> Iterator[Silence]:
    word = hit[1]
    if word == "disable=":
        controls = _answering("KICS", tuple(re.split(r"[\s,]+", hit[2].strip())))
    else:
        controls = _answering("KICS", ())
    first, last = 1, _LAST
    if word == "ignore-line":
        first = last = number + 1
    elif word == "ignore-block":
        first, last = number + 1, _end_of_block(lines, number)
    elif not head:
        return
    yield Silence(tool="KICS", written=number, first=first, last=last, controls=controls)


def _end_of_block(lines: list[str], above: int) -> int:
    """Return the last line of the block that begins below a line."""
    begin = lines[above] if above < len(lines) else ""
    depth = len(begin) - len(begin.lstrip())
    for index in range(above + 1, len(lines)):
        line = lines[index]
        if line.strip() and len(line) - len(line.lstrip()) <= depth and not line.lstrip().startswith("#"):
            return index
    return max(len(lines), above + 1)


@cache
def _answering(tool: str, names: tuple[str, ...]) -> frozenset[str]:
    """Return the controls that answer checks of a tool; without names, all of them."""
    those = (one for one in peers.all_checks() if one.tool == tool and (not names or one.id in names))
    return frozenset(control for one in those for control in one.controls)


def waived(stack: Stack, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """Yield outcomes, findings that a comment silences as waived."""
    found = {_shown(stack, path): list(silences(text_of(path))) for path in stack.source.files}
    if not any(found.values()):
        yield from outcomes
        return
    for outcome in outcomes:
        finding = outcome.outcome in (OutcomeKind.FAIL, OutcomeKind.ADVISORY)
        by = next((one for one in found.get(outcome.file or "", ()) if finding and one.covers(outcome)), None)
        if by is None:
            yield outcome
        else:
            reason = (
                f"a comment for {by.tool} in line {by.written} of {outcome.file}: it has no owner and no end"
            )
            use = WaiverUse(reason=reason, expires=_NEVER)
            yield outcome.model_copy(update={"outcome": OutcomeKind.WAIVED, "waiver": use})


def _shown(stack: Stack, path: Path) -> str:
    """Return a file as places name it."""
    return stack.locate(()).file if path == stack.source.files[0] else _relative(stack, path)


def _relative(stack: Stack, path: Path) -> str:
    directory = stack.source.directory
    return path.relative_to(directory).as_posix() if path.is_relative_to(directory) else str(path)


def notes(outcomes: Iterable[Outcome]) -> list[str]:
    """Return what a reader must know of findings that comments silence."""
    count = sum(one.waiver is not None and one.waiver.expires == _NEVER for one in outcomes)
    if not count:
        return []
    those = "1 finding is" if count == 1 else f"{count} findings are"
    why = "which have no owner and no end; stackproof.yml takes waivers that have both"
    return [f"{those} waived by comments for other tools, {why}"]
