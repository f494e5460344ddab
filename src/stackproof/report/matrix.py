"""Controls against services: the worst outcome of each pair."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from stackproof.outcomes.model import ControlInfo, OutcomeKind
from stackproof.report.entry import Entry
from stackproof.report.view import StackView

_UNSORTED = "other controls"
_RANK = {kind: rank for rank, kind in enumerate(OutcomeKind)}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What one control said of one service, over all its containers."""

    worst: Entry
    hits: int
    total: int

    @property
    def kind(self) -> OutcomeKind:
        """The worst kind."""
        return self.worst.outcome.outcome


@dataclass(frozen=True, kw_only=True)
class Row:
    """One control over the services of a stack; None where it said nothing of one."""

    control: ControlInfo
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, kw_only=True)
class Family:
    """Controls that belong together."""

    name: str
    rows: tuple[Row, ...]


def families(stack: StackView) -> Iterator[Family]:
    """The matrix of a stack: columns are `stack.services`, rows every control that gave an outcome."""
    cells: dict[tuple[str, str | None], list[Entry]] = defaultdict(list)
    controls: dict[str, dict[str, ControlInfo]] = defaultdict(dict)
    for entry in stack.entries:
        cells[entry.control.id, entry.outcome.service or None].append(entry)
        controls[entry.control.family or _UNSORTED][entry.control.id] = entry.control
    for name, members in controls.items():
        rows = (
            Row(control=control, cells=tuple(_cell(cells.get((control.id, s))) for s in stack.services))
            for control in members.values()
        )
        yield Family(name=name, rows=tuple(rows))


def _cell(entries: list[Entry] | None) -> Cell | None:
    if not entries:
        return None
    worst = min(entries, key=lambda entry: _RANK[entry.outcome.outcome])
    hits = sum(entry.outcome.outcome is worst.outcome.outcome for entry in entries)
    return Cell(worst=worst, hits=hits, total=len(entries))
