"""Sandboxes wait more than they work: many are up, and each is begun when the machine has room for it."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

BUSY = 85.0  # percent of the processors that is not idle and would not give way (nice)
SAMPLE = 0.5  # seconds
SCARCE = 10.0  # percent of the memory that is free, below which another sandbox may be one too many
# Seconds after which one is begun all the same: what keeps the machine busy may be no sandbox of ours.
PATIENCE = 30.0


def wait(lock: Path, others: Callable[[], int]) -> float:
    """Return when the machine has processors and memory for one more sandbox; the seconds that took.

    `others` says how many of ours are up: where there are fewer than processors, nobody waits. Of those that
    wait, one at a time looks, so that two do not take the same room; `lock` is a file that all of them have.
    """
    began = time.monotonic()
    if others() >= (os.cpu_count() or 1):
        try:
            with FileLock(lock, timeout=PATIENCE):
                while time.monotonic() - began < PATIENCE and others() and not _is_free():
                    pass
        except Timeout:  # nobody waits for ever
            pass
    return time.monotonic() - began


def _is_free() -> bool:
    spent = psutil.cpu_times_percent(SAMPLE)
    busy = 100.0 - spent.idle - getattr(spent, "iowait", 0.0) - spent.nice
    memory = psutil.virtual_memory()
    return busy <= BUSY and 100.0 * memory.available / memory.total > SCARCE
