"""Files of containers, whether they run or not."""

import re
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, cast

from docker.api import APIClient
from docker.errors import APIError

from stackproof.engine import api

# The engine's words for a path that is not there, or that leads through a file.
_NO_FILE = re.compile(r"could not find the file|no such (file|container:path)|not a directory", re.IGNORECASE)
_DELETED = 2  # archive.ChangeDelete; 0 is modified, 1 is added
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


def changed(container: str) -> list[str]:
    """Return the paths that a container added or changed in its own layer; what is mounted is not in it."""
    found = api.ask(f"diff {container}", lambda client: client.diff(container)) or ()
    return [str(one["Path"]) for one in found if one["Kind"] != _DELETED]
