"""A stream of bytes to a server, with a deadline for each answer."""

import selectors
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Protocol

DEADLINE = 10.0  # seconds for one answer; a broker may hold back the refusal of a login on purpose
LARGEST = 1024 * 1024  # bytes of an answer that are read
_CHUNK = 65536


class SilentError(Exception):
    """The server closed the connection, did not take it, or gave no answer in time."""


class ClosedError(SilentError):
    """The server took the connection and closed it: it is there, and does not want to answer."""


class LateError(SilentError):
    """The server gave no answer in time, or did not take the connection in time."""


class Stream(Protocol):
    """Bytes to and from a server."""

    def send(self, data: bytes) -> None:
        """Send all of it. Raises SilentError when nobody takes it."""

    def receive(self) -> bytes:
        """Return what came, at least one byte; nothing at the end. Raises SilentError after the deadline."""


class Reader:
    """Answers cut out of a stream, as protocols ask for them."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._buffer = bytearray()

    def exactly(self, count: int) -> bytes:
        """Return so many bytes.

        Raises SilentError when the stream ends before.
        """
        if count > LARGEST:
            msg = f"announced an answer of {count} bytes"
            raise SilentError(msg)
        while len(self._buffer) < count:
            self.more()
        return self._take(count)

    def line(self) -> bytes:
        """Return the next line without its end."""
        while (end := self._buffer.find(b"\n")) < 0:
            self.more()
        return self._take(end + 1).rstrip(b"\r\n")

    def rest(self, within: float | None = None) -> bytes:
        """Return all there is until the server closes the connection or says no more.

        After `within` seconds no more is waited for. Raises SilentError when there is nothing.
        """
        until = None if within is None else time.monotonic() + within
        self.more()
        with suppress(SilentError):
            while len(self._buffer) < LARGEST and (until is None or time.monotonic() < until):
                self.more()
        return self._take(len(self._buffer))

    def more(self) -> None:
        """Wait for more of the answer."""
        if not (data := self._stream.receive()):
            msg = "closed the connection without a word" if not self._buffer else "closed the connection"
            raise ClosedError(msg)
        if len(self._buffer) + len(data) > 2 * LARGEST:
            msg = f"does not end its answer of more than {LARGEST} bytes"
            raise SilentError(msg)
        self._buffer += data

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken


class SocketStream:
    """Straight from this host."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def send(self, data: bytes) -> None:
        """Send all of it."""
        try:
            self._connection.sendall(data)
        except OSError as error:
            raise SilentError(_words(error)) from None

    def receive(self) -> bytes:
        """Return what came."""
        try:
            return self._connection.recv(_CHUNK)
        except TimeoutError:
            raise LateError(_late(self._connection.gettimeout() or DEADLINE)) from None
        except ConnectionResetError as error:
            raise ClosedError(_words(error)) from None
        except OSError as error:
            raise SilentError(_words(error)) from None


class PipeStream:
    """Through a program that carries bytes both ways, such as `nc` in a container."""

    def __init__(self, to: IO[bytes], back: IO[bytes]) -> None:
        self._to, self._from = to, back

    def send(self, data: bytes) -> None:
        """Send all of it."""
        try:
            self._to.write(data)
            self._to.flush()
        except OSError as error:
            raise SilentError(_words(error)) from None

    def receive(self) -> bytes:
        """Return what came."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._from, selectors.EVENT_READ)
            if not selector.select(DEADLINE):
                raise LateError(_late(DEADLINE))
        data: bytes = self._from.read1(_CHUNK)  # type: ignore[attr-defined]  # a pipe's is buffered
        return data


@contextmanager
def straight(address: str, port: int, deadline: float | None = None) -> Iterator[Stream]:
    """Connect from this host; `deadline` is that of each answer, in seconds.

    Raises SilentError when nobody takes the connection.
    """
    try:
        connection = socket.create_connection((address, port), timeout=deadline or DEADLINE)
    except TimeoutError as error:
        raise LateError(_words(error)) from None
    except OSError as error:
        raise SilentError(_words(error)) from None
    with connection:
        yield SocketStream(connection)


def _late(deadline: float) -> str:
    return f"gave no answer within {deadline:g} s"


def _words(error: OSError) -> str:
    return f"cannot be reached: {error.strerror or error}"
