"""What belongs to a trial is told by the engine's own sequence, not by the clock."""

from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.trials.scenes import STARTED, Scene, event
from tests.unit.trials.trees import TERM, member, tree

from stackproof.errors import Unknown
from stackproof.sandbox.container import Container
from stackproof.trials import holding, kill, standing, stop
from stackproof.trials.blow import STAYS_AWAY_FOR
from stackproof.trials.tree import Tree

LATE = "2027-03-01T09:35:00.25Z"


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine whose clock is minutes after the start of all containers."""
    monkeypatch.setattr("stackproof.engine.engine.clock", lambda: LATE)


def _on_clock_of(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - stands in for a sandbox
    for module in (standing, kill, stop):
        monkeypatch.setattr(module, "time", scene)
    return scene


def _sees(monkeypatch: pytest.MonkeyPatch, seen: Tree) -> None:
    def look(containers: list[Container], own: object) -> dict[str, Tree]:
        assert own == {}
        return {container.id: seen for container in containers}

    monkeypatch.setattr("stackproof.trials.tree.look", look)


def _model(grace: float = 10.0) -> SimpleNamespace:
    web = SimpleNamespace(grace=grace, depends_on=(), network_of=None, ports=(), exposed=frozenset())
    return SimpleNamespace(services={"web": web}, model=SimpleNamespace(services={"web": web}))


@pytest.mark.usefixtures("quiet")
def test_stop_right_after_a_crash(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """How the crash ended it, half a second before it was started again, is no part of how it stops."""
    _sees(monkeypatch, tree(member(1, 0, "server", caught=1 << (TERM - 1))))
    scene = _on_clock_of(Scene(lambda _now: [make_container("web")], stack=_model()), monkeypatch)
    scene.events.tell(event(-0.4, "die", exitCode="137"))
    scene.events.tell(event(0.1, "kill", signal="15"), event(0.3, "die", exitCode="0"))

    found = stop.stop_trial(scene)["web"]

    assert (found.signal, found.exit_code, found.seconds) == ("15", 0, 0.2)
    assert not found.killed
    assert scene.done == ["stop all", "restore"]
    assert scene.now == 0  # the engine has told all


@pytest.mark.usefixtures("quiet")
def test_kill_after_the_grace_period_is_seen_again_alone(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In company it was killed, alone it ends by itself: both are told, and the second counts."""
    _sees(monkeypatch, tree(member(1, 0, "server", caught=1 << (TERM - 1))))
    again = "2027-03-01T09:31:00Z"
    scene = _on_clock_of(Scene(lambda _now: [make_container("web")], stack=_model()), monkeypatch)
    scene.events.tell(event(1, "kill", signal="15"), event(11, "kill", signal="9"))
    scene.events.tell(event(11.2, "die", exitCode="137"))
    stops: list[object] = []

    def stopped(services: object = None) -> None:
        stops.append(services)
        if services:
            scene.events.tell(event(61, "kill", signal="15"), event(64, "die", exitCode="0"))

    def restored() -> str:
        state = {"Status": "running", "ExitCode": 0, "StartedAt": again}
        monkeypatch.setattr(scene, "there", lambda _now: [make_container("web", State=state)])
        return ""

    monkeypatch.setattr(scene, "stop", stopped)
    monkeypatch.setattr(scene, "restore", restored)
    found = stop.stop_trial(scene)["web"]

    assert (found.killed, found.seconds) == (True, 10.2)
    assert found.alone is not None
    assert (found.alone.killed, found.alone.seconds, found.alone.grace) == (False, 3.0, 10.0)
    assert stops == [None, ["web"]]


