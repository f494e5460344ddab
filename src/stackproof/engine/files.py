"""Files of containers, whether they run or not."""

import re
import tarfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, cast

from docker.api import APIClient
from docker.errors import APIError

from stackproof.engine import api
from stackproof.engine.command import SLOW
from stackproof.errors import Unknown

# The engine's words for a path that is not there, or that leads through a file.
_NO_FILE = re.compile(r"could not find the file|no such (file|container:path)|not a directory", re.IGNORECASE)
_DELETED = 2  # archive.ChangeDelete; 0 is modified, 1 is added
_END = 1024  # bytes: an archive ends in two empty blocks (POSIX.1-2017, pax)
_PIECE = 1 << 16  # bytes; tarfile copies what is left of a piece at each entry
MOST_LISTED = 8 << 30  # bytes of a container's files that are read for their names
_LINK = 1 << 27  # Go's os.ModeSymlink


@dataclass(frozen=True, kw_only=True)
class File:
    """A file in a container."""

    mode: int
    head: bytes = field(repr=False)
    """Its first bytes, at most as many as were asked for."""


def file(container: str, path: str, head: int) -> File | None:
    """Return a file, symbolic links followed, or None when it is not there; see `engine.file`."""

    def question(client: APIClient) -> File | None:
        try:
            pieces, about = client.get_archive(container, path)
            if int(about["mode"]) & _LINK:  # the target is told with all links on its way followed
                pieces, about = client.get_archive(container, about["linkTarget"])
        except APIError as error:
            if _NO_FILE.search(str(error)):
                return None
            raise
        return _first(pieces, head)

    return api.ask(f"cp {container}:{path}", question)


def _first(pieces: Iterator[bytes], head: int) -> File | None:
    """Read the first file of an archive, and no more of it: the rest may be a large program."""
    with (
        suppress(tarfile.ReadError),
        tarfile.open(fileobj=cast("IO[bytes]", _Pipe(pieces)), mode="r|") as archive,
    ):
        member = archive.next()
        content = archive.extractfile(member) if member and member.isfile() else None
        if member is not None and content is not None:
            return File(mode=member.mode, head=content.read(head))
    return None


class _Pipe:
    """What tarfile reads."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def read(self, count: int) -> bytes:
        """Return so many bytes; fewer at the end."""
        while len(self._rest) < count and (more := next(self._pieces, b"")):
            self._rest += more
        found, self._rest = self._rest[:count], self._rest[count:]
        return found


@dataclass(frozen=True, kw_only=True)
class Listed:
    """What is at one path of a container."""

    path: str
    mode: int
    regular: bool
    """Whether it is a file, and no folder, link or device."""


def listed(container: str, keep: Callable[[Listed], bool]) -> tuple[int, list[Listed]]:
    """Return how many entries a container's files are, and those of them to keep; see `engine.listed`."""

    def question(client: APIClient) -> tuple[int, list[Listed]]:
        pieces = client.export(container, chunk_size=_PIECE)
        try:
            return _list(pieces, keep)
        except tarfile.TarError as error:
            msg = f"the engine broke off as it told of all files: {error}"
            raise Unknown(msg) from None

    return api.ask(f"export {container}", question, SLOW)


def _list(pieces: Iterator[bytes], keep: Callable[[Listed], bool]) -> tuple[int, list[Listed]]:
    """Read all of an archive.

    Raises TarError where it has no end: tarfile takes one that breaks off between two files for whole.
    """
    found: list[Listed] = []
    count = 0
    watched = _Watched(pieces)
    with tarfile.open(fileobj=cast("IO[bytes]", _Pipe(watched)), mode="r|", bufsize=_PIECE) as archive:
        while (member := archive.next()) is not None:
            archive.members = []  # type: ignore[attr-defined]  # it would keep all that it ever read
            count += 1
            if member.offset > MOST_LISTED:
                msg = f"there are more than {MOST_LISTED >> 30} GiB of files: they were not all read"
                raise Unknown(msg)
            one = Listed(path=f"/{member.name.strip('/')}", mode=member.mode, regular=member.isreg())
            if keep(one):
                found.append(one)
    deque(watched, maxlen=0)
    if watched.last != bytes(_END):
        msg = "unexpected end of data"
        raise tarfile.ReadError(msg)
    return count, found


class _Watched:
    """Pieces of an archive, of which the last bytes are kept."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self.last = b""

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = next(self._pieces)
        self.last = (self.last + piece[-_END:])[-_END:]
        return piece


def changed(container: str) -> list[str]:
    """Return the paths that a container added or changed in its own layer; what is mounted is not in it."""
    # It compares whole trees of files where the engine's storage does not keep what changed apart.
    found = api.ask(f"diff {container}", lambda client: client.diff(container), SLOW) or ()
    return [str(one["Path"]) for one in found if one["Kind"] != _DELETED]
