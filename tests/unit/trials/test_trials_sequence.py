"""What belongs to a trial is told by the engine's own sequence, not by the clock."""

from types import SimpleNamespace
from typing import Any

from tests.unit.conftest import MakeContainer

from stackproof.engine.events import Event, EventStream
from stackproof.sandbox.container import timestamp
from stackproof.trials.stop import stop_trial

STARTED = "2027-03-01T09:30:00.25Z"


def event(seconds: float, action: str, **attributes: str) -> Event:
    """Return an event of the container, so many seconds after its last start."""
    return Event(
        seconds=timestamp(STARTED) + seconds,
        action=action,
        container="web1",
        service="web",
        number=1,
        attributes=attributes,
    )


def test_stop_right_after_a_crash(make_container: MakeContainer) -> None:
    """How the crash ended it, half a second before it was started again, is no part of how it stops."""
    events = EventStream({})
    crash = [event(-0.4, "die", exitCode="137")]
    own = [event(0.1, "kill", signal="15"), event(0.3, "die", exitCode="0")]
    events._events += [*crash, *own]  # noqa: SLF001 - what the engine told
    sandbox: Any = SimpleNamespace(
        look=lambda: [make_container("web")],
        events=events,
        stop=lambda: None,
        restore=lambda: "",
        stack=SimpleNamespace(services={"web": SimpleNamespace(grace=10.0)}),
    )
    found = stop_trial(sandbox)["web"]

    assert (found.signal, found.exit_code, found.seconds) == ("15", 0, 0.2)
    assert not found.killed
