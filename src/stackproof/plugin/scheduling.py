"""Which worker proves what: all tests of one sandbox go to one worker.

xdist's `loadgroup` does the same through a suffix of the node id, which pytest 9.2 no longer
takes over, and sorts groups by number of tests. Here a group is a stack's lane, and the order is
that of the collection: the longest lanes come first.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from stackproof.controls.control import Lane
from stackproof.plugin.collection import Row, read_plan


def lanes(rows: Sequence[Row], workers: int) -> dict[str, str]:
    """Return to which group each planned test belongs, by node id.

    A sandbox more costs its bring-up, and saves time only where a worker would be idle.
    """
    alone = {row["node"]: f"{row['stack']}:{row['lane']}" for row in rows}
    with_kin = {row["node"]: f"{row['stack']}:{Lane(row['lane']).kin}" for row in rows}
    return alone if len({*with_kin.values()}) < workers else with_kin


class LaneScheduling(LoadScopeScheduling):
    """Sends whole lanes to workers: each on its own where there are workers enough, else with its kin."""

    def __init__(self, config: pytest.Config, log: Any, plan: Path) -> None:  # noqa: ANN401 - xdist's Producer
        config.option.loadscopereorder = False
        super().__init__(config, log)
        self._plan = plan
        self._lanes: dict[str, str] = {}

    def _split_scope(self, nodeid: str) -> str:
        """Return the lane of a test; workers have written the plan before they report their collection."""
        if not self._lanes:
            self._lanes = lanes(read_plan(self._plan)["rows"], len(self.nodes))
        return self._lanes.get(nodeid) or str(super()._split_scope(nodeid))

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
