"""Whether a run lives, from its labels, its lock, its process and containers."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from filelock import FileLock

from stackproof.engine import labels
from stackproof.runs.origin import Life, Lock, Origin, boot, life, lock_of, machine, process_lives
from stackproof.runs.run import owner

THERE = Origin(
    user="root",
    host="ci-7",
    started=1803893400.5,
    lock="/root/.cache/stackproof/runs/0badcafe/lock",
    pid=41,
    pid_started=1803893000.25,
    space="pid:[4026531836]",
    boot="9c3f",
    machine="a1",
)


def test_labels_and_back() -> None:
    """Everything comes through."""
    assert Origin.read(THERE.labels()) == THERE
    assert set(THERE.labels()) == set(labels.ORIGIN)


def test_here() -> None:
    """This process is alive, by what it says of itself."""
    here = Origin.here(Path("/nowhere/lock"), 1.0)

    assert here.pid == os.getpid()
    assert Origin.read(here.labels()) is not None
    assert process_lives(here.pid, here.pid_started)


@pytest.mark.parametrize(
    "marks",
    [
        {},
        {labels.PROCESS: "41"},
        {labels.PROCESS: "x 1.0 space boot"},
        {labels.PROCESS: "0 1.0 space boot"},
        {labels.PROCESS: "-1 1.0 space boot"},
        {labels.STARTED: "yesterday"},
    ],
)
def test_labels_that_make_no_sense(marks: dict[str, str]) -> None:
    """An image may carry any label; earlier versions wrote none of them."""
    assert Origin.read({**THERE.labels(), **marks} if marks else {}) is None


def asked(  # noqa: PLR0913 - one for each question
    there: Origin | None = THERE,
    *,
    lock: Lock = Lock.UNSEEN,
    process: bool = False,
    container: Life = Life.UNKNOWN,
    booted: float = 0.0,
    host: str = "ci-7",
    boot: str = "9c3f",
    space: str = "pid:[4026531836]",
    machine: str = "a1",
) -> Life:
    """Judge THERE from a place that differs in what is given."""
    return life(
        there,
        replace(THERE, host=host, boot=boot, space=space, machine=machine),
        lambda _host, _started: container,
        lock=lambda _path: lock,
        process=lambda _pid, _started: process,
        booted=lambda: booted,
    )


def test_life_on_the_same_machine() -> None:
    """The lock decides, and the process where the lock is gone or somebody else's."""
    assert asked(lock=Lock.HELD) is Life.ALIVE
    assert asked(lock=Lock.UNSEEN, process=True) is Life.ALIVE
    assert asked(lock=Lock.FREE, process=True) is Life.ALIVE
    assert asked(lock=Lock.FREE) is Life.DEAD
    assert asked(lock=Lock.UNSEEN) is Life.DEAD


def test_life_beside_a_container_of_this_machine() -> None:
    """Its processes have other numbers here, so they are not asked; its host name may tell."""
    assert asked(space="other", lock=Lock.HELD) is Life.ALIVE
    assert asked(space="other", lock=Lock.FREE) is Life.DEAD
    for found in Life:
        assert asked(space="other", process=True, container=found) is found
        assert asked(space="other", process=False, container=found) is found


def test_life_before_this_machine_was_restarted() -> None:
    """No process outlives that; but another machine may have the same name."""
    assert asked(boot="new", booted=THERE.started + 1, process=True) is Life.DEAD
    assert asked(boot="new", booted=THERE.started - 1) is Life.UNKNOWN
    assert asked(boot="new", booted=THERE.started + 1, host="other") is Life.UNKNOWN


def test_machine_of_the_same_name() -> None:
    """Of what another machine began nobody here can tell, whatever it is called and since when it is up."""
    later = THERE.started + 1
    assert asked(boot="new", booted=later, machine="b2") is Life.UNKNOWN
    assert asked(boot="new", booted=later, machine="b2", lock=Lock.FREE) is Life.UNKNOWN
    old = replace(THERE, machine="")
    assert Origin.read(old.labels()) == old
    assert asked(old, boot="new", booted=later) is Life.DEAD


def test_owner_is_of_one_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two machines may have one host name, user and home."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    owners = set()
    for text in ("one\n", "two\n", ""):
        (tmp_path / "id").write_text(text)
        monkeypatch.setattr("stackproof.runs.origin._MACHINES", (tmp_path / "none", tmp_path / "id"))
        owners.add(owner())

    assert len(owners) == 3
    assert machine() == boot()


def test_life_elsewhere() -> None:
    """Nobody can tell; and nobody can of what an earlier version made."""
    assert asked(boot="new", host="other", process=True) is Life.UNKNOWN
    assert asked(None, lock=Lock.HELD, process=True) is Life.UNKNOWN


def test_lock(tmp_path: Path) -> None:
    """It is looked at without being touched."""
    path = tmp_path / "lock"
    assert lock_of(str(path)) is Lock.UNSEEN
    assert not path.exists()

    with FileLock(path):
        assert lock_of(str(path)) is Lock.HELD
    path.write_text("somebody's")
    assert lock_of(str(path)) is Lock.FREE
    assert path.read_text() == "somebody's"


def test_lock_that_is_none(tmp_path: Path) -> None:
    """The path is a word in a label: it may name anything."""
    (tmp_path / "passwd").touch()
    for name in ("link", "folder", "pipe"):
        (tmp_path / name).mkdir()
    (tmp_path / "link" / "lock").symlink_to(tmp_path / "passwd")
    (tmp_path / "folder" / "lock").mkdir()
    os.mkfifo(tmp_path / "pipe" / "lock")
    for name in ("link", "folder", "pipe"):
        assert lock_of(str(tmp_path / name / "lock")) is Lock.UNSEEN, name
    assert lock_of(str(tmp_path / "passwd")) is Lock.UNSEEN
    assert lock_of("\0/lock") is Lock.UNSEEN


def test_process() -> None:
    """A number is given again, and what nobody has waited for is dead, too."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        started = psutil.Process(child.pid).create_time()
        assert process_lives(child.pid, started)
        assert not process_lives(child.pid, started - 3600)
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert not process_lives(child.pid, started)
    assert not process_lives(child.pid, started)
    assert not process_lives(2**80, started)


def test_process_that_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that hides processes of other users nobody knows since when one runs: it may be it."""

    def hidden(pid: int) -> None:
        raise psutil.NoSuchProcess(pid)

    monkeypatch.setattr(psutil, "Process", hidden)
    assert process_lives(os.getpid(), 1.0)