@pytest.mark.usefixtures("quiet")
def test_signal_that_the_kernel_drops(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Process 1 without a handler never hears it, so no second look is needed."""
    _sees(monkeypatch, tree(member(1, 0, "sh"), member(2, 1, "python", "tcp 80")))
    scene = _on_clock_of(Scene(lambda _now: [make_container("web")], stack=_model()), monkeypatch)
    scene.events.tell(event(1, "kill", signal="15"), event(11, "kill", signal="9"))
    scene.events.tell(event(11.2, "die", exitCode="137"))

    found = stop.stop_trial(scene)["web"]

    assert (found.killed, found.dropped, found.alone, found.main) == (True, True, None, "sh")


@pytest.mark.usefixtures("quiet")
def test_processes_below_an_init_are_held(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether they are told is seen in a second stop; what it says stands in the result."""
    server = member(2, 1, "python", "tcp 80")
    _sees(monkeypatch, tree(member(1, 0, "docker-init"), server))
    held: list[object] = []

    def stopped(container: object, main: int, members: object, sandbox: object) -> holding.Held:
        assert sandbox is scene
        held.append((str(container), main, members))
        return holding.Held(unheard=("python",))

    monkeypatch.setattr(stop, "stop_held", stopped)
    scene = _on_clock_of(Scene(lambda _now: [make_container("web")], stack=_model()), monkeypatch)
    scene.events.tell(event(1, "kill", signal="15"), event(1.2, "die", exitCode="143"))

    found = stop.stop_trial(scene)["web"]

    assert held == [("web-1", 1, [server])]
    assert found.held.unheard == ("python",)
    assert scene.done == ["stop all", "restore", "restore"]


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(("status", "restarts"), [("exited", 0), ("running", 1)])
def test_what_the_engine_does_after_a_kill(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, status: str, restarts: int
) -> None:
    """A container that stays down and one that comes back by itself are told as they are."""

    def there(now: float) -> list[Container]:
        killed = 0 < now < 4
        return [
            make_container(
                "web", status=status if killed else "running", restarts=restarts * killed, code=137
            )
        ]

    scene = _on_clock_of(Scene(there), monkeypatch)
    found = kill.kill_trial(scene)["web"]

    assert (found.status, found.restarts, found.exit_code) == (status, restarts, 137)
    assert scene.done == ["kill web-1", "restore"]


@pytest.mark.usefixtures("quiet")
def test_watch_begins_when_the_kill_is_done(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine that takes seconds for it leaves none to see who comes back."""

    def there(now: float) -> list[Container]:
        back = now > 30.0 + STAYS_AWAY_FOR / 2
        return [make_container("web", status="running" if back or not now else "exited", code=137)]

    scene = _on_clock_of(Scene(there), monkeypatch)
    monkeypatch.setattr(scene, "kill", lambda _containers: scene.events.wait(30.0))
    found = kill.kill_trial(scene)["web"]

    assert (found.status, found.watched_seconds) == ("running", STAYS_AWAY_FOR)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(("late", "watched"), [(0.0, 3.0), (0.01, 3.1)])
def test_times_of_a_kill(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, late: float, watched: float
) -> None:
    """How long it was watched before and after `up`, and how long that took, in tenths of seconds."""
    scene = _on_clock_of(
        Scene(lambda _now: [make_container("web", restarts=2, policy="always")], now=100), monkeypatch
    )

    def wait(seconds: float) -> None:
        scene.now += seconds + late

    def restore() -> str:
        wait(4.0625)
        return ""

    monkeypatch.setattr(scene.events, "wait", wait)
    monkeypatch.setattr(scene, "restore", restore)
    found = kill.kill_trial(scene)["web"]

    assert (found.policy, found.restarts, found.back, found.trouble) == ("always", 0, True, "")
    assert (found.watched_seconds, found.back_seconds) == (watched, 4.1)
    assert found.steady_seconds == standing.WINDOW
    assert scene.now - 100 == pytest.approx(STAYS_AWAY_FOR + 4.0625 + standing.WINDOW, abs=20 * late)


@pytest.mark.usefixtures("quiet")
def test_up_that_does_not_last(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that `up` brought back, and that ends seconds later, is not back."""
    scene = _on_clock_of(Scene(lambda _now: [make_container("web")]), monkeypatch)
    monkeypatch.setattr(scene, "restore", lambda: scene.events.tell(event(3.2, "die", exitCode="1")) or "")
    found = kill.kill_trial(scene)["web"]

    assert not found.back
    assert found.trouble == "it ended again 3.2 s after its start, exit 1: the last of 1 lines"


@pytest.mark.usefixtures("quiet")
def test_up_that_brings_nothing_back(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that is down after `up` is not back, and the reason is that of `up`."""

    def there(now: float) -> list[Container]:
        return [make_container("web", status="running" if now == 0 else "exited", code=137)]

    scene = _on_clock_of(Scene(there), monkeypatch)
    monkeypatch.setattr(scene, "restore", lambda: "web is not ready")
    found = kill.kill_trial(scene)["web"]

    assert (found.back, found.trouble) == (False, "web is not ready")


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("beside", [True, False])
def test_loop_is_not_blamed_on_the_fault(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, *, beside: bool
) -> None:
    """A service that restarts by itself is told as that, with exit code and last words; nobody kills it."""

    def there(now: float) -> list[Container]:
        status = "running" if now % 2 < 1 else "restarting"
        return [make_container("loop", status=status, restarts=3 + int(now)), *others]

    others, done = ([make_container("web")], ["kill web-1", "restore"]) if beside else ([], [])
    scene = _on_clock_of(Scene(there, now=1.5), monkeypatch)
    scene.events.tell(event(1, "die", "loop1", exitCode="1"))
    found = kill.kill_trial(scene)

    assert scene.done == done
    with pytest.raises(
        Unknown, match=r"loop-1 was restarted \d+ times by itself before the fault, exit 1: the last of"
    ):
        found["loop"]


def test_young_service_is_watched(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was restarted seconds ago may be in a loop; one that stood long, or never ended, is not."""
    starts = {"old": (1, "2027-03-01T09:29:00Z"), "new": (1, STARTED), "first": (0, STARTED)}

    def there(now: float) -> list[Container]:
        again = "2027-03-01T09:30:09Z" if now > 8 else STARTED
        return [
            make_container(
                name,
                restarts=count,
                State={"Status": "running", "ExitCode": 0, "StartedAt": again if name == "new" else start},
            )
            for name, (count, start) in starts.items()
        ]

    monkeypatch.setattr("stackproof.engine.engine.clock", lambda: "2027-03-01T09:30:05Z")
    scene = _on_clock_of(Scene(there), monkeypatch)
    stood, unseen = standing.standing(scene)

    assert set(stood) == {"old", "first"}
    assert set(unseen) == {"new"}
    assert scene.now == standing.WINDOW

    starts.pop("new")
    scene.now = 0.0
    standing.standing(scene)
    assert scene.now == 0.0


@pytest.mark.usefixtures("quiet")
def test_unhealthy_before_the_fault(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was wrong before is not blamed on the fault."""
    scene = _on_clock_of(Scene(lambda _now: [make_container("web", health="unhealthy")]), monkeypatch)
    _stood, unseen = standing.standing(scene)

    assert str(unseen["web"]) == "web-1 was unhealthy before the fault"
