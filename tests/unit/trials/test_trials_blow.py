"""What comes of a blow."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.trials.scenes import STARTED, Scene, event
from tests.unit.trials.trees import HTTP, WRAPPED, member, service, tree

from stackproof.errors import CommandError, Unknown
from stackproof.sandbox.container import Container
from stackproof.sandbox.waiting import EVERY, LEAST, Expectation
from stackproof.trials import blow
from stackproof.trials.aims import Aim, aims
from stackproof.trials.blow import Blow, Struck, killed_by_operator
from stackproof.trials.tree import Tree


def test_kill_by_an_operator() -> None:
    """A kill or a stop through the engine is one; an end and a start are none."""
    assert killed_by_operator([event(1, "kill", signal="9")])
    assert killed_by_operator([event(1, "stop")])
    assert not killed_by_operator([event(1, "die"), event(2, "start")])


# -- striking ----------------------------------------------------------------------------------------


def _strike(  # noqa: PLR0913 - what a blow is struck with
    scene: Scene,
    aim: Aim,
    monkeypatch: pytest.MonkeyPatch,
    make: MakeContainer,
    seen: Tree | Callable[[], Tree | None],
    *,
    restless: bool = False,
    **was: Any,  # noqa: ANN401 - what inspect says
) -> Blow:
    sandbox: Any = scene
    expected = Expectation(service=service(), health=None, one_shot=False, count=1)
    sandbox.expectations = lambda: {"web": expected}

    def crash(container: Container, own: object, pids: list[int]) -> None:
        assert own is scene.labels
        scene.done.append(f"{container} {pids}")

    def look(containers: list[Container], own: object) -> dict[str, Tree]:
        assert own is scene.labels
        scene.looked.append(scene.now)
        found = {container.id: seen() if callable(seen) else seen for container in containers}
        return {key: there for key, there in found.items() if there is not None}

    monkeypatch.setattr(blow, "time", scene)
    monkeypatch.setattr(blow, "crash", crash)
    monkeypatch.setattr("stackproof.trials.tree.look", look)
    struck = blow.strike(make("web", **was), aim, sandbox)
    assert (struck.aim, struck.before.name) == (aim, "web-1")
    if struck.back is None:
        return blow.settled([struck], sandbox, 0.0)[0]
    words = {"restless": True} if restless else {}
    return blow.settled([struck], sandbox, 10.0, **words)[0]


def _state(status: str, started: str = STARTED, code: int = 0) -> dict[str, Any]:
    return {"Status": status, "ExitCode": code, "StartedAt": started, "Error": ""}


AGAIN = "2027-03-01T09:30:20.25Z"


def test_restarted_and_steady(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy acts, the port is there, and it stays for the window."""
    scene = Scene(
        lambda now: [make_container("web", policy="always", restarts=2 + int(now > 1), State=_state(
            "running" if now > 1 else "restarting", AGAIN if now > 1 else STARTED))]
    )  # fmt: skip
    scene.events.tell(event(19, "die", exitCode="137"), event(20, "start"))
    found = _strike(scene, aims(WRAPPED, service())[0], monkeypatch, make_container, WRAPPED, restarts=2)

    assert scene.done == ["web-1 [2]"]
    assert (found.failed, found.restarts, found.exit_code, found.steady_seconds) == (False, 1, 137, 10.0)
    assert (found.lived_before, found.lived_after, found.operator_kill) == (19.0, None, False)
    assert (found.ready_seconds, scene.looked) == (1.25, [1.25, 11.25])


