"""A view of a running stack, which looks and changes nothing: what a sandbox and an attached stack share."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from stackproof.controls.control import Stage
from stackproof.engine import engine, steps
from stackproof.engine.events import LOST, EventStream
from stackproof.errors import COMES_UP, CommandError, NotReadyError, StackError, Unknown
from stackproof.runs.run import Run
from stackproof.sandbox import jobs, waiting
from stackproof.sandbox.container import Container, renewed
from stackproof.sandbox.images import Images
from stackproof.sandbox.progress import Progress
from stackproof.sandbox.trials import Trials
from stackproof.sandbox.watch import EVERY, Watch
from stackproof.stack.stack import Stack

Result = TypeVar("Result")


class View(ABC):
    """Looks at the containers of a stack, for one lane."""

    images: Images
    events: EventStream
    """What the engine told of it; there from the start of a look to its end."""

    def __init__(
        self,
        stack: Stack,
        lane: str,
        *,
        run: Run,
        progress: Progress,
        trials: dict[str, Any] | None = None,
    ) -> None:
        self.stack = stack
        self.lane = lane
        self.run = run
        self.spoiled = False
        """Whether it must be replaced before anybody looks again: nobody knows what state it is in."""
        self.scales: dict[str, int] = {}
        """Replicas in place of the author's number, by service."""
        self.shortfalls: dict[str, str] = {}
        """Why a service is not ready, for each that is not."""
        self._progress = progress
        self._trials = Trials(trials if trials is not None else {}, self.engine_trouble)
        self._containers: list[Container] | None = None
        self._inspected: list[steps.Step] = []
        self._starts_known = 0
        self._ended_well: set[str] = set()
        self._watch: Watch | None = None

    @abstractmethod
    def start(self) -> None:
        """Come to where there is something to look at.

        Raises StackError when there is nothing.
        """

    @abstractmethod
    def close(self) -> None:
        """End the look; nothing that is not ours is touched."""

    @abstractmethod
    def look(self) -> list[Container]:
        """Inspect all containers now, in one process."""

    @property
    def offline(self) -> bool:
        """Whether its networks have no way out, and the engine publishes no port there."""
        return False

    @property
    def whole(self) -> bool:
        """Whether all services are up, as far as anybody knows."""
        return not self.shortfalls

    def containers(self, service: str | None = None) -> list[Container]:
        """Containers as they were after the last change; facts and shells are kept with them."""
        starts = self._starts()  # before the look, so that a start meanwhile asks for another one
        if self._containers is None:
            self._containers = self._inspect()
        elif starts != self._starts_known:
            self._containers = renewed(self._containers, self._inspect())
        self._starts_known = starts
        steps.refer(self._inspected)
        return [container for container in self._containers if service in (None, container.service)]

    def _inspect(self) -> list[Container]:
        with steps.step("docker inspect of all containers", f"sandbox of lane {self.lane}") as asked:
            found = self.look()
            states = (" ".join(filter(None, (f"{one}:", one.status, one.health))) for one in found)
            asked.gave("\n".join(states))
        self._inspected = [asked]
        return found

    def _starts(self) -> int:
        """How many starts were told: a service that a policy starts again gets other host ports."""
        events = self.events.seen(action="start") if hasattr(self, "events") else []
        return sum(1 for event in events if event.service in self.stack.services)

    def _forget_containers(self) -> None:
        """Drop snapshots and shells: what they say is no longer so."""
        known, self._containers = self._containers, None
        for container in known or ():
            container.close()

    def container(self, service: str, number: int = 1) -> Container:
        """Return one container.

        Raises StackError when it is not there.
        """
        for container in self.containers(service):
            if container.number == number:
                return container
        msg = f"{self.stack}: there is no container {service}-{number}"
        raise StackError(msg)

    def require(self, service: str | None, stage: Stage = Stage.READY) -> None:
        """See that a service came as far as is needed, and to be ready those in its network, too.

        With None every service is meant. Raises StackError with the reasons when it is not so.
        """
        concerned = {*self.shortfalls} if service is None else {service}
        if service is not None and stage is Stage.READY:
            concerned |= {*self.stack.model.sharing_network(service)}
        if concerned & self.shortfalls.keys() and not (service and self._came_to(service, stage)):
            raise NotReadyError(self.shortfalls).because(COMES_UP)

    def _came_to(self, service: str, stage: Stage) -> bool:
        """Whether all containers of a service that did not become ready came as far as that."""
        found = self.containers(service)
        if stage is Stage.UP:  # a one-shot has nothing to show once it has ended
            return bool(found) and all(c.is_up and c.service not in self.one_shots for c in found)
        return bool(found) and stage is Stage.MADE

    def expectations(self) -> dict[str, waiting.Expectation]:
        """What each service must reach; nothing is expected any more of one that did not become ready."""
        found = waiting.expectations(self.stack.model, self.images.health(), self.scales)
        return {name: expected for name, expected in found.items() if name not in self.shortfalls}

    @property
    def one_shots(self) -> set[str]:
        """Services that were made to end: others wait for that, or they ended well as the stack came up."""
        return {*self.stack.model.one_shots, *self._ended_well}

    def is_one_shot(self, service: str) -> bool:
        """Whether a service was made to end: what `one_shots` has, or each of its containers has done."""
        if service in self.one_shots:
            return True
        found = self.containers(service)
        return bool(found) and all(map(self.runs_once, found))

    def runs_once(self, container: Container) -> bool:
        """Whether a container was made to end and has ended once; one that still runs is looked at anew."""
        if container.service in self.one_shots or container.completed:
            return True
        if container.runs and container.may_complete:
            return any(c.completed for c in self.look() if c.id == container.id)
        return False

    def tell_one_shots(self, found: Iterable[Container]) -> None:
        """Note for the report which of these are taken for one-shots though nobody says so."""
        if words := jobs.note(self.stack.model, found):
            self.run.folder.jobs(self.stack.slug).write(words)

    def engine_trouble(self) -> str:
        """Say how the engine was lost since the look began; empty when it was there all the time.

        Containers end and ports close with an engine that stops, which looks like faults of the stack.
        """
        if not hasattr(self, "events"):
            return ""
        try:
            engine.ping()
        except CommandError as error:
            return str(error)
        return LOST if self.events.ended else ""

    def outside_trouble(self) -> str:
        """Say that the outside was not cut off all the time; empty when it was, or need not be."""
        return ""

    def trial(self, name: str, perform: Callable[[], Result]) -> Result:
        """Perform something once and give every control that asks the same result.

        Raises the same error again for as long as this view is in use; a new one tries anew.
        """
        return self._trials.result(name, perform)

    # -- what moves ------------------------------------------------------------------------------

    def begin_watch(self, every: float = EVERY) -> None:
        """Watch in the background from now on, with a look every so many seconds; see `Watch`."""
        self._watch = Watch(self.events, self.containers(), every).start()

    def end_watch(self) -> None:
        """Look no more."""
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.close()

    @property
    def watch(self) -> Watch:
        """What was seen since it was up.

        Raises Unknown where nobody watched: lanes that disturb are not watched.
        """
        if self._watch is None:
            msg = f"nobody watched the sandbox of lane {self.lane}"
            raise Unknown(msg)
        self._watch.tell()
        return self._watch

    @contextmanager
    def phase(self, step: str) -> Iterator[None]:
        """Time a step and tell the terminal of it."""
        started = time.monotonic()
        self._progress.say(self.stack.name, self.lane, f"{step} ...")
        yield
        self._progress.say(self.stack.name, self.lane, step, time.monotonic() - started)
