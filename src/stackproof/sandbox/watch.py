"""What moves in a stack is watched from the moment that it is up: one look proves a moment.

Restarts, ends and health are told by the engine's events. Processes and sockets are nobody's events: they are
looked at in the background, over one shell for each container; it stays open where the container is ours.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from stackproof.engine import engine, steps
from stackproof.errors import StackproofError, Unknown
from stackproof.sandbox.container import timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stackproof.engine.events import Event, EventStream
    from stackproof.facts.model import Facts, Process, Socket
    from stackproof.sandbox.container import Container

# Seconds from look to look: what is there for a second is seen. A look takes 13 ms of a processor in the
# container (dash and coreutils) and 1 ms in this process.
EVERY = 0.75
SHARE = 5  # a round may take so much of the time, as 1 / SHARE
MOST = 2.0  # seconds from one round to the next, whatever it took: a loaded machine is looked at, too
UNHURRIED = 2.0  # seconds beside an attached stack, which serves users
# A service that was started again is what it is going to be when it is healthy, or after so many seconds.
SETTLED = 5.0
SHELLS = ("sh", "bash", "ash", "dash")


@dataclass(frozen=True, kw_only=True)
class Look:
    """What one look at a container's processes and sockets saw."""

    seconds: float  # since the watch began
    roots: tuple[Process, ...]
    """Processes of the service that can be root."""
    listening: tuple[Socket, ...]
    beside: frozenset[int] = frozenset()
    """Processes that run beside the service, such as its health check; sockets may be theirs."""


class Watch:
    """Watches the containers of one view, from `start()` to `close()`."""

    def __init__(self, events: EventStream, containers: Sequence[Container], every: float = EVERY) -> None:
        """Look every so many seconds."""
        self.mark = events.count()
        """What the engine told before is no part of it."""
        self.since = timestamp(engine.clock())
        """Nor is what it tells late: engine clock, seconds since the epoch."""
        self.first: Mapping[str, Container] = {container.name: container for container in containers}
        self._events = events
        self._every = every
        self._watched = [Watched(container, events, self.mark) for container in containers]
        self._began = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Look no more."""
        self._ended.set()
        self._thread.join()

    def tell(self) -> None:
        """Note as a step what was seen so far: the looks themselves belong to no test."""
        looks = {one.id: len(one.looks) for one in self._watched}
        seen = (f"{name}: {looks[one.id]} looks" for name, one in self.first.items())
        words = f"processes and sockets of {', '.join(self.first)}, every {self._every:g} s in the background"
        steps.note(words, "", "\n".join(seen), began=time.time() - self.seconds, seconds=self.seconds)

    @property
    def seconds(self) -> float:
        """How long it has watched."""
        return time.monotonic() - self._began

    def looks(self, container: str) -> list[Look]:
        """Return what looks at a container, given by id, have seen so far.

        Raises Unknown when nobody looks any more.
        """
        if not self._thread.is_alive():
            msg = "the watch of the sandbox ended before its time"
            raise Unknown(msg)
        return [look for one in self._watched if one.id == container for look in tuple(one.looks)]

    def trouble(self, container: str) -> str:
        """Say why the last try to look at a container, given by id, saw nothing; empty when it did."""
        return next((one.trouble for one in self._watched if one.id == container), "")

    def told(self, container: str) -> list[Event]:
        """Return what the engine told of a container, given by id, since the watch began."""
        return [event for event in self._events.after(self.mark, container) if event.seconds >= self.since]

    def _run(self) -> None:
        steps.silence()
        try:
            while not self._ended.is_set():
                began = time.monotonic()
                for one in self._watched:
                    if not self._ended.is_set():
                        one.look(began - self._began)
                spent = time.monotonic() - began
                self._ended.wait(max(self._every - spent, min((SHARE - 1) * spent, MOST)))
        finally:
            for one in self._watched:
                one.close()


class Watched:
    """One container of a watch; for its thread alone, but for `id`, `looks` and `trouble`."""

    def __init__(self, container: Container, events: EventStream, mark: int) -> None:
        self.id = container.id
        self.looks: list[Look] = []
        self.trouble = ""
        self._container = container.apart()
        self._events = events
        self._mark = mark
        self._runs = container.runs
        self._settles_at = 0.0  # this machine's clock
        self._execs: set[int] = set()

    def look(self, seconds: float) -> None:
        """Look once, if it runs and is what it is going to be; what cannot be looked at leaves a gap."""
        self._hear()
        if not self._runs or time.monotonic() < self._settles_at:
            return
        try:
            facts = self._container.probe_briefly()
        except StackproofError as error:  # it ended meanwhile, or cannot be looked into: who judges says so
            self.trouble = str(error)
            self.close()
            self._settles_at = time.monotonic() + SETTLED
        else:
            self.trouble = ""
            self.looks.append(self._seen(seconds, facts))

    def _hear(self) -> None:
        """Take up what the engine told since the last look."""
        told = self._events.after(self._mark)
        self._mark += len(told)
        for event in told:
            if event.container != self.id:
                continue
            if event.action == "die":
                self._runs = False
                self.close()
            elif event.action == "start":
                self._runs, self._execs = True, set()
                checked = self._container.has_healthcheck
                self._settles_at = float("inf") if checked else time.monotonic() + SETTLED
            elif event.action == "health_status: healthy":
                self._settles_at = min(self._settles_at, time.monotonic())

    def _seen(self, seconds: float, facts: Facts) -> Look:
        # The engine kills a check that takes too long, and whoever that had started goes on as an orphan.
        self._execs |= {process.pid for process in facts.execs}
        left = {process.pid for process in facts.processes if self._left_by_exec(process)}
        mine = [process for process in facts.processes if process.pid not in left]
        busy = {process.pid for process in facts.execs if not _idle(process, facts)}
        return Look(
            seconds=seconds,
            roots=tuple(process for process in mine if process.can_be_root),
            listening=facts.listening,
            beside=frozenset(left | busy),
        )

    def _left_by_exec(self, process: Process) -> bool:
        return process.session != process.pid and process.session in self._execs

    def close(self) -> None:
        """End the shells."""
        self._container.close()


def _idle(process: Process, facts: Facts) -> bool:
    """Whether it is a shell that waits for words, as ours do."""
    busy = any(other.parent == process.pid for other in facts.all_processes)
    return process.name in SHELLS and not busy
