"""What sandboxes do, and how far a run has come."""

import json
from pathlib import Path
from typing import Any

import pytest

from stackproof.plugin.board import Board, seconds_last_time
from stackproof.plugin.collection import Row
from stackproof.sandbox.progress import CONTROL

ROW = Row(
    node="", stack="shop", lane="faults", service=None, container=None, control="a", severity=None,
    fingerprint="", services=[],
)  # fmt: skip


class Clock:
    """A clock that is set by hand."""

    now = 1000.0

    def __call__(self) -> float:
        """Return what it was set to."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock."""
    return Clock()


def rows(**nodes: int) -> list[Row]:
    """Return rows of a plan: so many controls for each test."""
    return [{**ROW, "node": node} for node, count in nodes.items() for _ in range(count)]


def say(board: Board, step: str, at: float, seconds: float | None = None, **more: Any) -> None:  # noqa: ANN401
    """Tell a board of a step."""
    phase = {"stack": "shop", "lane": "faults", "service": "", "step": step, "at": at, "seconds": seconds}
    board.take(phase | more)


def test_from_the_first_second(clock: Clock) -> None:
    """Before anything is planned or comes up."""
    board = Board(clock)
    clock.now += 3

    assert board.headline() == "3 s: collecting what is to be asked"
    assert not list(board.rows())


def test_what_a_sandbox_does(clock: Clock) -> None:
    """A step within a control is told first, with what it is for; after it the control goes on."""
    board = Board(clock)
    board.plan(rows(one=1, two=2))
    say(board, f"{CONTROL}crash-restart web", 1000.0)
    say(board, "up ...", 1001.0)
    say(board, "started", 1001.5, 0.5, service="web-1")
    clock.now = 1004.0
    assert list(board.rows()) == ["shop [faults] 0 of 3, 3 s: comes up for crash-restart web"]

    say(board, "up", 1004.0, 3.0)
    clock.now = 1012.0
    assert list(board.rows()) == ["shop [faults] 0 of 3, 12 s: crash-restart web"]

    say(board, "down ...", 1012.0)
    say(board, "wait for a subnet ...", 1013.0)
    clock.now = 1080.0
    assert list(board.rows()) == ["shop [faults] 0 of 3, 1 min 07 s: wait for a subnet for crash-restart web"]


def test_steps_within_steps(clock: Clock) -> None:
    """The outer goes on when the inner has ended."""
    board = Board(clock)
    say(board, "up ...", 1000.0)
    say(board, "images ...", 1000.0)
    say(board, "images", 1001.0, 1.0)
    clock.now = 1005.0

    assert list(board.rows()) == ["shop [faults], 5 s: comes up"]


def test_sandbox_that_is_gone(clock: Clock) -> None:
    """Has no line; nor has one whose tests are over."""
    board = Board(clock)
    board.plan(rows(one=1, two=2))
    for step, seconds in ((f"{CONTROL}a", None), ("teardown ...", None), ("teardown", 1.0)):
        say(board, step, 1000.0, seconds)
    assert not list(board.rows())

    say(board, f"{CONTROL}b", 1000.0)
    board.ended("one")
    assert len(list(board.rows())) == 1
    board.ended("two")
    assert not list(board.rows())


def test_how_far_it_has_come(clock: Clock) -> None:
    """By controls, of which a test may decide many; a test that is in no plan does not count."""
    board = Board(clock)
    board.plan(rows(one=1, two=19))
    clock.now += 61
    assert board.headline() == "1 min 01 s: 0 of 20 decided"
    board.ended("two")
    board.ended("unknown")
    assert board.headline() == "1 min 01 s: 19 of 20 decided"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, ", about 1 min 40 s left, as last time"),
        (58, ", about 40 s left, as last time"),
        (96, ""),
        (104, ""),
        (106, ", longer than last time (1 min 40 s)"),
    ],
)
def test_what_may_be_left(clock: Clock, seconds: int, said: str) -> None:
    """A guess by the last time; who took longer than that is told so."""
    board = Board(clock, 100.0)
    board.plan(rows(one=1))
    clock.now += seconds

    assert board.headline().partition(" decided")[2] == said


def test_names_of_others(clock: Clock) -> None:
    """Stay in their line."""
    board = Board(clock)
    say(board, f"{CONTROL}a\n::error::", 1000.0, stack="sh\nop\x1b[2J")

    (line,) = board.rows()
    assert "\n" not in line
    assert "\x1b" not in line


def last(folder: Path, **more: Any) -> Path:  # noqa: ANN401 - JSON
    """Write results of an earlier run."""
    run = {"seconds": 61.5, "scope": {"chosen": 9, "interrupted": False, **more.pop("scope", {})}}
    data = {"run": run, "stacks": [{"name": "shop"}, {"name": "blog"}], **more}
    path = folder / "results.json"
    path.write_text(json.dumps(data))
    return path


@pytest.mark.parametrize(
    ("more", "guess"),
    [
        ({}, 61.5),
        ({"scope": {"chosen": 8}}, None),
        ({"scope": {"interrupted": True}}, None),
        ({"stacks": [{"name": "shop"}]}, None),
        ({"stacks": 7}, None),
        ({"run": {}}, None),
    ],
)
def test_last_time(tmp_path: Path, more: dict[str, Any], guess: float | None) -> None:
    """Of the same stacks and as many controls, to their end."""
    assert seconds_last_time(last(tmp_path, **more), ["blog", "shop"], 9) == guess


@pytest.mark.parametrize("text", [None, "", "[]", "\ud800"])
def test_no_last_time(tmp_path: Path, text: str | None) -> None:
    """Nothing there, or nothing of ours."""
    path = tmp_path / "results.json"
    if text is not None:
        path.write_bytes(text.encode(errors="surrogatepass"))

    assert seconds_last_time(path, ["shop"], 9) is None
