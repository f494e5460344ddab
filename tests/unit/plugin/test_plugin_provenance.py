"""What a report holds of."""

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.unit.conftest import MakeStack

from stackproof.outcomes.model import RevisionInfo
from stackproof.plugin import provenance
from stackproof.sandbox.images import Images, identity_of

IMAGE = {
    "Id": "sha256:12",
    "RepoDigests": ["nginx@sha256:ab", "mirror.example:5000/nginx@sha256:cd"],
    "Os": "linux",
    "Architecture": "arm64",
    "Variant": "v8",
    "Created": "2026-11-20T10:00:00Z",
}


def git(folder: Path, *words: str) -> str:
    """Run git as somebody who may commit."""
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    done = subprocess.run(
        ["git", "-C", str(folder), *who, *words], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit."""
    git(tmp_path, "init", "-q")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/compose.yml").write_text("services: {}\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def test_identity_of_an_image() -> None:
    """Digests without the names of registries, which differ from one to the next."""
    assert identity_of(IMAGE) == {
        "id": "sha256:12",
        "digests": ["sha256:ab", "sha256:cd"],
        "platform": "linux/arm64/v8",
        "created": "2026-11-20T10:00:00Z",
    }
    assert identity_of({"Id": "x", "RepoDigests": None})["digests"] == []


def test_images(make_stack: MakeStack) -> None:
    """Of each service, with the official image that a stand-in replaces."""
    stack = make_stack({"web": {"image": "nginx:1"}, "app": {"build": "."}})
    config: dict[str, dict[str, Any]] = {
        "web": {"Labels": {"stackproof.stand-in": "nginx:1"}},
        "app": {"Labels": None},
    }
    identity = {"web": identity_of(IMAGE), "app": identity_of({"Id": "sha256:34"})}
    had = Images(by_service={}, config=config, stand_ins=(), seconds=0.0, identity=identity)
    web, app = provenance.images(stack, had)

    assert (web.service, web.reference, web.stand_in, web.id) == ("web", "nginx:1", "nginx:1", "sha256:12")
    assert (app.service, app.reference, app.stand_in, app.digests) == ("app", "", "", ())
    assert provenance.images(stack, None) == ()


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
    found = provenance.revision(repository / "shop")
    assert found == RevisionInfo(commit=commit, dirty=False, root=str(repository))

    (repository / "shop/compose.yml").write_text("services: {a: {}}\n")
    git(repository, "remote", "add", "origin", "https://me:rosebud@git.example/shop.git")
    found = provenance.revision(repository / "shop")
    assert found is not None
    assert (found.dirty, found.origin) == (True, "https://git.example/shop.git")
    assert (repository / ".git/index").read_bytes() == index


def test_no_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside of a repository, in one without a commit, and without git."""
    assert provenance.revision(tmp_path) is None
    git(tmp_path, "init", "-q")
    assert provenance.revision(tmp_path) is None
    monkeypatch.setenv("PATH", "")
    assert provenance.revision(tmp_path) is None
