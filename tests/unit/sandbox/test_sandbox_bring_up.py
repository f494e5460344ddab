"""Bringing a sandbox up: again with other subnets, with patience, and until it has settled."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer, MakeStack

from stackproof.errors import CommandError, NotReadyError, StackError
from stackproof.sandbox import bring_up, shortage, waiting
from stackproof.sandbox.bring_up import deadline, first_up, one_shots_that_ended, up_patiently
from stackproof.sandbox.container import Container
from stackproof.stack.stack import Stack

OVERLAP = StackError("Pool overlaps with other one on this address space")
USED_UP = StackError("all predefined address pools have been fully subnetted")


class Scene:
    """A sandbox, its events and its project in one, which notes what is done to it."""

    def __init__(self, stack: Stack, *looks: list[Container]) -> None:
        """What is seen at each look, the last for ever; without any a sandbox without containers."""
        self.name = "sandbox"
        self.stack = stack
        self.labels = {"stackproof.run": "0badcafe"}
        self.events: Any = self
        self.project: Any = self
        self.sandbox: Any = self
        self.refusals: list[StackError | CommandError] = []
        self.shortfalls: dict[str, str] = {}
        self.only: frozenset[str] | None = None
        self.done: list[str] = []
        self._looks = [*looks] or [[]]

    def take_away(self) -> list[str]:
        """Remove it, which always succeeds."""
        self.done.append("remove")
        return []

    @contextmanager
    def phase(self, step: str) -> Iterator[None]:
        """Note a step."""
        self.done.append(step)
        yield

    def up(
        self, services: list[str] | None = None, *, dependencies: bool = True, scales: object = None
    ) -> float:
        """Come up, unless something is refused first."""
        del scales
        self.done.append(" ".join(["up", *([] if dependencies else ["--no-deps"]), *(services or [])]))
        if self.refusals:
            raise self.refusals.pop(0)
        return 0.0

    def wait(self, _seconds: float) -> None:
        """Be the pause between two looks."""

    def look(self) -> list[Container]:
        """Return the next sight."""
        return self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]

    def containers(self) -> list[Container]:
        """Return what is seen first."""
        return self._looks[0]

    def expectations(self) -> dict[str, waiting.Expectation]:
        """Expect one container of each service that was not given up."""
        found = waiting.expectations(self.stack.model, {}, {})
        return {name: expected for name, expected in found.items() if name not in self.shortfalls}

    def move(self, attempt: int) -> None:
        """Note that other subnets were chosen."""
        self.done.append(f"move {attempt}")


@pytest.fixture
def scene(make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A sandbox on an engine that only notes what is removed."""
    scene = Scene(make_stack({"web": {}}))
    monkeypatch.setattr(shortage, "holders", set)
    return scene


def test_subnet_of_somebody_else(scene: Scene) -> None:
    """What came up is removed before other subnets are tried."""
    scene.refusals = [OVERLAP, OVERLAP]
    first_up(scene.sandbox, scene.move)

    assert scene.done == ["up", "remove", "move 1", "up", "remove", "move 2", "up"]


