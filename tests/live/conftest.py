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


@pytest.fixture(autouse=True)
def _room(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nobody begins while the others use the whole machine."""
    shared = tmp_path_factory.getbasetemp()
    wait_for_room(shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A place of its own."""
    yield from running.lab(tmp_path, monkeypatch)


@pytest.fixture
def start() -> Iterator[Start]:
    """Return a function that starts a container with words of `docker run`; all are removed afterwards."""
    started: list[str] = []

    def run(*words: str) -> str:
        started.append(docker("run", "--detach", *words))
        return started[-1]

    yield run
    if started:
        docker("rm", "--force", "--volumes", *started)
