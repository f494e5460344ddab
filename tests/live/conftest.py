"""Live tests need an engine: without one they fail, so that nobody takes silence for success."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests import heard
from tests.live import running
from tests.live.room import wait_for_room
from tests.live.running import Lab, docker

from stackproof.engine import engine
from stackproof.errors import EngineError

Start = Callable[..., str]


@pytest.fixture(scope="session", autouse=True)
def _heard() -> None:
    """The same in a job in the background as in a terminal."""
    heard.hear()


@pytest.fixture(scope="session", autouse=True)
def live_engine() -> engine.Engine:
    """The engine that answers; STACKPROOF_LIVE=skip is for machines that shall do without."""
    try:
        return engine.connect()
    except EngineError as error:
        if os.environ.get("STACKPROOF_LIVE") == "skip":
            pytest.skip(str(error))
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers have."""
    base: Path = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture
def room(shared: Path) -> None:
    """Nobody brings something up while the others use the whole machine; reading files needs no room."""
    wait_for_room(shared)


@pytest.fixture
def lab(
    room: None,  # noqa: ARG001 - it waits
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Lab]:
    """A place of its own."""
    yield from running.lab(tmp_path, monkeypatch)


@pytest.fixture
def start(
    room: None,  # noqa: ARG001 - it waits
) -> Iterator[Start]:
    """Return a function that starts a container with words of `docker run`; all are removed afterwards."""
    started: list[str] = []

    def run(*words: str) -> str:
        started.append(docker("run", "--detach", *words))
        return started[-1]

    yield run
    if started:
        docker("rm", "--force", "--volumes", *started)
