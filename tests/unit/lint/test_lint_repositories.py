"""Where a stack may lie, seen from git, and what scanners are told of it. The repositories are real.

Places: the repository itself, below it, above it, elsewhere; a submodule, one in another, a repository that
the outer one does not know; a linked worktree; a repository without a commit, without a remote, with another
than `origin`, with a detached head; inside `.git`; a bare one; another user's; called from a hook; files that
lie outside; folders and files that are links, within, into and out of a repository; odd names.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from tests.unit.repositories import git

ORIGIN = "https://git.example/acme/shop"
PROGRAM = Path(sys.executable).with_name("stackproof")
TOP = "the top of the repository"
NO_REMOTE = "; no version control is named, since it has neither a remote `origin` nor a single other one"
CALLED = "where the command was called"
COMPOSE = "services:\n  web:\n    image: nginx:1\n    privileged: true\n"
WAIVED = "waivers: [{control: no-privileged, service: web, reason: a test, owner: me, expires: 2999-01-01}]\n"


@dataclass
class Told:
    """What a run wrote."""

    run: dict[str, Any]
    results: dict[str, Any]

    @property
    def place(self) -> str:
        """The address of the first finding."""
        (artifact,) = {json.dumps(where(one["locations"][0]), sort_keys=True) for one in self.run["results"]}
        found = json.loads(artifact)
        assert ("uriBaseId" in found) == (not found["uri"].startswith("file://"))
        return unquote(found["uri"])

    @property
    def root(self) -> str:
        """Where relative addresses start."""
        return str(self.run["originalUriBaseIds"]["%SRCROOT%"]["description"]["text"])

    @property
    def origins(self) -> list[tuple[str, str | None, str | None]]:
        """Repositories with their commits and where they are."""
        listed = self.run.get("versionControlProvenance", [])
        return [(one["repositoryUri"], one.get("revisionId"), one["mappedTo"].get("uri")) for one in listed]


def where(location: dict[str, Any]) -> dict[str, str]:
    """Return the file of a location."""
    artifact: dict[str, str] = location["physicalLocation"]["artifactLocation"]
    return artifact


def lint(called: Path, *words: str | Path, **variables: str) -> Told:
    """Judge files alone, as somebody does who called it in a folder; the end is never a traceback."""
    reports = called.parent / f"reports-of-{called.name}"
    done = subprocess.run(
        [PROGRAM, "lint", *words, "--select", "no-privileged", "--report-dir", reports],
        cwd=called, capture_output=True, errors="replace", check=False, timeout=60,
        env={**os.environ, **variables},
    )  # fmt: skip
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    (run,) = json.loads((reports / "results.sarif").read_text())["runs"]
    return Told(run=run, results=json.loads((reports / "results.json").read_text()))


def stack(folder: Path) -> Path:
    """Write a stack with one finding."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "compose.yml").write_text(COMPOSE)
    return folder


def repository(top: Path, below: str = "shop", origin: str = ORIGIN) -> str:
    """Make a repository with a stack in it; return its commit."""
    stack(top / below)
    git(top, "init", "-q")
    git(top, "add", ".")
    git(top, "commit", "-qm", "first")
    if origin:
        git(top, "remote", "add", "origin", origin)
    return git(top, "rev-parse", "HEAD")


@pytest.mark.parametrize(
    ("called", "path"),
    [(".", "shop"), (".", "."), ("shop", "."), ("..", "top/shop"), ("../else", "../top/shop")],
)
def test_repository(tmp_path: Path, called: str, path: str) -> None:
    """Wherever it is called, addresses start at its top."""
    commit = repository(tmp_path / "top")
    (tmp_path / "else").mkdir()
    told = lint((tmp_path / "top" / called).resolve(), path)

    assert (told.place, told.root) == ("shop/compose.yml", TOP)
    assert told.origins == [(ORIGIN, commit, None)]


def test_detached_head(tmp_path: Path) -> None:
    """As CI servers check out."""
    commit = repository(tmp_path / "top")
    git(tmp_path / "top", "checkout", "-q", "--detach")

    assert lint(tmp_path / "top", ".").origins == [(ORIGIN, commit, None)]


