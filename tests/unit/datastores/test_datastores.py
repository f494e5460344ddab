"""A file of ours that is written and read back by a shell of this machine."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from stackproof.datastores.files import files_in

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


@pytest.mark.parametrize("folder", ["/dataX", "/dataX/"])
def test_file_of_a_service(folder: str) -> None:
    """Its own, for others may mount the same volume; no words of a failure mean that there is none."""
    store = files_in(folder, "web")

    assert (store.kind, store.asked) == (f"a file in {folder}", "/dataX/.stackproof-probe-web")
    assert files_in(folder).asked == "/dataX/.stackproof-probe"
    assert not any(store.absent.search(said) for said in ("", "No such file or directory"))