def test_subnet_that_is_given_back(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What came up is removed before the wait: others may be waiting for just that."""
    monkeypatch.setattr(shortage, "given_back", lambda *_args: True)
    scene.refusals = [USED_UP]
    first_up(scene.sandbox, scene.move)

    assert scene.done == ["up", "remove", "wait for a subnet", "move 1", "up"]


def test_subnet_that_nobody_gives_back(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's own words remain."""
    monkeypatch.setattr(shortage, "given_back", lambda *_args: False)
    scene.refusals = [USED_UP]
    with pytest.raises(StackError, match="fully subnetted"):
        first_up(scene.sandbox, scene.move)

    assert scene.done == ["up", "remove", "wait for a subnet"]


def test_subnets_that_all_are_taken(scene: Scene) -> None:
    """So many tries, and no more."""
    scene.refusals = [OVERLAP] * (bring_up.SUBNETS + 1)
    with pytest.raises(StackError, match="Pool overlaps"):
        first_up(scene.sandbox, scene.move)

    assert scene.done.count("up") == bring_up.SUBNETS


def test_other_trouble_is_no_matter_of_subnets(scene: Scene) -> None:
    """A service that fails fails at once."""
    scene.refusals = [StackError("web exited with code 1")]
    with pytest.raises(StackError, match="web exited"):
        first_up(scene.sandbox, scene.move)

    assert scene.done == ["up"]


def test_dependency_that_was_slow(make_stack: MakeStack, make_container: MakeContainer) -> None:
    """Compose gives up the first time that a dependency is unhealthy; it may still come."""
    slow = make_container("db", health="unhealthy")
    well = make_container("db", health="healthy")
    scene = Scene(make_stack({"db": {}, "web": {}}), [slow], [slow], [well])
    scene.refusals = [CommandError("`docker compose up` failed:\ndependency db is unhealthy")]
    up_patiently(scene.sandbox, scene.project, {})

    assert scene.done == ["up", "up"]


@pytest.mark.parametrize(("named", "ups"), [("db", 2), ("web", 1)])
def test_dependency_that_came_meanwhile(
    make_stack: MakeStack, make_container: MakeContainer, named: str, ups: int
) -> None:
    """On a loaded machine it is healthy by the time we look; what Compose says of another is no such case."""
    scene = Scene(make_stack({"web": {}, "db": {}}), [make_container("db", health="healthy")])
    said = f"dependency failed to start: container sandbox-{named}-1 is unhealthy"
    scene.refusals = [CommandError(f"docker compose up\n{said}")]
    try:
        up_patiently(scene.sandbox, scene.project, {})
    except StackError as error:
        assert "is unhealthy" in str(error)  # noqa: PT017 - one of the cases

    assert scene.done == ["up"] * ups


def test_services_that_did_not_become_ready_are_left_out(make_stack: MakeStack) -> None:
    """Compose is asked for the others alone, and does not fail for those again."""
    scene = Scene(make_stack({"db": {}, "api": {}, "web": {}}))
    scene.shortfalls = {"db": "unhealthy", "api": "waits for db"}
    up_patiently(scene.sandbox, scene.project, {})

    assert scene.done == ["up --no-deps web"]


def test_some_of_a_stack(make_stack: MakeStack) -> None:
    """Compose adds what they depend on, and what cuts them off."""
    scene = Scene(make_stack({"db": {}, "api": {}, "web": {}}))
    scene.only = frozenset({"web", "api"})
    up_patiently(scene.sandbox, scene.project, {})
    scene.shortfalls = {"api": "unhealthy"}
    up_patiently(scene.sandbox, scene.project, {})

    assert scene.done == ["up api web", "up --no-deps db web"]


def test_job_is_not_run_again_for_the_rest(make_stack: MakeStack, make_container: MakeContainer) -> None:
    """A seed that ended well may fail the second time."""
    scene = Scene(make_stack({"db": {}, "seed": {}, "web": {}}), [make_container("seed", status="exited")])
    scene.shortfalls = {"db": "unhealthy"}
    up_patiently(scene.sandbox, scene.project, {})

    assert scene.done == ["up --no-deps web"]


def test_job_that_ended_well_is_not_blamed(make_stack: MakeStack, make_container: MakeContainer) -> None:
    """Only what failed keeps others from starting, whatever else waits by restarting or has ended."""
    done = {"depends_on": {"migrate": {"condition": "service_completed_successfully"}}}
    looks = [
        make_container("api", status="restarting", policy="always"),
        make_container("migrate", status="exited", policy="always"),
        make_container("seed", status="exited", code=1),
    ]
    scene = Scene(make_stack({"api": {}, "migrate": {}, "seed": {}, "web": done}), looks)
    scene.refusals = [CommandError("`docker compose up` failed:\nseed didn't complete successfully")]
    with pytest.raises(NotReadyError) as caught:
        up_patiently(scene.sandbox, scene.project, {})

    assert set(caught.value.whys) == {"seed"}


def test_reason_without_composes_steps(make_stack: MakeStack, make_container: MakeContainer) -> None:
    """Compose's words without its steps and without our names, then those of what did not come up."""
    scene = Scene(
        make_stack({"web": {}, "db": {}, "api": {}}),
        [make_container("web", status="exited", code=3), make_container("api", status="created")],
    )
    said = ' Container sandbox-web-1  Creating\nservice "sandbox-web-1" failed'
    scene.refusals = [CommandError(f"`docker compose up` failed:\n{said}")]
    with pytest.raises(StackError) as caught:
        up_patiently(scene.sandbox, scene.project, {})

    assert str(caught.value).splitlines()[:2] == [
        'service "web-1" failed',
        "service web (web-1) is not ready after 0 s: exited, health None, exit code 3",
    ]
    assert "api" not in str(caught.value)


def test_job_that_nobody_waits_for(make_stack: MakeStack, make_container: MakeContainer) -> None:
    """It gets time to end, and is known for a job then."""
    running, ended = make_container("job"), make_container("job", status="exited")
    scene = Scene(make_stack({"job": {}}), [running], [running], [ended])

    assert one_shots_that_ended(scene.sandbox) == {"job"}


def test_compose_is_given_all_grace_periods(make_stack: MakeStack) -> None:
    """`stop` waits for one service after the other, and no time-out of ours may be what ends it."""

    def seconds(**service: object) -> float:
        model = make_stack({"web": {}, "db": service}).model
        return deadline(waiting.expectations(model, {}, {}).values())

    assert seconds() == 300 + 2 * 10
    assert seconds(stop_grace_period="10m0s") == 300 + 10 + 600
    slow = {"test": ["CMD", "x"], "interval": "60s", "timeout": "10s", "retries": 9}
    assert seconds(healthcheck=slow) == 60 + 2 * 9 * 70
