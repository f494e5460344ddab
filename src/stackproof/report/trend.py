"""Many finished runs, one after the other: what came, what went, and how long what is open has been so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from stackproof.errors import UsageError
from stackproof.outcomes.model import Outcome, Results
from stackproof.report import files
from stackproof.report.comparing import Comparison, Key, key
from stackproof.report.entry import places
from stackproof.report.verdict import Verdict
from stackproof.report.view import Overview


@dataclass(frozen=True, kw_only=True)
class Point:
    """One run, beside what was known before it."""

    run: str
    started: datetime
    verdict: Verdict
    open: int
    """Findings that fail after it, those included that it did not ask for again."""
    new: int
    fixed: int
    accepted: int
    unasked: int


@dataclass(frozen=True, kw_only=True)
class Open:
    """A finding that fails after the last run."""

    since: datetime
    """The start of the run in which it came."""
    outcome: Outcome
    """As last seen."""
    place: str
    """Where it could be repaired then."""


@dataclass(frozen=True, kw_only=True)
class Trend:
    """What became of findings from run to run, in the order of their starts."""

    points: tuple[Point, ...]
    open: tuple["Open", ...]
    """What fails after the last run, the longest first, of these the gravest."""

    @classmethod
    def of(cls, several: Sequence[Results]) -> Self:
        """Put runs in order and compare each with all before it: shards ask for different things.

        A finding that was fixed and came back is new again.
        """
        since: dict[Key, datetime] = {}
        failing: dict[Key, Outcome] = {}
        seen: dict[Key, str] = {}
        points = []
        for results in sorted(several, key=lambda one: (one.run.started, one.run.id)):
            found = Comparison.since(failing.values(), results)
            failing = {key(one): one for one in (*found.unasked, *found.unchanged, *found.new)}
            where = places(results)
            seen |= {key(one): where(one) for one in (*found.unchanged, *found.new)}
            since = {name: since.get(name, results.run.started) for name in failing}
            points.append(_point(results, found, len(failing)))
        ordered = sorted(failing.items(), key=lambda pair: (since[pair[0]], -pair[1].severity.rank))
        still = (Open(since=since[name], outcome=one, place=seen[name]) for name, one in ordered)
        return cls(points=tuple(points), open=tuple(still))


def _point(results: Results, found: Comparison, failing: int) -> Point:
    return Point(
        run=results.run.id,
        started=results.run.started,
        verdict=Overview.of(results).verdict,
        open=failing,
        new=len(found.new),
        fixed=len(found.fixed),
        accepted=len(found.accepted),
        unasked=len(found.unasked),
    )


def read(folder: Path) -> list[Results]:
    """Return the finished runs in a folder and below it: each file that is called `*.json` and is one.

    Of several files of one run one counts. Raises UsageError where there is none.
    """
    found: dict[str, Results] = {}
    for path in sorted(folder.rglob("*.json")):
        try:
            results = files.read(path)
        except UsageError:  # a baseline, or somebody else's
            continue
        found[f"{results.run.id} {results.run.started}"] = results
    if not found:
        msg = f"{folder}: no results.json in it or below it\n  fix: keep one of each run there"
        raise UsageError(msg)
    return list(found.values())
