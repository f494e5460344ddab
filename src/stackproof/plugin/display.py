"""Progress: on a terminal a line for each sandbox, which is replaced; in a log lines that stay."""

import time
from typing import Any, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from stackproof.plugin.board import Board
from stackproof.report.foreign import foreign
from stackproof.report.text import one_line
from stackproof.sandbox.progress import CONTROL, Phase

EVERY = 10.0  # seconds between two looks in a log
# Told when it took as long as this (seconds).
_SLOW = 1.0
_BEFORE = {"images": "images ready", "room": "has room beside the others"}


class Display:
    """Shows a board as it changes; see `Screen` and `Log`."""

    def __init__(self, board: Board) -> None:
        self.board = board

    def take(self, phase: Phase) -> None:
        """Take a step of a sandbox."""
        self.board.take(phase)

    def tick(self) -> None:
        """Show what has changed; called several times a second."""

    def stop(self) -> None:
        """Leave the terminal to what comes at the end."""


class Screen(Display):
    """Lines that are replaced. Nobody else may write meanwhile."""

    def __init__(self, board: Board, file: TextIO, width: int) -> None:
        super().__init__(board)
        # Told from the file, rich would not see the terminal behind our guard.
        console = Console(file=file, width=width, force_terminal=True)
        self._live = Live(
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )
        self._shown: list[str] = []
        self._live.start()
        self.tick()

    def tick(self) -> None:
        """Draw all lines anew."""
        lines = [self.board.headline(), *self.board.rows()]
        if lines == self._shown:
            return
        self._shown = lines
        shown = (Text(foreign(line), no_wrap=True, overflow="ellipsis") for line in lines)
        self._live.update(Group(*shown), refresh=True)

    def stop(self) -> None:
        """Take the lines away."""
        self._live.stop()


class Log(Display):
    """Lines for what happens as sandboxes come up, and now and then for what each does."""

    def __init__(self, board: Board, reporter: Any) -> None:  # noqa: ANN401 - pytest's TerminalReporter
        super().__init__(board)
        self._reporter = reporter
        self._up: set[tuple[str, str]] = set()
        self._told_at = time.monotonic()

    def take(self, phase: Phase) -> None:
        """Show how sandboxes come up; what controls do with them later is told now and then."""
        super().take(phase)
        sandbox = (phase["stack"], phase["lane"])
        if sandbox in self._up:
            return
        if phase["step"] == "up" and phase["seconds"] is not None:
            self._up.add(sandbox)
        if line := progress_line(phase):
            self._write(line)

    def tick(self) -> None:
        """Say now and then what each sandbox does, and how far the run has come."""
        if time.monotonic() - self._told_at < EVERY:
            return
        self._told_at = time.monotonic()
        for line in (self.board.headline(), *self.board.rows()):
            self._write(foreign(line))

    def _write(self, line: str) -> None:
        # Behind the dots of plain pytest a line of ours begins a new one.
        if self._reporter._tw.width_of_current_line:  # noqa: SLF001 - pytest has no public way to its terminal
            self._reporter._tw.line()  # noqa: SLF001
        self._reporter.write_line(line)


def progress_line(phase: Phase) -> str:
    """Say what a sandbox does; empty for steps nobody waits for."""
    where = f"{one_line(phase['stack'])} [{phase['lane']}]"
    if phase["seconds"] is None or phase["step"] == "ended" or phase["step"].startswith(CONTROL):
        return ""
    if phase["service"]:
        return f"{where} {one_line(phase['service'])} {phase['step']} after {phase['seconds']:.1f} s"
    if phase["step"] in _BEFORE:
        told = f"{where} {_BEFORE[phase['step']]} after {phase['seconds']:.1f} s"
        return told if phase["seconds"] > _SLOW else ""
    return f"{where} {phase['step']} after {phase['seconds']:.1f} s"
