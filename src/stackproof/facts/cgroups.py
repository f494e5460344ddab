"""What a cgroup gives the processes in it, from its files. Pure: text in, values out.

Formats: cgroup-v2 and cgroup-v1 (memory, pids, sched-bwc) of the kernel's documentation.
"""

from collections.abc import Mapping
from math import inf

# Version 1 says the largest number of pages that there is, whatever their size.
_ANY_MEMORY = 1 << 60


def memory(files: Mapping[str, str]) -> float | None:
    """Return bytes; infinity for no limit, None where no file says it.

    >>> memory({"memory.max": "67108864"}), memory({"memory/memory.limit_in_bytes": "9223372036854771712"})
    (67108864, inf)
    """
    found = _number(files, "memory.max", "memory/memory.limit_in_bytes")
    return inf if found is not None and found >= _ANY_MEMORY else found


def processes(files: Mapping[str, str]) -> float | None:
    """Return how many processes there may be, as `memory` does."""
    return _number(files, "pids.max", "pids/pids.max")


def processors(files: Mapping[str, str]) -> float | None:
    """Return how many processors it may use at once, as `memory` does.

    >>> processors({"cpu.max": "50000 100000"}), processors({"cpu.max": "max 100000"})
    (0.5, inf)
    >>> processors({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"})
    inf
    """
    period = _number(files, "cpu/cpu.cfs_period_us")
    if (both := files.get("cpu.max", "").split())[1:]:
        files, period = {**files, "cpu.max": both[0]}, float(both[1])
    quota = _number(files, "cpu.max", "cpu/cpu.cfs_quota_us")
    if quota is None or quota == inf:
        return quota
    return quota / period if period else None


def _number(files: Mapping[str, str], *names: str) -> float | None:
    text = next((files[name].strip() for name in names if name in files), "")
    if text in ("max", "-1"):
        return inf
    return int(text) if text.isdecimal() else None
