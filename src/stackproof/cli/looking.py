"""What `stackproof init` looks at: one sandbox, before and after the suite judges it."""

import re
import secrets
import time
from collections.abc import Generator, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from stackproof.cli.starter import Answers, Away, Endpoint, Sight
from stackproof.controls.control import Lane
from stackproof.datastores.detection import detect
from stackproof.errors import StackproofError, Unknown
from stackproof.facts import programs
from stackproof.outcomes.model import Results
from stackproof.plugin import controller
from stackproof.plugin.declared import lane_of
from stackproof.plugin.session import KEY
from stackproof.probes.http import HttpClient
from stackproof.sandbox.pool import Pool
from stackproof.sandbox.sandbox import Sandbox
from stackproof.sandbox.view import View
from stackproof.stack import public
from stackproof.stack.health_command import effective_test
from stackproof.stack.service import Service
from stackproof.stack.stack import Stack
from stackproof.trials.scaling import blockers

# The usual names of health endpoints: those of Kubernetes, Spring Boot and everybody's own.
PATHS = (
    "/", "/health", "/healthz", "/livez", "/readyz", "/ready", "/live", "/api/health", "/actuator/health",
    "/status",
)  # fmt: skip
GOOD = 400  # statuses below it
WITHIN = 5.0  # seconds for a port that listens to say its first word
AWAY = 3.0  # seconds that a dependency is away before anybody is asked
_OWN_PATH = re.compile(r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::[^/\s'\"]*)?(/[\w./-]*)")


class Looker:
    """A plugin that looks at the suite's own sandbox: a stack is brought up once, however many ask it.

    It needs a run in one process.
    """

    sight: Sight | None = None
    error: StackproofError | None = None
    """Why there was nothing to look at; nothing was judged then."""
    results: Results | None = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, None, None]:
        """Look before anybody judges, and have the lanes follow each other in that sandbox."""
        run = config.stash[KEY]
        run.pool.one_sandbox = True
        try:
            view = run.pool.get(run.stacks[0], Lane.OBSERVE)
            view.require(None)
            self.sight = look(view)
        except StackproofError as error:
            self.error = error
            items.clear()
        yield
        order = list(Lane)
        items.sort(key=lambda item: order.index(lane_of(item)))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """Take dependencies away last: that is the greatest disturbance."""
        if nextitem is None and self.sight is not None:
            run = item.config.stash[KEY]
            self.sight = replace(
                self.sight, away=tuple(outages(run.pool, run.stacks[0], self.sight.endpoints))
            )

    @pytest.hookimpl(tryfirst=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Take what the suite found."""
        self.results = config.stash.get(controller.RESULTS, None)


def look(view: View) -> Sight:
    """Return what a running sandbox shows."""
    stack = view.stack
    stores = {name: kind for name in stack.services if (kind := _store(view, name))}
    idle = {*view.one_shots, *stores, *(name for name, service in stack.services.items() if _keeps(service))}
    answers = {name: answering(view, name) for name in sorted(stack.services)}
    scalable = (name for name in stack.services if name not in idle and _listens(view, name))
    return Sight(
        stack=stack.name,
        today=datetime.now(UTC).astimezone().date(),
        public=meant(view),
        endpoints=tuple(endpoint for found in answers.values() for endpoint in found.good),
        refused=tuple(endpoint for found in answers.values() for endpoint in found.bad),
        datastores=tuple(sorted(stores.items())),
        scalable=tuple(name for name in scalable if not blockers(stack, name)),
    )


def meant(view: View) -> tuple[str, ...]:
    """Return the services to propose as public: they publish a port that is no store's and no console's."""
    published = public.taken(view.stack.model, guarded=False)
    return tuple(sorted(name for name in published if _public(view, name)))


def _store(view: View, name: str) -> str:
    try:
        if view.is_one_shot(name):
            return ""
        found = detect(view.container(name))
    except StackproofError:
        return ""
    return found.kind if found else ""


def _keeps(service: Service) -> bool:
    """Whether a service mounts a volume that it may write to."""
    return any(mount.kind == "volume" and not mount.read_only for mount in service.mounts)


def _public(view: View, name: str) -> bool:
    """Whether what runs of a service that publishes a port may be meant for everybody: a datastore is not."""
    try:
        return not programs.datastores(view.container(name).facts.processes)
    except StackproofError:
        return False


def _listens(view: View, name: str) -> bool:
    try:
        return bool(view.container(name).facts.listening)
    except StackproofError:
        return False


def answering(view: View, service: str) -> Answers:
    """Return how the usual paths answer, its health check's own first.

    For a service that says yes to any path, `/` alone. A bad answer to `/` is told where no path has a good
    one.
    """
    http = HttpClient(view)
    until = time.monotonic() + WITHIN
    try:
        while (first := http.get(service)).status is None:
            if time.monotonic() > until:
                return Answers()
            time.sleep(0.2)
    except Unknown:  # it publishes no TCP port
        return Answers()
    anything = http.get(service, f"/stackproof-{secrets.token_hex(8)}").status
    says_yes = anything is not None and anything < GOOD
    paths = PATHS[:1] if says_yes else dict.fromkeys([*PATHS[:1], *_own_paths(view, service), *PATHS[1:]])
    asked = [(path, http.get(service, path).status) for path in paths]
    good = tuple(
        Endpoint(service, path, status) for path, status in asked if status is not None and status < GOOD
    )
    return Answers(good=good, bad=() if good else (Endpoint(service, "/", first.status),))


def _own_paths(view: View, service: str) -> Iterator[str]:
    """Yield the paths that its health check asks for."""
    test = effective_test(view.stack.services[service], view.images.of(service))
    yield from _OWN_PATH.findall(" ".join(test))


def outages(pool: Pool, stack: Stack, endpoints: Iterable[Endpoint]) -> Iterator[Away]:
    """Take each service that others need away once, and yield what those answer meanwhile."""
    needed = sorted({edge.service for service in stack.services.values() for edge in service.depends_on})
    for name in needed:
        needing = tuple(sorted(dependants(stack, name)))
        asked = [endpoint for endpoint in endpoints if endpoint.service in needing]
        sandbox = pool.get(stack, Lane.OUTAGES) if asked else None
        if not isinstance(sandbox, Sandbox) or sandbox.is_one_shot(name) or not sandbox.containers(name):
            continue
        try:
            yield Away(stop=name, dependants=needing, answers=_measured(sandbox, name, asked))
        except StackproofError as error:
            yield Away(stop=name, dependants=needing, trouble=str(error))


def dependants(stack: Stack, name: str) -> set[str]:
    """Return the services that need one, directly or through others."""
    found: set[str] = set()
    new = {name}
    while new:
        new = {
            other
            for other, service in stack.services.items()
            for edge in service.depends_on
            if edge.service in new
        }
        new -= found
        found |= new
    return found - {name}


def _measured(sandbox: Sandbox, name: str, asked: Iterable[Endpoint]) -> tuple[Endpoint, ...]:
    http = HttpClient(sandbox)
    sandbox.stop([name], grace=0)
    with sandbox.disturbance():
        time.sleep(AWAY)
        answers = tuple(replace(one, status=http.get(one.service, one.path).status) for one in asked)
        sandbox.start_services([name])
        sandbox.wait_ready()
    return answers
