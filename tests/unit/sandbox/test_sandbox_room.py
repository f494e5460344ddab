"""A sandbox begins when the machine has room for it, and sooner or later anyhow."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from filelock import FileLock

from stackproof.runs.folder import RunFolder
from stackproof.sandbox import room


class Machine:
    """One whose processors are idle and whose memory is free by so many percent, look by look."""

    def __init__(self, folder: RunFolder, others: int) -> None:
        self.folder = folder
        self.idle = [0.0]
        self.free = [50.0]
        self.networks = 0
        self.looks = 0
        self.claims = 0
        for number in range(others):
            self.claim(f"other-{number}")
        self.claims = 0

    def claim(self, name: str = "mine") -> None:
        """Be seen by others."""
        self.folder.sandbox(name, "x").make()
        self.claims += 1

    def times(self, _seconds: float) -> SimpleNamespace:
        """What the processors did."""
        self.looks += 1
        return SimpleNamespace(idle=_next(self.idle), iowait=0.0, nice=0.0)

    def memory(self) -> SimpleNamespace:
        """What there is of it."""
        return SimpleNamespace(available=_next(self.free), total=100.0)

    def take(self, *, watched: bool = False) -> float:
        """Take room; return the seconds that took."""
        began = time.monotonic()
        room.take(self.folder, lambda: self.networks, self.claim, watched=watched)
        assert self.claims == 1
        return time.monotonic() - began


def _next(given: list[float]) -> float:
    return given.pop(0) if len(given) > 1 else given[0]


Makes = Callable[[int], Machine]
MANY = 2 * (os.cpu_count() or 1)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Makes:
    """Return what makes a machine with so many sandboxes of ours."""

    def make(others: int) -> Machine:
        made = Machine(RunFolder(tmp_path), others)
        monkeypatch.setattr(psutil, "cpu_times_percent", made.times)
        monkeypatch.setattr(psutil, "virtual_memory", made.memory)
        return made

    monkeypatch.setattr(room, "PATIENCE", 0.3)
    monkeypatch.setattr(room, "APART", 0.2)
    monkeypatch.setattr(room, "SAMPLE", 0.01)
    monkeypatch.setattr(room, "HEAD_START", 0.0)
    return make


def test_what_is_watched_is_first(machine: Makes, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes longest begins before the others, where all begin at once."""
    monkeypatch.setattr(room, "HEAD_START", 0.25)

    alone = machine(0)
    assert alone.take(watched=True) < room.HEAD_START

    began = time.monotonic()
    room.take(alone.folder, lambda: 0, lambda: alone.claim("second"))
    assert time.monotonic() - began >= room.HEAD_START


def test_nobody_looks_where_fewer_are_up_than_processors(machine: Makes) -> None:
    few = machine((os.cpu_count() or 1) - 1)
    assert few.take() < room.PATIENCE
    assert few.looks == 0


@pytest.mark.parametrize(
    ("idle", "free", "looks"),
    [
        ([60.0], [50.0], 1),
        ([0.0, 5.0, 60.0], [50.0], 3),
        ([60.0], [2.0, 4.0, 50.0], 3),
        ([0.0, 60.0, 60.0], [2.0, 2.0, 50.0], 3),
    ],
)
def test_processors_and_memory_have_room(
    machine: Makes, idle: list[float], free: list[float], looks: int
) -> None:
    busy = machine(MANY)
    busy.idle, busy.free = idle, free
    assert busy.take() < room.PATIENCE
    assert busy.looks == looks


def test_what_gives_way_is_not_in_the_way(machine: Makes, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = machine(MANY)
    nice = SimpleNamespace(idle=0.0, iowait=10.0, nice=50.0)
    monkeypatch.setattr(psutil, "cpu_times_percent", lambda _seconds: nice)
    assert busy.take() < room.PATIENCE


def test_networks_are_left_for_others_unless_none_of_ours_is_up(machine: Makes) -> None:
    alone = machine(0)
    alone.networks = room.NETWORKS + 1
    assert alone.take() < room.PATIENCE
    began = time.monotonic()
    room.take(alone.folder, lambda: alone.networks, lambda: alone.claim("second"))
    assert time.monotonic() - began >= room.PATIENCE
    assert alone.looks == 0


def test_it_begins_on_a_machine_that_others_keep_busy_but_not_with_all_others(machine: Makes) -> None:
    busy = machine(MANY)
    assert busy.take() >= room.PATIENCE
    assert busy.looks > 1
    last = time.time() + 2 * room.PATIENCE  # another one begins when this one's patience is over
    busy.folder.room_taken.touch()
    os.utime(busy.folder.room_taken, (last, last))
    room.take(busy.folder, lambda: 0, lambda: busy.claim("second"))
    assert time.time() >= last + room.APART


def test_nobody_waits_for_ever_for_who_looks(machine: Makes) -> None:
    idle = machine(0)
    with FileLock(idle.folder.room_lock):
        assert idle.take() >= room.PATIENCE
