"""`summary.md`: the run on one page of Markdown, for a job's summary or a comment."""

import re
from collections import Counter
from collections.abc import Iterator

from stackproof.outcomes.model import OutcomeKind, Results
from stackproof.report.blockers import Blocker, blockers
from stackproof.report.coverage import State, coverage
from stackproof.report.entry import Entry
from stackproof.report.mermaid import flowchart
from stackproof.report.page.links import address, source_link
from stackproof.report.text import duration, one_line
from stackproof.report.verdict import Verdict, tally
from stackproof.report.view import Overview

# GitHub refuses the summary of a step above 1 MiB, all of it.
MOST_BYTES = 1_000_000
MOST_FINDINGS = 100
MOST_STACKS = 100
MOST_WORDS = 300  # characters of one message
SOON = 30  # days
_SPECIAL = re.compile(r"([\\`*_{}\[\]|~#&<>])")


def render(results: Results) -> str:
    """Results as Markdown, the most important first; what is too long is left out at its end, and said."""
    overview = Overview.of(results)
    lines, size = [], 0
    for part in _parts(overview):
        size += len(part.encode())
        if size > MOST_BYTES:
            lines.append("\n*The rest is in the report: a summary holds no more.*\n")
            break
        lines.append(part)
    return "".join(lines)


def _parts(overview: Overview) -> Iterator[str]:
    run = overview.results.run
    sign = {"good": "✅", "part": "🟡", "bad": "❌"}[overview.verdict.tone]
    yield f"## {sign} stackproof: {overview.verdict}\n\n"
    if overview.scope:
        yield f"**Covers {_md(overview.scope)}.** What was not asked is neither proven nor refuted.\n\n"
    stacks = _counted("stack", len(overview.stacks))
    told = f"; covers {_md(overview.covers)}" if overview.covers and not overview.scope else ""
    yield f"{stacks} in {duration(run.seconds)}, gate {run.fail_on}{told}.\n\n"
    yield _table(overview)
    yield from _findings(overview)
    yield from _waivers(overview)
    yield from _standards(overview)
    for stack in overview.stacks:
        if drawn := flowchart(stack.info):
            head = f"<details><summary>Topology of {_md(stack.info.name)}</summary>"
            yield f"\n{head}\n\n```mermaid\n{drawn}```\n\n</details>\n"


def _table(overview: Overview) -> str:
    head = ["stack", "verdict", *OutcomeKind]
    rows = [head, ["---"] * len(head)]
    shown = list(overview.stacks)
    if len(shown) > MOST_STACKS:
        shown = sorted(shown, key=lambda stack: -stack.verdict.rank)[:MOST_STACKS]
    for stack in shown:
        counts = tally(entry.outcome.outcome for entry in stack.entries)
        rows.append(
            [_md(stack.info.name), str(stack.verdict), *(str(count or "") for count in counts.values())]
        )
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return table + _left_out(overview, len(shown))


def _left_out(overview: Overview, shown: int) -> str:
    """Say how many stacks the table leaves out; a reader of thousands wants to see what fails first."""
    if shown == len(overview.stacks):
        return ""
    counts = Counter(stack.verdict for stack in overview.stacks)
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])
    return f"\nand {len(overview.stacks) - shown} more stacks in the report; of all {told}.\n"


def _findings(overview: Overview) -> Iterator[str]:
    found = blockers(overview)
    if not found:
        return
    entries = {entry.anchor: entry for entry in overview.entries}
    yield "\n### What fails the run, gravest first\n\n"
    yield "| | control | subject | where | what |\n|---|---|---|---|---|\n"
    for blocker in found[:MOST_FINDINGS]:
        yield _finding(blocker, entries.get(blocker.anchor))
    if len(found) > MOST_FINDINGS:
        yield f"\nand {len(found) - MOST_FINDINGS} more in the report.\n"


def _finding(blocker: Blocker, entry: Entry | None) -> str:
    page = address(entry.control.documentation) if entry else ""
    cells = (
        f"{blocker.kind} {blocker.severity}",
        f"[{_md(blocker.title)}]({page})" if page else _md(blocker.title),
        _md(f"{blocker.stack} {blocker.subject}"),
        _place(entry),
        _md(blocker.gist),
    )
    return f"| {' | '.join(cells)} |\n"


def _place(entry: Entry | None) -> str:
    """Return where a finding can be repaired, with the page that shows it where one is known."""
    if entry is None:
        return ""
    link = source_link(entry.info, entry.outcome.file, entry.outcome.line)
    return f"[{_md(entry.place)}]({link})" if link else _md(entry.place)


def _waivers(overview: Overview) -> Iterator[str]:
    waived = [entry for entry in overview.entries if entry.outcome.waiver]
    if not waived:
        return
    soon = [entry for entry in waived if (entry.days_left or 0) < SOON]
    yield f"\nAccepted by waiver: {_counted('deviation', len(waived))}"
    yield f", with less than {SOON} days left for:\n\n" if soon else ".\n"
    for entry in sorted(soon, key=lambda entry: (entry.days_left or 0, -entry.outcome.severity.rank)):
        yield _waiver(entry)


def _standards(overview: Overview) -> Iterator[str]:
    """Yield how much of published standards was answered; nothing where no control of the run has one."""
    found = [one for one in coverage(overview.results) if one.assessed]
    if not found:
        return
    yield f"\n### Coverage of standards\n\n| standard | assessed | {' | '.join(State)} |\n"
    yield f"|{'---|' * (len(State) + 2)}\n"
    for one in found:
        cells = (_md(one.standard), f"{one.assessed} of {one.requirements}", *map(str, one.counts.values()))
        yield f"| {' | '.join(cells)} |\n"


def _waiver(entry: Entry) -> str:
    waiver = entry.outcome.waiver
    assert waiver is not None  # noqa: S101 - for the type checker
    owner = f", {_md(waiver.owner)}" if waiver.owner else ""
    return (
        f"- {_md(entry.control.id)} for {_md(entry.subject)} of {_md(entry.outcome.stack)} "
        f"{waiver.until}{owner}: {_md(waiver.reason)}\n"
    )


def _counted(word: str, count: int) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _md(text: str) -> str:
    """Return foreign text as a part of a line that Markdown does not read."""
    line = one_line(text)
    cut = f"{line[:MOST_WORDS]} ..." if len(line) > MOST_WORDS else line
    return _SPECIAL.sub(r"\\\1", cut)
