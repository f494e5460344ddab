"""Which worker proves what: all tests of one sandbox go to one worker.

xdist's `loadgroup` does the same through a suffix of the node id, which pytest 9.2 no longer
takes over, and sorts groups by number of tests. Here a group is one or several lanes of a stack, and
what takes longest begins first: a worker that begins it last keeps all others waiting.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from stackproof.controls.control import Lane
from stackproof.plugin.collection import Row, read_plan

# What a lane takes, in seconds: at least, and for each subject of the control that has most. Rough, as
# measured on this project's five stacks; what is wrong about it costs time and no truth.
_TAKES = {
    Lane.OBSERVE: (48.0, 1.0),
    Lane.FAULTS: (20.0, 3.0),
    Lane.FREEZES: (0.0, 9.0),
    Lane.STOPS: (35.0, 1.0),
    Lane.PERSISTENCE: (30.0, 3.0),
    Lane.OUTAGES: (0.0, 17.0),
    Lane.SCALE: (6.0, 2.0),
}
_BRING_UP = 8.0
# A worker holds its last test back until it knows what comes next; xdist tells it one test earlier.
_HELD_BACK = 1


@dataclass
class Group:
    """Lanes of a stack that share a sandbox, one after the other."""

    stack: str
    lanes: dict[Lane, float]
    """What each takes, in seconds."""

    @property
    def name(self) -> str:
        """The stack and its first lane."""
        return f"{self.stack}:{next(iter(self.lanes))}"

    @property
    def seconds(self) -> float:
        """What they take together."""
        return _BRING_UP + sum(self.lanes.values())

    def split(self) -> "Group":
        """Give the longest lane away, into a sandbox of its own."""
        longest = max(self.lanes, key=lambda lane: self.lanes[lane])
        return Group(self.stack, {longest: self.lanes.pop(longest)})


def grouped(rows: Sequence[Row], workers: int) -> list[Group]:
    """Return which lanes go to one worker together, those first that take longest.

    Kin share a sandbox: one more costs its bring-up, and saves time only where a worker would be idle, or the
    others would wait for one. So groups are split until each worker has one, and none more than its share.
    """
    groups = _by_kin(rows)
    while several := [group for group in groups if len(group.lanes) > 1]:
        longest = max(several, key=lambda group: group.seconds)
        share = sum(group.seconds for group in groups) / workers
        if len(groups) >= workers and longest.seconds <= share:
            break
        groups.append(longest.split())
    return sorted(groups, key=lambda group: (-group.seconds, group.name))


def _by_kin(rows: Sequence[Row]) -> list[Group]:
    counted = Counter((row["stack"], Lane(row["lane"]), row["control"]) for row in rows)
    groups: dict[tuple[str, Lane], Group] = {}
    for (stack, lane, _control), subjects in counted.items():
        least, each = _TAKES[lane]
        group = groups.setdefault((stack, lane.kin), Group(stack, {}))
        group.lanes[lane] = max(group.lanes.get(lane, 0.0), least + each * subjects)
    return list(groups.values())


class LaneScheduling(LoadScopeScheduling):
    """Sends whole groups of lanes to workers."""

    def __init__(self, config: pytest.Config, log: Any, plan: Path) -> None:  # noqa: ANN401 - xdist's Producer
        config.option.loadscopereorder = False
        super().__init__(config, log)
        self._plan = plan
        self._groups: dict[str, str] = {}
        self._order: list[str] = []

    def _split_scope(self, nodeid: str) -> str:
        """Return the group of a test; workers have written the plan before they report their collection."""
        if not self._groups:
            rows = read_plan(self._plan)["rows"]
            groups = grouped(rows, len(self.nodes))
            names = {(group.stack, lane): group.name for group in groups for lane in group.lanes}
            self._groups = {row["node"]: names[row["stack"], Lane(row["lane"])] for row in rows}
            self._order = [group.name for group in groups]
        return self._groups.get(nodeid) or str(super()._split_scope(nodeid))

    def _assign_work_unit(self, node: WorkerController) -> None:
        """Give a worker the longest of what is left; tests of no stack come first, as they are collected."""
        if next(iter(self.workqueue)) in self._order:
            longest = next(name for name in self._order if name in self.workqueue)
            self.workqueue.move_to_end(longest, last=False)
        super()._assign_work_unit(node)

    def _reschedule(self, node: WorkerController) -> None:
        """Give a worker more when it cannot go on without: who gets it early may be late to begin it."""
        if self.workqueue and self._pending_of(self.assigned_work.get(node, {})) > _HELD_BACK:
            return
        super()._reschedule(node)

    def remove_node(self, node: WorkerController) -> str | None:
        """Forget a worker; the test that it died of is unknown and not run again, unlike in xdist."""
        crashed = super().remove_node(node)
        for lane, tests in list(self.workqueue.items()):
            if crashed in tests:
                tests[crashed] = True
            if all(tests.values()):
                del self.workqueue[lane]
        return crashed

    def schedule(self) -> None:
        """Distribute the lanes; again when a worker was replaced.

        xdist then gives the new one a single lane, but a worker holds its last test back until it gets
        more or is shut down: with one test left both would wait for ever.
        """
        replaced = self.collection is not None
        super().schedule()
        for node in self.nodes if replaced else ():
            self._reschedule(node)
