"""Progress on a terminal and in a log."""

import io
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.plugin.test_plugin_board import Clock, rows

from stackproof.plugin import display
from stackproof.plugin.board import Board
from stackproof.plugin.display import Log, Screen, progress_line
from stackproof.sandbox.progress import CONTROL


def phase(step: str, seconds: float | None = None, service: str = "", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a step of a sandbox."""
    found = {"stack": "shop", "lane": "faults", "at": 1000.0, "step": step, "seconds": seconds}
    return found | {"service": service} | more


class Reporter:
    """As much of pytest's reporter as is asked for."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._tw = SimpleNamespace(width_of_current_line=0, line=lambda: self.lines.append("(new line)"))

    def write_line(self, line: str) -> None:
        """Write a line."""
        self.lines.append(line)


def test_log_tells_what_comes_up() -> None:
    """Until it is up; what is done with it later is told now and then."""
    reporter = Reporter()
    log = Log(Board(Clock()), reporter)
    for one in (
        phase(f"{CONTROL}crash-restart web"),
        phase("images", 0.2),
        phase("images", 2.0),
        phase("up ..."),
        phase("started", 0.5, "web-1"),
        phase("up", 1.5),
        phase("down", 1.0),
    ):
        log.take(one)

    assert reporter.lines == [
        "shop [faults] images ready after 2.0 s",
        "shop [faults] web-1 started after 0.5 s",
        "shop [faults] up after 1.5 s",
    ]


def test_log_tells_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line for the run and one for each sandbox; behind dots of pytest a new line begins."""
    reporter, clock = Reporter(), Clock()
    log = Log(Board(clock), reporter)
    log.board.plan(rows(one=2))
    log.take(phase(f"{CONTROL}crash-restart web"))
    clock.now += 12
    log.tick()
    assert reporter.lines == []

    monkeypatch.setattr(display, "EVERY", -1.0)
    reporter._tw.width_of_current_line = 7  # noqa: SLF001 - as pytest's own
    log.tick()
    assert reporter.lines == [
        "(new line)",
        "12 s: 0 of 2 decided",
        "(new line)",
        "shop [faults] 0 of 2, 12 s: crash-restart web",
    ]


def drawn(width: int, *, no_color: bool, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what a terminal is told that shows one sandbox."""
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    clock, file = Clock(), io.StringIO()
    screen = Screen(Board(clock), file, width)
    screen.board.plan(rows(one=18))
    screen.take(phase(f"{CONTROL}persistent-data-survives-recreate database-with-a-long-name-1"))
    clock.now += 12
    screen.tick()
    screen.stop()
    return file.getvalue()


@pytest.mark.parametrize("no_color", [True, False])
def test_screen_is_replaced_and_left_empty(monkeypatch: pytest.MonkeyPatch, *, no_color: bool) -> None:
    """One line each, cut at its end, where the least important words are; the cursor is shown again."""
    text = drawn(60, no_color=no_color, monkeypatch=monkeypatch)
    lines = [line for line in text.replace("\r", "\n").splitlines() if "shop" in line]

    assert lines
    assert all("shop [faults] 0 of 18, 12 s: persistent-data" in line for line in lines)
    assert text.rstrip("\n").endswith("\x1b[?25h") or "\x1b[?25h" in text.rpartition("shop")[2]
    assert "\x1b[2K" in text.rpartition("shop")[2]
    assert "\x1b[3" not in text


def test_one_line_for_each_step() -> None:
    """Nothing of what begins, nor of which control is decided; the end of a container is for the report."""
    assert progress_line(phase("ended", 3.21)) == ""
    assert progress_line(phase("up ...")) == ""
    assert progress_line(phase(f"{CONTROL}a b")) == ""
    assert progress_line(phase("up", 3.21, stack="a\nb")) == "a b [faults] up after 3.2 s"
