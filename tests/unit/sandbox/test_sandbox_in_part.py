"""A sandbox of which not all became ready shows the rest to those that only look."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer, MakeStack

from stackproof.controls import FAULTS, OBSERVE, PERSISTENCE
from stackproof.controls.control import Stage
from stackproof.engine import engine
from stackproof.engine.events import EventStream
from stackproof.errors import COMES_UP, EngineGoneError, NotReadyError, StackError
from stackproof.runs.run import Run
from stackproof.sandbox import bring_up, settling
from stackproof.sandbox.composing import Composer
from stackproof.sandbox.container import Container
from stackproof.sandbox.pool import Pool
from stackproof.sandbox.sandbox import Sandbox
from stackproof.sandbox.watch import EVERY
from stackproof.settings import Settings
from stackproof.stack.stack import Stack

NOBODY: Any = None


class QuietSandbox(Sandbox):
    """A sandbox without an engine: what it needs of one is given."""

    found: tuple[Container, ...] = ()
    started = 0

    def _come_up(self) -> None:
        """Come up as far as bring_up lets it."""
        type(self).started += 1
        self.events = EventStream({})
        self._bring_up()

    def look(self) -> list[Container]:
        """See what there is."""
        return list(self.found)

    def begin_watch(self, every: float = EVERY) -> None:
        """Be looked at by nobody."""

    def close(self) -> None:
        """Be taken away."""


@pytest.fixture
def shop(make_stack: MakeStack) -> Stack:
    """A database, what waits for it, and what does not."""
    return make_stack({"db": {}, "api": {"depends_on": {"db": {"condition": "service_healthy"}}}, "web": {}})


@pytest.fixture
def sandboxes(monkeypatch: pytest.MonkeyPatch, make_container: MakeContainer) -> type[QuietSandbox]:
    """Sandboxes of the shop in which nobody waits and nothing fails yet."""
    db, web = make_container("db", health="unhealthy"), make_container("web")
    monkeypatch.setattr(QuietSandbox, "found", (make_container("api", status="created"), db, web))
    monkeypatch.setattr(QuietSandbox, "started", 0)
    monkeypatch.setattr("stackproof.sandbox.pool.Sandbox", QuietSandbox)
    monkeypatch.setattr(engine, "ping", lambda: None)
    monkeypatch.setattr(Composer, "refuse_unfit", lambda _composer: None)
    monkeypatch.setattr(bring_up, "one_shots_that_ended", lambda _sandbox: set())
    monkeypatch.setattr(settling, "settle", lambda _sandbox: None)
    return QuietSandbox


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sandboxes: type[QuietSandbox]) -> Pool:
    """Sandboxes of a run."""
    del sandboxes
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return Pool(Run.create(), NOBODY, NOBODY, Settings())


def fail(monkeypatch: pytest.MonkeyPatch, *services: str, words: str = "is unhealthy") -> None:
    """Let services not become ready, one after the other, until they are left out."""

    def first_up(sandbox: QuietSandbox, _move: object) -> None:
        for service in services:
            if service not in sandbox.shortfalls:
                raise NotReadyError({service: f"{service} {words}"})

    monkeypatch.setattr(bring_up, "first_up", first_up)


def test_what_is_ready_can_be_observed(pool: Pool, shop: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that failed says why, one that waits for it says so, and a third is as good as ever."""
    fail(monkeypatch, "db")
    sandbox = pool.get(shop, OBSERVE)

    sandbox.require("web")
    for service, why in (
        ("db", "shop: db is unhealthy"),
        ("api", "it waits for db"),
        (None, "db is unhealthy"),
    ):
        with pytest.raises(StackError, match=why):
            sandbox.require(service)


