"""`stackproof init` brings a stack up once: all lanes follow each other in its sandbox."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.unit.conftest import MakeStack

from stackproof.cli import looking
from stackproof.cli.looking import Looker
from stackproof.controls.control import Lane
from stackproof.errors import StackError
from stackproof.plugin.session import KEY, Session
from stackproof.runs.run import Run
from stackproof.sandbox.pool import Pool
from stackproof.sandbox.sandbox import Sandbox
from stackproof.settings import Settings
from stackproof.stack.stack import Stack

NOBODY: Any = None


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lanes for which a sandbox was brought up, in turn."""
    lanes: list[str] = []
    monkeypatch.setattr(Sandbox, "start", lambda self: lanes.append(self.lane))
    monkeypatch.setattr(Sandbox, "close", lambda _self: None)
    return lanes


@pytest.fixture
def shop(make_stack: MakeStack) -> Stack:
    """A stack of one service."""
    return make_stack({"web": {}})


@pytest.fixture
def run(shop: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A run of it, as far as somebody who looks asks."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    pool = Pool(Run.create(), NOBODY, NOBODY, Settings())
    return cast("Session", SimpleNamespace(pool=pool, stacks=[shop]))


def collected(looker: Looker, run: Session, items: list[Any]) -> None:
    """Let it do what it does with what was collected."""
    stash = pytest.Stash()
    stash[KEY] = run
    config: Any = SimpleNamespace(stash=stash)
    for _ in looker.pytest_collection_modifyitems(config, items):
        pass


def test_one_sandbox_for_all_lanes(
    monkeypatch: pytest.MonkeyPatch, shop: Stack, run: Session, started: list[str]
) -> None:
    """It looks in the one in which the suite judges after it."""
    seen: list[Any] = []
    monkeypatch.setattr(looking, "look", seen.append)
    looker = Looker()

    collected(looker, run, [])
    sandboxes = [run.pool.get(shop, lane) for lane in Lane]

    assert started == [Lane.OBSERVE]
    assert {id(one) for one in sandboxes} == {id(seen[0])}
    assert looker.error is None


def test_another_one_where_a_lane_spoiled_it(
    monkeypatch: pytest.MonkeyPatch, shop: Stack, run: Session, started: list[str]
) -> None:
    """Nobody knows what state it is in."""
    monkeypatch.setattr(looking, "look", lambda _view: None)
    collected(Looker(), run, [])

    run.pool.get(shop, Lane.FAULTS).spoiled = True

    assert not run.pool.get(shop, Lane.OUTAGES).spoiled
    assert started == [Lane.OBSERVE, Lane.OUTAGES]


def test_others_have_one_for_each_lane_with_its_kin(shop: Stack, run: Session, started: list[str]) -> None:
    """What a lane did to it counts for no other one."""
    for lane in Lane:
        run.pool.get(shop, lane)

    assert started == [Lane.OBSERVE, Lane.FAULTS, Lane.PERSISTENCE, Lane.OUTAGES]


def test_nothing_is_judged_in_half_a_stack(
    monkeypatch: pytest.MonkeyPatch, run: Session, started: list[str]
) -> None:
    """A contract from what is broken would call it good."""
    monkeypatch.setattr(Sandbox, "start", lambda self: self.shortfalls.update(web="is unhealthy"))
    monkeypatch.setattr(Sandbox, "containers", lambda _self, _service=None: [])
    monkeypatch.setattr(looking, "look", started.append)
    looker, items = Looker(), [object()]

    collected(looker, run, items)

    assert isinstance(looker.error, StackError)
    assert items == started == []


def test_half_a_stack_is_disturbed_by_nobody(
    monkeypatch: pytest.MonkeyPatch, shop: Stack, run: Session
) -> None:
    """It may be looked at, and no other lane goes on in it."""
    monkeypatch.setattr(Sandbox, "start", lambda self: self.shortfalls.update(web="is unhealthy"))
    monkeypatch.setattr(Sandbox, "close", lambda _self: None)
    run.pool.one_sandbox = True
    run.pool.get(shop, Lane.OBSERVE)

    with pytest.raises(StackError, match="is unhealthy"):
        run.pool.get(shop, Lane.FAULTS)
