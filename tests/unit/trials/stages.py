"""A stack with a contract of which a test says who answers what, on a clock of the test's own."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer

from stackproof.engine.events import Event, EventStream
from stackproof.errors import NotReadyError
from stackproof.probes import http
from stackproof.probes.http import TIMEOUT, Answer, HttpClient
from stackproof.sandbox.container import Container, timestamp
from stackproof.stack.contract import Contract
from stackproof.trials import outage
from stackproof.trials.outage import OutageTrial, outage_trial

STARTED = timestamp("2027-03-01T09:30:00.25Z")
LATE = 0  # no answer in time
ASKING = 1 / 64  # seconds that an answer takes; a number that adds up exactly
Says = Callable[[str, str], int | Answer | None]
"""What answers a path: in which phase (before, away, after), which path; None for a refusal."""

HTTP = [{"service": "web", "path": "/", "status": 200}]


def honest(phase: str, _path: str) -> int:
    """Answer as a service does that says what it lacks."""
    return 503 if phase == "away" else 200


def event(seconds: float, action: str, service: str = "web", **attributes: str) -> Event:
    """Return an event of a container, so many seconds after its last start."""
    return Event(
        seconds=STARTED + seconds,
        action=action,
        container=f"{service}1",
        service=service,
        number=1,
        attributes=attributes,
    )


class Stage(HttpClient):
    """A sandbox and its endpoints, of which a function says what they answer."""

    def __init__(self, contract: dict[str, Any], says: Says, containers: list[Container]) -> None:
        self.contract = Contract.model_validate(contract)
        self.stack = SimpleNamespace(contract=self.contract)
        self.events = Told(self)
        self.one_shots = {"job"}
        self.phase = "before"
        self.now = self.began = 1000.0
        self.spoiled = False
        self.trouble = ""
        self.ports_open_after = self.ports_waited_for = 0.0
        self.while_away: list[Event] = []
        self.later: list[tuple[float, Event]] = []
        """What the engine tells so many seconds after the service went away, in order."""
        self.afterwards: dict[str, Container] = {}
        self.says = says
        self._containers = containers

    def monotonic(self) -> float:
        """Tell the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    @property
    def since(self) -> float:
        """Seconds since the phase began."""
        return self.now - self.began

    def _enter(self, phase: str) -> None:
        self.phase, self.began = phase, self.now

    def look(self) -> list[Container]:
        """Return what there is now."""
        if self.phase == "before":
            return self._containers
        return [self.afterwards.get(c.id, c) for c in self._containers]

    def stop(self, services: list[str], *, grace: int) -> None:
        """Take it away, and let happen what then happens."""
        assert (services, grace) == (["db"], 0)
        self._enter("away")
        self.events.tell(*self.while_away)

    def start_services(self, services: list[str]) -> None:
        """Give it back."""
        assert services == ["db"]
        self._enter("after")

    def disturbance(self) -> Any:  # noqa: ANN401 - a context
        """Change something."""
        return pytest.MonkeyPatch.context()

    def wait_ready(self) -> float:
        """Say what is not ready."""
        if self.trouble:
            raise NotReadyError({"web": self.trouble})
        self.now += self.ports_waited_for
        return self.ports_open_after

    def get(self, service: str, path: str = "", *, replica: int = 0) -> Answer:
        """Ask once."""
        assert (service, replica) == ("web", 0)
        assert path.startswith("/")
        said = self.says(self.phase, path)
        if not isinstance(said, Answer):
            seconds = 0.01 if said != LATE else TIMEOUT
            said = Answer(url=f"{service}{path}", status=said or None, body="refused", seconds=seconds)
        self.now += ASKING if said.seconds < TIMEOUT else TIMEOUT
        return said


class Told(EventStream):
    """What the engine told; waiting for more lets the time pass."""

    def __init__(self, stage: Stage) -> None:
        super().__init__({})
        self._stage = stage

    def tell(self, *events: Event) -> None:
        """Let the engine tell something."""
        self._events += events

    def wait(self, seconds: float) -> None:
        """Wait for the next event, or for so long."""
        assert seconds > 0
        until = self._stage.now + seconds
        if self._stage.later and self._stage.began + self._stage.later[0][0] <= until:
            at, told = self._stage.later.pop(0)
            self._stage.now = self._stage.began + at
            self.tell(told)
        else:
            self._stage.now = until


def staged(make: MakeContainer, says: Says, **contract: Any) -> Stage:  # noqa: ANN401 - as YAML has it
    """Return a web service, its database and a job."""
    expect = [{"service": "web", "path": "/", "status": 503}]
    outages = [{"stop": "db", "expect": expect, "lasts": 0.01, **contract.pop("outage", {})}]
    return Stage({"outages": outages, **contract}, says, [make(name) for name in ("web", "db", "job")])


def run(stage: Stage) -> OutageTrial:
    """Try the one outage of the contract."""
    subject: Any = stage
    with pytest.MonkeyPatch.context() as patch:
        for module in (outage, http):
            patch.setattr(module, "time", stage)
        return outage_trial(stage.contract.outages[0], subject, subject)
