"""Trees of images, kept from run to run."""

import json
from pathlib import Path

import pytest

from stackproof.facts.image_tree import Tree
from stackproof.sandbox import image_trees

ID = f"sha256:{'0' * 64}"
TREE = Tree(entries=3, setid=("/usr/bin/a",), clutter=("/app/.git",))


class Reading:
    """Counts how often an image is read."""

    times = 0

    def __call__(self) -> Tree:
        self.times += 1
        return TREE


def test_read_once(tmp_path: Path) -> None:
    """The next run has it from the cache of this user."""
    read = Reading()

    assert image_trees.kept(ID, read, tmp_path / "images") == TREE
    assert image_trees.kept(ID, read, tmp_path / "images") == TREE
    assert read.times == 1
    assert image_trees.kept(f"sha256:{'1' * 64}", read, tmp_path / "images") == TREE
    assert read.times == 2


@pytest.mark.parametrize("image", ["", "app:1.4", "sha256:00", "sha256:../../x"])
def test_without_an_id(tmp_path: Path, image: str) -> None:
    """It is read each time, and nothing is kept."""
    read = Reading()

    assert image_trees.kept(image, read, tmp_path) == image_trees.kept(image, read, tmp_path) == TREE
    assert read.times == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"format": 0, "entries": 1, "setid": [], "clutter": []}',
        '{"format": 1, "entries": "x", "setid": [], "clutter": []}',
        '{"format": 1}',
        "\udcff",
    ],
)
def test_broken_cache(tmp_path: Path, text: str) -> None:
    """What somebody left there is read anew and written over."""
    file = tmp_path / f"{'0' * 64}.json"
    file.write_bytes(text.encode(errors="surrogateescape"))

    assert image_trees.kept(ID, Reading(), tmp_path) == TREE
    assert json.loads(file.read_text())["entries"] == 3


def test_cache_that_cannot_be_written(tmp_path: Path) -> None:
    """Then it is read each time."""
    (tmp_path / "images").write_text("a file")

    assert image_trees.kept(ID, Reading(), tmp_path / "images") == TREE


def test_oldest_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder does not grow for ever."""
    monkeypatch.setattr(image_trees, "MOST_KEPT", 2)
    for number in range(4):
        image_trees.kept(f"sha256:{number:064x}", Reading(), tmp_path)

    assert len(list(tmp_path.iterdir())) == 2
