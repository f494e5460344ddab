"""A sandbox: an isolated running copy of a stack, ours alone, for one lane."""

import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from stackproof.controls.control import Lane, Stage
from stackproof.engine import engine, labels
from stackproof.engine.engine import Engine
from stackproof.engine.events import Event, EventStream
from stackproof.engine.project import Project
from stackproof.errors import CommandError, EngineGoneError, NotReadyError, StackError, StackproofError
from stackproof.isolation.writing import written
from stackproof.runs.removal import Things, remove_nameless, take_away
from stackproof.runs.run import Run
from stackproof.sandbox import bring_up, cutting, failures, room, settling, shortage, waiting
from stackproof.sandbox.composing import Composer
from stackproof.sandbox.container import Container, OfflineContainer
from stackproof.sandbox.images import prepare
from stackproof.sandbox.progress import Progress
from stackproof.sandbox.view import View
from stackproof.settings import Settings
from stackproof.stack.stack import Stack

Result = TypeVar("Result")


class Sandbox(View):
    """Comes up, is changed as an operator would, and is taken away."""

    def __init__(  # noqa: PLR0913 - what a sandbox is made of
        self,
        stack: Stack,
        lane: str,
        *,
        run: Run,
        engine_: Engine,
        progress: Progress,
        settings: Settings,
        fixed_ports: Mapping[str, str] | None = None,
        in_part: bool = False,
        waits_for_room: bool = False,
        trials: dict[str, Any] | None = None,
        only: frozenset[str] | None = None,
    ) -> None:
        super().__init__(stack, lane, run=run, progress=progress, trials=trials)
        self.name = run.project(stack.slug, lane)
        self.labels = {**run.labels, labels.STACK: stack.slug, labels.LANE: lane}
        self._own = {**run.marks, **self.labels}
        self.only = only
        """What is brought up, with all that it needs, where that is not the whole stack."""
        self._composer = Composer(stack, engine_, settings, fixed_ports, calm=lane != Lane.OBSERVE)
        self._cut = cutting.Cut(self.name)
        self._in_part = in_part
        self._waits_for_room = waits_for_room
        self._folder = run.folder.sandbox(self.name, secrets.token_hex(3))
        self._marks = {**self._own, labels.SANDBOX: self._folder.id}

    # -- coming and going ------------------------------------------------------------------------

    def start(self) -> None:
        """Bring the sandbox up and wait until it is ready.

        One that may be used in part goes on without services that do not become ready: see `require`.
        Raises StackError; whatever came up by then is taken away again.
        """
        self._composer.refuse_unfit()
        try:
            self._come_up()
            if self.lane == Lane.OBSERVE:
                self.begin_watch()
        except StackproofError as error:
            trouble = str(error) if isinstance(error, EngineGoneError) else self.engine_trouble()
            if not trouble and (reached := self._cut.trouble()):
                error = StackError(reached)
            with suppress(EngineGoneError):  # the sweep at the end removes the rest
                self.close()
            raise failures.in_our_words(self.stack, error, trouble, self._composer.outside) from None
        except BaseException:
            with suppress(EngineGoneError):
                self.close()
            raise

    def _come_up(self) -> None:
        with self.phase("images"):
            self.images = prepare(self.stack, self.run, self._composer.permits)
        self._composer.decide(self.images)
        if self._folder.has_forerunner():  # a worker that was killed left it in a state that nobody knows
            self.close()
        if self._waits_for_room:
            with self.phase("room"):
                room.take(
                    self.run.folder, self._networks, self._folder.make, watched=self.lane == Lane.OBSERVE
                )
        else:
            self._folder.make()
        self._began = time.time()
        self._composer.copy_binds(self._folder.path)
        self._project = Project(
            [self._write()],
            name=self.name,
            settings=self.stack.source.of_sandbox,
            deadline=bring_up.deadline(self.expectations().values()),
        )
        self.events = EventStream({**self.labels, labels.SANDBOX: self._folder.id}, self._tell).start()
        self._bring_up()
        self.spoiled = False  # what went wrong on the way is told as a shortfall

    def _networks(self) -> int:
        """Return how many networks this run would have with those of this sandbox."""
        return len(engine.ids("network", self.run.labels)) + len(self.stack.model.networks_joined)

    def _bring_up(self) -> None:
        """Bring up what there is, and of a sandbox that may be used in part what is left of it."""
        while len(self.shortfalls) < len(self.stack.services):
            try:
                bring_up.first_up(self, self._write)
                # Only now: later a service may have ended because it was told to.
                self._ended_well = bring_up.one_shots_that_ended(self)
                self._forget_containers()
                settling.settle(self)
            except NotReadyError as error:
                if not self._in_part or shortage.explain(str(error)) or self.engine_trouble():
                    raise
                self._go_on_without(error)
            else:
                return

    def _go_on_without(self, error: NotReadyError) -> None:
        """Leave out services that did not become ready, and those that wait for them."""
        started = {container.service for container in self.look() if container.status != "created"}
        found = failures.shortfalls(self.stack, error, started, self._composer.outside)
        for name, why in found.items():
            # One that was left out for another and then failed itself is told in its own words.
            self.shortfalls[name] = why if name in error.whys else self.shortfalls.get(name, why)
        self._forget_containers()

    def _write(self, attempt: int = 0) -> Path:
        """Write the compose file with the subnets of this attempt."""
        compose, self._cut.sink = self._composer.compose(self.name, self._marks, attempt)
        return self._folder.compose.write(written(compose))

    def close(self) -> None:
        """Take everything away; no grace periods, because nobody measures them here."""
        with self.phase("teardown"):
            self.end_watch()
            if self._in_part:  # elsewhere services end because of what was done to them
                with suppress(CommandError):  # nothing is told of an engine that is gone
                    self.tell_one_shots(self.look())
            self._forget_containers()
            # An engine that was restarted has ended everything.
            reached = "" if self.engine_trouble() else self._cut.last_words()
            if hasattr(self, "events"):
                self.events.close()
                del self.events
            left = self.take_away()
            self._folder.remove()
        if left:
            msg = f"could not remove {', '.join(left)}"
            raise CommandError(msg)
        if reached:
            self.run.folder.reached(self.stack.slug).write(reached)
            raise StackError(reached)

    def take_away(self) -> list[str]:
        """Remove what there is on the engine, also in the middle of a bring-up; return what stays."""
        return take_away(self._things(), self.run.folder.remember_volumes, ("container", "network", "volume"))

    def _things(self) -> Things:
        name = re.compile(re.escape(self.name))
        return Things(run=self.run.id, labels=self.labels, projects=name, began=self.run.began)

    def _tell(self, event: Event) -> None:
        """Tell when a container starts, is healthy and ends."""
        step = {"start": "started", "health_status: healthy": "healthy", "die": "ended"}.get(event.action)
        if step and event.service in self.stack.services:
            seconds = event.seconds - self._began
            self._progress.say(self.stack.name, self.lane, step, seconds, f"{event.service}-{event.number}")

    # -- what an operator does -------------------------------------------------------------------

    @contextmanager
    def disturbance(self) -> Iterator[None]:
        """Change something. A change that ends in an error leaves a sandbox that must be replaced."""
        try:
            yield
        except BaseException:
            self.spoiled = True
            raise

    def up(self, scales: Mapping[str, int] | None = None) -> float:
        """`docker compose up -d`, then wait until all is ready; return the seconds it took."""
        started = time.monotonic()
        self.scales = dict(scales or {})
        with self.disturbance(), self.phase("up"):
            # A replica that goes leaves its nameless volumes behind.
            self._remember_volumes()
            self._forget_containers()
            self._cut.end()
            self._cut.prepare(self._project)
            words = self._composer.in_authors_words
            bring_up.up_patiently(self, self._project, self.scales, words)
            self._cut.begin(self._all)
            self.wait_ready()
        return time.monotonic() - started

    def wait_ready(self) -> float:
        """Wait until every service is ready; return the seconds that took, without those for ports to open.

        Raises StackError with the state of the one that is not.
        """
        return bring_up.wait_ready(self)

    def down(self, *, volumes: bool = False, grace: int | None = None) -> None:
        """`docker compose down`, with `-v` when `volumes`. Volumes without a name are noted and removed."""
        with self.disturbance(), self.phase("down"):
            self._forget_containers()
            self._cut.end()
            names = self._remember_volumes()
            self._project.down(volumes=volumes, grace=grace)
            remove_nameless(names)

    def _remember_volumes(self) -> list[str]:
        """Note the volumes without a name that containers have now, and return them."""
        things = self._things()
        names = things.nameless(things.found("container"))
        self.run.folder.remember_volumes(names)
        return names

    def stop(self, services: Sequence[str] | None = None, *, grace: int | None = None) -> None:
        """`docker compose stop`; with the author's grace period unless `grace` (seconds) is given."""
        with self.disturbance(), self.phase("stop"):
            if services is None:
                self._cut.end()
            self._project.stop(services, grace=grace)
        self._forget_containers()

    def start_services(self, services: Sequence[str]) -> None:
        """`docker compose start`."""
        with self.disturbance(), self.phase("start"):
            self._project.start(services)
        self._forget_containers()

    def kill(self, containers: Sequence[Container]) -> None:
        """`docker kill` them in one command."""
        with self.disturbance():
            self._project.kill([container.id for container in containers])
        self._forget_containers()

    def restore(self) -> str:
        """Bring everything back as an operator would; say what did not come, and be replaced then."""
        try:
            self.up(self.scales)
        except StackproofError as error:
            self.spoiled = True
            return str(error)
        return ""

    # -- looking ---------------------------------------------------------------------------------

    @property
    def offline(self) -> bool:
        """Whether its networks have no way out, and the engine publishes no port there."""
        return self._composer.offline

    @property
    def whole(self) -> bool:
        """Whether all of the stack is up, as far as anybody knows."""
        return self.only is None and super().whole

    def expectations(self) -> dict[str, waiting.Expectation]:
        """What each service must reach that is brought up and was not given up."""
        found = super().expectations()
        return {name: what for name, what in found.items() if self.only is None or name in self.only}

    def containers(self, service: str | None = None) -> list[Container]:
        """Containers as they were after the last change; what was left out comes up when it is asked for."""
        if service is not None and self.only is not None and service not in self.only:
            self._complete()
        return super().containers(service)

    def require(self, service: str | None, stage: Stage = Stage.READY) -> None:
        """See that a service came as far as is needed; see `View.require`."""
        if service is None and self.only is not None:
            self._complete()
        super().require(service, stage)

    def _complete(self) -> None:
        self.only = None
        self.up(self.scales)

    def _all(self) -> list[dict[str, Any]]:
        """Inspect all that Compose made, also what is no service of the stack; not what stands by for us."""
        found = engine.marked("container", self.labels | {labels.COMPOSE_SERVICE: None})
        return engine.inspect("container", sorted(found))

    def look(self) -> list[Container]:
        """Inspect all containers now, in one process."""
        kind = OfflineContainer if self.offline else Container
        containers = [
            kind(data, self._own)
            for data in self._all()
            if labels.on("container", data)[labels.COMPOSE_SERVICE] in self.stack.services
        ]
        return sorted(containers, key=lambda container: (container.service, container.number))

    def trial(self, name: str, perform: Callable[[], Result]) -> Result:
        """Perform a disturbance once, unless the outside was not cut off meanwhile; see `View.trial`."""

        def cut_off() -> Result:
            result = perform()
            self._cut.see()
            return result

        return super().trial(name, cut_off)

    def outside_trouble(self) -> str:
        """Say that the outside was not cut off for as long as this sandbox was up; empty when it was."""
        return self._cut.trouble()
