"""Ctrl-C, SIGTERM and SIGHUP: the first ends a run in order, the next do not keep it from taking things away.

People press Ctrl-C again when nothing seems to happen, and CI systems send SIGINT, then SIGTERM, then SIGKILL
some seconds apart. A second signal that broke off the teardown would leave networks and containers behind.
"""

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

from stackproof.engine import command

# So long (seconds) the teardown cannot be broken off; it takes a few, unless the engine hangs.
UNDISTURBED = 15.0
SAID = (
    "stackproof: taking away what this run brought up, which takes a few seconds\n"
    f"  fix: wait, or Ctrl-C after {UNDISTURBED:g} s: `stackproof clean` and the next run remove the rest"
)
BROKEN_OFF = (
    "error: broken off: containers, networks and volumes of this run may be left\n"
    "  fix: `stackproof clean`; the next run removes them, too"
)
Handler = Callable[[int, FrameType | None], object] | int | None


def end_in_order() -> Callable[[], None]:
    """Take over in a worker, whose controller talks to the user; return what gives back."""
    signals = Signals(lambda _message: None)
    signals.install()
    return signals.restore


class Signals:
    """Stands in place of Python's handlers until `restore`. Only the main thread may do that."""

    def __init__(self, say: Callable[[str], object]) -> None:
        """`say` tells the user why nothing seems to happen."""
        self._say = say
        self._before: dict[signal.Signals, Handler] = {}
        self._ending_since: float | None = None
        self.heard = False
        """Whether a signal came while things were taken away."""
        self.broken_off = False
        """Whether one came so late that it broke that off."""
        self._said_last = False

    def install(self) -> None:
        """Take over, but for what is ignored: Ctrl-C in a job in the background, SIGHUP below nohup."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._hear)

    def restore(self) -> None:
        """Give back what was there."""
        while self._before:
            number, handler = self._before.popitem()
            signal.signal(number, handler)
        command.UNHEARD.clear()

    def ending(self) -> None:
        """Begin to take things away: from now on no signal shall break that off."""
        if self._ending_since is None:
            self._ending_since = time.monotonic()
            # A terminal signals docker, too.
            command.UNHEARD.set()

    def say_last(self, say: Callable[[str], object] | None = None) -> None:
        """Say once, as the last word, what may be left where things were not taken away.

        What was said when the key was pressed stands above all that came since. No signal breaks this off.
        """
        if self.broken_off and not self._said_last:
            self._said_last = True
            (say or self._say)(BROKEN_OFF)

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        """Treat all like Ctrl-C: CI cancels with SIGTERM, and a terminal that closes sends SIGHUP."""
        if self._ending_since is None:
            self.ending()
            raise KeyboardInterrupt
        if self._said_last:
            return
        if time.monotonic() - self._ending_since > UNDISTURBED:
            if not self.broken_off:
                self.broken_off = True
                self._say(BROKEN_OFF)
            raise KeyboardInterrupt
        if not self.heard:
            self.heard = True
            self._say(SAID)
