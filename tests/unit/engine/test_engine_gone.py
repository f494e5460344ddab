"""An engine that stopped answering is told from everything else that goes wrong with a command."""

import json
import time

import pytest
from tests.unit.engine.conftest import Program

from stackproof.engine import command, engine
from stackproof.engine.events import EventStream
from stackproof.errors import CommandError, EngineGoneError

NOW = "Cannot connect to the Docker daemon at unix:///run/docker.sock. Is the docker daemon running?"
SINCE_28 = (
    "failed to connect to the docker API at unix:///run/docker.sock; check if the path is correct and if the "
    "daemon is running: dial unix /run/docker.sock: connect: no such file or directory"
)
BROKEN_OFF = 'error during connect: Post "http://%2Frun%2Fdocker.sock/v1.45/containers/1/start": EOF'
EVENT = {"timeNano": 1, "Action": "die", "Actor": {"ID": "abc", "Attributes": {}}}


@pytest.mark.parametrize("said", [NOW, SINCE_28, BROKEN_OFF])
def test_engine_that_does_not_answer(said: str) -> None:
    """The words of the docker command differ by version and moment."""
    error = command.failure(["docker", "ps", "--filter", "label=x"], "failed with exit code 1", f"\n{said}\n")

    assert isinstance(error, EngineGoneError)
    assert str(error) == f"the engine does not answer: {said}"


@pytest.mark.parametrize("said", ["No such container: web", "connection refused", "unexpected EOF", ""])
def test_engine_that_answers(said: str) -> None:
    """A program in a container has words of its own for servers of its own."""
    assert not isinstance(command.failure(["docker"], "failed", said), EngineGoneError)


def test_nothing_there_is_not_nobody_there(program: Program) -> None:
    """A socket that is not there is `no such file`, too, but nothing is known then of a container's files."""
    program(f"echo '[]'; echo '{SINCE_28}' >&2; exit 1")

    with pytest.raises(CommandError, match="could not look at /bin/sh"):
        engine.file("abc", "/bin/sh")


def test_stream_that_broke_off(program: Program) -> None:
    """Half an event is none, and the end of the stream is the end of what can be known."""
    program(f"echo '{json.dumps(EVENT)}'; printf '{{\"timeNano\": 2, \"Act'")
    stream = EventStream({}).start()

    def listen() -> None:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            stream.wait(5)

    with pytest.raises(EngineGoneError, match="was restarted"):
        listen()
    stream.close()

    assert stream.ended
    assert [event.action for event in stream.seen()] == ["die"]


def test_stream_that_stands(program: Program) -> None:
    """Silence is no end."""
    program("exec sleep 60")
    stream = EventStream({}).start()
    stream.wait(0.2)
    ended = stream.ended
    stream.close()

    assert not ended
