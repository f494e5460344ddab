"""Servers of our own on loopback, for questions that open connections themselves."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from stackproof.probes.logins.stream import LateError

Handler = Callable[[socket.socket], None]
Answer = Callable[[bytes], bytes | None]
Page = tuple[int, dict[str, str], str]


class Instant:
    """A stream whose server answers or is late at once: nobody waits, however busy the machine is.

    The server is a function of what it was told since its last answer; None is none in time, nothing is the
    end.
    """

    def __init__(self, answer: Answer, deadline: float) -> None:
        self._answer, self._deadline = answer, deadline
        self._words = b""

    def send(self, data: bytes) -> None:
        """Take a question."""
        self._words += data

    def receive(self) -> bytes:
        """Give the answer."""
        words, self._words = self._words, b""
        if (said := self._answer(words)) is None:
            msg = f"gave no answer within {self._deadline:g} s"
            raise LateError(msg)
        return said


def instant(answer: Answer) -> Any:  # noqa: ANN401 - stands for `straight` and for what it is made into
    """Return what opens streams to such a server, wherever it is."""

    @contextmanager
    def connect(*where: Any) -> Iterator[Instant]:  # noqa: ANN401
        yield Instant(answer, where[-1])

    return connect


@contextmanager
def serving(handler: Handler) -> Iterator[int]:
    """Serve each connection by a handler; yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_run, args=(server, handler), daemon=True).start()
        yield int(server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)


def _run(server: socket.socket, handler: Handler) -> None:
    while True:
        try:
            connection, _address = server.accept()
        except OSError:
            return
        threading.Thread(target=_handle, args=(connection, handler), daemon=True).start()


def _handle(connection: socket.socket, handler: Handler) -> None:
    with closing(connection), suppress(OSError):
        handler(connection)


@contextmanager
def web(pages: dict[str, Page], host: str = "") -> Iterator[tuple[int, list[str]]]:
    """Serve pages by path, 404 for all others; yield the port and the paths that are asked.

    With a `host` the pages are those of this name alone.
    """
    asked: list[str] = []

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            mine = pages if host in ("", self.headers.get("Host")) else {}
            status, headers, body = mine.get(self.path, (404, {}, "<title>404</title>"))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server.server_port, asked
        server.shutdown()


@contextmanager
def datagrams(answer: Callable[[bytes], bytes], address: str = "127.0.0.1") -> Iterator[int]:
    """Answer datagrams; yield the port."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as server:
        server.bind((address, 0))
        server.settimeout(0.2)
        ended = threading.Event()

        def run() -> None:
            while not ended.is_set():
                with suppress(TimeoutError):
                    words, sender = server.recvfrom(4096)
                    if said := answer(words):
                        server.sendto(said, sender)

        thread = threading.Thread(target=run)
        thread.start()
        yield int(server.getsockname()[1])
        ended.set()
        thread.join()


def greeter(connection: socket.socket) -> None:
    """Speak first, as SSH does."""
    connection.sendall(b"SSH-2.0-test\r\n")
    connection.recv(1024)


def redis(connection: socket.socket) -> None:
    """Answer a ping in the protocol's own framing, and hang up on all else."""
    while said := quiet_redis(connection.recv(1024)):
        connection.sendall(said)


def quiet_redis(words: bytes) -> bytes | None:
    """Answer a ping and who asks more, and say nothing else."""
    return b"+PONG\r\n" if b"PING" in words else b"$4\r\ninfo\r\n" if b"INFO" in words else None


def ajp(words: bytes) -> bytes | None:
    """Answer in the last protocol that is tried."""
    return b"AB\0\x01\x09" if words == b"\x124\0\x01\x0a" else None


def both(words: bytes) -> bytes | None:
    """Answer in two protocols: the one of the number is asked for before all others."""
    return quiet_redis(words) or ajp(words)
