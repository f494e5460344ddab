"""A run: its id, its folder, its labels, and whether it is still alive."""

import hashlib
import json
import os
import re
import secrets
import shutil
import socket
import stat
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from stackproof.engine import labels
from stackproof.errors import UsageError
from stackproof.runs.folder import RunFolder
from stackproof.runs.origin import Origin, machine, user

# What an id looks like, wherever it is read: it becomes a part of paths.
ID = re.compile(r"[0-9a-f]{8}")


def runs_folder() -> Path:
    """Where runs keep their files; private, because compose files of sandboxes hold secrets.

    CI containers often run as a user without a home that can be written to: a folder of this user in the
    temporary directory then takes its place, the same for all runs, for the sweep and for `clean`.
    Raises UsageError when neither can be had.
    """
    cache = user_cache_path("stackproof")
    if (runs := _usable(cache / "runs")) is not None:
        return runs
    spare = _spare()
    # Anybody may make a folder of this name: what others own or may enter is no place for secrets.
    if spare and _usable(spare) and _private(spare) and (runs := _usable(spare / "runs")) is not None:
        return runs
    msg = (
        f"neither {cache} nor {spare or 'a temporary directory'} can hold the private files of a run\n"
        "  fix: set XDG_CACHE_HOME to a folder that you may write in"
    )
    raise UsageError(msg)


def _spare() -> Path | None:
    """Return this user's folder in the temporary directory; None where none can be written to."""
    try:
        return Path(tempfile.gettempdir()) / f"stackproof-{os.getuid()}"
    except FileNotFoundError:
        return None


def _usable(folder: Path) -> Path | None:
    """Make a folder that only this user may enter, unless it is there; None where none can be had."""
    if not folder.is_absolute():  # a home that nobody knows stays `~`, which is a folder in this one
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return None
    return folder if os.access(folder, os.R_OK | os.W_OK | os.X_OK) else None


def _private(folder: Path) -> bool:
    found = folder.lstat()
    mine = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    return mine and not found.st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def owner() -> str:
    """Return a digest of who may sweep: this user on this machine with this runs folder."""
    who = f"{socket.gethostname()}\0{machine()}\0{user()}\0{runs_folder()}"
    return hashlib.sha256(who.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Run:
    """One run. The controller holds its lock for as long as it lives; the kernel lets go when it dies."""

    id: str
    _lock: FileLock | None = field(default=None, repr=False, compare=False)

    @classmethod
    def create(cls) -> Self:
        """Begin a run of this process."""
        run_id = secrets.token_hex(4)
        # Locked before it has its name: a sweep that looks meanwhile must not take it for dead.
        draft = RunFolder(runs_folder() / f".{run_id}")
        draft.path.mkdir(mode=0o700)
        lock = FileLock(draft.lock)
        lock.acquire(timeout=0)
        run = cls(run_id, lock)
        draft.origin.write(json.dumps(Origin.here(run.folder.lock, time.time()).labels()))
        draft.path.rename(run.folder.path)
        return run

    @property
    def folder(self) -> RunFolder:
        """The run's private folder."""
        return RunFolder(runs_folder() / self.id)

    @property
    def labels(self) -> dict[str, str]:
        """By which everything of this run is known."""
        return {labels.RUN: self.id, labels.OWNER: owner()}

    @property
    def marks(self) -> dict[str, str]:
        """What everything of this run carries: its labels, and where it comes from."""
        origin: dict[str, str] = json.loads(self.folder.origin.read() or "{}")
        return {**self.labels, **origin}

    @property
    def began(self) -> float | None:
        """When it began, in seconds since the epoch; None where its folder is gone."""
        origin = Origin.read(self.marks)
        return origin.started if origin else None

    @property
    def sandboxes(self) -> re.Pattern[str]:
        """What names of its Compose projects look like."""
        return re.compile(rf"stackproof-{self.id}-.+")

    def project(self, *parts: str) -> str:
        """Return the name of a Compose project of this run."""
        return "-".join(["stackproof", self.id, *parts])

    def alive(self) -> bool:
        """Whether the process that began it still holds the lock."""
        lock = self.folder.lock
        if not lock.exists():
            return False
        try:
            with FileLock(lock, timeout=0):
                return False
        except Timeout:
            return True

    def forget(self) -> None:
        """Remove the folder and let go of the lock."""
        if self._lock is not None:
            self._lock.release()
        shutil.rmtree(self.folder.path, ignore_errors=True)


def known_runs() -> Iterator[Run]:
    """Runs that have a folder here, alive or dead."""
    for folder in sorted(runs_folder().iterdir()):
        if folder.is_dir() and not folder.name.startswith("."):
            yield Run(folder.name)
