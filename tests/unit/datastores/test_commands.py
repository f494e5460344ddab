"""A datastore that is asked by commands."""

import re

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
