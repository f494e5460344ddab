"""`stackproof diff`: what became of findings, between two finished runs or over many."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from stackproof.cli.ending import in_one_message
from stackproof.errors import UsageError
from stackproof.outcomes.model import Outcome, Results
from stackproof.report import files, trend
from stackproof.report.comparing import Comparison
from stackproof.report.entry import WHOLE_STACK, places
from stackproof.report.foreign import foreign
from stackproof.report.text import first_line

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("earlier", type=_FILE, metavar="EARLIER.JSON|FOLDER")
@click.argument("later", type=_FILE, required=False, metavar="[LATER.JSON]")
def diff(earlier: Path, later: Path | None) -> None:
    """Say which findings are new, fixed or as before between two finished runs.

    Of a folder: what came and went from run to run, and since when (UTC) what is open has been so. Ends
    with 1 when something is new, in the last run of a folder.

    Example: stackproof diff yesterday/results.json reports/results.json
    """
    with in_one_message():
        if earlier.is_dir() and later is None:
            found = trend.Trend.of(trend.read(earlier))
            lines, new = _over_time(found), len(found.points) > 1 and found.points[-1].new
        elif later is None:
            files.read(earlier)
            msg = f"{earlier}: nothing to compare it with\n  fix: name a later one, too, or a folder of them"
            raise UsageError(msg)
        else:
            before, after = files.read(earlier), files.read(later)
            compared = Comparison.of(before, after)
            lines, new = _side_by_side(compared, before, after), len(compared.new)
    for line in lines:
        click.echo(line)
    sys.exit(1 if new else 0)


def _side_by_side(found: Comparison, earlier: Results, later: Results) -> Iterator[str]:
    """Yield what became of findings, the gravest first of each; each named by the run that had it last."""
    then, now = places(earlier), places(later)
    sides = {"new": now, "fixed": then, "accepted": now, "unasked": then, "unchanged": now}
    for word, place in sides.items():
        for one in sorted(getattr(found, word), key=lambda one: -one.severity.rank):
            yield f"{word:9} {_told(one, place(one))}"
    counts = f"{len(found.new)} new, {len(found.fixed)} fixed, {len(found.unchanged)} unchanged"
    yield counts + _more(len(found.accepted), len(found.unasked))


def _over_time(found: trend.Trend) -> Iterator[str]:
    for number, point in enumerate(found.points):
        moved = f"{point.new} new, {point.fixed} fixed{_more(point.accepted, point.unasked)}"
        told = f"{point.started:%Y-%m-%d %H:%M}  {point.verdict:23} {point.open:4} open"
        yield f"{told}  {moved if number else 'the first run'}  ({foreign(point.run)})"
    for one in found.open:
        yield f"since {one.since:%Y-%m-%d %H:%M}  {_told(one.outcome, one.place)}"
    if not found.open:
        yield "nothing is open"


def _more(accepted: int, unasked: int) -> str:
    told = {"accepted (waived or below the gate)": accepted, "not asked again": unasked}
    return "".join(f", {count} {words}" for words, count in told.items() if count)


def _told(one: Outcome, place: str) -> str:
    subject = " ".join(filter(None, (one.container or one.service or WHOLE_STACK, one.aspect)))
    told = f"{place}: {first_line(one.message)}" if place else first_line(one.message)
    return foreign(f"{one.severity:8} {one.stack} {subject} {one.control}: {told}")
