"""Who began a run, and whether it still lives, for those who do not share the folder of its lock.

What a run makes carries this as labels. Whoever has the engine can write such labels, so nothing that they
name is opened for writing, and nothing is removed by a path or a name that they give.
"""

import fcntl
import hashlib
import os
import socket
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from getpass import getuser
from pathlib import Path
from typing import Self

import psutil

from stackproof.engine import labels
from stackproof.runs.folder import LOCK

_BOOT = Path("/proc/sys/kernel/random/boot_id")
# The first is nobody's business, so that only a digest of it goes on an engine.
_MACHINES = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_SPACE = Path("/proc/self/ns/pid")
_ONE_SPACE = "-"  # where the kernel knows no process namespaces
# Seconds: a process's start is counted from the boot, whose time follows the clock.
_SAME_START = 2.0


class Life(StrEnum):
    """What can be said of a run."""

    ALIVE = "alive"
    DEAD = "dead"
    UNKNOWN = "unknown"


class Lock(StrEnum):
    """What can be seen of a run's lock."""

    HELD = "held"
    FREE = "free"
    UNSEEN = "unseen"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where, when and by whom a run was begun."""

    user: str
    host: str
    started: float
    """Seconds since the epoch."""
    lock: str
    """Path of the lock that the controller holds for as long as it lives."""
    pid: int
    """The controller, as it is called in its process namespace."""
    pid_started: float
    space: str
    """The process namespace."""
    boot: str
    """The boot of the kernel that it runs on."""
    machine: str = ""
    """The machine; empty in what earlier versions made."""

    @classmethod
    def here(cls, lock: Path, started: float) -> Self:
        """Return what there is to say of this process."""
        process = psutil.Process()
        return cls(
            user=user(),
            host=socket.gethostname(),
            started=started,
            lock=str(lock),
            pid=process.pid,
            pid_started=process.create_time(),
            space=_SPACE.readlink().name if _SPACE.is_symlink() else _ONE_SPACE,
            boot=boot(),
            machine=machine(),
        )

    def labels(self) -> dict[str, str]:
        """Return it as labels."""
        process = f"{self.pid} {self.pid_started:.2f} {self.space} {self.boot} {self.machine}"
        return {
            labels.USER: self.user,
            labels.HOST: self.host,
            labels.STARTED: datetime.fromtimestamp(self.started, UTC).isoformat(timespec="milliseconds"),
            labels.LOCK: self.lock,
            labels.PROCESS: process.rstrip(),
        }

    @classmethod
    def read(cls, marks: Mapping[str, str]) -> Self | None:
        """Take it from labels; None where they are not all there or make no sense."""
        try:
            pid, pid_started, space, boot, *machine = marks[labels.PROCESS].split()
            if int(pid) <= 0:  # it would mean a whole group of processes
                return None
            return cls(
                user=marks[labels.USER],
                host=marks[labels.HOST],
                started=datetime.fromisoformat(marks[labels.STARTED]).timestamp(),
                lock=marks[labels.LOCK],
                pid=int(pid),
                pid_started=float(pid_started),
                space=space,
                boot=boot,
                machine=" ".join(machine),
            )
        except (KeyError, ValueError, OverflowError):
            return None


def boot() -> str:
    """Return what names this boot of this machine."""
    return _BOOT.read_text().strip() if _BOOT.is_file() else f"{psutil.boot_time():.0f}"


def machine() -> str:
    """Return what names this machine beyond its host name, as a digest; a boot where nothing lasts longer."""
    for path in _MACHINES:
        try:
            if known := path.read_text().strip():
                return hashlib.sha256(f"stackproof {known}".encode()).hexdigest()[:16]
        except OSError:
            continue
    return boot()


def user() -> str:
    """Return the name of this user, or the number where there is none."""
    try:
        # It asks the environment first, which is the same for all processes of a run.
        return getuser()
    except (KeyError, OSError):  # a number without a name; Python 3.13 says OSError
        return str(os.getuid())


def lock_of(path: str) -> Lock:
    """Look at a lock without writing: the path is somebody else's word."""
    if Path(path).name != LOCK:
        return Lock.UNSEEN
    try:
        # A pipe of that name must not keep us waiting, nor a link lead us elsewhere.
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return Lock.UNSEEN
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            return Lock.UNSEEN
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return Lock.HELD
    except OSError:  # a file system without locks
        return Lock.UNSEEN
    else:
        return Lock.FREE
    finally:
        os.close(file)


def process_lives(pid: int, started: float) -> bool:
    """Whether the process that began at `started` (seconds since the epoch) still runs; yes in doubt."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # it is there, and somebody else's
        pass
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - started) < _SAME_START
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:  # /proc may be hidden from other users
        return True


def life(  # noqa: PLR0913 - what is asked is replaced by tests, one question each
    origin: Origin | None,
    here: Origin,
    container: Callable[[str, float], Life],
    *,
    lock: Callable[[str], Lock] = lock_of,
    process: Callable[[int, float], bool] = process_lives,
    booted: Callable[[], float] = psutil.boot_time,
) -> Life:
    """Say whether a run lives.

    `container` says what became of the container of that host name on the engine, as a CI job may have one
    of its own, for a run that was begun in it at that time. A run of which nobody here can tell is UNKNOWN:
    it may go on where we cannot look.
    """
    if origin is None:
        return Life.UNKNOWN
    seen = lock(origin.lock)
    if seen is Lock.HELD:
        return Life.ALIVE
    same_boot = origin.boot == here.boot
    if same_boot and origin.space == here.space:
        return Life.ALIVE if process(origin.pid, origin.pid_started) else Life.DEAD
    if same_boot and seen is Lock.FREE:  # one kernel keeps the locks of all its containers
        return Life.DEAD
    other = origin.machine and origin.machine != here.machine
    if not same_boot and not other and origin.host == here.host and origin.started < booted():
        return Life.DEAD
    return container(origin.host, origin.started)
