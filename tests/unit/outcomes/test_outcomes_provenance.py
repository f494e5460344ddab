"""The version of what was judged."""

import hashlib
from pathlib import Path

import pytest
from tests.unit.conftest import MakeStack
from tests.unit.repositories import git

from stackproof.outcomes import provenance
from stackproof.outcomes.model import RevisionInfo


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit."""
    git(tmp_path, "init", "-q")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/compose.yml").write_text("services: {}\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def test_sources(make_stack: MakeStack) -> None:
    """The compose file, relative to where the command was called, and what it holds."""
    stack = make_stack({"web": {"image": "nginx:1"}})
    (path,) = stack.source.files
    path.write_text("services: {}\n")
    found, *contract = provenance.sources(stack, path.parent)

    assert (found.path, found.sha256) == (path.name, hashlib.sha256(b"services: {}\n").hexdigest())
    assert [one.path for one in contract] == ["stackproof.yml"]
    assert provenance.sources(stack, Path("/somewhere"))[0].path == str(path)
    path.unlink()
    assert provenance.sources(stack, path.parent) == tuple(contract)


def test_revision(repository: Path) -> None:
    """The commit, and whether tracked files differ from it; an index is not written."""
    commit = git(repository, "rev-parse", "HEAD")
    index = (repository / ".git/index").read_bytes()
    (repository / "shop/new").write_text("not tracked")
    found = provenance.revision(repository / "shop", repository)
    assert found == RevisionInfo(commit=commit, dirty=False, root=str(repository))

    (repository / "shop/compose.yml").write_text("services: {a: {}}\n")
    git(repository, "remote", "add", "origin", "https://me:rosebud@git.example/shop.git")
    found = provenance.revision(repository / "shop", repository)
    assert found is not None
    assert (found.dirty, found.origin) == (True, "https://git.example/shop.git")
    assert (repository / ".git/index").read_bytes() == index


def test_no_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside of a repository, and without git, of which a note tells."""
    assert provenance.revision(tmp_path, tmp_path) is None
    assert provenance.untold(tmp_path, None) == []
    git(tmp_path, "init", "-q")
    assert provenance.revision(tmp_path, tmp_path) == RevisionInfo(commit="", dirty=False, root=str(tmp_path))
    assert provenance.untold(tmp_path, None) == []
    monkeypatch.setenv("PATH", "")
    assert provenance.revision(tmp_path, tmp_path) is None
    note = "the commit is not known: git was not found, or did not answer"
    assert provenance.untold(tmp_path, None) == [note]


@pytest.mark.parametrize(
    ("called", "seen"),
    [(".", ""), ("shop", "shop"), ("shop/deep", "shop/deep"), ("..", ".."), ("link", "shop")],
)
def test_where_the_command_was_called(repository: Path, called: str, seen: str) -> None:
    """From there reports name files, and not from the repository's top; links are followed as git does."""
    (repository / "shop/deep").mkdir()
    (repository / "link").symlink_to("shop")
    found = provenance.revision(repository / "shop", repository / called)

    assert found is not None
    assert (found.root, found.called_from) == (str(repository), seen)
