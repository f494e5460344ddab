"""Bringing up the sinkhole of a sandbox, and seeing that it holds: a cut that is not seen is none."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from stackproof.engine import engine, labels
from stackproof.engine.project import Project
from stackproof.engine.projects import PROJECT
from stackproof.errors import CommandError, StackError
from stackproof.isolation.sinkhole import Sinkhole

WITHIN = 15.0  # seconds for its addresses on a loaded machine
EVERY = 0.05


def first(project: Project, sink: Sinkhole, name: str) -> None:
    """Have it stand before the way out before any service is made, where addresses are cut.

    Names need no such thing: nothing else has the alias, and all services are started after it.
    Raises StackError when it does not hold, or cannot be had.
    """
    if not sink.gateways:
        return
    try:
        project.up([sink.service], dependencies=False)
    except CommandError as error:
        raise StackError(str(error)) from None
    marks = {labels.COMPOSE_SERVICE: sink.service, PROJECT: name}
    until = time.monotonic() + WITHIN
    while missing := _addresses_missing(sink, engine.ids("container", marks)):
        if time.monotonic() > until:
            raise StackError(_words(f"{sink.service} has no address {missing}"))
        time.sleep(EVERY)
    verify(sink, name, engine.inspect("container", engine.ids("container", marks)))


def _addresses_missing(sink: Sinkhole, ids: Sequence[str]) -> str:
    """Return an address that it does not have yet; it takes them when all its routes stand."""
    wanted = {str(address) for several in sink.gateways.values() for address in several}
    said = engine.execute(ids[0], ["ip", "-o", "addr"], check=False).stdout if ids else ""
    have = {word.partition("/")[0] for word in said.split()}
    return next(iter(sorted(wanted - have)), "")


def verify(sink: Sinkhole, project: str, containers: list[dict[str, Any]]) -> None:
    """See that names and ways lead to the sinkhole.

    Raises StackError when they do not: nobody knows what such a sandbox reaches.
    """
    if problem := sink.problem(project, containers):
        raise StackError(_words(problem))


class Cut:
    """Cuts one sandbox off, and watches that it stays so: without it the engine sends names outside again."""

    def __init__(self, project: str) -> None:
        self.sink: Sinkhole | None = None
        """What cuts it off, where something must."""
        self._project = project
        self._seen: tuple[str, str] | None = None
        self._trouble = ""

    def prepare(self, project: Project) -> None:
        """Have what cuts stand before any service is made, where addresses are cut.

        Raises StackError when it does not hold, or cannot be had.
        """
        if self.sink is not None:
            first(project, self.sink, self._project)

    def begin(self, containers: Callable[[], list[dict[str, Any]]]) -> None:
        """See among all `containers` of ours that it holds, and note the one that runs.

        Raises StackError when it does not: nobody knows what such a sandbox reaches.
        """
        if (sink := self.sink) is None:
            return
        found = containers()
        verify(sink, self._project, found)
        (mine,) = (d for d in found if labels.on("container", d)[labels.COMPOSE_SERVICE] == sink.service)
        self._seen = mine["Id"], mine["State"]["StartedAt"]

    def trouble(self) -> str:
        """Say that it did not run all the time since then; empty when it did."""
        if self._seen is not None and not self._trouble:
            container, started = self._seen
            found = engine.inspect("container", [container])
            state = found[0]["State"] if found else {}
            if state.get("Status") != "running" or state["StartedAt"] != started:
                self._trouble = _ENDED
        return self._trouble

    def see(self) -> None:
        """Raise StackError when it did not run all the time."""
        if trouble := self.trouble():
            raise StackError(trouble)

    def end(self) -> None:
        """See it for the last time, before it is ended with all else.

        Raises StackError when it did not run all the time.
        """
        self.see()
        self._seen = None

    def last_words(self) -> str:
        """End it, and say its trouble if nobody was told of it yet."""
        known = self._trouble
        trouble, self._seen = self.trouble(), None
        return "" if known else trouble


_ENDED = (
    "the outside was not cut off all the time in this sandbox: the container that cuts it off ended or was "
    "started again, and services may have acted outside in your name\n"
    "  fix: see who ends containers here, or whether memory ran out; --offline cuts everything without one"
)


def _words(problem: str) -> str:
    return (
        f"the outside is not cut off in this sandbox: {problem}\n"
        "  fix: --offline cuts everything; --allow-outside HOST opens a host that may be reached"
    )
