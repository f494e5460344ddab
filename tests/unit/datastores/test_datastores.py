"""A file of ours that is written and read back by a shell of this machine, and what became of a value."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from stackproof.datastores.files import files_in
from stackproof.trials.persistence import Survival

Client = Callable[..., list[str]]


@pytest.fixture
def client() -> Client:
    """Return a function that runs a command."""

    def run(command: Sequence[str] | str) -> list[str]:
        argv = ["sh", "-c", command] if isinstance(command, str) else command
        return subprocess.run(
            argv, capture_output=True, text=True, check=True, timeout=20
        ).stdout.splitlines()

    return run


@pytest.mark.parametrize("slash", ["", "/"])
def test_files(tmp_path: Path, client: Client, slash: str) -> None:
    """What is written is what is read, whatever the folder is called."""
    folder = tmp_path / "a folder with 'quotes' and $dollars"
    folder.mkdir()
    store = files_in(f"{folder}{slash}")

    client(store.write_command("stackproof-%s 1"))

    assert client(store.read_command) == ["stackproof-%s 1"]
    assert [path.name for path in folder.iterdir()] == [".stackproof-probe"]


def survival(after: str, gone: str, *, binds: bool = False) -> Survival:
    """Return what a service said of the value `v-1`."""
    return Survival(kind="x", expected="v-1", after_down_up=after, after_down_volumes=gone, keeps_binds=binds)


def test_survival() -> None:
    """There after `down`, gone after `down -v`."""
    assert survival("v-1", "(no answer)").survived
    assert survival("v-1", "(no answer)").gone
    assert not survival("ERROR: no such table", "").survived


def test_survival_that_proves_nothing() -> None:
    """A value that is still there after `down -v` did not lie in the volume; a bind rightly keeps it."""
    assert not survival("v-1", "v-1").gone
    assert survival("v-1", "v-1", binds=True).gone
