"""A sandbox on a clock of the test's own, whose engine tells what the test says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from stackproof.engine.events import Event, EventStream
from stackproof.sandbox.container import Container, timestamp

STARTED = "2027-03-01T09:30:00.25Z"


def event(seconds: float, action: str, container: str = "web1", **attributes: str) -> Event:
    """Return an event of a container, so many seconds after its start."""
    return Event(
        seconds=timestamp(STARTED) + seconds,
        action=action,
        container=container,
        service=container.rstrip("0123456789"),
        number=1,
        attributes=attributes,
    )


class Told(EventStream):
    """An engine's events; waiting for the next one lets the time pass."""

    def __init__(self, scene: "Scene") -> None:
        super().__init__({})
        self._scene = scene

    def tell(self, *events: Event) -> None:
        """Let the engine tell something."""
        self._events += events

    def wait(self, seconds: float) -> None:
        """Let the time pass, and the engine tell what it is to tell by then."""
        self._scene.now += seconds
        due = [one for one in self._scene.later if one[0] <= self._scene.now]
        self._scene.later = [one for one in self._scene.later if one not in due]
        self.tell(*(told for _at, told in due))


@dataclass
class Scene:
    """Looks at what `there` returns at each moment (seconds)."""

    there: Callable[[float], list[Container]]
    now: float = 0.0
    events: Told = field(init=False)
    later: list[tuple[float, Event]] = field(default_factory=list)
    """What the engine tells at which moment."""
    done: list[str] = field(default_factory=list)
    looked: list[float] = field(default_factory=list)
    """When somebody looked at processes."""
    one_shots: frozenset[str] = frozenset()
    labels: dict[str, str] = field(default_factory=dict)
    stack: Any = field(default_factory=SimpleNamespace)

    def __post_init__(self) -> None:
        """Have an engine."""
        self.events = Told(self)

    def monotonic(self) -> float:
        """Tell the time."""
        return self.now

    def look(self) -> list[Container]:
        """Look at what is there now."""
        return self.there(self.now)

    def disturbance(self) -> "Scene":
        """Be disturbed."""
        return self

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, *_: object) -> None:
        """End."""

    def kill(self, containers: list[Container]) -> None:
        """Note who is killed."""
        self.done += [f"kill {container}" for container in containers]

    def stop(self, services: list[str] | None = None) -> None:
        """Note what is stopped."""
        self.done.append(f"stop {services or 'all'}")

    def restore(self) -> str:
        """Note that all is brought back."""
        self.done.append("restore")
        return ""
