"""What the engine's events say of a stop."""

from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.trials.scenes import Scene, event
from tests.unit.trials.trees import TERM, member, tree

from stackproof.errors import Unknown
from stackproof.sandbox.container import Container
from stackproof.stack.model import Model
from stackproof.trials import standing, stop
from stackproof.trials.stop import EVENTS_WITHIN, StopTrial
from stackproof.trials.tree import Tree

SERVER = tree(member(1, 0, "server", caught=1 << (TERM - 1)))
DEAF = tree(member(1, 0, "sh"))


@pytest.fixture(autouse=True)
def sees(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Tree]]:
    """Return what is seen of services, one look after the other; a server otherwise."""
    seen: dict[str, list[Tree]] = {}

    def look(containers: list[Container], own: object) -> dict[str, Tree]:
        assert own == {}
        return {c.id: trees.pop(0) for c in containers if (trees := seen.setdefault(c.service, [SERVER]))}

    monkeypatch.setattr("stackproof.engine.engine.clock", lambda: "2027-03-01T09:35:00.25Z")
    monkeypatch.setattr("stackproof.trials.tree.look", look)
    return seen


def _scene(make: MakeContainer, monkeypatch: pytest.MonkeyPatch, **services: dict[str, Any]) -> Any:  # noqa: ANN401
    model = Model(raw={"services": services})
    stack = SimpleNamespace(services=model.services, model=model)
    scene = Scene(lambda _now: [make(name) for name in services], stack=stack)
    for module in (standing, stop):
        monkeypatch.setattr(module, "time", scene)
    return scene


def _why(found: dict[str, StopTrial], service: str) -> str:
    with pytest.raises(Unknown) as caught:
        found[service]
    return str(caught.value)


def test_each_for_itself(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be said of one service says nothing of the others."""
    needs = {"depends_on": {"web": {"condition": "service_started"}}}
    scene = _scene(
        make_container, monkeypatch, early=needs, silent=needs, loop=needs,
        web={"stop_grace_period": "4s"}, fast={},
    )  # fmt: skip
    there = [make_container(name) for name in ("early", "silent", "web", "fast")]
    scene.there = lambda _now: [*there, make_container("loop", status="restarting", restarts=4)]
    scene.events.tell(
        event(0.5, "die", "early1", exitCode="3"), event(1, "kill", "early1", signal="15"),
        event(1, "kill", "silent1", signal="15"),
        event(1, "kill", "web1", signal="15"), event(1.23456, "die", "web1", exitCode="143"),
        event(1, "kill", "fast1", signal="3"), event(1, "die", "fast1"),
    )  # fmt: skip
    found = stop.stop_trial(scene)

    assert _why(found, "early") == "early ended before it was told to stop"
    assert _why(found, "silent") == "the engine told of no end of silent after `docker compose stop`"
    assert _why(found, "loop").startswith("loop-1 was restarted 4 times by itself before the fault")
    web, fast = found["web"], found["fast"]
    assert (web.signal, web.seconds, web.grace, web.exit_code, web.main) == ("15", 0.23, 4.0, 143, "server")
    assert (fast.signal, fast.seconds, fast.grace, fast.exit_code) == ("3", 0.0, 10.0, -1)
    assert (web.out_of_memory, fast.killed) == (False, False)
    assert scene.now >= standing.WINDOW + EVENTS_WITHIN


def test_end_that_is_told_late(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a loaded machine the last event may come after the command has ended."""
    scene = _scene(make_container, monkeypatch, web={})
    scene.events.tell(event(1, "kill", signal="15"), event(1.5, "stop"))
    scene.later = [(EVENTS_WITHIN - 2, event(1.25, "die", exitCode="0"))]
    found = stop.stop_trial(scene)["web"]

    assert (found.seconds, found.exit_code) == (0.25, 0)
    assert scene.now == pytest.approx(EVENTS_WITHIN - 2, abs=0.15)


def test_kill_for_want_of_memory(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, sees: dict[str, list[Tree]]
) -> None:
    """It is told; a signal that the engine does not tell by its number is nothing that the kernel drops."""
    sees["web"] = [DEAF]
    scene = _scene(make_container, monkeypatch, web={})
    scene.events.tell(
        *(event(1, "kill"), event(2, "oom"), event(3, "kill", signal="9"), event(3.5, "die", exitCode="137"))
    )
    found = stop.stop_trial(scene)["web"]

    assert (found.signal, found.killed, found.out_of_memory, found.dropped) == ("?", True, True, False)


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        ("b is not ready", "it could not be looked at once more: b is not ready"),
        ("", "the engine told of no end of web after `docker compose stop`"),
    ],
)
def test_nobody_knows_how_it_stops_alone(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, trouble: str, why: str
) -> None:
    """Killed in company: that alone says nothing."""
    scene = _scene(make_container, monkeypatch, web={})
    scene.events.tell(event(1, "kill", signal="15"), event(11, "kill", signal="9"), event(11, "die"))

    def restore() -> str:
        state = {"Status": "running", "ExitCode": 0, "StartedAt": "2027-03-01T09:31:00Z"}
        scene.there = lambda _now: [make_container("web", State=state)]
        return trouble

    scene.restore = restore

    assert _why(stop.stop_trial(scene), "web") == why


def test_one_that_ends_by_itself_before_it_is_held(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, sees: dict[str, list[Tree]]
) -> None:
    """Then nobody sees who is told."""
    sees["web"] = [tree(member(1, 0, "docker-init"), member(2, 1, "python", "tcp 80"))]
    scene = _scene(make_container, monkeypatch, web={})
    scene.events.tell(event(1, "kill", signal="15"), event(1.5, "die", exitCode="143"))

    assert _why(stop.stop_trial(scene), "web") == (
        "web-1 ended by itself before it was stopped, exit 143: the last of 1 lines"
    )
