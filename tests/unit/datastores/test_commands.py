"""A datastore that is asked by commands."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.unit.conftest import MakeContainer

from stackproof.datastores import commands
from stackproof.datastores.commands import Commands
from stackproof.engine.command import Completed
from stackproof.errors import Unknown

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


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """Have answers, the first of them of a server that is not up; return what was run."""
    ran: list[Sequence[str]] = []

    def execute(_container: object, command: Sequence[str]) -> Completed:
        ran.append(command)
        return Completed(
            code=int(len(ran) == 1), stdout="v" if command == ["r"] else "", stderr="", seconds=0
        )

    monkeypatch.setattr(commands, "_execute", execute)
    monkeypatch.setattr(commands, "AGAIN_AFTER", 0.0)
    return ran


def test_a_server_that_is_not_up_yet(make_container: MakeContainer, said: list[Sequence[str]]) -> None:
    """It is asked again until it answers, and only then for the value."""
    assert replace(STORE, ping_command=["p"]).read(make_container()) == "v"
    assert said == [["p"], ["p"], ["r"]]


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
    answer = Completed(code=code, stdout="", stderr="no such program", seconds=0)
    monkeypatch.setattr(commands, "_execute", lambda *_words: answer)

    with pytest.raises(Unknown) as caught:
        replace(STORE, read_command=command).read(make_container())

    assert str(caught.value) == (f"x of web-1 cannot be asked: its image cannot run {what}: no such program")