def test_linked_worktree(tmp_path: Path) -> None:
    """Its top is its own folder, its origin that of the repository."""
    repository(tmp_path / "top")
    git(tmp_path / "top", "worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    git(tmp_path / "tree", "commit", "-q", "--allow-empty", "-m", "second")
    told = lint(tmp_path / "tree/shop", ".")

    assert (told.place, told.root) == ("shop/compose.yml", TOP)
    assert told.origins == [(ORIGIN, git(tmp_path / "tree", "rev-parse", "HEAD"), None)]


@pytest.fixture
def nested(tmp_path: Path) -> dict[str, str]:
    """A repository with a submodule, which has one itself; commits by folder."""
    innermost = repository(tmp_path / "c", origin="")
    repository(tmp_path / "b", "own", origin="")
    git(tmp_path / "b", "submodule", "--quiet", "add", "../c", "deep/c")
    git(tmp_path / "b", "commit", "-qm", "with c")
    inner = git(tmp_path / "b", "rev-parse", "HEAD")
    repository(tmp_path / "a", "own")
    git(tmp_path / "a", "submodule", "--quiet", "add", str(tmp_path / "b"), "libs/b")
    git(tmp_path / "a", "submodule", "--quiet", "update", "--init", "--recursive")
    git(tmp_path / "a", "commit", "-qm", "with b")
    return {"a": git(tmp_path / "a", "rev-parse", "HEAD"), "b": inner, "c": innermost}


@pytest.mark.parametrize("called", [".", "own", ".."])
def test_submodule(tmp_path: Path, nested: dict[str, str], called: str) -> None:
    """For scanners it is a folder of the repository that has it; its own commit is named, too."""
    told = lint((tmp_path / "a" / called).resolve(), tmp_path / "a/libs/b/own")

    assert (told.place, told.root) == ("libs/b/own/compose.yml", TOP)
    assert told.origins == [(f"file://{tmp_path}/b", nested["b"], "libs/b/"), (ORIGIN, nested["a"], None)]


def test_submodule_in_a_submodule(tmp_path: Path, nested: dict[str, str]) -> None:
    """The outermost repository counts, since it was called there."""
    told = lint(tmp_path / "a", "libs/b/deep/c/shop")

    assert told.place == "libs/b/deep/c/shop/compose.yml"
    assert told.origins == [
        (f"file://{tmp_path}/c", nested["c"], "libs/b/deep/c/"),
        (f"file://{tmp_path}/b", nested["b"], "libs/b/"),
        (ORIGIN, nested["a"], None),
    ]


def test_called_in_the_submodule(tmp_path: Path, nested: dict[str, str]) -> None:
    """Then it is the repository, and what is above it no matter."""
    told = lint(tmp_path / "a/libs/b/deep", "../own")

    assert (told.place, told.origins) == ("own/compose.yml", [(f"file://{tmp_path}/b", nested["b"], None)])


def test_repository_in_a_repository(tmp_path: Path) -> None:
    """One that the outer does not know of is one by itself, as a second checkout of a CI job is."""
    repository(tmp_path / "top", "own")
    commit = repository(tmp_path / "top/deploy", origin="https://git.example/acme/deploy")
    told = lint(tmp_path / "top", "deploy/shop")

    assert told.place == "shop/compose.yml"
    assert told.origins == [("https://git.example/acme/deploy", commit, None)]


def test_no_commit(tmp_path: Path) -> None:
    """Its top and its origin are known all the same."""
    git(stack(tmp_path / "top/shop").parent, "init", "-q")
    git(tmp_path / "top", "remote", "add", "origin", ORIGIN)
    told = lint(tmp_path / "top/shop", ".")

    assert (told.place, told.root, told.origins) == ("shop/compose.yml", TOP, [(ORIGIN, None, None)])
    assert "no commit yet" in (tmp_path / "top/reports-of-shop/index.html").read_text()


@pytest.mark.parametrize(
    ("remotes", "origin"),
    [
        ({}, ""),
        ({"upstream": ORIGIN}, ORIGIN),
        ({"upstream": "https://a.example/a", "fork": "https://b.example/b"}, ""),
        ({"upstream": "https://a.example/a", "origin": ORIGIN}, ORIGIN),
        ({"origin": "git@git.example:acme/shop.git"}, "ssh://git@git.example/acme/shop.git"),
        ({"origin": "ssh://git@git.example:2222/acme/shop"}, "ssh://git.example:2222/acme/shop"),
        ({"origin": "https://me:rosebud@git.example/acme/shop"}, ORIGIN),
        ({"origin": "/srv/git/my shop.git"}, "file:///srv/git/my%20shop.git"),
    ],
)
def test_remotes(tmp_path: Path, remotes: dict[str, str], origin: str) -> None:
    """The standard takes absolute addresses; what has none is not named, and why."""
    repository(tmp_path / "top", origin="")
    for name, url in remotes.items():
        git(tmp_path / "top", "remote", "add", name, url)
    told = lint(tmp_path / "top", "shop")

    assert [one[0] for one in told.origins] == ([origin] if origin else [])
    assert told.place == "shop/compose.yml"
    assert told.root == f"{TOP}{'' if origin else NO_REMOTE}"


def test_no_repository(tmp_path: Path) -> None:
    """Addresses start where it was called, and it is said why nothing is named."""
    told = lint(stack(tmp_path / "top"), ".")

    assert (told.place, told.origins) == ("compose.yml", [])
    assert told.root == f"{CALLED}; no version control is named, since git knows no repository around it"


def test_bare_repository(tmp_path: Path) -> None:
    """Nothing is checked out: there is no tree to start from."""
    git(tmp_path, "init", "-q", "--bare", "top")
    told = lint(stack(tmp_path / "top/shop"), ".")

    assert (told.place, told.origins) == ("compose.yml", [])


def test_inside_of_git_itself(tmp_path: Path) -> None:
    """As a worktree of another tool may be; it lies below the top all the same."""
    commit = repository(tmp_path / "top")
    told = lint(stack(tmp_path / "top/.git/shop"), ".")

    assert (told.place, told.origins) == (".git/shop/compose.yml", [(ORIGIN, commit, None)])


def test_git_refuses(tmp_path: Path) -> None:
    """The repository is another user's, as in a container: the note has git's own words."""
    repository(tmp_path / "top")
    told = lint(tmp_path / "top", "shop", GIT_TEST_ASSUME_DIFFERENT_OWNER="1")

    assert (told.place, told.origins, told.results["stacks"][0]["revision"]) == ("shop/compose.yml", [], None)
    (note,) = told.results["stacks"][0]["notes"]
    assert note.startswith("the commit is not known: fatal: detected dubious ownership in repository at")


def test_called_by_a_hook(tmp_path: Path) -> None:
    """Git says of which repository its hooks are: that of another stack is not asked instead."""
    repository(tmp_path / "hooked", "own", origin="https://git.example/other")
    commit = repository(tmp_path / "top")
    git_dir = str(tmp_path / "hooked/.git")
    told = lint(tmp_path / "top/shop", ".", GIT_DIR=git_dir, GIT_WORK_TREE=str(tmp_path), GIT_PREFIX="own/")

    assert (told.place, told.origins) == ("shop/compose.yml", [(ORIGIN, commit, None)])


def test_file_outside_of_the_repository(tmp_path: Path) -> None:
    """It keeps its whole path; the stack is that of the repository all the same."""
    commit = repository(tmp_path / "top")
    (tmp_path / "top/shop/compose.yml").write_text("services: {web: {image: nginx:1}}\n")
    (stack(tmp_path / "shared") / "compose.yml").rename(tmp_path / "shared/more.yml")
    told = lint(tmp_path / "top", "shop/compose.yml:../shared/more.yml")

    assert (told.place, told.origins) == (f"file://{tmp_path}/shared/more.yml", [(ORIGIN, commit, None)])


@pytest.mark.parametrize("called", ["top", "top/shop", "seen", "seen/shop"])
@pytest.mark.parametrize("path", ["top/shop", "seen/shop", "top/link", "seen/link", "link"])
def test_links_into_the_repository(tmp_path: Path, called: str, path: str) -> None:
    """Git has a file where it is, and not where a link shows it."""
    commit = repository(tmp_path / "top")
    (tmp_path / "seen").symlink_to("top")
    (tmp_path / "top/link").symlink_to("shop")
    (tmp_path / "link").symlink_to("top/shop")
    told = lint(tmp_path / called, tmp_path / path)

    assert (told.place, told.root) == ("shop/compose.yml", TOP)
    assert told.origins == [(ORIGIN, commit, None)]


def test_files_that_are_links(tmp_path: Path) -> None:
    """The compose file and the contract, each with what is written in it."""
    repository(tmp_path / "top")
    (tmp_path / "top/common").mkdir()
    (tmp_path / "top/shop/compose.yml").rename(tmp_path / "top/common/web.yml")
    (tmp_path / "top/shop/compose.yml").symlink_to("../common/web.yml")
    (tmp_path / "top/common/proof.yml").write_text(WAIVED)
    (tmp_path / "top/shop/stackproof.yml").symlink_to("../common/proof.yml")
    reports = tmp_path / "out"
    done = subprocess.run(
        [PROGRAM, "lint", "shop", "--select", "no-privileged", "--report-dir", reports],
        cwd=tmp_path / "top", capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    (run,) = json.loads((reports / "results.sarif").read_text())["runs"]
    (found,) = run["results"]

    assert done.returncode == 0
    assert where(found["locations"][0])["uri"] == "common/web.yml"
    assert [where(one)["uri"] for one in found["relatedLocations"]] == ["common/proof.yml"]


def test_link_out_of_the_repository(tmp_path: Path) -> None:
    """Its stack is in none; an address that starts where it was called is all that is true."""
    repository(tmp_path / "top")
    stack(tmp_path / "elsewhere")
    (tmp_path / "top/out").symlink_to("../elsewhere")
    told = lint(tmp_path / "top", "out")

    assert (told.place, told.origins) == ("out/compose.yml", [])
    assert told.root.startswith(CALLED)


@pytest.mark.parametrize("name", ["sho p", "läden", "x店", "a\nb", "a%20b", "#1", "x\udcff"])
def test_odd_names(tmp_path: Path, name: str) -> None:
    """Of the repository and of the folder in it."""
    repository(tmp_path / name, name)
    told = lint(tmp_path / name, name)

    assert told.place.endswith("compose.yml")
    if name.isprintable():
        assert (told.place, told.root) == (f"{name}/compose.yml", TOP)
