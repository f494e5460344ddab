"""A datastore that is asked by commands."""

import re
import time
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace

import pytest
from tests.unit.conftest import MakeContainer

from stackproof.datastores import commands
from stackproof.datastores.commands import Commands
from stackproof.datastores.files import may_write
from stackproof.datastores.inside import Inside, in_shell
from stackproof.engine import engine
from stackproof.engine.command import Completed, last_lines
from stackproof.errors import Unknown
from stackproof.sandbox.container import Container

STORE = Commands(
    kind="x", write_command=lambda value: ["w", value], read_command=["r"], absent=re.compile("NOTHING")
)


@pytest.mark.parametrize(
    ("code", "said", "expected"), [(0, "v\n", "v"), (0, "", None), (1, "Error: NOTHING there", None)]
)
def test_what_commands_answer(
    make_container: MakeContainer,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    said: str,
    expected: str | None,
) -> None:
    """A read that fails is `nothing there` only in the client's words for that."""
    answer = Completed(code=code, stdout=said, stderr="", seconds=0)
    monkeypatch.setattr(commands, "_execute", lambda *_words: answer)

    assert STORE.read(make_container()) == expected


@pytest.mark.parametrize("said", ["cat: /data/.stackproof-probe: Permission denied", "it is shutting down"])
def test_words_of_a_client_that_failed(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    """They are no data, and no proof that there is none; they are told."""
    answer = Completed(code=1, stdout=said, stderr="", seconds=0)
    monkeypatch.setattr(commands, "_execute", lambda *_words: answer)
    monkeypatch.setattr(commands, "ANSWERS_WITHIN", 0.0)

    with pytest.raises(Unknown, match="did not answer within") as caught:
        STORE.read(make_container())

    assert said in str(caught.value)
    with pytest.raises(Unknown, match="x of web-1 took no value"):
        STORE.write(make_container(), "v")


def test_few_lines_of_a_client_are_told(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last ones, of what it says to its users before what it says to programs."""
    lines = [f"line {number}" for number in range(9)]
    answer = Completed(code=1, stdout="out", stderr="\n".join(lines), seconds=0)
    monkeypatch.setattr(commands, "_execute", lambda *_words: answer)
    monkeypatch.setattr(commands, "ANSWERS_WITHIN", 0.0)

    with pytest.raises(Unknown) as caught:
        STORE.write(make_container(), "v")
    assert str(caught.value) == "x of web-1 took no value: " + last_lines("\n".join(lines), 5)
    with pytest.raises(Unknown) as caught:
        STORE.read(make_container())
    assert str(caught.value) == "x of web-1 did not answer within 0 s: " + last_lines("\n".join(lines), 3)


def test_how_a_command_is_run(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program by the engine, whatever it ends with; a script by the shell that a container has."""
    container = make_container()
    given: list[object] = []

    def execute(*words: object, check: bool) -> Completed:
        given.append((*words, check))
        return Completed(code=1, stdout="NOTHING", stderr="", seconds=0)

    def run(script: str) -> SimpleNamespace:
        given.append(script)
        return SimpleNamespace(rc=0, stdout="out\n", stderr="err")

    monkeypatch.setattr(engine, "execute", execute)
    monkeypatch.setattr(Container, "host", SimpleNamespace(run=run))

    assert STORE.read(container) is None
    assert replace(STORE, read_command="cat /x").read(container) == "out"
    assert given == [(container.id, ["r"], False), "cat /x"]
    began = time.monotonic()
    done = in_shell(container, "cat /y")
    assert (done.code, done.stdout, done.stderr) == (0, "out\n", "err")
    assert 0 <= done.seconds <= time.monotonic() - began
    assert Inside(container).run("cat /z").stdout == "out\n"
    assert given[-1] == "cat /z"


@pytest.mark.parametrize(("code", "may"), [(0, True), (1, False), (127, False)])
def test_whether_a_folder_is_written_to(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, code: int, *, may: bool
) -> None:
    """By the shell that a container has."""
    scripts: list[str] = []

    def run(script: str) -> SimpleNamespace:
        scripts.append(script)
        return SimpleNamespace(rc=code)

    monkeypatch.setattr(Container, "host", SimpleNamespace(run=run))

    assert may_write(make_container(), "/a folder") is may
    assert scripts == ["[ -d '/a folder' ] && [ -w '/a folder' ] && [ -x '/a folder' ]"]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """Have answers, the first of them of a server that is not up; return what was run."""
    ran: list[Sequence[str]] = []

    def execute(container: object, command: Sequence[str]) -> Completed:
        assert str(container) == "web-1"
        ran.append(command)
        return Completed(
            code=int(len(ran) == 1), stdout="v" if command == ["r"] else "", stderr="", seconds=0
        )

    monkeypatch.setattr(commands, "_execute", execute)
    monkeypatch.setattr(commands, "AGAIN_AFTER", 0.0)
    return ran


def test_a_server_that_is_not_up_yet(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, said: list[Sequence[str]]
) -> None:
    """It is asked again until it answers, each time a moment later, and only then for the value."""
    waits: list[float] = []
    monkeypatch.setattr(commands, "AGAIN_AFTER", 0.5)
    monkeypatch.setattr("time.sleep", waits.append)
    assert replace(STORE, ping_command=["p"]).read(make_container()) == "v"
    assert said == [["p"], ["p"], ["r"]]
    assert waits == [0.5]


def test_a_write_to_a_server_that_is_not_up_yet(
    make_container: MakeContainer, said: list[Sequence[str]]
) -> None:
    """It takes the value once it answers."""
    replace(STORE, ping_command=["p"]).write(make_container(), "the value")

    assert said == [["p"], ["p"], ["w", "the value"]]


@pytest.mark.parametrize(
    ("command", "what"), [(["mongosh", "--eval"], "'mongosh'"), ("cat /x", "what that takes")]
)
@pytest.mark.parametrize("code", [126, 127])
def test_an_image_without_the_client(
    make_container: MakeContainer,
    monkeypatch: pytest.MonkeyPatch,
    command: Sequence[str] | str,
    what: str,
    code: int,
) -> None:
    """That is said at once, with the words of the engine."""
    answer = Completed(code=code, stdout="", stderr="exec failed\nno such\nprogram", seconds=0)
    monkeypatch.setattr(commands, "_execute", lambda *_words: answer)

    with pytest.raises(Unknown) as caught:
        replace(STORE, read_command=command).read(make_container())

    assert str(caught.value) == (f"x of web-1 cannot be asked: its image cannot run {what}: no such\nprogram")
