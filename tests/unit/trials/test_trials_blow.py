"""What comes of a blow, and what becomes of processes that are held."""

from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.trials.scenes import STARTED, Scene, event
from tests.unit.trials.trees import member, service, tree

from stackproof.errors import CommandError, Unknown
from stackproof.sandbox.waiting import Expectation
from stackproof.stack.model import Model
from stackproof.trials import blow
from stackproof.trials.aims import Aim, aims
from stackproof.trials.blow import Blow, Struck, killed_by_operator
from stackproof.trials.crashing import SURER, _in_doubt, dependants_first
from stackproof.trials.holding import Held, read, to_hold
from stackproof.trials.tree import Tree

HTTP = "tcp 8000"
SANDBOX: Any = SimpleNamespace(stack=SimpleNamespace(services={"web": service()}))
POOL = tree(
    member(1, 0, "gunicorn", HTTP),
    member(2, 1, "gunicorn", HTTP),
    member(3, 1, "gunicorn", HTTP, started=1),
)
WRAPPED = tree(member(1, 0, "sh"), member(2, 1, "python", HTTP))


def test_kill_by_an_operator() -> None:
    """A kill or a stop through the engine is one; an end and a start are none."""
    assert killed_by_operator([event(1, "kill", signal="9")])
    assert killed_by_operator([event(1, "stop")])
    assert not killed_by_operator([event(1, "die"), event(2, "start")])


# -- striking ----------------------------------------------------------------------------------------


def _strike(
    scene: Scene, aim: Aim, monkeypatch: pytest.MonkeyPatch, make: MakeContainer, seen: Tree, **was: str
) -> Blow:
    sandbox: Any = scene
    expected = Expectation(service=service(), health=None, one_shot=False, count=1)
    sandbox.expectations = lambda: {"web": expected}
    monkeypatch.setattr(blow, "time", scene)
    monkeypatch.setattr(blow, "crash", lambda container, _own, pids: scene.done.append(f"{container} {pids}"))
    monkeypatch.setattr(
        "stackproof.trials.tree.look", lambda containers, _own: {c.id: seen for c in containers}
    )
    struck = blow.strike(make("web", **was), aim, sandbox)
    return blow.settled([struck], sandbox, 10.0)[0] if struck.back else struck.blow


def _state(status: str, started: str = STARTED, code: int = 0) -> dict[str, Any]:
    return {"Status": status, "ExitCode": code, "StartedAt": started, "Error": ""}


AGAIN = "2027-03-01T09:30:20.25Z"


def test_restarted_and_steady(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy acts, the port is there, and it stays for the window."""
    scene = Scene(
        lambda now: [make_container("web", policy="always", restarts=int(now > 1), State=_state(
            "running" if now > 1 else "restarting", AGAIN if now > 1 else STARTED))]
    )  # fmt: skip
    scene.events.tell(event(19, "die", exitCode="137"), event(20, "start"))
    found = _strike(scene, aims(WRAPPED, service())[0], monkeypatch, make_container, WRAPPED, policy="always")

    assert scene.done == ["web-1 [2]"]
    assert (found.failed, found.restarts, found.exit_code, found.steady_seconds) == (False, 1, 137, 10.0)
    assert (found.lived_before, found.lived_after, found.operator_kill) == (19.0, None, False)


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


def test_stays_down(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a policy that acts the container is down after some seconds."""
    scene = Scene(lambda _now: [make_container("web", State=_state("exited", code=137))])
    found = _strike(scene, aims(WRAPPED, service())[0], monkeypatch, make_container, WRAPPED)

    assert (found.down, found.trouble) == (True, "")
    assert scene.now < blow.COMES_BACK_WITHIN


def test_policy_that_gives_up(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """`on-failure:1` restarts it once; its second end is final, and it did not become what it was."""
    scene = Scene(lambda _now: [make_container("web", restarts=1, State=_state("exited", AGAIN, code=1))])
    found = _strike(scene, aims(WRAPPED, service())[0], monkeypatch, make_container, WRAPPED)

    assert not found.down
    assert "exited with code 1 after 1 restarts" in found.trouble


def test_wrapper_that_lives_on(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The container runs, and nobody serves the port."""
    scene = Scene(lambda _now: [make_container("web")])
    alone = tree(member(1, 0, "sh"))
    found = _strike(scene, aims(WRAPPED, service())[0], monkeypatch, make_container, alone)

    assert (found.missing, found.wrapper, found.promise) == (True, "sh", "port 8000")
    assert blow.COMES_BACK_WITHIN <= found.waited_seconds < blow.COMES_BACK_WITHIN + 1


# -- what is in doubt, and in which order --------------------------------------------------------------


def test_doubt(make_container: MakeContainer) -> None:
    """Another blow in its window, or no longer life before than after: that is no proof against the blow."""
    aim = aims(WRAPPED, service())[0]
    one, other = (
        Struck(
            blow=Blow(words="", wrapper="", promise=""),
            aim=aim,
            before=make_container(),
            back=make_container(),
        )
        for _ in range(2)
    )

    def failed(**what: Any) -> Blow:  # noqa: ANN401 - fields of a blow
        return Blow(words="", wrapper="", promise="", **what)

    again = failed(again="x", lived_before=60.0, lived_after=3.0)
    assert _in_doubt(again, one, [one, other])
    assert not _in_doubt(again, other, [one, other])
    assert _in_doubt(failed(again="x", lived_before=3.0 + SURER / 2, lived_after=3.0), other, [other])
    assert not _in_doubt(failed(down=True), one, [one, other])
    assert not _in_doubt(failed(missing=True), one, [one, other])


def test_dependants_come_first() -> None:
    """Each is struck while what it needs is well."""
    raw = {
        "services": {
            "db": {},
            "app": {"depends_on": {"db": {"condition": "service_started"}}},
            "side": {"network_mode": "service:app"},
            "proxy": {"depends_on": {"app": {"condition": "service_healthy"}}},
        }
    }
    order = dependants_first(Model(raw=raw))

    assert order[-2:] == ["app", "db"]
    assert set(order) == {"db", "app", "side", "proxy"}


# -- holding -------------------------------------------------------------------------------------------


def test_who_is_held() -> None:
    """Programs below process 1 and workers of a pool; not what its supervisor continues itself."""
    s6 = tree(
        member(1, 0, "s6-svscan"),
        member(2, 1, "s6-supervise"),
        member(3, 2, "app", HTTP),
        member(4, 3, "app", HTTP),
    )
    assert [m.pid for m in to_hold(WRAPPED, SANDBOX, "web")] == [2]
    assert [m.pid for m in to_hold(POOL, SANDBOX, "web")] == [2, 3]
    assert [m.pid for m in to_hold(s6, SANDBOX, "web")] == [4]
    assert to_hold(tree(member(1, 0, "nginx", HTTP), member(2, 1, "nginx", HTTP)), SANDBOX, "web") == []


def test_what_became_of_them() -> None:
    """Killed without a word, killed after one, told and let go, and waited for."""
    members = [member(pid, 1, f"p{pid}") for pid in range(2, 7)]
    said = "killed 2\ntold 3 16384\nkilled 3\ntold 4 16384\nfreed 4\nfreed 5\nended 6\n"

    assert read(said, members) == Held(
        unheard=("p2",), cut_off=("p3",), told=("p3", "p4"), waited_for=("p5",)
    )


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
