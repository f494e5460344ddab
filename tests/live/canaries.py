"""Values that nobody may see again: made, planted by name, and looked for in everything that a run leaves."""

import base64
import json
import os
import re
import secrets
import stat
import string
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
from tests.live.running import wait_until

from stackproof.engine import engine, labels
from stackproof.runs import run

_HALF = 12
_LARGEST = 4 * 1024**2  # bytes of a file that is searched
# Between the halves of a value: what JSON, HTML, URLs and shells write in another way.
MIDDLE = "&</+"


def _half() -> str:
    """Letters and digits in turn: a word that nobody takes for a name."""
    kinds = (string.ascii_lowercase, string.digits) * (_HALF // 2)
    return "".join(map(secrets.choice, kinds))


class Canaries:
    """Random values by name.

    A value is two halves around `MIDDLE`, and each half is looked for by itself: so it is found in whatever
    way the middle is written, and where a message was cut.
    """

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self._needles: dict[bytes, str] = {}

    def __getitem__(self, name: str) -> str:
        """Return the value of a name, made when it is first asked for."""
        if name not in self.values:
            halves = _half(), _half()
            self.values[name] = MIDDLE.join(halves)
            for half in halves:
                self._needles |= dict.fromkeys(_written(half), name)
        return self.values[name]

    def found(self, data: bytes) -> set[str]:
        """Names of the values that stand in some bytes, also where lines were broken or turned to boxes."""
        pattern = re.compile(b"|".join(map(re.escape, self._needles)))
        joined = re.sub(rb"[^\w&</+=-]", b"", data)
        return {self._needles[hit] for text in (data, joined) for hit in pattern.findall(text)}


def _written(half: str) -> Iterator[bytes]:
    """Yield a half as it is, and what base64 makes of it wherever it begins in a group of three bytes."""
    yield half.encode()
    for before in range(3):
        coded = base64.b64encode(bytes(before) + half.encode()).rstrip(b"=")
        yield coded[-(-before * 8 // 6) : (before + _HALF) * 8 // 6]


@dataclass
class Sightings:
    """Where values were seen, and how many places were searched."""

    canaries: Canaries
    places: set[str] = field(default_factory=set)
    seen: dict[str, set[str]] = field(default_factory=dict)
    private: set[str] = field(default_factory=set)
    """Names of files that held values for a while where they may, and that only their owner could read."""

    def search(self, place: str, data: bytes | str) -> None:
        """Search a place."""
        self.places.add(place)
        if found := self.canaries.found(data.encode(errors="replace") if isinstance(data, str) else data):
            self.seen.setdefault(place, set()).update(found)

    def search_folder(self, folder: Path, *, newer: float = 0.0, may: frozenset[str] = frozenset()) -> None:
        """Search all files below a folder, and their names; private files of some names `may` hold values."""
        for path in (Path(parent, name) for parent, _folders, names in os.walk(folder) for name in names):
            with suppress(OSError):  # it went meanwhile
                status = path.lstat()
                if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST or status.st_mtime < newer:
                    continue
                content = path.read_bytes()
                if path.name in may and _only_for_owner(path, folder):
                    self.private |= {path.name} if self.canaries.found(content) else set()
                else:
                    self.search(str(path), f"{path}\n".encode() + content)


def _only_for_owner(path: Path, folder: Path) -> bool:
    """Whether nobody else can read a file, by its own mode and by that of a folder above it."""
    above = [parent for parent in path.parents if parent.is_relative_to(folder) and parent != folder]
    closed = (stat.S_IMODE(parent.stat().st_mode) & 0o077 == 0 for parent in above)
    return stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 and any(closed)


class Watch:
    """Looks again and again, while a run works, where a value could stand for a moment only."""

    EVERY = 0.05  # seconds

    def __init__(self, sightings: Sightings, temporary: Path, pid: int) -> None:
        self._sightings = sightings
        self._temporary = temporary
        self._pid = pid
        self._done = threading.Event()
        self._looks = 0
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""
        self._done.set()
        self._thread.join(timeout=30)

    def look_once_more(self) -> None:
        """Return after a look at what is there now; the one that is under way may have begun before."""
        until = self._looks + 2
        wait_until("another look", lambda: self._looks >= until)

    def _watch(self) -> None:
        looked = 0.0
        while not self._done.wait(self.EVERY):
            self._sightings.search_folder(self._temporary)
            for folder in run.runs_folder().iterdir():
                self._run_folder(folder)
            self._processes()
            if time.monotonic() - looked > 1:
                self._labels()
                looked = time.monotonic()
            self._looks += 1

    def _run_folder(self, folder: Path) -> None:
        """A sandbox's files hold the values, and so does what the engine says of its images."""
        names = {path.name for path in folder.glob("*.json")} - {"plan.json"}
        self._sightings.search_folder(folder.parent, may=frozenset({"compose.json", *names}))

    def _processes(self) -> None:
        """Command lines, which everybody on the machine can read."""
        with suppress(psutil.Error):
            for process in psutil.Process(self._pid).children(recursive=True):
                with suppress(psutil.Error):
                    words = process.cmdline()
                    self._sightings.search(f"command line of {' '.join(words[:4])[:60]}", " ".join(words))

    def _labels(self) -> None:
        """What we write on containers; an image brings labels of its own, and Compose adds others."""
        ids = engine.ids("container", {labels.OWNER: run.owner()})
        for found in engine.inspect("container", ids):
            ours = {key: text for key, text in found["Config"]["Labels"].items() if key != "note"}
            self._sightings.search("labels of our containers", json.dumps(ours))
