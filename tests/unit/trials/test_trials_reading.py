"""What is read from the engine's events."""

import pytest

from stackproof.engine.events import Event
from stackproof.errors import Unknown
from stackproof.trials.results import ByService
from stackproof.trials.stop import _read


def event(seconds: float, action: str, **attributes: str) -> Event:
    """Return an event of a container."""
    return Event(
        seconds=seconds, action=action, container="a", service="web", number=1, attributes=attributes
    )


def test_stop_by_itself() -> None:
    """One signal, and an end of its own."""
    found = _read("web", [event(10.0, "kill", signal="15"), event(10.4, "die", exitCode="0")], 10.0)

    assert (found.signal, found.seconds, found.exit_code) == ("15", 0.4, 0)
    assert not found.killed
    assert not found.out_of_memory


def test_stop_that_needed_force() -> None:
    """Its own signal first, SIGKILL when the grace period was over."""
    events = [
        event(10, "kill", signal="3"),
        event(20, "kill", signal="9"),
        event(20.1, "die", exitCode="137"),
    ]
    found = _read("web", events, 10.0)

    assert (found.signal, found.seconds, found.exit_code) == ("3", 10.1, 137)
    assert found.killed


def test_end_without_signal() -> None:
    """One that ended before it was told to stop shows nothing of how it stops."""
    with pytest.raises(Unknown, match="before it was told"):
        _read("web", [event(10, "oom"), event(10, "die", exitCode="137")], 10.0)

    with pytest.raises(Unknown, match="told of no end of web"):
        _read("web", [event(10, "kill", signal="15")], 10.0)


def test_results_of_one_service() -> None:
    """What could not be seen of one service is its own affair."""
    found = ByService({"web": 1}, {"job": Unknown("job ended")})

    assert found["web"] == 1
    with pytest.raises(Unknown, match="job ended"):
        found["job"]
    with pytest.raises(Unknown, match="no container of db was running"):
        found["db"]
