"""Input and output of programs in containers, on a connection of its own to the engine.

Not through the library: it reads such a connection without any deadline, and past what came together with the
head of the answer. A `docker` process for each would cost 50 ms of a processor.
"""

import json
import re
import socket
import ssl
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Self
from urllib.parse import urlsplit

from stackproof.errors import EngineGoneError, RefusedError

OUT, ERR = 1, 2  # as the engine marks what it hands on (API reference, ContainerAttach)
_MARK = 8  # bytes in front of each piece
_CHUNK = 65536
_HEAD_WITHIN = 30.0  # seconds for the head of the answer
_NO_TIME = 0.001  # seconds; none at all would mean not to wait even for what is there
_SOCKET = "/var/run/docker.sock"
_PORT = 2375


class Stream:
    """The standard input of a program, and what it says."""

    def __init__(self, connection: socket.socket, begun: bytes = b"") -> None:
        self._connection = connection
        self._begun = begun
        self._left = 0  # bytes of the piece that is being read
        self._kind = 0
        self._again: tuple[int, bytes] | None = None

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close it."""
        self.close()

    def send(self, data: bytes, until: float | None = None) -> None:
        """Write to its standard input.

        Raises BrokenPipeError when it has ended, or has not taken all by a time of this machine's monotonic
        clock: what nobody reads fills the connection.
        """
        try:
            if until is not None:
                self._connection.settimeout(max(until - time.monotonic(), _NO_TIME))
            self._connection.sendall(data)
            self._connection.settimeout(None)
        except OSError as error:
            raise BrokenPipeError(str(error)) from None

    def end_input(self) -> None:
        """Say that no more comes."""
        with suppress(OSError):  # it has ended
            self._connection.shutdown(socket.SHUT_WR)

    def read(self, until: float) -> tuple[int, bytes] | None:
        """Return the next piece and whether it is OUT or ERR; None at the end.

        Raises TimeoutError when none has come by a time of this machine's monotonic clock.
        """
        if self._again is not None:
            again, self._again = self._again, None
            return again
        while not self._left:
            mark = self._exactly(_MARK, until)
            if not mark:
                return None
            self._kind, self._left = mark[0], int.from_bytes(mark[4:], "big")
        data = self._some(min(self._left, _CHUNK), until)
        self._left -= len(data)
        return (self._kind, data) if data else None

    def line(self, until: float) -> bytes:
        """Return its next line on standard output, and drop what it says on the other; see `read`."""
        said = b""
        while b"\n" not in said and (piece := self.read(until)) is not None:
            if piece[0] == OUT:
                said += piece[1]
        first, end, more = said.partition(b"\n")
        if more:
            self._again = OUT, more
        return first + end

    def rest(self, until: float) -> tuple[bytes, bytes]:
        """Return all that it says until its end, on both streams; raises TimeoutError as `read` does."""
        said = {OUT: bytearray(), ERR: bytearray()}
        try:
            while (piece := self.read(until)) is not None:
                said[piece[0]] += piece[1]
        except TimeoutError as error:
            error.args = (bytes(said[OUT] + said[ERR]),)
            raise
        return bytes(said[OUT]), bytes(said[ERR])

    def _exactly(self, count: int, until: float) -> bytes:
        found = b""
        while len(found) < count:
            more = self._some(count - len(found), until)
            if not more:
                return b""
            found += more
        return found

    def _some(self, most: int, until: float) -> bytes:
        if self._begun:
            found, self._begun = self._begun[:most], self._begun[most:]
            return found
        return _receive(self._connection, most, until)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def _receive(connection: socket.socket, most: int, until: float) -> bytes:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    connection.settimeout(left)
    try:
        return connection.recv(most)
    except TimeoutError:
        raise
    except OSError:  # the engine went away
        return b""
    finally:
        with suppress(OSError):
            connection.settimeout(None)


def hijack(address: Mapping[str, Any], path: str, body: Mapping[str, Any] | None = None) -> Stream:
    """Post to the engine and take the connection over (API reference, ContainerAttach: stream hijacking).

    `address` has `base_url` and `tls`, as for the library's client. Raises RefusedError, and EngineGoneError
    when nobody answers.
    """
    content = json.dumps(body).encode() if body is not None else b""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    try:
        connection = _connect(address)
        connection.sendall(head.encode() + content)
    except OSError as error:
        msg = f"the engine does not answer: {error}"
        raise EngineGoneError(msg) from None
    try:
        status, begun = _answered(connection)
    except BaseException:
        connection.close()
        raise
    return Stream(connection, begun) if status < 300 else _refused(connection, begun)  # noqa: PLR2004


def _answered(connection: socket.socket) -> tuple[int, bytes]:
    """Return the status of an answer, and what came behind its head."""
    until, said = time.monotonic() + _HEAD_WITHIN, b""
    while b"\r\n\r\n" not in said:
        try:
            more = _receive(connection, _CHUNK, until)
        except TimeoutError:
            more = b""
        if not more:
            msg = "the engine does not answer: it hung up, or gave no answer in time"
            raise EngineGoneError(msg)
        said += more
    head, _, begun = said.partition(b"\r\n\r\n")
    return int(head.split(None, 2)[1]), begun


def _refused(connection: socket.socket, begun: bytes) -> Stream:
    """Raise RefusedError with the engine's words."""
    with connection:
        until, said = time.monotonic() + 1.0, begun
        with suppress(TimeoutError):
            while not _message(said) and (more := _receive(connection, _CHUNK, until)):
                said += more
    raise RefusedError(_message(said) or said.decode(errors="replace").strip())


def _message(said: bytes) -> str:
    """Return the message of an error, which may come in chunks."""
    found = re.search(rb'\{"message":.*\}', said, re.DOTALL)
    if not found:
        return ""
    try:
        return str(json.loads(found[0])["message"])
    except ValueError:
        return ""


def _connect(address: Mapping[str, Any]) -> socket.socket:
    """Open a connection to an engine, wherever it is."""
    url = urlsplit(str(address.get("base_url") or f"unix://{_SOCKET}").removeprefix("http+"))
    if url.scheme == "unix":
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(url.path)
        except OSError:
            connection.close()
            raise
        return connection
    if url.scheme == "ssh":
        return _over_ssh(url.hostname or "", url.username, url.port)
    host = url.hostname or "localhost"
    connection = socket.create_connection((host, url.port or _PORT), timeout=_HEAD_WITHIN)
    connection.settimeout(None)
    tls = address.get("tls")
    return _secured(connection, tls, host) if tls else connection


def _secured(connection: socket.socket, tls: Any, host: str) -> socket.socket:  # noqa: ANN401 - the library's TLSConfig
    context = ssl.create_default_context(cafile=tls.ca_cert or None)
    if not tls.verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if tls.cert:
        context.load_cert_chain(*tls.cert)
    return context.wrap_socket(connection, server_hostname=host)


def _over_ssh(host: str, user: str | None, port: int | None) -> socket.socket:
    """Speak with an engine as `docker` does over ssh."""
    options: Sequence[str] = [*(["-l", user] if user else []), *(["-p", str(port)] if port else [])]
    mine, its = socket.socketpair()
    with its:
        subprocess.Popen(
            ["ssh", *options, "--", host, "docker", "system", "dial-stdio"],
            stdin=its.fileno(),
            stdout=its.fileno(),
        )
    return mine
