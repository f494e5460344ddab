"""What each sandbox does at this moment, and how much of a run is done; by the clock that it is given."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from stackproof.plugin.collection import Row
from stackproof.report.text import one_line
from stackproof.sandbox.progress import CONTROL, Phase

_DOES = {
    "images": "gets its images",
    "room": "waits for the others",
    "up": "comes up",
    "down": "goes down",
    "stop": "stops",
    "start": "starts",
    "teardown": "is taken away",
    "attach": "is looked at",
}
_ENDS = "teardown"
_MINUTE = 60
_STEPS = 5  # seconds to which a guess is rounded


@dataclass(kw_only=True)
class _Sandbox:
    """One sandbox: since when (seconds since the epoch) it does what."""

    phases: list[tuple[str, float]] = field(default_factory=list)
    """What was begun and has not ended, the inmost last."""
    control: tuple[str, float] | None = None

    @property
    def doing(self) -> tuple[str, float] | None:
        if self.phases:
            return self.phases[-1]
        return self.control

    def told(self) -> str:
        """Say what is being done, and for which control."""
        control = self.control[0] if self.control else ""
        if not self.phases:
            return control
        step = self.phases[-1][0]
        return f"{_DOES.get(step, step)}{f' for {control}' if control else ''}"


class Board:
    """All sandboxes of a run, told by their phases, by the plan and by the tests that end."""

    def __init__(self, clock: Callable[[], float], guess: float | None = None) -> None:
        """`clock` gives seconds since the epoch; `guess` is how many the whole run may take."""
        self._clock = clock
        self._began = clock()
        self._guess = guess
        self._sandboxes: dict[tuple[str, str], _Sandbox] = {}
        self._lanes: dict[str, tuple[str, str]] = {}
        self._controls = Counter[str]()
        self._total = Counter[tuple[str, str]]()
        self._done = Counter[tuple[str, str]]()

    def plan(self, rows: Iterable[Row]) -> None:
        """Take what is to be decided."""
        for row in rows:
            where = (row["stack"], row["lane"])
            self._lanes[row["node"]] = where
            self._controls[row["node"]] += 1
            self._total[where] += 1

    @property
    def planned(self) -> bool:
        """Whether it is known what is to be decided."""
        return bool(self._total)

    def take(self, phase: Phase) -> None:
        """Take a step of a sandbox."""
        where = (phase["stack"], phase["lane"])
        if phase["service"]:
            return
        step = str(phase["step"])
        sandbox = self._sandboxes.setdefault(where, _Sandbox())
        if step.startswith(CONTROL):
            sandbox.control = (step.removeprefix(CONTROL), phase["at"])
        elif phase["seconds"] is None:
            sandbox.phases.append((step.removesuffix(" ..."), phase["at"]))
        else:
            sandbox.phases = [one for one in sandbox.phases if one[0] != step]
            if step == _ENDS:
                del self._sandboxes[where]

    def ended(self, node: str) -> None:
        """Take the end of a test."""
        if where := self._lanes.get(node):
            self._done[where] += self._controls[node]
            sandbox = self._sandboxes.get(where)
            if sandbox is not None and self._done[where] >= self._total[where]:
                sandbox.control = None

    @property
    def seconds(self) -> float:
        """How long the run has taken so far."""
        return self._clock() - self._began

    def headline(self) -> str:
        """Say how much of all is done, and how long the rest may take."""
        if not self.planned:
            return f"{_time(self.seconds)}: collecting what is to be asked"
        told = f"{_time(self.seconds)}: {self._done.total()} of {self._total.total()} decided"
        if self._guess is None:
            return told
        left = self._guess - self.seconds
        if left < _STEPS:
            return f"{told}, longer than last time ({_time(self._guess)})" if left < -_STEPS else told
        return f"{told}, about {_time(_STEPS * round(left / _STEPS))} left, as last time"

    def rows(self) -> Iterator[str]:
        """Yield a line for each sandbox that does something: the most important words first."""
        for where, sandbox in self._sandboxes.items():
            if sandbox.doing is None:
                continue
            total, done = self._total[where], self._done[where]
            counted = f" {done} of {total}" if total else ""
            spent = _time(max(self._clock() - sandbox.doing[1], 0.0))
            yield f"{one_line(where[0])} [{where[1]}]{counted}, {spent}: {one_line(sandbox.told())}"


def _time(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < _MINUTE else f"{whole // _MINUTE} min {whole % _MINUTE:02d} s"


def seconds_last_time(results: Path, stacks: Collection[str], chosen: int) -> float | None:
    """Return how long the last whole run of the same stacks and as many controls took, by its results.

    None where nothing tells: a guess is no more than that, and never stops a run.
    """
    try:
        found = json.loads(results.read_text(encoding="utf-8"))
        scope, names = found["run"]["scope"], {stack["name"] for stack in found["stacks"]}
        same = names == set(stacks) and scope["chosen"] == chosen and not scope["interrupted"]
        return float(found["run"]["seconds"]) if same else None
    except (OSError, ValueError, LookupError, TypeError):
        return None
