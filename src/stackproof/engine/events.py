"""What happened, as the engine tells it: a live stream, because the engine forgets after 256 events."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Self

from stackproof.engine import labels
from stackproof.errors import EngineGoneError

# Health probes make three exec events each; we ask only for what we judge.
ACTIONS = ("create", "start", "die", "kill", "stop", "oom", "health_status", "restart", "destroy")
LOST = "the engine was restarted, or the connection to it broke: what was seen meanwhile does not count"


@dataclass(frozen=True, kw_only=True)
class Event:
    """One container event."""

    seconds: float  # since the epoch, engine clock
    action: str
    container: str
    service: str
    number: int
    attributes: dict[str, str]
    received: float = field(default_factory=time.monotonic, compare=False)
    """When it was told, by this machine's clock."""

    @classmethod
    def parse(cls, raw: dict[str, Any]) -> Self:
        """Read one as the engine tells it (API reference, SystemEvents)."""
        attributes = raw["Actor"]["Attributes"]
        return cls(
            seconds=raw["timeNano"] / 1e9,
            action=raw["Action"],
            container=raw["Actor"]["ID"],
            service=attributes.get(labels.COMPOSE_SERVICE, ""),
            number=int(attributes.get(labels.COMPOSE_NUMBER, "1")),
            attributes=attributes,
        )


class EventStream:
    """Container events with our labels, from `start()` to `close()`."""

    def __init__(self, wanted: dict[str, str], listener: Callable[[Event], None] | None = None) -> None:
        self._wanted = wanted
        self._listener = listener
        self._events: list[Event] = []
        self._news = threading.Condition()
        self.ended = False
        """Whether the stream broke off, as it does when the engine stops."""

    def start(self) -> Self:
        """Begin to listen. Events from this second on are seen, also those before the stream stands."""
        from stackproof.engine import api  # noqa: PLC0415 - imports requests, which others need not pay

        self._stream = api.events(int(time.time()) - 1, ACTIONS, self._wanted)
        self._thread = threading.Thread(target=self._read, args=(self._stream,), daemon=True)
        self._thread.start()
        return self

    def _read(self, stream: Iterable[dict[str, Any]]) -> None:
        try:
            for raw in stream:
                event = Event.parse(raw)
                with self._news:
                    self._events.append(event)
                    self._news.notify_all()
                if self._listener is not None:
                    self._listener(event)
        finally:
            with self._news:
                self.ended = True
                self._news.notify_all()

    def close(self) -> None:
        """Stop listening."""
        self._stream.close()
        self._thread.join(timeout=5)

    def count(self) -> int:
        """How many events came so far: a mark for `after`."""
        with self._news:
            return len(self._events)

    def after(self, mark: int, container: str | None = None) -> list[Event]:
        """Events that came after a mark, of one container or of all, in the engine's order."""
        with self._news:
            return [event for event in self._events[mark:] if container in (None, event.container)]

    def seen(self, service: str | None = None, action: str | None = None, since: float = 0.0) -> list[Event]:
        """Events so far, in the engine's order."""
        with self._news:
            return [
                event
                for event in self._events
                if service in (None, event.service)
                and (action is None or event.action.startswith(action))
                and event.seconds >= since
            ]

    def wait(self, seconds: float) -> None:
        """Return at the next event, or after `seconds`.

        Raises EngineGoneError when the stream broke off: a restarted engine may answer again so soon that
        nobody else notices, and what is waited for went with its predecessor.
        """
        with self._news:
            if not self.ended:
                self._news.wait(timeout=seconds)
        if self.ended:
            raise EngineGoneError(LOST)
