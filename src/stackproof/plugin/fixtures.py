"""Fixtures for controls, and for tests that teams write themselves."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import pytest
from testinfra.host import Host

from stackproof.controls.control import Stage, not_applicable
from stackproof.engine import engine
from stackproof.errors import StackError, Unknown
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.subject import Subject
from stackproof.plugin.declared import control_of, lane_of
from stackproof.plugin.judging import RuleCase
from stackproof.plugin.reading import EVIDENCE
from stackproof.plugin.session import KEY
from stackproof.probes.http import HttpClient
from stackproof.sandbox.container import Container
from stackproof.sandbox.pool import Pool
from stackproof.sandbox.sandbox import Sandbox
from stackproof.sandbox.view import View
from stackproof.stack.contract import HttpExpectation, Outage
from stackproof.stack.model import Service
from stackproof.stack.stack import Stack


def _noted(request: pytest.FixtureRequest) -> Evidence:
    """Return what the running test notes in."""
    return Evidence(request.node.stash.setdefault(EVIDENCE, {}))


def _missing(container: str, programs: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the programs of which no executable file is there; the container need not run."""
    return [
        name
        for name, paths in programs.items()
        if not any(file.mode & 0o111 for path in paths if (file := engine.file(container, path)))
    ]


class ServiceUnderTest:
    """A service of the model, and its containers once somebody asks for them."""

    def __init__(self, model: Service, stack: Stack, request: pytest.FixtureRequest) -> None:
        self.model = model
        self.stack = stack
        self._request = request

    @property
    def name(self) -> str:
        """Name in the compose file."""
        return self.model.name

    @property
    def one_shot(self) -> bool:
        """Whether another service waits for it to complete, or it ended well and was meant to."""
        if self.name in self.stack.model.one_shots:  # nothing is brought up for that
            return True
        return bool(self.containers) and self.sandbox.is_one_shot(self.name)

    @cached_property
    def sandbox(self) -> Sandbox:
        """The running sandbox; asking for it brings it up. With --attach it is a `View`, which only looks."""
        sandbox: Sandbox = self._request.getfixturevalue("sandbox")
        return sandbox

    @property
    def containers(self) -> list[Container]:
        """Its containers.

        Raises Unknown when there is none: nothing was seen then.
        """
        found = self.sandbox.containers(self.name)
        if not found:
            msg = f"there is no container of {self.name}"
            raise Unknown(msg)
        return found

    def refuse_undecided(self) -> None:
        """Say nothing of a service that may be a one-shot: it never ran, or failed, so nobody can tell.

        Raises StackError with the reason that it is not up.
        """
        if any(not container.is_up and container.may_complete for container in self.containers):
            self.sandbox.require(self.name)

    @property
    def health_log(self) -> list[Mapping[str, Any]]:
        """The last health probes of its containers; none of a service that was never started."""
        try:
            return [entry for container in self.containers for entry in container.health_log]
        except StackError:
            return []

    @property
    def image(self) -> Mapping[str, Any]:
        """`Config` of its image; asking for it brings nothing up.

        Raises Unknown where the engine has none.
        """
        return self._pool.images(self.stack).of(self.name)

    def lacking(self, programs: Mapping[str, Sequence[str]]) -> list[str]:
        """Return those programs that are at none of their paths in a running container.

        For a service that did not come up the image counts. Raises Unknown for what may have been mounted or
        made at the start there.
        """
        try:
            running = self.containers[0].id
        except StackError:
            with self._pool.image_files(self.stack, self.name) as unstarted:
                if unstarted is None:
                    raise
                missing = _missing(unstarted, programs)
            if elsewhere := [name for name in missing if self.model.brings(name, programs[name])]:
                names = ", ".join(elsewhere)
                msg = f"{names} may come from outside the image, and {self} did not come up"
                raise Unknown(msg) from None
            return missing
        return _missing(running, programs)

    @cached_property
    def _pool(self) -> Pool:
        pool: Pool = self._request.getfixturevalue("pool")
        return pool

    def __str__(self) -> str:
        """Return the name."""
        return self.name


@pytest.fixture
def subject(request: pytest.FixtureRequest) -> Subject:
    """What this case is about."""
    found: Subject = request.param
    return found


@pytest.fixture
def stack(subject: Subject) -> Stack:
    """The stack as its author wrote it."""
    return subject.stack


@pytest.fixture
def pool(request: pytest.FixtureRequest) -> Pool:
    """Sandboxes of this process."""
    return request.config.stash[KEY].pool


@pytest.fixture
def sandbox(request: pytest.FixtureRequest, subject: Subject, pool: Pool) -> View:
    """The sandbox (or attached stack) that tests of this lane share, if what the test is about came up."""
    control = control_of(request.node)
    found = pool.get(subject.stack, lane_of(request.node))
    # A request may go through any service, and nobody knows what a team's own test asks of which.
    alone = control is not None and subject.entry is None
    found.require(subject.service if alone else None, control.judges if control else Stage.READY)
    if found.shortfalls:
        _noted(request)(not_ready=sorted(found.shortfalls))
    return found


@pytest.fixture
def service(subject: Subject, request: pytest.FixtureRequest) -> ServiceUnderTest:
    """One service; one case for each. Not applicable when its author starts no container of it."""
    if not subject.stack.services[str(subject.service)].replicas:
        not_applicable(f"{subject.service} has no container: its author starts none (replicas: 0)")
    return ServiceUnderTest(subject.stack.services[str(subject.service)], subject.stack, request)


@pytest.fixture
def container(subject: Subject, sandbox: View) -> Container:
    """One running container; one case for each. Not applicable when it runs once and has ended."""
    found = sandbox.container(str(subject.service), subject.number or 1)
    if sandbox.runs_once(found):
        not_applicable(f"{found} runs once and ends")
    return found


@pytest.fixture
def host(container: Container) -> Host:
    """Testinfra's view of the container, over one persistent shell; raises when the container is gone."""
    return container.host


@pytest.fixture
def endpoint(subject: Subject) -> HttpExpectation:
    """One endpoint of the contract; not applicable when the contract names none."""
    if not isinstance(subject.entry, HttpExpectation):
        not_applicable(f"the contract of {subject.stack} names no endpoint")
    return subject.entry


@pytest.fixture
def outage(subject: Subject) -> Outage:
    """One outage of the contract; not applicable when the contract names none."""
    if not isinstance(subject.entry, Outage):
        not_applicable(f"the contract of {subject.stack} names no outage")
    return subject.entry


@pytest.fixture
def http(sandbox: View) -> HttpClient:
    """HTTP to published ports of the sandbox."""
    return HttpClient(sandbox)


@pytest.fixture
def rules(request: pytest.FixtureRequest, subject: Subject) -> RuleCase:
    """All rules of one family for one stack; one case for each."""
    return RuleCase(request.config.stash[KEY], subject, request.node)


@pytest.fixture
def evidence(request: pytest.FixtureRequest) -> Evidence:
    """Note measured facts: `evidence(uids=[999])`."""
    return _noted(request)
