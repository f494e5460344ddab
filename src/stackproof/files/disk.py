"""Files of others, read in bounded time and memory: behind a name that somebody wrote may be anything.

`Path.is_file` and its kin raise for a name that is too long, and reading takes as much as there is.
"""

import errno
import os
import select
import stat
import time
from functools import cache
from pathlib import Path
from typing import Final

MOST: Final = 2 * 1024 * 1024
"""Bytes of one file. People write some thousands; of more nobody reads the findings."""
DEADLINE: Final = 30.0
"""Seconds to read one file. Where a mount gives no answer at all, the kernel waits longer."""
_PIECE: Final = 1 << 18  # bytes
# Where files are made as they are read, which need not end (`/proc/kmsg`), or are larger than any memory.
_OF_KERNEL: Final = ("/proc", "/sys", "/sys/kernel/debug", "/sys/kernel/tracing")
_KINDS: Final = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def is_file(path: Path) -> bool:
    """Whether there is such a file; behind a name that the system refuses is none."""
    return os.path.isfile(path)  # noqa: PTH113 - Path's raises


def is_folder(path: Path) -> bool:
    """Whether there is such a folder; behind a name that the system refuses is none."""
    return os.path.isdir(path)  # noqa: PTH112 - Path's raises


def is_there(path: Path) -> bool:
    """Whether there is anything of this name, links followed."""
    return os.path.exists(path)  # noqa: PTH110 - Path's raises


def real(path: Path) -> Path:
    """Return a path without links as far as that can be; Path's own raises for those in a circle."""
    try:
        return Path(os.path.realpath(path))
    except ValueError:  # a NUL in it
        return path


def other(path: Path) -> str:
    """Return what there is in place of a file, such as `a folder`; empty for a file, and where nothing is.

    Nothing is opened: of some devices even that is an act.
    """
    return _other(status) if (status := _status(path)) else ""


def endless(path: Path) -> str:
    """Return what need not end when it is read, such as `a FIFO`; empty for all else and for /dev/null."""
    return _endless(status) if (status := _status(path)) else ""


def size(path: Path) -> int:
    """Return how many bytes a file has; 0 for what is not there."""
    return status.st_size if (status := _status(path)) else 0


def read(path: Path, most: int = MOST, *, fifo: bool = False) -> bytes:
    """Return what a file holds; with `fifo` also what comes through one, as a shell makes it of `<(...)`.

    Raises OSError, whose `strerror` says why: also for what is no file or need not end, for one of more than
    `most` bytes, and for one that is not read within `DEADLINE`.
    """
    try:
        _refuse(path.stat(), fifo=fifo)
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except ValueError:
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from None
    try:
        status = os.fstat(number)
        _refuse(status, fifo=fifo)  # it may be another one by now
        return _read(number, most, waits=not stat.S_ISREG(status.st_mode))
    finally:
        os.close(number)


def content(path: Path, most: int = MOST) -> bytes:
    """Return what a file holds; nothing for what cannot be read."""
    try:
        return read(path, most)
    except OSError:
        return b""


def text(path: Path, most: int = MOST) -> str:
    """Return the text of a file, with a sign for what is none; empty for what cannot be read."""
    return content(path, most).decode(errors="replace")


def _read(number: int, most: int, *, waits: bool) -> bytes:
    until = time.monotonic() + DEADLINE
    pieces: list[bytes] = []
    left = most + 1
    while left > 0 and (piece := _piece(number, min(left, _PIECE), until, waits=waits)):
        pieces.append(piece)
        left -= len(piece)
    if left <= 0:
        raise OSError(errno.EFBIG, f"it is larger than {_told(most)}")
    return b"".join(pieces)


def _piece(number: int, most: int, until: float, *, waits: bool) -> bytes:
    """Return what comes next, at most so many bytes; nothing at the end.

    What is on a disk is always ready; a FIFO has no end before anybody has begun to write.
    """
    left = until - time.monotonic()
    if left <= 0 or (waits and not _is_ready(number, left)):
        raise OSError(errno.ETIMEDOUT, f"it was not read within {DEADLINE:g} s")
    return os.read(number, most)


def _is_ready(number: int, seconds: float) -> bool:
    ready = select.poll()
    ready.register(number, select.POLLIN)
    return bool(ready.poll(seconds * 1000))


def _told(count: int) -> str:
    return f"{count >> 20} MiB" if count >> 20 else f"{count >> 10} KiB"


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (OSError, ValueError):
        return None


def _refuse(status: os.stat_result, *, fifo: bool) -> None:
    if (kind := _endless(status)) and not (fifo and stat.S_ISFIFO(status.st_mode)):
        raise OSError(errno.EINVAL, f"it is {kind}, and no file")
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))


def _endless(status: os.stat_result) -> str:
    return "" if stat.S_ISDIR(status.st_mode) or _is_null(status) else _other(status)


def _other(status: os.stat_result) -> str:
    if stat.S_ISREG(status.st_mode):
        return "a file of the kernel's own" if status.st_dev in _kernels() else ""
    return _KINDS.get(stat.S_IFMT(status.st_mode), "no file")


def _is_null(status: os.stat_result) -> bool:
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == _null()


@cache
def _null() -> int:
    return Path(os.devnull).stat().st_rdev


@cache
def _kernels() -> frozenset[int]:
    """Return the numbers of the file systems that the kernel makes up, as far as they are mounted."""
    root = Path("/").stat().st_dev
    there = (Path(folder) for folder in _OF_KERNEL if is_there(Path(folder)))
    return frozenset(number for path in there if (number := path.stat().st_dev) != root)
