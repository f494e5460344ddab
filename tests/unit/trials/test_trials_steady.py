"""What a window of looks sees, on a clock of the test's own."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer

from stackproof.errors import Unknown
from stackproof.sandbox.container import Container
from stackproof.sandbox.waiting import Expectation
from stackproof.stack.model import Health, Service
from stackproof.trials.steady import LOOKS, WINDOW, Look, last_exit_code, restarts, watch

HEALTH = Health(interval=1, timeout=1, retries=3, start_period=0)  # six seconds until `unhealthy`


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


@dataclass
class Scene:
    """A sandbox of one service, whose probes fail between two moments."""

    make: MakeContainer
    fails_from: float = 1e9
    fails_until: float = 1e9
    unhealthy_from: float = 1e9
    logged: int = 0
    now: float = 0.0
    looks: int = 0
    events: "Scene" = field(init=False)

    def __post_init__(self) -> None:
        """Be one's own events and clock."""
        self.events = self

    def monotonic(self) -> float:
        """Tell the time."""
        return self.now

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def containers(self) -> list[Container]:
        """Return what came up."""
        return [self.make("web", health="healthy")]

    def look(self) -> list[Container]:
        """Return what is there now."""
        self.looks += 1
        health = "unhealthy" if self.now >= self.unhealthy_from else "healthy"
        container = self.make("web", health=health)
        log = [{"Start": _clock(self.now - 1), "End": _clock(self.now), "ExitCode": 1}] * self.logged
        state = {**container.state, "Health": {"Status": health, "Log": log, "FailingStreak": self._streak()}}
        return [self.make("web", health=health, State=state)]

    def _streak(self) -> int:
        return int(self.fails_from <= self.now < self.fails_until)

    def expectations(self) -> dict[str, Expectation]:
        """Return the author's health check."""
        service = Service(name="web", raw={})
        return {"web": Expectation(service=service, health=HEALTH, one_shot=False, count=1)}


def watched(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, str | None]]:
    """Watch and return when what was seen."""
    monkeypatch.setattr("stackproof.trials.steady.time", scene)
    view: Any = scene
    looks = watch(view)["web-1"]
    return [(look.seconds, look.container.health) for look in looks]


def test_steady_sandbox_is_watched_for_a_window(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first look is at once, the last a window later."""
    seen = watched(Scene(make_container), monkeypatch)

    assert seen == [(WINDOW * n / (LOOKS - 1), "healthy") for n in range(LOOKS)]


def test_failing_probes_are_watched_until_the_engine_decides(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Healthy at the end of the window, and unhealthy soon after."""
    seen = watched(Scene(make_container, fails_from=9, unhealthy_from=12), monkeypatch)

    assert seen[LOOKS - 1] == (WINDOW, "healthy")
    assert seen[-1] == (12, "unhealthy")


def test_one_failed_probe_is_no_news(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next that succeeds ends the watch."""
    seen = watched(Scene(make_container, fails_from=9, fails_until=11), monkeypatch)

    assert seen[-1] == (11, "healthy")


def test_container_that_is_removed_meanwhile(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last look would be taken for what it is now, or be waited on for ever."""
    scene = Scene(make_container)
    monkeypatch.setattr(scene, "look", list)

    with pytest.raises(Unknown, match="removed while it was watched: web-1"):
        watched(scene, monkeypatch)


def test_probes_that_failed_one_at_a_time(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look finds a fresh failure of a second: none lasted as long as the author allows."""
    seen = watched(Scene(make_container, fails_from=0, fails_until=15, logged=1), monkeypatch)

    assert seen[-1] == (15, "healthy")


def test_failing_probes_are_not_watched_for_ever(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine that never decides is given what the author allows."""
    seen = watched(Scene(make_container, fails_from=9), monkeypatch)

    assert seen[-1] == (WINDOW + 6, "healthy")


def _looks(*containers: Container) -> list[Look]:
    return [Look(seconds=5.0 * number, container=container) for number, container in enumerate(containers)]


def _state(status: str, code: int = 0, started: str = "2027-03-01T09:30:00Z") -> dict[str, Any]:
    return {"State": {"Status": status, "ExitCode": code, "StartedAt": started}}


def test_restarts_are_those_that_the_engine_counts(make_container: MakeContainer) -> None:
    """All looks found it running, and it is a loop."""
    looks = _looks(*(make_container(restarts=restarts) for restarts in (3, 4, 6)))

    assert restarts(looks) == (3, "in 10 s")
    assert last_exit_code(looks) == "not seen"


def test_loop_whose_next_start_is_waited_for(make_container: MakeContainer) -> None:
    """The delays grow to a minute, so no start may lie in the window."""
    looks = _looks(*[make_container(restarts=8, **_state("restarting", 1))] * 3)

    assert restarts(looks) == (8, "since it was created")
    assert last_exit_code(looks) == "1"


def test_start_that_began_before_the_first_look(make_container: MakeContainer) -> None:
    """The count grows as it ends, so one that ended before and runs now has the same count."""
    down = make_container(restarts=2, **_state("restarting", 4))
    up = make_container(restarts=2, **_state("running", started="2027-03-01T09:31:00Z"))

    assert restarts(_looks(down, up)) == (1, "in 5 s")
    assert last_exit_code(_looks(down, up)) == "4"


def test_start_by_hand_counts_as_one(make_container: MakeContainer) -> None:
    """The engine's count begins anew with it."""
    by_hand = make_container(**_state("running", started="2027-03-01T09:31:00Z"))

    assert restarts(_looks(make_container(restarts=3), by_hand)) == (1, "in 5 s")


def test_one_that_waited_for_another_by_restarting_is_no_loop(make_container: MakeContainer) -> None:
    """It was started again before it was watched, and not since."""
    assert restarts(_looks(*[make_container(restarts=3)] * 3)) == (0, "")
