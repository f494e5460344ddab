"""The sandbox that the running test needs; at most one is up per worker."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from stackproof.controls.control import Lane
from stackproof.engine import engine, labels, steps
from stackproof.engine.engine import Engine
from stackproof.errors import (
    COMES_UP,
    ENGINE,
    OUTSIDE,
    EngineGoneError,
    NotReadyError,
    StackError,
    StackproofError,
)
from stackproof.isolation.treatment import Permits
from stackproof.runs.run import Run
from stackproof.sandbox.attached import AttachedStack
from stackproof.sandbox.images import Images, prepare
from stackproof.sandbox.progress import Progress
from stackproof.sandbox.sandbox import Sandbox
from stackproof.sandbox.view import View
from stackproof.settings import Settings
from stackproof.stack.stack import Stack

# So many sandboxes of a stack may lose their engine as they come up; then that may be the stack's own doing.
LOSSES = 3
# What a journal of steps is called in which a sandbox comes up.
BRING_UP = "bring-up"


class Pool:
    """Starts sandboxes on demand and closes each before the next is started."""

    def __init__(self, run: Run, engine_: Engine | None, progress: Progress, settings: Settings) -> None:
        self._run = run
        self._engine = engine_
        self._progress = progress
        self._settings = settings
        self._current: View | None = None
        self._brought_up: steps.Journal | None = None
        self._asked = False
        self._lost = Counter[str]()
        self._begun = set[tuple[str, str]]()
        self._trials: dict[tuple[str, str], dict[str, Any]] = {}
        self.one_sandbox = False
        """Whether lanes follow each other in one sandbox, as long as none spoils it."""

    @property
    def offline(self) -> bool:
        """Whether sandboxes are on networks on which the engine publishes nothing."""
        return self._settings.offline

    def get(self, stack: Stack, lane: str) -> View:
        """Return the running sandbox of a lane, starting it when needed; or the view of an attached stack.

        One that only observes is returned also when not all of it came up: see `View.require`.
        Raises StackError when the stack does not come up, at once if it did not before in any lane, and
        EngineGoneError when the engine is to blame for that.
        """
        self._asked = True
        if self._current is not None and not self._serves(self._current, stack, lane):
            self.close()
        if self._current is not None:
            self._current.lane = lane
        if self._current is None:
            self._refuse_broken(stack, lane)
            sandbox = self._attachment(stack, lane) or self.new(
                stack, lane, waits_for_room=self._first(stack, lane)
            )
            try:
                with steps.journal(BRING_UP) as self._brought_up:
                    sandbox.start()
            except StackproofError as error:
                if isinstance(error, EngineGoneError) and self._lost[stack.slug] < LOSSES:
                    self._lost[stack.slug] += 1
                    self._current, sandbox.spoiled = sandbox, True
                    raise error.because(ENGINE) from None
                self._note_broken(stack, lane, error)
                raise error.because(COMES_UP) from None
            self._current = sandbox
            if sandbox.shortfalls:
                self._run.folder.broken(stack.slug).write(str(NotReadyError(sandbox.shortfalls)))
        steps.rest_on(self._brought_up)
        return self._current

    def _serves(self, sandbox: View, stack: Stack, lane: str) -> bool:
        whole = self.one_sandbox and sandbox.whole
        kin = _kin(sandbox.lane) == _kin(lane)
        return sandbox.stack is stack and (kin or whole) and not sandbox.spoiled

    def _first(self, stack: Stack, lane: str) -> bool:
        """Whether a lane has had no sandbox here: one in place of another has the room of that."""
        known = (stack.slug, _kin(lane)) in self._begun
        self._begun.add((stack.slug, _kin(lane)))
        return not known

    def new(
        self,
        stack: Stack,
        lane: str,
        fixed_ports: dict[str, str] | None = None,
        *,
        waits_for_room: bool = False,
        only: frozenset[str] | None = None,
    ) -> Sandbox:
        """Return a sandbox that is not started, for a trial that needs one of its own.

        With `only` these services are brought up, which must have all that they need.

        Raises StackError beside an attached stack.
        """
        if self._settings.attach is not None:
            msg = f"{stack} is attached and only looked at: no sandbox of it is made"
            raise StackError(msg)
        return Sandbox(
            stack,
            lane,
            run=self._run,
            engine_=self._engine or engine.connect_here(),
            progress=self._progress,
            settings=self._settings,
            fixed_ports=fixed_ports,
            in_part=lane == Lane.OBSERVE,
            waits_for_room=waits_for_room,
            trials=self._trials.setdefault((stack.slug, _kin(lane)), {}),
            only=only,
        )

    def images(self, stack: Stack) -> Images:
        """Return the images of a stack, built or pulled if need be; nothing is brought up for it.

        Raises StackError when one cannot be had.
        """
        if self._settings.attach is not None:
            return self.get(stack, Lane.OBSERVE).images
        return prepare(stack, self._run, Permits.of(self._settings))

    @contextmanager
    def image_files(self, stack: Stack, service: str) -> Iterator[str | None]:
        """Yield a container that never starts, to look into the image; None beside an attached stack."""
        if self._settings.attach is not None:
            yield None
            return
        own = {**self._run.marks, labels.STACK: stack.slug}
        with engine.unstarted(self.images(stack).by_service[service], own=own) as container:
            yield container

    def _attachment(self, stack: Stack, lane: str) -> AttachedStack | None:
        if (project := self._settings.attach) is None:
            return None
        trials = self._trials.setdefault((stack.slug, _kin(lane)), {})
        return AttachedStack(
            stack,
            lane,
            project=project,
            run=self._run,
            progress=self._progress,
            trials=trials,
        )

    def _note_broken(self, stack: Stack, lane: str, error: StackproofError) -> None:
        if lane == Lane.OBSERVE or not isinstance(error, NotReadyError):
            self._run.folder.unseen(stack.slug).write(str(error))
        self._run.folder.broken(stack.slug).write(str(error))

    def _refuse_broken(self, stack: Stack, lane: str) -> None:
        """A stack that did not come up in one lane will not in the next: say so without waiting again.

        What became ready of it can still be observed.
        """
        if (away := self._run.folder.engine_away.read()) is not None:
            raise EngineGoneError(away).because(ENGINE)
        folder = self._run.folder
        note = folder.unseen(stack.slug) if lane == Lane.OBSERVE else folder.broken(stack.slug)
        if (why := note.read()) is not None:
            raise StackError(why).because(COMES_UP)

    def check_engine(self) -> None:
        """See that the engine was there, and the outside cut off, for as long as the running test looked.

        Raises EngineGoneError when the engine was not, and StackError when a sandbox could act outside: no
        other one of that stack is brought up then.
        """
        current = self._current
        if not self._asked or current is None:
            return
        if trouble := current.engine_trouble():
            current.spoiled = True
            raise EngineGoneError(trouble).because(ENGINE)
        if trouble := current.outside_trouble():
            current.spoiled = True
            error = StackError(trouble)
            self._note_broken(current.stack, current.lane, error)
            self._run.folder.reached(current.stack.slug).write(trouble)
            raise error.because(OUTSIDE)

    def close(self) -> None:
        """Take the current sandbox away; the sweep at the end has what an engine keeps that is gone."""
        sandbox, self._current = self._current, None
        if sandbox is not None:
            try:
                sandbox.close()
            except EngineGoneError:
                with suppress(EngineGoneError):
                    self._await_engine()
                    sandbox.close()

    def _await_engine(self) -> None:
        """Wait for an engine that is restarted; one that stayed away is not waited for again."""
        if (away := self._run.folder.engine_away.read()) is not None:
            raise EngineGoneError(away).because(ENGINE)
        try:
            engine.wait_until_back()
        except EngineGoneError as error:
            self._run.folder.engine_away.write(str(error))
            raise

    def close_unless(self, stack: Stack | None, lane: str | None) -> None:
        """Take the current sandbox away unless the next test needs just that one."""
        self._asked = False
        current = self._current
        if current is not None and (stack is None or lane is None or not self._serves(current, stack, lane)):
            self.close()


def _kin(lane: str) -> str:
    """Return the first of the lanes that may share a sandbox; one of a single trial is shared with none."""
    return Lane(lane).kin if lane in list(Lane) else lane
