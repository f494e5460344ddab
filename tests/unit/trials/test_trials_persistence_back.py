"""Which services came back and stayed, after `up` and after a crash."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.trials.scenes import Scene

from stackproof.engine import engine
from stackproof.errors import NotReadyError, Unknown
from stackproof.sandbox import waiting
from stackproof.sandbox.container import Container
from stackproof.sandbox.waiting import EVERY, RESTARTS
from stackproof.stack.model import Model
from stackproof.trials import crash, persistence_staying
from stackproof.trials.blow import COMES_BACK_WITHIN
from stackproof.trials.persistence_crash import bring_up, crash_all
from stackproof.trials.persistence_staying import BEGINS_WITHIN, STAYS, restless, why_away

Seen = Callable[[float], dict[str, Any]]


@pytest.mark.parametrize(
    ("seen", "why", "after"),
    [
        (lambda _now: {}, "", STAYS),
        (lambda _now: {"health": "healthy"}, "", 0),
        (lambda _now: {"health": "healthy", "restarts": 1}, "", STAYS),
        (lambda _now: {"health": "starting"}, "", STAYS),
        (lambda _now: {"status": "exited", "code": 3}, "after 0 s: exited, 0 restarts, last exit code 3", 0),
        (lambda _now: {"status": "dead"}, "after 0 s: dead", 0),
        (lambda now: {"status": "exited", "policy": "always"} if now < 8 else {}, "", 8 + STAYS),
        (
            lambda now: {"restarts": int(now), "policy": "always"},
            f"after {RESTARTS} s: running, {RESTARTS} restarts",
            RESTARTS,
        ),
        (
            lambda now: {"status": "restarting" if now % 2 else "running", "policy": "always"},
            "last exit code 0",
            BEGINS_WITHIN,
        ),
    ],
    ids=["runs", "healthy", "restarted once", "starting", "ended", "dead", "late", "loops", "never still"],
)
def test_restless(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, seen: Seen, why: str, after: float
) -> None:
    """It came back if it runs for a while as it is; one that ends for good, or again and again, did not."""
    began = 100.0
    other = make_container("other", status="exited")
    scene: Any = Scene(lambda now: [make_container(**seen(now - began)), other], now=began)
    monkeypatch.setattr("stackproof.trials.persistence_staying.time.monotonic", scene.monotonic)

    found = persistence_staying.restless(scene, {"web"})

    assert list(found) == (["web"] if why else [])
    assert why in found.get("web", "")
    assert after <= scene.now - began <= after + 2 * EVERY


def test_nothing_to_watch(make_container: MakeContainer) -> None:
    """Others are nobody's business."""
    scene: Any = Scene(lambda _now: [make_container(status="exited")])

    assert restless(scene, set()) == {}


@pytest.mark.parametrize(
    ("seen", "away"),
    [({}, False), ({"restarts": 1}, True), ({"status": "exited"}, True), ({"status": "restarting"}, True)],
)
def test_away(make_container: MakeContainer, seen: dict[str, Any], away: bool) -> None:  # noqa: FBT001
    """Not running, or started again."""
    assert bool(why := why_away(make_container(**seen))) is away
    assert "after 0 s" in why or not away


class Stack(Scene):
    """A sandbox whose `up` says in turn why services are not ready."""

    spoiled = False
    ups: list[dict[str, str]]

    def up(self) -> None:
        """Bring up."""
        self.done.append("up")
        if self.ups and (whys := self.ups.pop(0)):
            self.spoiled = True
            raise NotReadyError(whys)

    def expectations(self) -> dict[str, str]:
        """Expect all."""
        return dict.fromkeys(self.stack.model.services, "ready")


