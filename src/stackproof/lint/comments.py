"""Comments by which other tools are told to be silent, read as waivers: nobody has to rewrite a file.

dclint (docs/configuration) takes `# dclint disable [RULE...]` and `disable-file` in the first line that says
something, and `disable-line [RULE...]` behind a line or above it. KICS (docs/running-kics) takes `# kics-scan
ignore`, `disable=ID,...` and `enable=ID,...` (these alone) above all else, `ignore-line` above a line and
`ignore-block` above a block.
A text in which such words stand is no comment here, though dclint, which reads lines, takes it for one.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Final

from stackproof.controls import peers
from stackproof.files import disk
from stackproof.outcomes.model import Outcome, OutcomeKind, WaiverUse
from stackproof.stack.stack import Stack

_DCLINT: Final = re.compile(r"#\s*dclint\s+(disable(?:-file|-line)?)(?![-\w])[ \t]*(.*)")
_KICS: Final = re.compile(r"#\s*kics-scan\s+(ignore(?:-line|-block)?(?![-\w])|(?:dis|en)able=)[ \t]*(.*)")
_NAMES: Final = (b"dclint", b"kics-scan")
_FINDINGS: Final = (OutcomeKind.FAIL, OutcomeKind.ADVISORY)
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
    told = _remarks(text, lines)
    # dclint looks at the first line that says something, KICS at all comments before anything else.
    first = head = True
    for number, line in enumerate(lines, 1):
        said, remark = line.strip(), told.get(number, "")
        if hit := _DCLINT.search(remark):
            whole = first and (hit[1] != "disable-file" or said.startswith("# dclint disable-file"))
            yield from _of_dclint(hit, number, whole=whole, above=said.startswith("#"))
        elif (hit := _KICS.match(remark)) and said.startswith("#"):
            yield from _of_kics(hit, number, lines, head=head)
        first = first and said in ("", "---")
        head = head and (said in ("", "---") or said.startswith("#"))


def _remarks(text: str, lines: list[str]) -> dict[int, str]:
    """Return the comments by their lines; of what cannot be read as YAML, whatever looks like one."""
    from stackproof.rules.fixes import NotFixable, Tree  # noqa: PLC0415 - few files have such comments

    try:
        tree = Tree.of(text)
    except NotFixable:
        return {number: line[line.find("#") :] for number, line in enumerate(lines, 1) if "#" in line}
    starts = list(accumulate((len(line) for line in text.splitlines(keepends=True)), initial=0))
    return {bisect_right(starts, hit.start()): hit[0] for hit in tree.remarks()}


def _of_dclint(hit: re.Match[str], number: int, *, whole: bool, above: bool) -> Iterator[Silence]:
    names = () if hit[1] == "disable-file" else tuple(hit[2].split())  # dclint does not read the file at all
    controls = _answering("dclint", names)
    if hit[1] == "disable-line":
        line = number + 1 if above else number
        yield Silence(tool="dclint", written=number, first=line, last=line, controls=controls)
    elif whole:
        yield Silence(tool="dclint", written=number, first=1, last=_LAST, controls=controls)


def _of_kics(hit: re.Match[str], number: int, lines: list[str], *, head: bool) -> Iterator[Silence]:
    word = hit[1]
    names = tuple((hit[2].split() or [""])[0].split(","))  # it reads one word
    if word == "disable=":
        controls = _answering("KICS", names)
    elif word == "enable=":
        controls = _answering("KICS", ()) - _answering("KICS", names) if any(names) else frozenset()
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
    """Yield outcomes, findings that a comment silences as waived: one in the file where the finding is."""
    found: dict[str, list[Silence]] = {}
    for outcome in outcomes:
        file = outcome.file if outcome.outcome in _FINDINGS else None
        if file and file not in found:
            path = stack.files.get(file)  # None for a Dockerfile, which these tools read otherwise
            found[file] = list(silences(_text(path))) if path else []
        by = next((one for one in found[file] if one.covers(outcome)), None) if file else None
        yield _accepted(outcome, by) if by else outcome


def _accepted(outcome: Outcome, by: Silence) -> Outcome:
    reason = f"a comment for {by.tool} in line {by.written} of {outcome.file}: it has no owner and no end"
    use = WaiverUse(reason=reason, expires=_NEVER)
    return outcome.model_copy(update={"outcome": OutcomeKind.WAIVED, "waiver": use})


def _text(path: Path) -> str:
    """Return a file in which one of these tools is named; empty for any other, as most are."""
    data = disk.content(path)
    if not any(name in data.replace(b"\0", b"") for name in _NAMES):
        return ""
    from stackproof.rules.fixes import NotFixable, Text  # noqa: PLC0415 - few files have such comments

    try:
        return Text.of(data).said
    except NotFixable:
        return ""


def notes(outcomes: Iterable[Outcome]) -> list[str]:
    """Return what a reader must know of findings that comments silence."""
    count = sum(one.waiver is not None and one.waiver.endless for one in outcomes)
    if not count:
        return []
    those = "1 finding is" if count == 1 else f"{count} findings are"
    why = "which have no owner and no end; stackproof.yml takes waivers that have both"
    return [f"{those} waived by comments for other tools, {why}"]
