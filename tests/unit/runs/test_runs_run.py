"""A run's folder, lock and labels."""

import errno
import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from stackproof.engine import labels
from stackproof.errors import UsageError
from stackproof.runs.run import Run, known_runs, owner, runs_folder

HOLD = """
import signal
from stackproof.runs.run import Run
run = Run.create()
print(run.id, flush=True)
signal.pause()
"""


@pytest.fixture(autouse=True)
def private_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep runs in a folder of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def mode(path: Path) -> int:
    """Permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def test_create_makes_a_private_folder(private_cache: Path) -> None:
    """Compose files of sandboxes hold secrets."""
    run = Run.create()

    assert run.folder.path.is_relative_to(private_cache)
    assert mode(run.folder.path) == 0o700
    assert mode(runs_folder()) == 0o700
    assert re.fullmatch(r"[0-9a-f]{8}", run.id)


def test_alive_while_its_process_holds_the_lock() -> None:
    """Also for others in the same process."""
    run = Run.create()

    assert run.alive()
    assert Run(run.id).alive()
    run.forget()
    assert not run.alive()


def test_dead_when_its_process_was_killed() -> None:
    """The kernel lets go of the lock, whatever the process could do at its end."""
    with subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        run = Run(process.stdout.readline().strip())
        held = run.alive()
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)

    assert held
    assert not run.alive()
    assert run.folder.path.is_dir()
    assert list(known_runs()) == [run]


def test_when_it_began() -> None:
    """Others read it from the folder; nobody knows it of a run whose folder is gone."""
    before = time.time() - 1  # labels are in milliseconds
    run = Run.create()
    began = Run(run.id).began

    assert began is not None
    assert before < began < time.time() + 1
    run.forget()
    assert run.began is None


def test_unknown_run_is_dead() -> None:
    """A label of a run whose folder is gone."""
    assert not Run("0badcafe").alive()


def test_forget_removes_the_folder() -> None:
    """Nothing of ours is left."""
    run = Run.create()
    (run.folder.path / "sub").mkdir()

    run.forget()

    assert list(known_runs()) == []


def test_labels() -> None:
    """Everything of a run carries its id and who may sweep it."""
    assert Run("cafe0000").labels == {labels.RUN: "cafe0000", labels.OWNER: owner()}


def test_owner_differs_by_runs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who does not see a run's lock must not sweep it."""
    mine = owner()

    assert owner() == mine
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    assert owner() != mine


@pytest.fixture
def no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that cannot be made, and a temporary directory of the test."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/proc/nowhere")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return tmp_path / "tmp" / f"stackproof-{os.getuid()}"


@pytest.mark.parametrize("cache", [None, "relative"])
def test_without_a_home(no_home: Path, monkeypatch: pytest.MonkeyPatch, cache: str | None) -> None:
    """The same private folder each time, which `clean` and the next run find."""
    if cache:
        monkeypatch.setenv("XDG_CACHE_HOME", cache)
    run = Run.create()

    assert run.folder.path == no_home / "runs" / run.id
    assert mode(no_home) == mode(runs_folder()) == 0o700
    assert list(known_runs()) == [run]
    assert Run(run.id).alive()
    run.forget()


@pytest.mark.parametrize("rights", [0o770, 0o707])
def test_without_a_home_and_the_place_is_open_to_others(no_home: Path, rights: int) -> None:
    """Whoever made the folder could read our secrets."""
    no_home.mkdir()
    no_home.chmod(rights)

    with pytest.raises(UsageError, match="set XDG_CACHE_HOME"):
        runs_folder()


def test_without_a_home_and_the_place_is_a_link(no_home: Path, tmp_path: Path) -> None:
    """It leads where somebody else wants."""
    no_home.symlink_to(tmp_path)

    with pytest.raises(UsageError, match="set XDG_CACHE_HOME"):
        owner()


@pytest.mark.usefixtures("no_home")
def test_without_a_home_and_a_temporary_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only container: one message with exit code 2."""

    def refuse() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", refuse)

    with pytest.raises(UsageError, match=r"nor a temporary directory can hold") as caught:
        runs_folder()
    assert caught.value.exit_code == 2


def test_user_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container that runs as a number."""
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000)

    assert re.fullmatch(r"[0-9a-f]{16}", owner())


def test_known_runs_are_sorted_folders() -> None:
    """Other files in the folder are no runs."""
    for name in ("b", "a"):
        (runs_folder() / name).mkdir()
    (runs_folder() / "note").touch()

    assert [run.id for run in known_runs()] == ["a", "b"]
