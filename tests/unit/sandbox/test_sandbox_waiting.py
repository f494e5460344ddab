"""When a stack counts as up."""

from collections.abc import Sequence
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer

from stackproof.errors import StackError
from stackproof.sandbox import waiting
from stackproof.sandbox.container import Container
from stackproof.sandbox.waiting import (
    LEAST,
    SHOWN,
    Expectation,
    Verdict,
    describe,
    hopeless,
    judge,
    wait_ready,
)
from stackproof.stack.model import Health, Service

HEALTH = Health(interval=1, timeout=1, retries=3, start_period=0)


def expect(
    *, health: Health | None = None, one_shot: bool = False, count: int = 1, name: str = "web"
) -> Expectation:
    """Return what a service must reach."""
    return Expectation(service=Service(name=name, raw={}), health=health, one_shot=one_shot, count=count)


@pytest.mark.parametrize(
    ("state", "verdict", "words"),
    [
        ({}, Verdict.READY, "running"),
        ({"health": "starting"}, Verdict.NOT_YET, "starting"),
        ({"health": "healthy"}, Verdict.READY, "healthy"),
        ({"health": "unhealthy"}, Verdict.NOT_YET, "unhealthy"),
        ({"status": "created"}, Verdict.NOT_YET, "created, 0 restarts, last exit code 0"),
        ({"status": "paused", "health": "healthy"}, Verdict.NOT_YET, "paused, 0 restarts, last exit code 0"),
        ({"status": "exited", "code": 1}, Verdict.FAILED, "exited with code 1"),
        ({"status": "exited", "code": 0}, Verdict.READY, "completed"),
        ({"status": "exited", "code": 0, "policy": "on-failure"}, Verdict.READY, "completed"),
        ({"status": "exited", "code": 0, "health": "starting"}, Verdict.FAILED, "exited with code 0"),
        (
            {"status": "exited", "code": 0, "policy": "always"},
            Verdict.NOT_YET,
            "exited, 0 restarts, last exit code 0",
        ),
        ({"status": "dead", "code": 2}, Verdict.FAILED, "exited with code 2"),
        (
            {"status": "exited", "code": 1, "policy": "always"},
            Verdict.NOT_YET,
            "exited, 0 restarts, last exit code 1",
        ),
        (
            {"status": "restarting", "code": 137, "policy": "always", "restarts": 4},
            Verdict.NOT_YET,
            "restarting, 4 restarts, last exit code 137",
        ),
    ],
)
def test_judge(make_container: MakeContainer, state: dict[str, Any], verdict: Verdict, words: str) -> None:
    """A service that is to stay up."""
    assert judge(make_container(**state), expect()) == (verdict, words)


@pytest.mark.parametrize(
    ("state", "verdict", "words"),
    [
        ({}, Verdict.NOT_YET, "running"),
        ({"health": "healthy"}, Verdict.NOT_YET, "running"),
        ({"status": "exited", "code": 0}, Verdict.READY, "completed"),
        ({"status": "exited", "code": 3}, Verdict.FAILED, "ended with exit code 3"),
    ],
)
def test_judge_one_shot(
    make_container: MakeContainer, state: dict[str, Any], verdict: Verdict, words: str
) -> None:
    """A service that is to end with 0."""
    assert judge(make_container(**state), expect(one_shot=True)) == (verdict, words)


def test_deadline_is_the_authors_window_twice() -> None:
    """Never less than a minute, which a loaded machine needs."""
    long = Health(interval=30, timeout=10, retries=5, start_period=40)

    assert expect().deadline == LEAST
    assert expect(health=HEALTH).deadline == LEAST
    assert expect(health=long).deadline == 2 * (40 + 5 * 40)


