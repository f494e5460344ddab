"""What the scripts print that look for files, and what is made of it where they cannot see all."""

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer

from stackproof.engine import engine
from stackproof.engine.command import Completed
from stackproof.errors import Unknown
from stackproof.sandbox.container import Container
from stackproof.trials.persistence_looking import heads, list_files, names_below, trouble

SQLITE = b"SQLite format 3\0"
DENIED = "find: '/d/a': Permission denied"
Run = Callable[[str, Sequence[str]], tuple[int, str, str]]


@pytest.fixture
def container(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> Container:
    """A container whose files are those of this machine, and whose tools are on `PATH`."""

    def execute(name: str, argv: Sequence[str], **more: Any) -> Completed:  # noqa: ANN401 - as the engine's
        assert (name, argv[0], more) == ("web1", "sh", {"user": "0:0", "check": False})
        # The path of the shell, so that `PATH` decides of the tools alone.
        done = subprocess.run(["/bin/sh", *argv[1:]], capture_output=True, text=True, timeout=30, check=False)
        return Completed(code=done.returncode, stdout=done.stdout, stderr=done.stderr, seconds=0.0)

    monkeypatch.setattr(engine, "execute", execute)
    monkeypatch.setattr(Container, "run_beside", _nobody)
    return make_container()


def _completed(code: int, stdout: str, stderr: str) -> Completed:
    return Completed(code=code, stdout=stdout, stderr=stderr, seconds=0.0)


def _nobody(_container: Container, _script: str) -> tuple[int, str, str]:
    msg = "nothing can be beside it"
    raise Unknown(msg)


def test_regular_files_only(container: Container, tmp_path: Path) -> None:
    """More than one call of `stat` takes; a name with blanks; no links, folders or pipes."""
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(205):
        (folder / f"file {number}").write_text("x" * number)
    named = tmp_path / "named"
    named.write_bytes(SQLITE)
    (folder / "link").symlink_to(named)
    (tmp_path / "link").symlink_to(named)
    os.mkfifo(tmp_path / "pipe")

    paths = [str(tmp_path / name) for name in ("named", "link", "pipe", "folder", "gone")]
    files, unseen = list_files(container, [str(folder), str(tmp_path / "away")], paths)

    assert {file.path: file.size for file in files} == {
        **{str(folder / f"file {number}"): number for number in range(205)},
        str(named): len(SQLITE),
    }
    assert all(file.changed == int(Path(file.path).stat().st_mtime) for file in files)
    assert unseen == ""


def test_first_bytes(container: Container, tmp_path: Path) -> None:
    """One for each file, none of one that is gone or empty."""
    (tmp_path / "a").write_bytes(SQLITE + bytes(range(200)))
    (tmp_path / "empty").touch()
    paths = [str(tmp_path / name) for name in ("empty", "gone", "a")]

    assert heads(container, paths) == ([b"", b"", SQLITE + bytes(range(80))], "")


def test_no_bytes(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed beside the bytes of a file is no content of it; nor is a line that is missing."""
    monkeypatch.setattr(engine, "execute", lambda *_words, **_more: _completed(0, "od: killed\n00ff\n", ""))

    assert heads(make_container(), ["/a", "/b", "/c"]) == ([b"", b"\x00\xff", b""], "")


def test_names(container: Container, tmp_path: Path) -> None:
    """So many levels deep; nothing is asked of no folder."""
    (tmp_path / "a/b/c").mkdir(parents=True)

    assert sorted(names_below(container, [str(tmp_path)], 2)) == [str(tmp_path / "a"), str(tmp_path / "a/b")]
    assert names_below(container, [], 2) == []


def test_an_image_without_tools(
    container: Container, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look says which tool there is not; what was seen nevertheless is kept."""
    monkeypatch.setenv("PATH", str(tmp_path))

    assert list_files(container, [str(tmp_path)], []) == ([], "there is no find")
    assert heads(container, [str(tmp_path)]) == ([b""], "there is no head")
    with pytest.raises(Unknown, match="there is no find"):
        names_below(container, [str(tmp_path)], 1)

    (tmp_path / "find").symlink_to("/usr/bin/find")

    assert list_files(container, [str(tmp_path)], []) == ([], "there is no stat")


@pytest.mark.parametrize(
    ("own", "beside", "found", "unseen"),
    [
        ((0, "/d/a\n", ""), None, ["/d/a"], ""),
        ((0, "/d/a\n", "find: /d/b: No such file or directory\n"), None, ["/d/a"], ""),
        ((0, "/d/a\n", DENIED), (0, "/d/a\n/d/b\n", ""), ["/d/a", "/d/b"], ""),
        ((127, "", "no sh"), (0, "/d/b\n", ""), ["/d/b"], ""),
        ((126, "no sh", ""), (0, "/d/b\n", ""), ["/d/b"], ""),
        ((0, "", DENIED), (0, "", "find: /d: Input/output error"), [], "find: /d: Input/output error"),
        ((0, "", DENIED), (137, "", ""), [], "the look beside it ended with exit code 137"),
        ((0, "", DENIED), None, [], DENIED),
    ],
)
def test_beside(  # noqa: PLR0913, PLR0917 - what is said, and what is made of it
    make_container: MakeContainer,
    monkeypatch: pytest.MonkeyPatch,
    own: tuple[int, str, str],
    beside: tuple[int, str, str] | None,
    found: list[str],
    unseen: str,
) -> None:
    """Only where its own look did not see all."""
    monkeypatch.setattr(engine, "execute", lambda *_words, **_more: _completed(*own))
    monkeypatch.setattr(Container, "run_beside", (lambda *_words: beside) if beside else _nobody)
    container = make_container()

    if unseen:
        with pytest.raises(Unknown) as error:
            names_below(container, ["/d"], 1)
        assert str(error.value) == unseen
    else:
        assert names_below(container, ["/d"], 1) == found


def test_the_same_script_beside(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It looks for the same, whatever stands in the names."""

    def beside(_container: Container, script: str) -> tuple[int, str, str]:
        done = subprocess.run(
            ["/bin/sh", "-c", script], capture_output=True, text=True, timeout=30, check=False
        )
        return done.returncode, done.stdout, done.stderr

    (tmp_path / "it's $HOME" / "x y").mkdir(parents=True)
    monkeypatch.setattr(engine, "execute", lambda *_words, **_more: _completed(0, "", DENIED))
    monkeypatch.setattr(Container, "run_beside", beside)

    assert names_below(make_container(), [str(tmp_path / "it's $HOME")], 1) == [
        str(tmp_path / "it's $HOME" / "x y")
    ]


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ((1, "", "container web1 is not running"), "container web-1 is not running"),
        ((137, "/d/a", ""), "the look into web-1 ended with exit code 137"),
        ((126, "", "no sh"), "nothing can be beside it"),
    ],
)
def test_a_look_that_failed(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, own: tuple[int, str, str], words: str
) -> None:
    """What it printed before is not all."""
    monkeypatch.setattr(engine, "execute", lambda *_words, **_more: _completed(*own))
    monkeypatch.setattr(Container, "run_beside", _nobody)

    with pytest.raises(Unknown, match=words):
        names_below(make_container(), ["/d"], 1)


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("", ""),
        ("stat: cannot stat '/a': No such file or directory\n", ""),
        ("stat: can't stat '/a': No such file or directory\nfind: /b: Permission denied\n", "find: /b: Per"),
        ("head: cannot open '/a' for reading: Operation not permitted", "head: cannot open"),
        ("stat: unrecognized option: c\nUsage: stat FILE", "stat: unrecognized option: c"),
    ],
)
def test_trouble(said: str, what: str) -> None:
    """Files come and go; whatever else a tool says kept it from seeing."""
    assert trouble(said).startswith(what)
    assert bool(trouble(said)) == bool(what)
