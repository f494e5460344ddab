"""What sandboxes do, from workers to the terminal: xdist gives workers no terminal of their own."""

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

Phase = dict[str, Any]


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
        if not self._path.exists():
            return []
        return [json.loads(line) for line in self._path.read_text().splitlines()]


class Follower:
    """Reads the steps as they come and hands each to a printer, in a thread of the controller."""

    EVERY = 0.3  # seconds

    def __init__(self, progress: Progress, show: Callable[[Phase], None]) -> None:
        self._progress = progress
        self._show = show
        self._shown = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def start(self) -> Self:
        """Begin to follow."""
        self._thread.start()
        return self

    def _follow(self) -> None:
        while not self._done.wait(self.EVERY):
            self._catch_up()

    def _catch_up(self) -> None:
        phases = self._progress.read()
        for phase in phases[self._shown :]:
            self._show(phase)
        self._shown = len(phases)

    def stop(self) -> None:
        """Show what is left and end."""
        self._done.set()
        self._thread.join(timeout=5)
        self._catch_up()
