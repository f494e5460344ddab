"""What a stop with held processes asks of the engine and the helper, which is a script of the test's own."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.local_streams import LocalHelper
from tests.unit.trials.scenes import Scene, event
from tests.unit.trials.trees import member

from stackproof.errors import CommandError, Unknown
from stackproof.trials import holding
from stackproof.trials.holding import HOLD, Held, stop_held

# It says that it was told by a file, and what became of the processes by its output.
HELPS = (
    """echo held; read -r word && echo "$word" > {told}; echo 'killed 7\ntold 8 16384\nfreed 8\nwaited 9'"""
)
HELD = [member(7, 1, "a", caught=0x4000), member(8, 1, "b"), member(9, 1, "c", caught=0xFF)]
FOUND = Held(unheard=("a",), told=("b",), waited_for=("c",))


@dataclass
class Sandbox(Scene):
    """A sandbox whose stop takes until the helper was told, for it to be seen when that is."""

    told: Path = Path()
    grace: float = 10.0
    helps: str = HELPS
    fails: Exception | None = None
    kills: bool = False
    argv: list[list[str]] = field(default_factory=list)
    stops: list[tuple[list[str], int, bool, bool]] = field(default_factory=list)
    helpers: list[LocalHelper] = field(default_factory=list)

    def start_helper(self, argv: Sequence[str], *, own: dict[str, str]) -> LocalHelper:
        """Start it."""
        assert own is self.labels
        self.argv.append([*argv])
        self.helpers.append(LocalHelper(["sh", "-c", self.helps.format(told=self.told)]))
        return self.helpers[-1]

    def close(self) -> None:
        """Leave nothing."""
        for helper in self.helpers:
            helper.remove()

    def stop(self, services: list[str] | None = None, *, grace: int = 0) -> None:
        """Send the signal after a moment, and end."""
        time.sleep(0.1)
        before = self.told.exists()
        self.events.tell(event(1.0, "kill", signal="15"))
        until = time.monotonic() + 5
        while (
            not self.told.exists()
            and self.helpers[-1].stream.process.poll() is None
            and time.monotonic() < until
        ):
            time.sleep(0.01)
        self.stops.append((services or [], grace, before, self.told.exists()))
        if self.kills:
            self.events.tell(event(2.0, "kill", signal="9"))
        if self.fails:
            raise self.fails


@pytest.fixture
def sandbox(
    make_container: MakeContainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Sandbox]]:
    """Return a function that makes a sandbox; nothing that it starts is left."""
    with ExitStack() as stack:

        def make(**more: Any) -> Sandbox:  # noqa: ANN401 - what is so there
            made = Sandbox(
                lambda _now: [make_container()], told=tmp_path / "told", labels={"run": "x"}, **more
            )
            made.stack = SimpleNamespace(services={"web": SimpleNamespace(grace=made.grace)})
            monkeypatch.setattr("stackproof.engine.engine.start_helper", made.start_helper)
            monkeypatch.setattr(holding, "_END", 5.0)
            monkeypatch.setattr(holding, "REACTS", 0.05)
            stack.callback(made.close)
            return made

        yield make


def stopped(sandbox: Sandbox) -> Held:
    """Stop the service."""
    subject: Any = sandbox
    return stop_held(sandbox.look()[0], 77, HELD, subject)


@pytest.mark.parametrize(
    ("grace", "patience", "linger", "whole"),
    [(10.0, "200", "100", 23), (0.9, "30", "15", 3), (60.0, "200", "100", 93)],
)
def test_stop(sandbox: Callable[..., Sandbox], grace: float, patience: str, linger: str, whole: int) -> None:
    """The helper is told once the signal was sent; the grace period is longer by what it takes."""
    made = sandbox(grace=grace)

    assert stopped(made) == FOUND
    assert made.argv == [
        ["sh", "-c", HOLD, "hold", "web1", "77", patience, linger, "7:4000", "8:0", "9:ff"],
    ]  # fmt: skip
    assert made.stops == [(["web"], whole, False, True)]
    assert made.told.read_text() == "told\n"
    assert made.helpers[0].stream.process.poll() == 0
    assert made.helpers[0].removed


def test_killed_after_its_grace_period(sandbox: Callable[..., Sandbox]) -> None:
    """Then nobody saw who waits for whom."""
    with pytest.raises(Unknown, match=r"^web-1 was killed after its grace period of 10 s, so nobody saw"):
        stopped(sandbox(kills=True))


def test_helper_that_has_ended_before_it_is_told(sandbox: Callable[..., Sandbox]) -> None:
    """All of them were told by then."""
    made = sandbox(helps="echo held; exec 0<&-; echo 'ended 7'")

    assert stopped(made) == Held()


def test_helper_that_does_not_end(sandbox: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not waited for without end."""
    made = sandbox(helps="echo held; read -r word; echo > {told}; exec sleep 60")
    monkeypatch.setattr(holding, "_END", 0.2)

    with pytest.raises(Unknown, match=r"^what held the processes of web-1 did not end$"):
        stopped(made)


def test_process_1_that_ends_when_one_is_held(sandbox: Callable[..., Sandbox]) -> None:
    """Its shell takes a job that is stopped for one that is over; nothing is stopped then."""
    made = sandbox()
    made.events.tell(event(0.5, "die", exitCode="0"))

    with pytest.raises(Unknown, match=r"^web-1 ends when a process of it is held, so nobody can see"):
        stopped(made)
    assert made.stops == []


def test_stop_that_fails(sandbox: Callable[..., Sandbox]) -> None:
    """Its reason is told, and the helper ends by the end of its input."""
    made = sandbox(fails=CommandError("no such container"), helps=HELPS + "; cat")

    with pytest.raises(CommandError, match="no such container"):
        stopped(made)
    assert made.helpers[0].stream.process.poll() == 0


@pytest.mark.parametrize("said", ["echo cannot", "echo"])
def test_helper_that_cannot_hold_them(sandbox: Callable[..., Sandbox], said: str) -> None:
    """Nothing is stopped then."""
    made = sandbox(helps=said)

    with pytest.raises(Unknown, match=r"^processes of web-1 cannot be held$"):
        stopped(made)
    assert made.stops == []
