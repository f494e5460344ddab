"""Live tests need an engine: without one they fail, so that nobody takes silence for success."""

import os

import pytest

from stackproof.engine import engine
from stackproof.errors import EngineError


@pytest.fixture(scope="session", autouse=True)
def live_engine() -> engine.Engine:
    """The engine that answers; STACKPROOF_LIVE=skip is for machines that shall do without."""
    try:
        return engine.connect()
    except EngineError as error:
        if os.environ.get("STACKPROOF_LIVE") == "skip":
            pytest.skip(str(error))
        pytest.fail(str(error), pytrace=False)