def test_container_that_is_up_can_be_asked_why(
    pool: Pool, shop: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some controls judge just that; one that was never started has nothing to say."""
    fail(monkeypatch, "db")
    sandbox = pool.get(shop, OBSERVE)

    sandbox.require("db", Stage.UP)
    with pytest.raises(StackError, match="api was not started"):
        sandbox.require("api", Stage.UP)


def test_sandbox_of_some_services(pool: Pool, shop: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is expected of the others, and it serves no other lane."""
    fail(monkeypatch)
    images = SimpleNamespace(health=dict)
    monkeypatch.setattr(QuietSandbox, "images", images, raising=False)
    pool.one_sandbox = True
    sandbox = pool.get(shop, PERSISTENCE)
    assert isinstance(sandbox, Sandbox)
    assert (sandbox.whole, set(sandbox.expectations())) == (True, {"api", "db", "web"})

    sandbox.only = frozenset({"db"})

    assert (sandbox.whole, set(sandbox.expectations())) == (False, {"db"})
    assert pool.get(shop, FAULTS) is not sandbox


def test_what_was_left_out_comes_up_when_it_is_asked_for(
    pool: Pool, shop: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another control of its lane may ask for it, or for all."""
    fail(monkeypatch)
    sandbox = pool.get(shop, PERSISTENCE)
    assert isinstance(sandbox, Sandbox)
    ups: list[object] = []
    monkeypatch.setattr(sandbox, "up", ups.append)

    for ask in (lambda: sandbox.container("web"), lambda: sandbox.require(None)):
        sandbox.only = frozenset({"db"})
        sandbox.container("db")
        sandbox.require("db")
        assert not sandbox.whole
        assert not ups
        ask()
        assert sandbox.whole
        assert ups.pop() == {}


def test_nothing_is_ready(pool: Pool, shop: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox is kept for those that judge just that."""
    fail(monkeypatch, "db", "web")

    assert set(pool.get(shop, OBSERVE).shortfalls) == {"api", "db", "web"}


def test_network_is_judged_for_all_that_are_in_it(
    pool: Pool, make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can say of its ports what is wrong when one that opens some of them is not ready."""
    stack = make_stack({"web": {}, "db": {"network_mode": "service:web"}})
    fail(monkeypatch, "db")
    sandbox = pool.get(stack, OBSERVE)

    sandbox.require("web", Stage.UP)
    with pytest.raises(StackError, match="db is unhealthy"):
        sandbox.require("web")


def test_job_that_did_not_end(pool: Pool, make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that hangs or loops is up, but it is not there to be up."""
    waits = {"depends_on": {"db": {"condition": "service_completed_successfully"}}}
    fail(monkeypatch, "db")
    sandbox = pool.get(make_stack({"db": {}, "api": waits, "web": {}}), OBSERVE)

    with pytest.raises(StackError, match="db is unhealthy"):
        sandbox.require("db", Stage.UP)


def test_service_without_container(pool: Pool, shop: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was seen of it."""
    fail(monkeypatch, "db")
    monkeypatch.setattr(QuietSandbox, "found", ())

    with pytest.raises(StackError, match="db is unhealthy"):
        pool.get(shop, OBSERVE).require("db", Stage.UP)


def test_sandbox_in_part_is_replaced_with_its_engine(
    pool: Pool, shop: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an engine took away that was restarted says nothing of the stack."""
    fail(monkeypatch, "db")
    first = pool.get(shop, OBSERVE)
    first.events.ended = True
    with pytest.raises(EngineGoneError):
        pool.check_engine()

    assert pool.get(shop, OBSERVE) is not first


def test_nobody_waits_twice_for_a_sandbox_that_does_not_come_up_at_all(
    pool: Pool, shop: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of many tests would wait for minutes."""
    fail(monkeypatch, "db")
    with pytest.raises(NotReadyError):
        pool.get(shop, FAULTS)
    fail(monkeypatch, "db", words="failed\n  engine: no space left on device")
    for _ in range(3):
        with pytest.raises(StackError, match="disk is full"):
            pool.get(shop, OBSERVE)

    assert QuietSandbox.started == 2


def test_disturbances_need_all_of_it(pool: Pool, shop: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault in half a stack proves nothing, and is not waited for again; looking is."""
    fail(monkeypatch, "db")
    with pytest.raises(NotReadyError, match="shop: db is unhealthy"):
        pool.get(shop, FAULTS)
    with pytest.raises(StackError, match="shop: db is unhealthy"):
        pool.get(shop, FAULTS)
    assert QuietSandbox.started == 1

    pool.get(shop, OBSERVE).require("web")
    assert QuietSandbox.started == 2


def test_container_that_was_made_tells_what_it_is(
    pool: Pool, shop: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What inspect says of it is true, whether it ever ran or not; without one nothing is."""
    fail(monkeypatch, "db")
    pool.get(shop, OBSERVE).require("db", Stage.MADE)


def test_service_of_which_no_container_was_made(
    pool: Pool, shop: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was seen of it."""
    fail(monkeypatch, "db")
    monkeypatch.setattr(QuietSandbox, "found", ())
    with pytest.raises(StackError, match="db is unhealthy"):
        pool.get(shop, OBSERVE).require("db", Stage.MADE)


def test_one_cause_for_all_that_did_not_come_up(
    pool: Pool, shop: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each service, each lane and each control meets the same; the report tells it once."""
    fail(monkeypatch, "db")
    sandbox = pool.get(shop, OBSERVE)
    met = []
    for ask in (
        lambda: sandbox.require("db"),
        lambda: sandbox.require("api"),
        lambda: pool.get(shop, FAULTS),
    ):
        with pytest.raises(StackError) as caught:
            ask()
        met.append(caught.value)

    assert {error.cause for error in met} == {COMES_UP}
    assert all("db is unhealthy" in str(error) for error in met)


@pytest.mark.parametrize("lane", [OBSERVE, FAULTS])
def test_full_disk_is_no_matter_of_one_service(
    pool: Pool, shop: Stack, monkeypatch: pytest.MonkeyPatch, lane: str
) -> None:
    """What the engine lacks is said as such, and nothing is tried in part."""
    fail(monkeypatch, "db", words="failed\n  engine: write /data: no space left on device")
    with pytest.raises(StackError, match="the engine's disk is full") as caught:
        pool.get(shop, lane)

    assert not isinstance(caught.value, NotReadyError)
