"""When a service without a health check is up, on a clock of the test's own."""

import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer, MakeStack

from stackproof.engine.events import Event
from stackproof.errors import NotReadyError
from stackproof.sandbox import settling, waiting
from stackproof.sandbox.container import Container
from stackproof.sandbox.settling import LONGEST, STEADY, longest_run, settle
from stackproof.sandbox.waiting import LEAST, MOST_PATIENCE
from stackproof.stack.stack import Stack


@dataclass
class Scene:
    """A sandbox of one service, whose runs have a length in seconds and a delay after each."""

    stack: Stack
    make: MakeContainer
    runs: list[float]
    policy: str = "always"
    code: int = 1
    delay: float = 1.0
    now: float = 0.0
    asked: int = 0
    events: Any = field(init=False)
    sandbox: Any = field(init=False)

    def __post_init__(self) -> None:
        """Be one's own events and sandbox."""
        self.events = self.sandbox = self

    def monotonic(self) -> float:
        """Tell the time."""
        return self.now

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def _story(self) -> list[tuple[str, float]]:
        """What happened until now; the last run has no end unless the policy is `no`."""
        found, at = [], 0.0
        for number, length in enumerate(self.runs):
            found.append(("start", at))
            if number < len(self.runs) - 1 or self.policy == "no":
                found.append(("die", at + length))
            at += length + self.delay
        return [(action, when) for action, when in found if when <= self.now]

    def after(self, _mark: int, _container: str) -> list[Event]:
        """Return what the engine told."""
        return [
            Event(
                seconds=when, received=when, action=action, container="web1", service="web", number=1,
                attributes={"exitCode": str(self.code)},
            )
            for action, when in self._story()
        ]  # fmt: skip

    def look(self) -> list[Container]:
        """Return the service as it is now."""
        story = self._story()
        ends = sum(1 for action, _when in story if action == "die")
        down = "exited" if self.policy == "no" else "restarting"
        status = "running" if story[-1][0] == "start" else down
        starts = sum(1 for action, _when in story if action == "start")
        state = {"Status": status, "ExitCode": self.code, "StartedAt": f"2027-03-01T09:30:{starts:02}Z"}
        restarts = 0 if self.policy == "no" else ends
        ports = {"HostConfig": {"RestartPolicy": {"Name": self.policy}, "PortBindings": {"80/tcp": [{}]}}}
        return [self.make("web", restarts=restarts, State=state, **ports)]

    def container(self, _service: str, _number: int) -> Container:
        """Return the same."""
        return self.look()[0]

    def expectations(self) -> dict[str, waiting.Expectation]:
        """Expect one container."""
        return waiting.expectations(self.stack.model, {}, {})


@pytest.fixture
def scene(make_stack: MakeStack, make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A service whose runs are still to be set, and whose processes settle at once."""
    found = Scene(make_stack({"web": {}}), make_container, [])

    def settled(*_args: object) -> bool:
        found.asked += 1
        return True

    monkeypatch.setattr(waiting, "wait_settled", settled)
    monkeypatch.setattr(settling, "listens", settled)
    monkeypatch.setattr("stackproof.sandbox.settling.time.monotonic", found.monotonic)
    return found


@pytest.mark.parametrize(
    ("runs", "until"),
    [
        pytest.param([1e9], STEADY, id="never ended"),
        pytest.param([2, 2, 1e9], 6 + STEADY, id="waited for its database"),
        pytest.param([12, 1e9], 13 + 12, id="has to run for longer than before"),
        pytest.param([4, 1e9], 5 + STEADY, id="ended within what is waited for"),
        pytest.param([300, 1e9], 301 + LONGEST, id="ran for minutes as the others came up"),
    ],
)
def test_one_that_stays(scene: Scene, runs: list[float], until: float) -> None:
    """It is up once it has run for a while, and for longer than it did before it ended."""
    scene.runs = runs
    if runs[0] > STEADY and len(runs) > 1:
        scene.now = runs[0] + scene.delay  # others took as long to come up
    settle(scene.sandbox)

    assert until < scene.now <= until + 2 * waiting.EVERY


@pytest.mark.parametrize(
    ("restarts", "waited", "lost"),
    [
        (0, 1e9, False),
        (1, LEAST + 9, False),
        (1, 2 * LEAST + 1, True),
        (2, LEAST, False),
        (2, LEAST + 1, True),
    ],
)
def test_end_of_a_long_run_within_the_wait(
    scene: Scene, make_container: MakeContainer, *, restarts: int, waited: float, lost: bool
) -> None:
    """As another was waited for. What follows is given as long as any service; a second end is a habit."""
    container = make_container("web", restarts=restarts)

    assert settling._lost(scene.sandbox, container, waited) is lost  # noqa: SLF001 - of one among several


def test_loop_is_not_up(scene: Scene) -> None:
    """The engine counts the restarts, and the last words are shown."""
    scene.runs = [0.5] * 200
    words = "it ends again and again: 20 restarts, last exit code 1"
    with pytest.raises(NotReadyError, match=words) as caught:
        settle(scene.sandbox)

    assert "the last of 20 lines" in str(caught.value)
    assert MOST_PATIENCE < scene.now < MOST_PATIENCE + 1


def test_slow_loop_is_not_up(scene: Scene) -> None:
    """It has as long as any other service."""
    scene.runs = [9.0] * 200
    scene.now = 10.0
    with pytest.raises(NotReadyError, match=re.escape("it ends again and again: 7 restarts")):
        settle(scene.sandbox)

    assert LEAST < scene.now - 10 < LEAST + 1


@pytest.mark.parametrize("code", [0, 1])
def test_one_that_ends_for_good(scene: Scene, code: int) -> None:
    """It publishes a port, so it was to go on."""
    scene.runs, scene.policy, scene.code = [4.0], "no", code
    with pytest.raises(NotReadyError, match=f"exited with code {code}"):
        settle(scene.sandbox)

    assert scene.now < STEADY


def test_processes_are_looked_at_once_for_each_start(scene: Scene) -> None:
    """Twice for what ended before: it has to listen, too."""
    scene.runs = [2, 1e9]
    settle(scene.sandbox)

    assert scene.asked == 1 + 2


def test_longest_of_the_runs_that_ended(scene: Scene) -> None:
    """The present one is none of them."""
    scene.runs, scene.now = [3, 7, 2, 1e9], 100

    assert longest_run(scene.after(0, "web1")) == 7
    assert longest_run([]) == 0
