"""A sandbox begins when the machine has room for it, and sooner or later anyhow."""

from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from filelock import FileLock

from stackproof.sandbox import room

MANY = 1000  # sandboxes of ours that are up


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A machine whose processors are idle and whose memory is free by so many percent, look by look."""
    given = SimpleNamespace(idle=[], free=[50.0], looks=0)

    def times(_seconds: float) -> SimpleNamespace:
        given.looks += 1
        idle = given.idle.pop(0) if len(given.idle) > 1 else given.idle[0]
        return SimpleNamespace(idle=idle, iowait=0.0, nice=0.0)

    def memory() -> SimpleNamespace:
        free = given.free.pop(0) if len(given.free) > 1 else given.free[0]
        return SimpleNamespace(available=free, total=100.0)

    monkeypatch.setattr(psutil, "cpu_times_percent", times)
    monkeypatch.setattr(psutil, "virtual_memory", memory)
    monkeypatch.setattr(room, "PATIENCE", 0.3)
    return given


def test_nobody_waits_where_fewer_are_up_than_processors(machine: SimpleNamespace, tmp_path: Path) -> None:
    machine.idle = [0.0]
    assert room.wait(tmp_path / "lock", lambda: 0) < room.PATIENCE
    assert machine.looks == 0


@pytest.mark.parametrize(
    ("idle", "free", "looks"),
    [
        ([60.0], [50.0], 1),
        ([0.0, 5.0, 60.0], [50.0], 3),
        ([60.0], [2.0, 9.0, 50.0], 3),
        ([0.0, 60.0, 60.0], [50.0, 2.0, 50.0], 3),
    ],
)
def test_processors_and_memory_have_room(
    machine: SimpleNamespace, tmp_path: Path, idle: list[float], free: list[float], looks: int
) -> None:
    machine.idle, machine.free = idle, free
    assert room.wait(tmp_path / "lock", lambda: MANY) < room.PATIENCE
    assert machine.looks == looks


@pytest.mark.usefixtures("machine")
def test_what_gives_way_is_not_in_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nice = SimpleNamespace(idle=0.0, iowait=10.0, nice=50.0)
    monkeypatch.setattr(psutil, "cpu_times_percent", lambda _seconds: nice)
    assert room.wait(tmp_path / "lock", lambda: MANY) < room.PATIENCE


def test_it_begins_on_a_machine_that_others_keep_busy(machine: SimpleNamespace, tmp_path: Path) -> None:
    machine.idle = [0.0]
    assert room.wait(tmp_path / "lock", lambda: MANY) >= room.PATIENCE
    assert machine.looks > 1


def test_it_begins_at_once_when_the_others_are_gone(machine: SimpleNamespace, tmp_path: Path) -> None:
    machine.idle = [0.0]
    up = [MANY, MANY, 0]
    assert room.wait(tmp_path / "lock", lambda: up.pop(0)) < room.PATIENCE
    assert machine.looks == 1


def test_nobody_waits_for_ever_for_who_looks(machine: SimpleNamespace, tmp_path: Path) -> None:
    machine.idle = [60.0]
    with FileLock(tmp_path / "lock"):
        assert room.wait(tmp_path / "lock", lambda: MANY) >= room.PATIENCE
    assert machine.looks == 0
