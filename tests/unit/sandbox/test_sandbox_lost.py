"""A sandbox that lost its engine proves nothing, and is replaced."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.conftest import MakeStack

from stackproof.engine import engine
from stackproof.engine.events import EventStream
from stackproof.errors import CommandError, EngineGoneError, StackError
from stackproof.plugin import reading
from stackproof.runs.run import Run
from stackproof.sandbox import pool as pools
from stackproof.sandbox.pool import Pool
from stackproof.sandbox.sandbox import Sandbox
from stackproof.settings import Settings
from stackproof.stack.stack import Stack

NOBODY: Any = None


class QuietSandbox(Sandbox):
    """A sandbox without containers, which comes up unless `trouble` is set."""

    trouble: CommandError | StackError | None = None
    closed = 0

    def start(self) -> None:
        """Come up, or not."""
        self.events = EventStream({})
        if self.trouble is not None:
            raise self.trouble

    def close(self) -> None:
        """Be taken away."""
        self.closed += 1


@pytest.fixture
def shop(make_stack: MakeStack) -> Stack:
    """A stack."""
    return make_stack({"web": {}})


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pool:
    """Sandboxes of a run whose engine answers."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(pools, "Sandbox", QuietSandbox)
    monkeypatch.setattr(QuietSandbox, "trouble", None)
    monkeypatch.setattr(engine, "ping", lambda: None)
    return Pool(Run.create(), NOBODY, NOBODY, Settings())


def stay_away() -> None:
    """Be an engine that is gone."""
    msg = "nobody answers"
    raise EngineGoneError(msg)


def test_engine_that_was_there(pool: Pool, shop: Stack) -> None:
    """Nothing is doubted."""
    first = pool.get(shop, "faults")
    pool.check_engine()

    assert pool.get(shop, "faults") is first


def test_engine_that_was_restarted(pool: Pool, shop: Stack) -> None:
    """What a test saw meanwhile does not count, and the next one gets a fresh sandbox."""
    first = pool.get(shop, "faults")
    first.events.ended = True

    with pytest.raises(EngineGoneError, match="was restarted"):
        pool.check_engine()
    assert pool.get(shop, "faults") is not first


def test_test_that_looked_at_no_sandbox(pool: Pool, shop: Stack) -> None:
    """What is read from the compose file is true without an engine."""
    pool.get(shop, "faults").events.ended = True
    pool.close_unless(shop, "faults")

    pool.check_engine()


def test_finding_is_doubted(pool: Pool, shop: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a pass nor a fail remains of a test that lost its engine."""
    pool.get(shop, "faults")
    monkeypatch.setattr(engine, "ping", stay_away)

    for found in (lambda: None, lambda: pytest.fail("web is down")):
        call = pytest.CallInfo.from_call(found, "call")
        reading.doubt(call, pool)
        assert call.excinfo is not None
        assert isinstance(call.excinfo.value, EngineGoneError)


def test_sandbox_that_could_act_outside(pool: Pool, shop: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found in it does not count, and no other one of the stack is brought up."""
    first = pool.get(shop, "faults")
    monkeypatch.setattr(first, "outside_trouble", lambda: "not cut off")

    call = pytest.CallInfo.from_call(lambda: None, "call")
    reading.doubt(call, pool)

    assert call.excinfo is not None
    assert isinstance(call.excinfo.value, StackError)
    for lane in ("faults", "observe"):
        with pytest.raises(StackError, match="not cut off"):
            pool.get(shop, lane)


def test_trial_without_engine_is_not_kept(pool: Pool, shop: Stack) -> None:
    """A result that nobody can vouch for is not handed to the next control."""
    first = pool.get(shop, "faults")
    first.events.ended = True
    with pytest.raises(EngineGoneError):
        first.trial("kill", lambda: "half seen")
    first.spoiled = True

    assert pool.get(shop, "faults").trial("kill", lambda: "seen") == "seen"


def lose(pool: Pool, stack: Stack) -> None:
    """Ask for a sandbox that loses its engine as it comes up."""
    with pytest.raises(EngineGoneError, match="nobody answers"):
        pool.get(stack, "faults")


@pytest.mark.parametrize("close", [QuietSandbox.close, lambda _self: stay_away()], ids=["back", "still-away"])
def test_bring_up_that_loses_its_engine_is_tried_again(
    pool: Pool, shop: Stack, monkeypatch: pytest.MonkeyPatch, close: Callable[[QuietSandbox], None]
) -> None:
    """The stack is not to blame, but for an engine that each of its sandboxes takes along."""
    monkeypatch.setattr(QuietSandbox, "trouble", EngineGoneError("nobody answers"))
    monkeypatch.setattr(QuietSandbox, "close", close)
    for _ in range(pools.LOSSES + 1):
        lose(pool, shop)

    with pytest.raises(StackError, match=r"^nobody answers"):
        pool.get(shop, "faults")


def test_losses_are_counted_by_stack(
    pool: Pool, make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine that one stack takes along says nothing of the next."""
    shop, blog = make_stack({"web": {}}), make_stack({"web": {}}, name="blog")
    monkeypatch.setattr(QuietSandbox, "trouble", EngineGoneError("nobody answers"))
    for _ in range(pools.LOSSES + 1):
        lose(pool, shop)

    lose(pool, blog)
    lose(pool, blog)


def test_nobody_waits_twice(pool: Pool, shop: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that stayed away once is not waited for by the next test."""
    monkeypatch.setattr(engine, "wait_until_back", stay_away)
    monkeypatch.setattr(QuietSandbox, "close", lambda _self: stay_away())
    first = pool.get(shop, "faults")
    pool.close()
    monkeypatch.setattr(engine, "wait_until_back", lambda: pytest.fail("waited again"))

    with pytest.raises(EngineGoneError, match="nobody answers"):
        pool.get(shop, "faults")
    pool.close()
    assert first.run.folder.engine_away.read() == "nobody answers"


def test_stack_that_does_not_come_up_is_not_tried_again(
    pool: Pool, shop: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its next sandbox would not either."""
    monkeypatch.setattr(QuietSandbox, "trouble", StackError("web is not ready"))
    for message in ("^web is not ready", "^web is not ready"):
        with pytest.raises(StackError, match=message):
            pool.get(shop, "faults")
