"""The background looks at containers, without a thread and with facts of the test's own."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer

from stackproof.engine import engine
from stackproof.engine.events import Event, EventStream
from stackproof.errors import ContainerGoneError, Unknown
from stackproof.facts.model import Facts, Process
from stackproof.sandbox.container import Container
from stackproof.sandbox.watch import SETTLED, Watch, Watched

Seen = Callable[[], Facts]


def _process(pid: int, *, parent: int = 1, uid: int = 0, name: str = "app", session: int = 0) -> Process:
    return Process(
        pid=pid, parent=parent, name=name, command="", state="S", uids=(uid,) * 4, gids=(uid,) * 4,
        cap_effective=0, cap_bounding=0, seccomp=2, no_new_privileges=False, session=session or pid,
    )  # fmt: skip


def _facts(*processes: Process) -> Facts:
    main, look = _process(1, parent=0, uid=1000, name="main"), _process(500, parent=0, name="sh")
    return Facts(
        all_processes=(main, look, *processes), probe=500, sockets=(), mounts=(), users={}, limits={}
    )


def _told(events: EventStream, action: str, seconds: float = 0.0) -> None:
    event = Event(seconds=seconds, action=action, container="web1", service="web", number=1, attributes={})
    events._events.append(event)  # noqa: SLF001 - what the engine would say


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that is set by hand."""
    now = [100.0]
    monkeypatch.setattr("stackproof.sandbox.watch.time.monotonic", lambda: now[0])
    return now


def _watched(
    make: MakeContainer,
    monkeypatch: pytest.MonkeyPatch,
    seen: Seen,
    **more: Any,  # noqa: ANN401 - inspect data
) -> tuple[Watched, EventStream]:
    monkeypatch.setattr(Container, "probe_briefly", lambda _self: seen())
    events = EventStream({})
    return Watched(make("web", **more), events, 0), events


def _roots(one: Watched) -> list[list[int]]:
    return [[process.pid for process in look.roots] for look in one.looks]


def test_root_that_lives_for_a_moment(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is kept, whatever comes after it."""
    found = [_facts(), _facts(_process(30)), _facts()]
    one, _events = _watched(make_container, monkeypatch, lambda: found.pop(0))
    for second in range(3):
        one.look(float(second))

    assert _roots(one) == [[], [30], []]


def test_what_a_killed_check_left_is_not_the_service(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine kills a check that takes too long, and its child becomes one of the main process."""
    check = _process(40, parent=0, name="sh")
    client = _process(41, parent=40, name="pg_isready", session=40)
    orphan = _process(41, parent=1, name="pg_isready", session=40)
    daemon = _process(42, parent=1, name="daemon", session=39)  # of the service, by its double fork
    found = [_facts(check, client), _facts(orphan), _facts(orphan, daemon)]
    one, _events = _watched(make_container, monkeypatch, lambda: found.pop(0))
    for second in range(3):
        one.look(float(second))

    assert _roots(one) == [[], [], [42]]
    assert [look.beside for look in one.looks] == [{40, 41}, {41}, {41}]


def test_idle_shells_of_ours_run_beside_nothing(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They wait for words."""
    one, _events = _watched(make_container, monkeypatch, lambda: _facts(_process(60, parent=0, name="sh")))
    one.look(0.0)

    assert one.looks[0].beside == frozenset()


@pytest.mark.parametrize("health", [None, "healthy"])
def test_start_is_not_looked_at(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, clock: list[float], health: str | None
) -> None:
    """An entrypoint may be root until it is what it is going to be: healthy, or there for a while."""
    one, events = _watched(make_container, monkeypatch, lambda: _facts(_process(30)), health=health)
    for action in ("die", "start"):
        _told(events, action)
        one.look(0.0)
    assert _roots(one) == []
    if health:
        clock[0] += 100
        one.look(1.0)
        assert _roots(one) == []
        _told(events, "health_status: healthy")
    else:
        clock[0] += SETTLED
    one.look(2.0)

    assert _roots(one) == [[30]]


def test_what_cannot_be_looked_at_leaves_a_gap(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    """It is tried again later, and not at each round."""
    asked = []

    def gone() -> Facts:
        asked.append(clock[0])
        msg = "gone"
        raise ContainerGoneError(msg)

    one, _events = _watched(make_container, monkeypatch, gone)
    for _round in range(12):
        one.look(0.0)
        clock[0] += 1

    assert one.looks == []
    assert one.trouble == "gone"
    assert asked == [100, 100 + SETTLED, 100 + 2 * SETTLED]


def test_watch_looks_until_it_is_closed(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a thread of its own; afterwards nobody may take what it saw for the present."""
    monkeypatch.setattr(Container, "probe_briefly", lambda _self: _facts(_process(30)))
    monkeypatch.setattr(engine, "clock", lambda: "1970-01-01T01:00:50.5+01:00")
    events = EventStream({})
    _told(events, "start", 51)
    watch = Watch(events, [make_container("web")], every=0.01).start()
    while len(watch.looks("web1")) < 3:
        pass
    _told(events, "start", 50.4)  # of the bring-up, and told late
    _told(events, "die", 50.5)

    assert watch.trouble("web1") == ""
    assert [event.action for event in watch.told("web1")] == ["die"]
    assert watch.looks("other1") == []
    watch.close()
    with pytest.raises(Unknown, match="ended before its time"):
        watch.looks("web1")
