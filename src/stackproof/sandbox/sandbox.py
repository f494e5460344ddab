"""A sandbox: an isolated running copy of a stack, ours alone, for one lane."""

import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from stackproof.engine import engine, labels
from stackproof.engine.command import SLOW
from stackproof.engine.engine import Engine
from stackproof.engine.events import LOST, Event, EventStream
from stackproof.engine.project import Project
from stackproof.errors import CommandError, EngineGoneError, NotReadyError, StackError, StackproofError
from stackproof.isolation import sinkhole, subnets, words
from stackproof.isolation.binds import LARGEST, copy_binds
from stackproof.isolation.host_paths import HostPaths
from stackproof.isolation.outside_policy import Decision
from stackproof.isolation.plan import Plan
from stackproof.isolation.treatment import Permits
from stackproof.isolation.walk import isolate, judge
from stackproof.isolation.writing import written
from stackproof.runs.origin import Origin
from stackproof.runs.removal import Things, remove_nameless, take_away
from stackproof.runs.run import Run
from stackproof.sandbox import bring_up, cutting, outsides, refusals, shortage, waiting
from stackproof.sandbox.container import Container, OfflineContainer, renewed
from stackproof.sandbox.images import prepare
from stackproof.sandbox.progress import Progress
from stackproof.sandbox.trials import Trials
from stackproof.stack.stack import Stack

Result = TypeVar("Result")
# Begins the name of a note in the folder of a run.
REACHED = "reached"
# What the cause is called when a sandbox could act outside.
OUTSIDE = "outside not cut off"


