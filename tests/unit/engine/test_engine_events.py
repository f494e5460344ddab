"""What the engine tells."""

from typing import Any

import pytest

from stackproof.engine import labels
from stackproof.engine.events import Event, EventStream

DIE: dict[str, Any] = {
    "status": "die",
    "id": "abc",
    "Type": "container",
    "Action": "die",
    "Actor": {
        "ID": "abc",
        "Attributes": {
            "com.docker.compose.service": "web",
            "com.docker.compose.container-number": "2",
            "exitCode": "137",
        },
    },
    "scope": "local",
    "time": 1803893400,
    "timeNano": 1803893400250000000,
}


def test_parse() -> None:
    """One line of `docker events --format json`."""
    event = Event.parse(DIE)

    assert event.seconds == pytest.approx(1803893400.25)
    assert (event.action, event.container, event.service, event.number) == ("die", "abc", "web", 2)
    assert event.attributes["exitCode"] == "137"


def test_parse_container_that_compose_did_not_make() -> None:
    """A helper of ours belongs to no service."""
    event = Event.parse({**DIE, "Actor": {"ID": "abc", "Attributes": {"name": "helper"}}})

    assert (event.service, event.number) == ("", 1)


def test_parse_health_status() -> None:
    """The new state is part of the action."""
    assert Event.parse({**DIE, "Action": "health_status: healthy"}).action == "health_status: healthy"


def test_events_are_plain_values() -> None:
    """Two that say the same are equal, and none changes."""
    event = Event.parse(DIE)

    assert event == Event.parse(DIE)
    assert event != Event.parse({**DIE, "Action": "kill"})
    with pytest.raises(AttributeError):
        event.action = "kill"  # type: ignore[misc]


def test_stream_that_has_seen_nothing() -> None:
    """Before the first event there is none, and waiting ends in time."""
    stream = EventStream({labels.RUN: "cafe"})

    stream.wait(0.01)

    assert stream.seen() == []
