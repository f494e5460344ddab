"""Who stands by itself before a fault, and what is said of those that do not."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer, QuietContainer
from tests.unit.trials.scenes import Scene, event

from stackproof.sandbox.container import Container
from stackproof.trials import standing
from stackproof.trials.standing import WINDOW, last_end

LATER = "2027-03-01T09:30:03.25Z"


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[dict[str, str], dict[str, str]]]:
    """Return a function that says which containers of a scene stand, and why the others do not."""

    def found(scene: Scene, clock: str = "2027-03-01T09:35:00.25Z") -> tuple[dict[str, str], dict[str, str]]:
        monkeypatch.setattr(standing, "time", scene)
        monkeypatch.setattr("stackproof.engine.engine.clock", lambda: clock)
        sandbox: Any = scene
        stood, unseen = standing.standing(sandbox)
        return {key: one.name for key, one in stood.items()}, {key: str(why) for key, why in unseen.items()}

    return found


def test_replicas(make_container: MakeContainer, stand: Callable[..., Any]) -> None:
    """The first stands for all, and none does where one of them does not."""
    several = [make_container("web", number=number) for number in (1, 2, 3)]
    assert stand(Scene(lambda _now: several)) == ({"web": "web-1"}, {})

    several[2] = make_container("web", number=3, health="unhealthy")
    scene = Scene(lambda _now: several)
    assert stand(scene) == ({}, {"web": "web-3 was unhealthy before the fault"})
    assert scene.now == WINDOW


def test_those_that_are_meant_to_end(make_container: MakeContainer, stand: Callable[..., Any]) -> None:
    """By what Compose says of them, or by how they ended; they are neither waited for nor told."""
    ended = [make_container("job", status="exited", code=1), make_container("migrate", status="exited")]
    scene = Scene(lambda _now: [*ended, make_container("web")], one_shots=frozenset({"job"}))

    assert stand(scene) == ({"web": "web-1"}, {})
    assert scene.now == 0


def test_one_that_becomes_well(make_container: MakeContainer, stand: Callable[..., Any]) -> None:
    """It is waited for, no longer than it takes."""
    scene = Scene(lambda now: [make_container("web", health="healthy" if now >= 4 else "starting")])

    assert stand(scene) == ({"web": "web-1"}, {})
    assert scene.now == 4


@pytest.mark.parametrize(
    ("seconds", "restarts", "waits"), [(9, 1, WINDOW), (10, 1, 0), (11, 1, 0), (9, 0, 0)]
)
def test_one_that_was_restarted_lately(
    make_container: MakeContainer, stand: Callable[..., Any], seconds: int, restarts: int, waits: float
) -> None:
    """It may be in a loop until it has run for so long that the engine calls it none."""
    scene = Scene(lambda _now: [make_container("web", restarts=restarts)])

    assert stand(scene, f"2027-03-01T09:30:{seconds:02}.25Z") == ({"web": "web-1"}, {})
    assert scene.now == waits


@pytest.mark.parametrize(
    ("first", "then", "why"),
    [
        pytest.param(
            {"status": "exited", "code": 3},
            {"status": "exited", "code": 3},
            "web-1 ended by itself before the fault, exit 3: the last of 1 lines",
            id="is down",
        ),
        pytest.param(
            {"status": "restarting", "restarts": 4},
            {"restarts": 5},
            "",
            id="the engine tells of no other start",
        ),
        pytest.param(
            {"restarts": 4, "health": "starting"},
            {"restarts": 5, "State": {"Status": "running", "ExitCode": 0, "StartedAt": LATER}},
            "web-1 was restarted 5 times by itself before the fault, exit 0: the last of 1 lines",
            id="was started once more",
        ),
        pytest.param(
            None, {}, "web-1 ended by itself before the fault, exit 0: the last of 1 lines", id="is new"
        ),
    ],
)
def test_one_that_does_not_stand(
    make_container: MakeContainer,
    stand: Callable[..., Any],
    first: dict[str, Any] | None,
    then: dict[str, Any],
    why: str,
) -> None:
    """It is told as that, and the fault is blamed for nothing."""
    other = make_container("db", health="unhealthy")

    def there(now: float) -> list[Container]:
        words = first if now < 1 else then
        return [other, *([make_container("web", **words)] if words is not None else [])]

    stood, unseen = stand(Scene(there))

    assert unseen.get("web", "") == why
    assert stood == ({} if why else {"web": "web-1"})
    assert unseen["db"] == "db-1 was unhealthy before the fault"


def test_last_end(make_container: MakeContainer) -> None:
    """By what the engine told of it; what it forgets with the next start comes from its events."""
    sandbox: Any = Scene(lambda _now: [])
    one = make_container("web", code=5)
    assert last_end(one, sandbox) == "exit 5: the last of 1 lines"

    sandbox.events.tell(event(1, "die", exitCode="3"), event(2, "die", exitCode="4"))
    sandbox.events.tell(
        event(3, "die", "web2", exitCode="9"), event(3, "die", "db1", exitCode="9"), event(4, "start")
    )
    assert last_end(one, sandbox) == "exit 4: the last of 1 lines"
    sandbox.events.tell(event(5, "die"))
    assert last_end(one, sandbox) == "exit ?: the last of 1 lines"


@pytest.mark.parametrize(("log", "words"), [("a\nb\n", "b"), ("", "(it said nothing)")])
def test_last_words(make_container: MakeContainer, log: str, words: str) -> None:
    """Of a log the last line, if there is one."""

    class Says(QuietContainer):
        def logs(self, tail: int = 20) -> str:
            assert tail == 1
            return log

    sandbox: Any = Scene(lambda _now: [])

    assert last_end(Says(make_container("web").data), sandbox) == f"exit 0: {words}"
