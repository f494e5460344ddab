"""Programs in containers: what a deadline is for."""

import socket
import threading

import pytest

from stackproof.engine import api, programs
from stackproof.engine.streams import Stream
from stackproof.errors import CommandError


@pytest.mark.parametrize("ends_its_input", [False, True])
def test_program_that_does_not_read(
    monkeypatch: pytest.MonkeyPatch,
    ends_its_input: bool,  # noqa: FBT001 - a case
) -> None:
    """It is given up at its deadline, whether it leaves its input or takes none of it any more."""
    mine, its = socket.socketpair()
    monkeypatch.setattr(programs, "_create", lambda *_words, **_more: "made")
    monkeypatch.setattr(api, "hijack", lambda *_words: Stream(mine))
    if ends_its_input:
        its.shutdown(socket.SHUT_RD)
    said: list[str] = []

    def ask() -> None:
        with pytest.raises(CommandError, match=r"gave no answer within 0\.3 s") as caught:
            programs.execute("web", ["psql"], user=None, stdin="x" * 10**7, deadline=0.3, check=True)
        said.append(str(caught.value))

    asking = threading.Thread(target=ask, daemon=True)  # it waited for ever once
    asking.start()
    asking.join(20)
    its.close()

    assert said == ["`docker exec web psql` gave no answer within 0.3 s"]