def test_stopped_by_somebody(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill through the engine meanwhile is told: then it was no crash. One before its start is not."""
    scene = Scene(lambda _now: [make_container("web", restarts=1, State=_state("running", AGAIN))])
    aim = aims(WRAPPED, service())[0]
    scene.events.tell(event(-5, "kill", signal="9"), event(19, "die", exitCode="137"))
    assert not _strike(scene, aim, monkeypatch, make_container, WRAPPED).operator_kill

    scene.events.tell(event(19.5, "kill", signal="9"))
    assert _strike(scene, aim, monkeypatch, make_container, WRAPPED).operator_kill


def test_back_for_seconds_only(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """An end after the start that brought it back is a new one, also where it runs once more by then."""
    scene = Scene(lambda _now: [make_container("web", restarts=1, State=_state("running", AGAIN))])
    scene.events.tell(event(19, "die", exitCode="137"), event(20, "start"), event(23.2, "die", exitCode="1"))
    found = _strike(scene, aims(WRAPPED, service())[0], monkeypatch, make_container, WRAPPED)

    assert found.again == "3.2 s after its start, exit 1: the last of 1 lines"
    assert found.failed
    assert found.lived_after == pytest.approx(3.2)


def test_ends_within_the_window(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is there again, and ends by itself some seconds later: how long it lived then is told."""

    def there(now: float) -> list[Container]:
        if now >= 10 and scene.events.count() == 3:
            scene.events.tell(event(24.5, "die", exitCode="3"))
        return [make_container("web", restarts=1, State=_state("running", AGAIN))]

    scene = Scene(there)
    scene.events.tell(event(0, "start"), event(19, "die"), event(20, "start"))
    found = _strike(scene, aims(WRAPPED, service())[0], monkeypatch, make_container, WRAPPED)

    assert found.again == "4.5 s after its start, exit 3: the last of 1 lines"
    assert (found.lived_before, found.lived_after, found.exit_code) == (19.0, 4.5, -1)


@pytest.mark.parametrize("status", ["exited", "dead"])
def test_stays_down(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    """Without a policy that acts it is down after some seconds, also if it was restarted before."""
    scene = Scene(lambda _now: [make_container("web", restarts=1, State=_state(status, code=137))])
    aim = aims(WRAPPED, service())[0]
    found = _strike(scene, aim, monkeypatch, make_container, WRAPPED, restarts=1)

    assert (found.down, found.missing, found.trouble, found.exit_code) == (True, False, "", None)
    assert (found.waited_seconds, found.lived_before) == (blow.STAYS_AWAY_FOR + EVERY, 0.0)
    assert (scene.looked, scene.now) == ([], found.waited_seconds)  # nobody waits for a window


def test_start_that_does_not_come(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine says that it restarts it, and has not done so when the time for it is over."""
    scene = Scene(lambda _now: [make_container("web", State=_state("restarting", code=137))])
    found = _strike(scene, aims(WRAPPED, service())[0], monkeypatch, make_container, WRAPPED)

    assert (found.down, found.missing, found.trouble) == (True, False, "")
    assert found.waited_seconds == blow.COMES_BACK_WITHIN


def test_policy_that_gives_up(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """`on-failure:1` restarts it once; its second end is final, and it did not become what it was."""
    scene = Scene(lambda _now: [make_container("web", restarts=1, State=_state("exited", AGAIN, code=1))])
    scene.events.tell(event(0, "start"), event(19, "die"), event(20, "start"), event(23, "die"))
    found = _strike(scene, aims(WRAPPED, service())[0], monkeypatch, make_container, WRAPPED)

    assert not found.down
    assert "exited with code 1 after 1 restarts" in found.trouble
    assert (found.lived_before, found.lived_after) == (19.0, 3.0)


def test_container_that_is_removed(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """By whomever, at once or while it is watched: then nobody knows what would have become of it."""
    for until in (0, 5):
        scene = Scene(lambda now, until=until: [make_container("web")] * (now < until))  # type: ignore[misc]
        again = tree(member(1, 0, "sh"), member(9, 1, "python", HTTP))
        with pytest.raises(Unknown, match=r"^web-1 was removed while it was watched$"):
            _strike(scene, aims(WRAPPED, service())[0], monkeypatch, make_container, again)


def test_wrapper_that_lives_on(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The container runs, and nobody serves the port."""
    scene = Scene(lambda _now: [make_container("web")])
    alone = tree(member(1, 0, "sh"))
    found = _strike(scene, aims(WRAPPED, service())[0], monkeypatch, make_container, alone)

    assert (found.missing, found.wrapper, found.promise) == (True, "sh", "port 8000")
    assert found.waited_seconds == LEAST  # the service's own time
    assert all(later - sooner >= blow.LOOK_EVERY for sooner, later in pairwise(scene.looked[:-1]))


def test_health_check_that_is_slow(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it has not found yet is not missing: the port is served, and the service has its own time."""
    well = blow.COMES_BACK_WITHIN + 15.0
    scene = Scene(lambda now: [make_container("web", health="healthy" if now > well else "unhealthy")])
    again = tree(member(1, 0, "sh"), member(9, 1, "python", HTTP))
    found = _strike(scene, aims(WRAPPED, service())[0], monkeypatch, make_container, again)

    assert (found.failed, found.missing) == (False, False)
    assert found.ready_seconds == pytest.approx(well, abs=1)


def test_health_check_that_finds_nothing(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The port is there, and the service is unhealthy until its time is over; it was not restarted."""
    scene = Scene(lambda _now: [make_container("web", health="unhealthy")])
    again = tree(member(1, 0, "sh"), member(9, 1, "python", HTTP))
    found = _strike(scene, aims(WRAPPED, service())[0], monkeypatch, make_container, again)

    assert not found.missing
    assert "is not ready after 60 s: unhealthy" in found.trouble
    assert set(scene.looked) == {LEAST}  # nobody looks before
    assert found.came == "has port 8000 again after the process that serves port 8000 (python) died"


def test_port_that_takes_its_time(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container that was started again without a health check has the time of its service for its port."""
    scene = Scene(lambda _now: [make_container("web", restarts=1, State=_state("running", AGAIN))])
    slow = blow.COMES_BACK_WITHIN + 15.0
    aim = aims(WRAPPED, service())[0]

    def seen() -> Tree:
        return WRAPPED if scene.now > slow else tree(member(1, 0, "sh"))

    found = _strike(scene, aim, monkeypatch, make_container, seen)
    assert (found.failed, found.came) == (False, "was restarted")

    scene.now, slow = 0.0, 1000.0
    found = _strike(scene, aim, monkeypatch, make_container, seen)
    assert "is not ready after 60 s: port 8000 is not there" in found.trouble

    scene.now, scene.there = 0.0, lambda _now: [make_container("web", restarts=1, health="unhealthy")]
    found = _strike(scene, aim, monkeypatch, make_container, seen)
    assert "is not ready after 60 s: unhealthy" in found.trouble


def test_victim_that_does_not_end(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was tried then: unknown, and neither "came back" nor "is missing"."""
    scene = Scene(lambda _now: [make_container("web")])

    with pytest.raises(Unknown, match=r"port 8000 \(python\) of web-1 has not ended 60 s after SIGKILL"):
        _strike(scene, aims(WRAPPED, service())[0], monkeypatch, make_container, WRAPPED)


def test_time_that_the_kill_takes(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a loaded machine it is no part of the time in which a policy must act."""
    scene = Scene(
        lambda now: [
            make_container("web", restarts=1, State=_state("running", AGAIN))
            if now > 20.0 + blow.STAYS_AWAY_FOR / 2
            else make_container("web", State=_state("exited", code=137))
        ]
    )

    def kill(*_words: object) -> None:
        scene.now += 20.0

    sandbox: Any = scene
    expected = Expectation(service=service(), health=None, one_shot=False, count=1)
    sandbox.expectations = lambda: {"web": expected}
    monkeypatch.setattr(blow, "time", scene)
    monkeypatch.setattr(blow, "crash", kill)
    monkeypatch.setattr("stackproof.trials.tree.look", lambda cs, _own: {c.id: WRAPPED for c in cs})
    struck = blow.strike(make_container("web"), aims(WRAPPED, service())[0], sandbox)

    assert not struck.blow.down
    assert struck.blow.ready_seconds == pytest.approx(1.75, abs=0.5)


def test_port_that_another_process_holds(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that ended again is seen by its successor; one that does so all the time serves."""
    for restless in (False, True):
        scene = Scene(lambda _now: [make_container("web")])
        pids = iter(range(10, 100))

        def seen(pids: Iterator[int] = pids) -> Tree:
            return tree(member(1, 0, "sh"), member(next(pids), 1, "nc", HTTP))

        aim = aims(WRAPPED, service())[0]
        found = _strike(scene, aim, monkeypatch, make_container, seen, restless=restless)

        assert (found.failed, found.changed) == (not restless, not restless)
        assert found.again == ("" if restless else "within 10 s, and was started once more")
        assert found.steady_seconds == (10.0 if restless else None)


@pytest.mark.parametrize(
    ("unwell", "again", "trouble", "ends"),
    [
        pytest.param((5, 14), "", "", 14, id="unhealthy for a moment"),
        pytest.param((5, 1e9), "", "it is unhealthy 10 s after it came back", 20, id="unhealthy"),
        pytest.param((99, 99), "port 8000 was gone 10 s later", "", 10, id="no process any more"),
    ],
)
def test_window_after_it_came_back(  # noqa: PLR0913, PLR0917 - a case
    make_container: MakeContainer,
    monkeypatch: pytest.MonkeyPatch,
    unwell: tuple[float, float],
    again: str,
    trouble: str,
    ends: float,
) -> None:
    """What is well once more soon after the window stood it; what another service is says nothing of it."""

    def there(now: float) -> list[Container]:
        health = "unhealthy" if unwell[0] <= now < unwell[1] else "healthy"
        return [make_container("db", health="unhealthy"), make_container("web", health=health)]

    scene = Scene(there)
    now = tree(member(1, 0, "sh"), member(9, 1, "python", HTTP))

    def seen() -> Tree | None:
        return None if again and scene.now else now

    found = _strike(scene, aims(WRAPPED, service())[0], monkeypatch, make_container, seen)

    assert (found.again, found.trouble, scene.now) == (again, trouble, ends)
    assert found.steady_seconds == (None if again or trouble else 10.0)


def test_one_that_did_not_come_back_is_not_looked_at(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came of it is known already; another one that was struck beside it is."""
    gone, back = make_container("web", State=_state("exited")), make_container("db")
    sandbox: Any = Scene(lambda _now: [gone, back])
    whose: list[str] = []

    def look(containers: list[Container], _own: object) -> dict[str, Tree]:
        whose.extend(container.name for container in containers)
        return {container.id: WRAPPED for container in containers}

    monkeypatch.setattr(blow, "time", sandbox)
    monkeypatch.setattr("stackproof.trials.tree.look", look)
    aim, plain = aims(WRAPPED, service())[0], Blow(words="", wrapper="", promise="")
    down = Struck(blow=replace(plain, down=True), aim=aim, before=gone, back=None)
    stood = Struck(blow=plain, aim=aim, before=back, back=back, holders=frozenset({2}))

    assert blow.settled([down, stood], sandbox, 10.0) == [down.blow, replace(plain, steady_seconds=10.0)]
    assert whose == ["db-1"]


def test_process_that_is_gone_already(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ended by itself between the look and the kill: nothing was killed, so nothing is known."""
    sandbox: Any = Scene(lambda _now: [make_container("web")])
    sandbox.expectations = lambda: {"web": None}

    def refused(*_words: object) -> None:
        msg = "process 2 is not in container web1"
        raise CommandError(msg)

    monkeypatch.setattr(blow, "crash", refused)
    with pytest.raises(Unknown, match="of web-1 could not be killed, it may have ended by itself: process 2"):
        blow.strike(make_container("web"), aims(WRAPPED, service())[0], sandbox)