@pytest.fixture
def stack(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that makes a stack: what is seen of `web`, and why `up` fails in turn."""
    raw = {
        "web": {"image": "x"},
        "side": {"image": "x", "network_mode": "service:db"},
        "db": {"image": "x"},
        "late": {"image": "x", "depends_on": {"web": {"condition": "service_healthy"}}},
        "next": {"image": "x", "depends_on": {"web": {"condition": "service_started"}}},
    }

    def make(seen: Seen = lambda _now: {}, ups: Sequence[dict[str, str]] = ()) -> Any:  # noqa: ANN401
        scene: Any = Stack(lambda now: [make_container(**seen(now)), make_container("db")])
        scene.stack = SimpleNamespace(model=Model(raw={"services": raw}))
        scene.ups = list(ups)
        monkeypatch.setattr("stackproof.trials.persistence_crash.time.monotonic", scene.monotonic)
        return scene

    return make


@pytest.mark.parametrize(
    ("seen", "ups", "found", "tries"),
    [
        ({}, [{}], {}, 1),
        ({}, [{"web": "slow"}, {}], {}, 2),
        ({}, [{"web": "slow"}, {"web": "still slow"}], {"web": "still slow", "side": "not ready"}, 2),
        ({"status": "exited"}, [{"web": "ended"}, {}], {"web": "ended", "side": "not ready"}, 1),
        ({"restarts": 2}, [{"web": "loops"}, {}], {"web": "loops", "side": "not ready"}, 1),
    ],
)
def test_bring_up(  # noqa: PLR0913, PLR0917 - what is seen, and what is made of it
    stack: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    seen: dict[str, Any],
    ups: list[dict[str, str]],
    found: dict[str, str],
    tries: int,
) -> None:
    """One that is slow gets its time twice, one that ended does not; the others are waited for."""
    waited: list[set[str]] = []

    def wait_ready(look: object, expected: dict[str, str], *, pause: object) -> None:
        assert (look, pause) == (sandbox.look, sandbox.events.wait)
        waited.append(set(expected))
        raise NotReadyError({"side": "not ready"})

    monkeypatch.setattr(waiting, "wait_ready", wait_ready)
    sandbox = stack(lambda _now: seen, ups)

    assert bring_up(sandbox) == found
    assert sandbox.spoiled is bool(found)
    assert sandbox.done == ["up"] * tries
    assert waited == ([{"side", "db", "next"}] if found else [])  # `late` waits for web


def crashed(
    sandbox: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
    victims: list[Container],
    killed: str,
) -> tuple[dict[str, str], list[str]]:
    """Return what became of a crash, and whom it was for."""
    words: list[str] = []

    def main_pid(container: Container) -> str:
        if not container.runs:
            msg = "it does not run"
            raise Unknown(msg)
        return f"of-{container.service}"

    def helper(argv: Sequence[str], *, own: dict[str, str], **_more: object) -> str:
        assert own is sandbox.labels
        words.extend(argv[5:])  # the first is the pid that must be there: none
        return killed

    monkeypatch.setattr(crash, "main_pid", main_pid)
    monkeypatch.setattr(engine, "from_outside", helper)
    return crash_all(victims, sandbox), words


def test_crash(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, stack: Callable[..., Any]
) -> None:
    """By its pid on the host; what a policy starts again is waited for before `up`."""
    sandbox = stack(lambda now: {"policy": "always", "restarts": int(now > 3)})
    victim = make_container(policy="always")

    assert crashed(sandbox, monkeypatch, [victim], "of-web\n") == ({}, ["of-web", "web1"])
    assert 3 < sandbox.now <= 3 + 2 * EVERY
    assert (sandbox.done, sandbox.spoiled) == (["up"], False)


@pytest.mark.parametrize(("policy", "waits"), [("no", 0.0), ("always", COMES_BACK_WITHIN)])
def test_a_crash_that_nobody_mends(
    make_container: MakeContainer,
    monkeypatch: pytest.MonkeyPatch,
    stack: Callable[..., Any],
    policy: str,
    waits: float,
) -> None:
    """`up` starts it: at once where no policy would, else when it had time to come back by itself."""
    sandbox = stack(lambda _now: {"status": "exited", "policy": policy})

    crashed(sandbox, monkeypatch, [make_container(policy=policy)], "of-web")

    assert waits <= sandbox.now <= waits + EVERY
    assert sandbox.done == ["up"]


def test_ended_before_its_crash(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, stack: Callable[..., Any]
) -> None:
    """That is no crash of ours; whose network others share is not as it was after one."""
    ended = make_container(status="exited")

    victims = [ended, make_container("side"), make_container("db")]

    found, words = crashed(sandbox := stack(), monkeypatch, victims, "of-side\nof-db")

    assert found == {"web": "web-1 ended before it was crashed"}
    assert words == ["of-side", "side1", "of-db", "db1"]
    assert sandbox.spoiled
