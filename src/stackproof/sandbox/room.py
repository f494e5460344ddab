"""Sandboxes wait more than they work: many are up, and each is begun when the machine has room for it."""

import os
import time
from collections.abc import Callable

import psutil
from filelock import FileLock, Timeout

from stackproof.runs.folder import RunFolder

BUSY = 85.0  # percent
SAMPLE = 0.5  # seconds
SCARCE = 5.0  # percent of the memory that is free, below which another sandbox may be one too many
# Networks of ours beyond which the user's own `docker compose up` may find none: an engine has about thirty.
NETWORKS = 24
# Seconds after which one is begun all the same, and seconds between two of those: what keeps the machine busy
# may be no sandbox of ours.
PATIENCE = 15.0
APART = 2.0
# Seconds that one which is watched has before others: all workers begin at once, and it takes longest.
HEAD_START = 0.5


def take(
    folder: RunFolder, networks: Callable[[], int], claim: Callable[[], None], *, watched: bool = False
) -> None:
    """Take room for one more sandbox as soon as the machine has some.

    `networks` says how many there would be of ours, `claim` makes the folder by which others see that it is
    there. Of those that wait one at a time looks, and claims before the next does. One that is `watched`
    looks at once, and others a moment later.
    """
    if not watched:
        time.sleep(HEAD_START)
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with FileLock(folder.room_lock, timeout=PATIENCE):
                if _has_room(folder, networks) or (time.monotonic() > until and _apart(folder)):
                    folder.room_taken.touch()
                    return claim()
        except Timeout:  # whoever looks was stopped
            return claim()
        time.sleep(SAMPLE)


def _has_room(folder: RunFolder, networks: Callable[[], int]) -> bool:
    others = folder.sandboxes()
    if not others:
        return True
    return networks() <= NETWORKS and (others < (os.cpu_count() or 1) or _is_free())


def busy(seconds: float | None) -> float:
    """Return how much of the processors works in a time, or since the last call.

    In percent, without what gives way (nice).
    """
    spent = psutil.cpu_times_percent(seconds)
    return 100.0 - spent.idle - getattr(spent, "iowait", 0.0) - spent.nice


def _is_free() -> bool:
    memory = psutil.virtual_memory()
    return busy(SAMPLE) <= BUSY and 100.0 * memory.available / memory.total > SCARCE


def _apart(folder: RunFolder) -> bool:
    """Whether the last one was begun some time ago."""
    try:
        return time.time() - folder.room_taken.stat().st_mtime > APART
    except FileNotFoundError:
        return True