class Sandbox:
    """Brings a copy up, changes it as an operator would, and takes it away."""

    def __init__(  # noqa: PLR0913 - what a copy is made of
        self,
        stack: Stack,
        lane: str,
        *,
        run: Run,
        engine_: Engine,
        progress: Progress,
        permits: Permits | None = None,
        allow_outside: Sequence[str] = (),
        offline: bool = False,
        fixed_ports: Mapping[str, int] | None = None,
        copy_limit: int = LARGEST,
        in_part: bool = False,
        trials: dict[str, Any] | None = None,
    ) -> None:
        self.stack = stack
        self.lane = lane
        self.run = run
        self.name = run.project(stack.slug, lane)
        self.labels = {**run.labels, labels.STACK: stack.slug, labels.LANE: lane}
        self._own = {**run.marks, **self.labels}
        self.spoiled = False
        self._engine = engine_
        self._progress = progress
        self._permits = permits or Permits()
        self._paths = HostPaths(stack.source.directory)
        self._allow_outside = tuple(allow_outside)
        self._offline = offline
        self._sink: sinkhole.Sinkhole | None = None
        self._cut = cutting.Watch()
        self._outside = Decision()
        self._fixed_ports = dict(fixed_ports or {})
        self._copy_limit = copy_limit
        self._in_part = in_part
        # A folder of its own for each copy: what services write into copied binds may not be ours to remove.
        self._folder = run.folder / self.name / secrets.token_hex(3)
        self._marks = {**self._own, labels.COPY: self._folder.name}
        self._trials = Trials(trials if trials is not None else {}, self.engine_trouble)
        self._containers: list[Container] | None = None
        self._starts_known = 0
        self._jobs: set[str] = set()
        self.scales: dict[str, int] = {}
        self.shortfalls: dict[str, str] = {}
        """Why a service is not ready, for each that is not."""

    # -- coming and going ------------------------------------------------------------------------

    def start(self) -> None:
        """Bring the copy up and wait until it is ready.

        One that may be used in part goes on without services that do not become ready: see `require`.
        Raises StackError; whatever came up by then is taken away again.
        """
        self._refuse_unfit()
        try:
            self._come_up()
        except StackproofError as error:
            trouble = str(error) if isinstance(error, EngineGoneError) else self.engine_trouble()
            if not trouble and (reached := self._cut.trouble()):
                error = StackError(reached)
            with suppress(EngineGoneError):  # the sweep at the end removes the rest
                self.close()
            raise self._in_our_words(error, trouble) from None
        except BaseException:
            with suppress(EngineGoneError):
                self.close()
            raise

    def _in_our_words(self, error: StackproofError, trouble: str) -> StackproofError:
        lack = shortage.explain(str(error))
        failed = error.whys if isinstance(error, NotReadyError) and not (trouble or lack) else ()
        hints = filter(None, map(self._outside.hint, failed))
        said = self.stack.redactor.text("\n".join((f"{self.stack}: {trouble or lack or error}", *hints)))
        if trouble:
            return EngineGoneError(said)
        if isinstance(error, NotReadyError) and not lack:
            return NotReadyError(dict.fromkeys(error.whys, said))
        return StackError(said)

    def _refuse_unfit(self) -> None:
        """Raise StackError for a stack of which no copy may or can be made."""
        if refused := judge(self.stack.model, permits=self._permits, paths=self._paths).refusals:
            raise StackError(words.refusal(str(self.stack), refused, self.stack.place))
        if reasons := refusals.reasons(self.stack.model, self._engine.info):
            raise StackError(refusals.words(str(self.stack), reasons))
        if self.offline and (why := self._engine.hides_networks):
            msg = (
                f"{self.stack}: --offline asks containers at their own addresses, and this engine {why}\n"
                "  fix: run it on Linux with an engine that is not rootless, or without --offline"
            )
            raise StackError(msg)

    def _come_up(self) -> None:
        with self.phase("images"):
            self.images = prepare(self.stack, self.run, self._permits)
        self._decide()
        self._began = time.time()
        if self._folder.parent.exists():  # a worker that was killed left it in a state that nobody knows
            self.close()
        self._folder.mkdir(mode=0o700, parents=True)
        self._binds = copy_binds(self.stack.model, self._folder, paths=self._paths, limit=self._copy_limit)
        self._project = Project(
            [self._write()],
            name=self.name,
            settings=self.stack.source.of_copy,
            # `up` waits for one service after the other along depends_on.
            deadline=max(SLOW, sum(e.deadline for e in self.expectations().values())),
        )
        self.events = EventStream({**self.labels, labels.COPY: self._folder.name}, self._tell).start()
        self._bring_up()

    def _decide(self) -> None:
        """Decide what of the outside is cut, with what the images bring along."""
        self._outside = outsides.decision(
            self.stack, self._allow_outside, offline=self._offline, images=self.images.config
        )

    def _bring_up(self) -> None:
        """Bring up what there is, and of a copy that may be used in part what is left of it."""
        while len(self.shortfalls) < len(self.stack.services):
            try:
                bring_up.first_up(self, self._write)
                # Only now: later a service may have ended because it was told to.
                self._jobs = bring_up.jobs_that_ended(self)
                self._forget_containers()
                bring_up.settle(self)
            except NotReadyError as error:
                if not self._in_part or shortage.explain(str(error)) or self.engine_trouble():
                    raise
                self._go_on_without(error)
            else:
                return

    def _go_on_without(self, error: NotReadyError) -> None:
        """Leave out services that did not become ready, and those that wait for them."""
        started = {container.service for container in self.look() if container.status != "created"}
        for failed, why in error.whys.items():
            told = "\n".join(filter(None, (why, self._outside.hint(failed))))
            self.shortfalls[failed] = self.stack.redactor.text(f"{self.stack}: {told}")
            for name in self.stack.model.waiting_for(failed, started=failed in started):
                words = f"{self.stack}: {name} was not started: it waits for {failed}, which is not ready"
                self.shortfalls.setdefault(name, words)
        self._forget_containers()

    def require(self, service: str | None, *, ready: bool = True) -> None:
        """See that a service, and those in its network, became ready; with None that every one did.

        Unless `ready`, a service that shall keep running need only be up itself. Raises StackError with the
        reason when it is not so.
        """
        concerned = {*self.shortfalls} if service is None else {service}
        if service is not None and ready:
            concerned |= {*self.stack.model.sharing_network(service)}
        whys = [why for name, why in self.shortfalls.items() if name in concerned]
        if whys and (ready or not self._keeps_up(service)):
            raise StackError(whys[0])

    def _keeps_up(self, service: str | None) -> bool:
        """Whether all containers of what is no job are up, ready or not."""
        found = self.containers(service)
        return bool(found) and all(c.is_up and c.service not in self.jobs for c in found)

    def _write(self, attempt: int = 0) -> Path:
        seed = f"{self.name}/{attempt}"
        moves = subnets.choose(self.stack.model.raw, seed, roomy=bool(self._outside.named_addresses))
        plan = Plan(
            project=self.name,
            labels=self._marks,
            images=self.images.by_service,
            image_labels=self.images.labels(),
            image_variables=self.images.variables(),
            image_volumes=self.images.by_mount,
            image_health=self.images.health(),
            binds=self._binds,
            moves=moves,
            log_driver=str(self._engine.info.get("LoggingDriver") or ""),
            start_interval=self._engine.knows_start_intervals,
            fixed_ports=self._fixed_ports,
        )
        compose = isolate(self.stack.model, plan, permits=self._permits, paths=self._paths).file
        if reasons := sinkhole.uncuttable(compose, self.stack.model, self._outside):
            raise StackError(sinkhole.refusal(reasons))
        if self.offline:
            compose = sinkhole.offline(compose, self._outside, moves)
        elif sinkhole.needed(compose, self._outside):
            engine.have_image(engine.TOOLBOX_IMAGE)
            means = sinkhole.Means(image=engine.TOOLBOX_IMAGE, labels=self._marks, seed=seed, moves=moves)
            self._sink = sinkhole.add(compose, self._outside, means)
            compose = self._sink.compose
        return self.run.write_private(f"{self.name}/{self._folder.name}/compose.json", written(compose))

    def close(self) -> None:
        """Take everything away; no grace periods, because nobody measures them here."""
        with self.phase("teardown"):
            self._forget_containers()
            # An engine that was restarted has ended everything.
            reached = "" if self.engine_trouble() else self._cut.last_words()
            if hasattr(self, "events"):
                self.events.close()
                del self.events
            left = self.take_away()
            # Files that services wrote into copied binds may belong to anybody.
            shutil.rmtree(self._folder.parent, ignore_errors=True)
        if left:
            msg = f"could not remove {', '.join(left)}"
            raise CommandError(msg)
        if reached:
            self.note_reached(reached)
            raise StackError(reached)

    def take_away(self) -> list[str]:
        """Remove what there is on the engine, also in the middle of a bring-up; return what stays."""
        return take_away(self._things(), self.run.remember_volumes, ("container", "network", "volume"))

    def _things(self) -> Things:
        origin = Origin.read(self._own)
        return Things(
            run=self.run.id,
            labels=self.labels,
            projects=re.compile(re.escape(self.name)),
            began=origin.started if origin else None,
        )

    def _tell(self, event: Event) -> None:
        """Tell the terminal when a service starts and when it is healthy."""
        step = {"start": "started", "health_status: healthy": "healthy"}.get(event.action)
        if step and event.service in self.stack.services:
            seconds = event.seconds - self._began
            self._progress.say(self.stack.name, self.lane, step, seconds, f"{event.service}-{event.number}")

    @contextmanager
    def phase(self, step: str) -> Iterator[None]:
        """Time a step and tell the terminal of it."""
        started = time.monotonic()
        self._progress.say(self.stack.name, self.lane, f"{step} ...")
        yield
        self._progress.say(self.stack.name, self.lane, step, time.monotonic() - started)

    # -- what an operator does -------------------------------------------------------------------

    def up(self, scales: Mapping[str, int] | None = None) -> float:
        """`docker compose up -d`, then wait until all is ready; return the seconds it took."""
        started = time.monotonic()
        self.scales = dict(scales or {})
        with self.phase("up"):
            # A replica that goes leaves its nameless volumes behind.
            self._remember_volumes()
            self._forget_containers()
            self._cut.end()
            if self._sink is not None:
                cutting.first(self._project, self._sink, self.name)
            bring_up.up_patiently(self, self._project, self.scales)
            if self._sink is not None:
                self._cut.begin(self._sink, self.name, self._all())
            self.wait_ready()
        return time.monotonic() - started

    def wait_ready(self) -> None:
        """Wait until every service is ready.

        Raises StackError with the state of the one that is not.
        """
        bring_up.wait_ready(self)

    def expectations(self) -> dict[str, waiting.Expectation]:
        """What each service must reach; nothing is expected any more of one that did not become ready."""
        found = waiting.expectations(self.stack.model, self.images.health(), self.scales)
        return {name: expected for name, expected in found.items() if name not in self.shortfalls}

    def down(self, *, volumes: bool = False, grace: int | None = None) -> None:
        """`docker compose down`, with `-v` when `volumes`. Volumes without a name are noted and removed."""
        with self.phase("down"):
            self._forget_containers()
            self._cut.end()
            names = self._remember_volumes()
            self._project.down(volumes=volumes, grace=grace)
            remove_nameless(names)

    def _remember_volumes(self) -> list[str]:
        """Note the volumes without a name that containers have now, and return them."""
        things = self._things()
        names = things.nameless(things.found("container"))
        self.run.remember_volumes(names)
        return names

    def stop(self, services: Sequence[str] | None = None, *, grace: int | None = None) -> None:
        """`docker compose stop`; with the author's grace period unless `grace` (seconds) is given."""
        with self.phase("stop"):
            if services is None:
                self._cut.end()
            self._project.stop(services, grace=grace)
        self._forget_containers()

    def start_services(self, services: Sequence[str]) -> None:
        """`docker compose start`."""
        with self.phase("start"):
            self._project.start(services)
        self._forget_containers()

    def kill(self, containers: Sequence[Container]) -> None:
        """`docker kill` them in one command."""
        self._project.kill([container.id for container in containers])
        self._forget_containers()

    def mend(self) -> str:
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
        return self._offline

    def _all(self) -> list[dict[str, Any]]:
        """Inspect all that is ours, also what is no service of the stack."""
        return engine.inspect("container", engine.ids("container", self.labels))

    def look(self) -> list[Container]:
        """Inspect all containers now, in one process."""
        kind = OfflineContainer if self.offline else Container
        containers = [
            kind(data, self._own)
            for data in self._all()
            if (data["Config"]["Labels"] or {}).get(labels.COMPOSE_SERVICE) in self.stack.services
        ]
        return sorted(containers, key=lambda container: (container.service, container.number))

    def containers(self, service: str | None = None) -> list[Container]:
        """Containers as they were after the last change; facts and shells are kept with them."""
        starts = self._starts()  # before the look, so that a start meanwhile asks for another one
        if self._containers is None:
            self._containers = self.look()
        elif starts != self._starts_known:
            self._containers = renewed(self._containers, self.look())
        self._starts_known = starts
        return [container for container in self._containers if service in (None, container.service)]

    def _starts(self) -> int:
        """How many starts were told: a service that a policy starts again gets other host ports."""
        events = self.events.seen(action="start") if hasattr(self, "events") else []
        return sum(1 for event in events if event.service in self.stack.services)

    def container(self, service: str, number: int = 1) -> Container:
        """Return one container.

        Raises StackError when it is not there.
        """
        for container in self.containers(service):
            if container.number == number:
                return container
        msg = f"{self.stack}: there is no container {service}-{number}"
        raise StackError(msg)

    @property
    def jobs(self) -> set[str]:
        """Services that were made to end: others wait for that, or they ended well while the copy came up."""
        return {*self.stack.model.one_shots, *self._jobs}

    def runs_once(self, container: Container) -> bool:
        """Whether a container was made to end and has ended once; one that still runs is looked at anew."""
        if container.service in self.jobs or container.completed:
            return True
        if container.status == "running" and container.may_complete:
            return any(c.completed for c in self.look() if c.id == container.id)
        return False

    def _forget_containers(self) -> None:
        """Drop snapshots and shells: what they say is no longer so."""
        known, self._containers = self._containers, None
        for container in known or ():
            container.close()

    def engine_trouble(self) -> str:
        """Say how the engine was lost since the copy came up; empty when it was there all the time.

        Containers end and ports close with an engine that stops, which looks like faults of the stack.
        """
        if not hasattr(self, "events"):
            return ""
        try:
            engine.ping()
        except CommandError as error:
            return str(error)
        return LOST if self.events.ended else ""

    def trial(self, name: str, perform: Callable[[], Result]) -> Result:
        """Perform a disturbance once and give every control that asks the same result.

        Raises the same error again for as long as this copy is in use; a new copy tries anew.
        """

        def cut_off() -> Result:
            result = perform()
            self._cut.see()
            return result

        return self._trials.result(name, cut_off)

    def outside_trouble(self) -> str:
        """Say that the outside was not cut off for as long as this copy was up; empty when it was."""
        return self._cut.trouble()

    def note_reached(self, trouble: str) -> None:
        """Note for the end of the run that the stack could act outside: what passed does not count."""
        self.run.write_private(f"{REACHED}-{self.stack.slug}", trouble)
