"""Where a repository shows a line, and the command that asks a control again."""

from typing import Any

import pytest

from stackproof.outcomes.model import FileInfo, RevisionInfo, StackInfo
from stackproof.report.page.links import repeat_command, source_link

COMMIT = "5" * 40


def repository(origin: str, **more: Any) -> StackInfo:  # noqa: ANN401 - fields of a stack
    """A stack in a repository."""
    known = {"files": ("shop/compose.yml",), "services": ("web",), "name": "shop"}
    sources = (
        FileInfo(path="shop/compose.yml", sha256="0"),
        FileInfo(path="shop/stackproof.yml", sha256="1"),
    )
    revision = RevisionInfo(commit=COMMIT, dirty=False, origin=origin, root="/src")
    return StackInfo(**{**known, "sources": sources, "revision": revision, **more})


@pytest.mark.parametrize(
    ("origin", "address"),
    [
        (
            "https://github.com/acme/shop.git",
            f"https://github.com/acme/shop/blob/{COMMIT}/shop/stackproof.yml#L4",
        ),
        (
            "git@github.com:acme/shop.git",
            f"https://github.com/acme/shop/blob/{COMMIT}/shop/stackproof.yml#L4",
        ),
        (
            "ssh://git@gitlab.example.org:2222/a/b/shop",
            f"https://gitlab.example.org/a/b/shop/-/blob/{COMMIT}/shop/stackproof.yml#L4",
        ),
        ("https://codeberg.org/a/b/", f"https://codeberg.org/a/b/src/commit/{COMMIT}/shop/stackproof.yml#L4"),
        ("https://bitbucket.org/a/b", f"https://bitbucket.org/a/b/src/{COMMIT}/shop/stackproof.yml#lines-4"),
        ("https://git.example/shop.git", ""),
        ("/srv/github/shop", ""),
        ("javascript:alert(1)//github.com/a", ""),
        ('https://github.com/a"onclick="x', ""),
        ("", ""),
    ],
)
def test_link_to_a_line(origin: str, address: str) -> None:
    """Where the host is one that shows files, at the commit that was proven."""
    assert source_link(repository(origin), "stackproof.yml", 4) == address


@pytest.mark.parametrize(
    ("path", "file", "linked"),
    [
        ("/src/shop/stackproof.yml", "stackproof.yml", True),
        ("/other/shop/stackproof.yml", "stackproof.yml", False),
        ("../shop/stackproof.yml", "stackproof.yml", False),
        ("shop/stackproof.yml", "proof.yml", False),
        ("shop/stackproof.yml", None, False),
    ],
)
def test_link_is_for_files_of_the_repository(path: str, file: str | None, *, linked: bool) -> None:
    """Of which the report knows the whole path."""
    beside = path.replace("stackproof", "compose")
    info = repository("https://github.com/a/b", files=(beside,), sources=(FileInfo(path=path, sha256="0"),))

    assert bool(source_link(info, file, 4)) is linked


@pytest.mark.parametrize(
    ("called_from", "path", "found"),
    [
        ("", "shop/stackproof.yml", "shop/stackproof.yml"),
        ("deploy", "shop/stackproof.yml", "deploy/shop/stackproof.yml"),
        ("deploy/a b", "stackproof.yml", "deploy/a%20b/stackproof.yml"),
        ("deploy", "/src/shop/stackproof.yml", "shop/stackproof.yml"),
        ("..", "src/shop/stackproof.yml", "shop/stackproof.yml"),
        ("..", "other/shop/stackproof.yml", ""),
    ],
)
def test_link_from_wherever_the_command_was_called(called_from: str, path: str, found: str) -> None:
    """Below the repository's top, above it or elsewhere: the file stands where the repository has it."""
    told = repository("https://github.com/a/b", files=(path,), sources=(FileInfo(path=path, sha256="0"),))
    assert told.revision is not None
    revision = told.revision.model_copy(update={"called_from": called_from})
    link = source_link(told.model_copy(update={"revision": revision}), "stackproof.yml", 4)

    assert link == (f"https://github.com/a/b/blob/{COMMIT}/{found}#L4" if found else "")


def test_link_is_not_that_of_a_file_of_the_same_name() -> None:
    """What is included from a folder below is another file than the one that the report lists."""
    assert source_link(repository("https://github.com/a/b"), "compose.yml", 4)
    assert not source_link(repository("https://github.com/a/b"), "sub/compose.yml", 4)


def test_command_repeats_a_check() -> None:
    """For a shell, whatever the files are called, on one line."""
    odd = StackInfo(name="x", files=("a b.yml", "c\nd'.yml"), services=())

    assert repeat_command(odd) == "stackproof check 'a b.yml:c d'\"'\"'.yml' --select "
    assert repeat_command(odd.model_copy(update={"files": ()})) == ""
