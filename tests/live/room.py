"""Live tests wait more than they work: many run side by side, and each begins when the machine has room."""

import time
from pathlib import Path

from filelock import FileLock, Timeout

from stackproof.sandbox.room import BUSY, busy

SAMPLE = 1.0  # seconds
PATIENCE = 30.0  # seconds, after which a test begins on a machine that others keep busy


def wait_for_room(shared: Path) -> None:
    """Return as soon as the machine is not busy any more, to one worker after the other.

    `shared` is a folder that all workers have.
    """
    # Since the last call in this process: so tests that take no time wait for nothing.
    if busy(None) <= BUSY:
        return
    until = time.monotonic() + PATIENCE
    try:
        with FileLock(shared / "room.lock", timeout=PATIENCE):
            while busy(SAMPLE) > BUSY and time.monotonic() < until:
                pass
    except Timeout:  # nobody waits for ever
        return