class Scene:
    """What `look` sees, look by look; the last look repeats."""

    def __init__(self, *looks: Sequence[Container]) -> None:
        self._looks = list(looks)
        self.pauses = 0

    def look(self) -> Sequence[Container]:
        """Return the next look."""
        return self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]

    def pause(self, _seconds: float) -> None:
        """Count instead of waiting."""
        self.pauses += 1


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every look at the clock be 100 seconds after the one before."""
    now = iter(range(0, 10_000_000, 100))
    monkeypatch.setattr("stackproof.sandbox.waiting.time.monotonic", lambda: next(now))


def test_wait_ready_at_once(make_container: MakeContainer) -> None:
    """Nothing to wait for."""
    scene = Scene([make_container()])

    assert wait_ready(scene.look, {"web": expect()}, pause=scene.pause) < 1.0
    assert scene.pauses == 0


def test_wait_ready_for_all_containers_of_all_services(make_container: MakeContainer) -> None:
    """A service is ready when all its containers are."""
    web, db, slow = make_container("web"), make_container("db"), make_container("db", status="created")
    scene = Scene([web], [web, slow], [web, db], [web, db, make_container("db", number=2)])

    wait_ready(scene.look, {"db": expect(count=2, name="db"), "web": expect()}, pause=scene.pause)

    assert scene.pauses == 3


def test_wait_ready_unhealthy_is_not_final(make_container: MakeContainer) -> None:
    """The next probe may succeed, which `up --wait` does not wait for."""
    scene = Scene([make_container(health="unhealthy")], [make_container(health="healthy")])

    wait_ready(scene.look, {"web": expect(health=HEALTH)}, pause=scene.pause)

    assert scene.pauses == 1


def test_wait_ready_ends_at_once_for_what_has_ended(make_container: MakeContainer) -> None:
    """No policy brings it back, so waiting would be in vain."""
    scene = Scene([make_container(status="exited", code=2)])

    with pytest.raises(StackError, match=r"service web \(web-1\) is not ready after 0 s: exited with code 2"):
        wait_ready(scene.look, {"web": expect()}, pause=scene.pause)
    assert scene.pauses == 0


@pytest.mark.usefixtures("endless")
def test_wait_ready_restart_loop_ends(make_container: MakeContainer) -> None:
    """`up --wait` would wait for ever."""
    scene = Scene([make_container(status="restarting", code=1, policy="always", restarts=9)])

    with pytest.raises(StackError, match="restarting, 9 restarts, last exit code 1"):
        wait_ready(scene.look, {"web": expect()}, pause=scene.pause)


@pytest.mark.usefixtures("endless")
def test_wait_ready_missing_container() -> None:
    """A replica that was never made is no replica."""
    scene = Scene([])

    with pytest.raises(StackError, match=r"service web: 0 of 2 containers after \d+ s"):
        wait_ready(scene.look, {"web": expect(count=2)}, pause=scene.pause)


@pytest.mark.usefixtures("endless")
def test_wait_ready_never_healthy_tells_what_the_probe_said(make_container: MakeContainer) -> None:
    """State, health log and last words, on one line each."""
    scene = Scene([make_container(health="unhealthy")])

    with pytest.raises(StackError) as caught:
        wait_ready(scene.look, {"web": expect(health=HEALTH)}, pause=scene.pause)

    assert str(caught.value).splitlines()[1:] == [
        "  health probe exit 1: connection refused",
        "  last log lines:",
        "    the last of 20 lines",
    ]


@pytest.mark.parametrize(
    ("streak", "state", "given_up"),
    [(194, "unhealthy", False), (195, "unhealthy", True), (195, "starting", False), (195, "healthy", False)],
)
def test_author_s_window_counts_from_the_first_probe(
    make_container: MakeContainer,
    monkeypatch: pytest.MonkeyPatch,
    streak: int,
    state: str,
    given_up: bool,  # noqa: FBT001 - a case
) -> None:
    """20 s, then twenty times 5 s and a probe of 2 s; half a minute more, whoever waited for it before."""
    monkeypatch.setattr(waiting, "patience", lambda: 30.0)
    health = Health(interval=5, timeout=30, retries=20, start_period=20)
    probe = {"Start": "2027-03-01T09:30:00Z", "End": "2027-03-01T09:30:02Z", "ExitCode": 1}
    container = make_container(health=state)
    container.data["State"]["Health"] |= {"FailingStreak": streak // 5, "Log": [probe] * 5}
    container.data["Config"]["Healthcheck"] |= {"Interval": 3_000_000_000}

    assert hopeless(container, 0.0, health) is given_up


@pytest.mark.parametrize(("load", "seconds"), [(0.0, 10.0), (2.0, 10.0), (3.0, 15.0), (40.0, 30.0)])
def test_busy_machine_is_given_more_time(
    monkeypatch: pytest.MonkeyPatch, load: float, seconds: float
) -> None:
    """A slow start may be its doing; on one that waits for nothing it is not."""
    monkeypatch.setattr("os.getloadavg", lambda: (load, 0.0, 0.0))
    monkeypatch.setattr("os.cpu_count", lambda: 2)

    assert waiting.patience() == pytest.approx(seconds)


def test_describe_says_what_the_engine_said(make_container: MakeContainer) -> None:
    """A container that could not be started has no log, but the engine knows why."""
    container = make_container(status="created", code=127)
    container.data["State"]["Error"] = "exec: no such file"

    assert "  engine: exec: no such file" in describe(container, "created", 3.2).splitlines()


@pytest.mark.parametrize("length", [1, SHOWN - 1, SHOWN, SHOWN + 1, 10 * SHOWN])
def test_describe_shows_the_end_of_what_a_probe_printed(make_container: MakeContainer, length: int) -> None:
    """A traceback and a client's log say at the end why; dots say that there was more before it."""
    container = make_container(health="unhealthy")
    printed = f"{'x' * (length - 1)}!"
    container.data["State"]["Health"]["Log"] = [{"ExitCode": 7, "Output": f"{printed}\n"}]

    (line,) = [one for one in describe(container, "unhealthy", 3.2).splitlines() if "probe exit 7: " in one]

    shown = line.partition("exit 7: ")[2]
    assert shown == (printed if length <= SHOWN else f"...{printed[-SHOWN:]}")
