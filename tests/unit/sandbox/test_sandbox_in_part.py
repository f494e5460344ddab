"""A copy of which not all became ready shows what did, to those that only look."""

from pathlib import Path
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer, MakeStack

from stackproof.engine import engine
from stackproof.engine.events import EventStream
from stackproof.errors import NotReadyError, StackError
from stackproof.sandbox import bring_up, images
from stackproof.sandbox import pool as pools
from stackproof.sandbox.container import Container
from stackproof.sandbox.images import Images
from stackproof.sandbox.pool import Pool
from stackproof.sandbox.run import Run
from stackproof.sandbox.sandbox import Sandbox
from stackproof.stack.stack import Stack

NOBODY: Any = None
BROKEN = NotReadyError("db (db-1) is not ready: unhealthy", "db")


class Copy(Sandbox):
    """A copy that comes up but for what `trouble` says."""

    trouble: StackError | None = None
    tries = 0

    def _come_up(self) -> None:
        """Come up, or not, without an engine."""
        type(self).tries += 1
        self.events = EventStream({})
        self.images = Images(by_service={}, config={}, stand_ins=(), seconds=0.0)
        self._bring_up()

    def close(self) -> None:
        """Be taken away."""


@pytest.fixture
def shop(make_stack: MakeStack) -> Stack:
    """A database, what waits for it, and what does not."""
    return make_stack(
        {"db": {}, "api": {"depends_on": {"db": {"condition": "service_healthy"}}}, "web": {}}
    )


@pytest.fixture
def found(make_container: MakeContainer) -> list[Container]:
    """What an engine has then."""
    return [
        make_container("api", status="created"),
        make_container("db", health="unhealthy"),
        make_container("web"),
    ]
