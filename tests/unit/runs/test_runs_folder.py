"""The files of a run."""

import os
import stat
from pathlib import Path

import pytest

from stackproof.runs.folder import Note, RunFolder


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """The folder of a run."""
    return RunFolder(tmp_path)


def mode(path: Path) -> int:
    """Permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def test_note_is_private(tmp_path: Path) -> None:
    """Whatever the umask, only this user can read it, and nothing of a longer one remains."""
    note = Note(tmp_path / "compose.json")
    before = os.umask(0)
    try:
        note.write("old and long")
        path = note.write("new")
    finally:
        os.umask(before)

    assert mode(path) == 0o600
    assert note.read() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_note_that_is_not_there(tmp_path: Path) -> None:
    """Nothing noted is not the same as an empty text."""
    note = Note(tmp_path / "note")

    assert note.read() is None
    note.remove()
    note.write("")
    assert note.read() == ""
    note.remove()
    assert note.read() is None


def test_files_are_told_apart(folder: RunFolder) -> None:
    """No two notes of a run share a file, whatever a stack is called."""
    paths = [
        *(folder.lock, folder.origin.path, folder.plan, folder.events, folder.engine_away.path),
        *(folder.build("web").path, folder.sandbox("web", "1").path),
        *(
            path
            for slug in ("web", "web-1")
            for path in (
                *(folder.broken(slug).path, folder.unseen(slug).path, folder.reached(slug).path),
                *(folder.images(slug).path, folder.images_lock(slug)),
            )
        ),
    ]

    assert len(set(paths)) == len(paths)


def test_stacks_that_did_not_come_up(folder: RunFolder) -> None:
    """In the order of their names, and nothing else."""
    folder.broken("shop").write("shop: no")
    folder.broken("blog").write("blog: no")
    folder.unseen("shop").write("not even a look")

    assert folder.all_broken() == ["blog: no", "shop: no"]


def test_volumes_are_remembered(folder: RunFolder) -> None:
    """Names from several sandboxes add up."""
    assert folder.remembered_volumes() == []

    folder.remember_volumes(["a"])
    folder.remember_volumes([])
    folder.remember_volumes(["b", "c"])

    assert folder.remembered_volumes() == ["a", "b", "c"]


def test_sandbox_after_another(folder: RunFolder) -> None:
    """It finds the folder of one that was left, and removes it along with its own."""
    first, second = folder.sandbox("p", "1"), folder.sandbox("p", "2")
    assert not first.has_forerunner()
    first.make()
    assert mode(first.path) == 0o700
    assert second.has_forerunner()
    second.make()
    second.compose.write("{}")

    second.remove()

    assert not first.has_forerunner()
    assert list(folder.path.iterdir()) == []
