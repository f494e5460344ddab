"""What sandboxes do, from workers to the terminal: xdist gives workers no terminal of their own."""

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

Phase = dict[str, Any]
CONTROL = "control "
"""How a step begins that says which control is being decided, and of what."""


class Progress:
    """Appends one JSON line per step to a file of the run."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def say(self, stack: str, lane: str, step: str, seconds: float | None = None, service: str = "") -> None:
        """Note a step; a short append is atomic, so workers share the file."""
        phase = {
            "at": time.time(),
            "stack": stack,
            "lane": lane,
            "step": step,
            "service": service,
            "seconds": seconds,
            "process": os.getpid(),
        }
        line = json.dumps(phase) + "\n"
        with os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
            file.write(line)

    def read(self) -> list[Phase]:
        """All steps so far."""
        return self.after(0)[0]

    def after(self, place: int) -> tuple[list[Phase], int]:
        """Return the steps behind a place in the file, and the place behind them."""
        try:
            with self._path.open("rb") as file:
                file.seek(place)
                # An append may be seen half.
                whole = file.read().rpartition(b"\n")[0]
        except FileNotFoundError:
            return [], place
        return [json.loads(line) for line in whole.splitlines()], place + len(whole) + bool(whole)


class Follower:
    """Reads the steps as they come and hands each to a printer, in a thread of the controller."""

    EVERY = 0.3  # seconds

    def __init__(
        self, progress: Progress, show: Callable[[Phase], None], tick: Callable[[], None] = lambda: None
    ) -> None:
        """`tick` is called after each look, whether there was a step or not."""
        self._progress = progress
        self._show = show
        self._tick = tick
        self._place = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def start(self) -> Self:
        """Begin to follow."""
        self._thread.start()
        return self

    def _follow(self) -> None:
        while not self._done.wait(self.EVERY):
            self._catch_up()
            self._tick()

    def _catch_up(self) -> None:
        phases, self._place = self._progress.after(self._place)
        for phase in phases:
            self._show(phase)

    def stop(self) -> None:
        """Show what is left and end."""
        self._done.set()
        self._thread.join(timeout=5)
        self._catch_up()
