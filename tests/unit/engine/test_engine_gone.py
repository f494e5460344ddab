"""An engine that stopped answering is told from everything else that goes wrong with a command."""

import pytest

from stackproof.engine import command
from stackproof.errors import EngineGoneError

NOW = "Cannot connect to the Docker daemon at unix:///run/docker.sock. Is the docker daemon running?"
SINCE_28 = (
    "failed to connect to the docker API at unix:///run/docker.sock; check if the path is correct and if the "
    "daemon is running: dial unix /run/docker.sock: connect: no such file or directory"
)
BROKEN_OFF = 'error during connect: Post "http://%2Frun%2Fdocker.sock/v1.45/containers/1/start": EOF'


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
