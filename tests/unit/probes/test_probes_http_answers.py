"""What a web server's answer is read as, over a socket of loopback."""

import gzip
import socket
import time
from types import SimpleNamespace
from typing import Any

import pytest
from requests.adapters import HTTPAdapter
from tests.unit.probes.protocols import servers

from stackproof.errors import ContainerGoneError, Unknown
from stackproof.probes import http
from stackproof.probes.http import Answer, HttpClient

HEAD = b"HTTP/1.1 200 OK\r\n"


def one_port(*places: tuple[str, int] | None, protocol: str = "tcp") -> HttpClient:
    """Return a client of a service whose replicas have port 80 at these places of the host."""

    class Replica:
        def __init__(self, number: int, place: tuple[str, int] | None) -> None:
            self.number, self.place = number, place
            self.runs, self.status = place is not None, "exited"

        def published(self, target: int) -> tuple[str, int] | None:
            return self.place if target == 80 else None

        def __str__(self) -> str:
            return f"web-{self.number}"

    replicas = [Replica(number, place) for number, place in enumerate(places, 1)]
    service = SimpleNamespace(ports=[SimpleNamespace(protocol=protocol, target=80)])
    view: Any = SimpleNamespace(
        stack=SimpleNamespace(services={"web": service}), containers={"web": replicas}.__getitem__
    )
    return HttpClient(view)


def asked_of(said: bytes, path: str = "/", *, host: str = "127.0.0.1") -> tuple[Answer, list[bytes], int]:
    """Return the answer of a server that says this, what it was asked, and its port."""
    requests: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        requests.append(connection.recv(4096))
        connection.sendall(said)

    with servers.serving(answer) as port:
        return one_port((host, port)).get("web", path), requests, port


@pytest.mark.parametrize(
    ("said", "status", "body"),
    [
        (HEAD + b"Content-Length: 5\r\n\r\nhello", 200, "hello"),
        (HEAD + b"\r\nto the end", 200, "to the end"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", 200, "hello"),
        (HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"hello", mtime=0), 200, "hello"),
        (HEAD + b"Content-Type: text/plain; charset=latin-1\r\n\r\n\xe9", 200, "é"),
        (HEAD + b"Content-Type: application/octet-stream\r\n\r\n\xc3\xa9\xff", 200, "é\ufffd"),
        (b"HTTP/1.1 503 Busy\r\n\r\n", 503, ""),
        # Where it leads to is another answer; its own is read like any other.
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 4\r\n\r\nmove",
            302,
            "move",
        ),
    ],
)
def test_answer(monkeypatch: pytest.MonkeyPatch, said: bytes, status: int, body: str) -> None:
    """Decoded, whatever proxy the environment has."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    began = time.monotonic()
    answer, requests, port = asked_of(said, "/ready?full=1")

    assert (answer.url, answer.status, answer.body) == (f"http://127.0.0.1:{port}/ready?full=1", status, body)
    assert 0 <= answer.seconds <= time.monotonic() - began
    assert [request.split(b"\r\n")[0] for request in requests] == [b"GET /ready?full=1 HTTP/1.1"]
    assert b"\r\nAccept-Encoding: gzip, deflate" in requests[0]
    assert b"\r\nUser-Agent: python-requests/" in requests[0]


def test_front_page_of_the_first_replica() -> None:
    """It is what is asked where nothing else is said."""
    pages: dict[str, servers.Page] = {"/": (200, {}, "first")}
    with servers.web(pages) as (port, asked):
        client = one_port(("127.0.0.1", port), ("127.0.0.1", 1))

        assert client.get("web").body == "first"
        assert client.get("web", replica=1).status is None
    assert asked == ["/"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"", "ConnectionError: "),
        (b"SSH-2.0-test\r\n", "ConnectionError: "),
        (HEAD + b"Content-Length: 90\r\n\r\nhalf", "IncompleteRead"),
        (HEAD + b"Content-Encoding: gzip\r\n\r\nplain", "DecodeError"),
    ],
)
def test_what_is_no_answer(said: bytes, reason: str) -> None:
    """It has no status, and says why."""
    began = time.monotonic()
    answer, _requests, port = asked_of(said)

    assert (answer.url, answer.status) == (f"http://127.0.0.1:{port}/", None)
    assert reason in answer.body
    assert 0 <= answer.seconds <= time.monotonic() - began


def test_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for, and not for ever."""
    monkeypatch.setattr(http, "TIMEOUT", 0.1)

    def silent(connection: socket.socket) -> None:
        while connection.recv(4096):
            pass

    with servers.serving(silent) as port:
        answer = one_port(("127.0.0.1", port)).get("web")

    assert (answer.status, "ReadTimeout" in answer.body) == (None, True)


class Pieces:
    """A body in pieces, each of which takes a second."""

    def __init__(self, clock: list[float], pieces: list[bytes]) -> None:
        self.clock, self.left = clock, pieces

    def read1(self, amount: int, *, decode_content: bool) -> bytes:
        """Give the next."""
        assert (amount, decode_content) == (http.LARGEST, True)
        self.clock[0] += 1
        return self.left.pop(0) if self.left else b""


@pytest.mark.parametrize(
    ("pieces", "seconds", "body"),
    [
        ([b"a"] * 3, 10.0, "a" * 3),
        ([b"a"] * 30, 10.0, "a" * 11),
        ([b"a" * 40] * 30, 10.0, "a" * 120),
        ([b"a" * 50] * 30, 10.0, "a" * 150),
    ],
)
def test_body_that_does_not_end(
    monkeypatch: pytest.MonkeyPatch, pieces: list[bytes], seconds: float, body: str
) -> None:
    """What came in time is its beginning, and no more than a page."""
    now = [0.0]
    monkeypatch.setattr(http, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(http, "LARGEST", 100)
    response: Any = SimpleNamespace(raw=Pieces(now, list(pieces)), encoding=None)

    assert http._read(response, seconds) == body  # noqa: SLF001


def test_whole_answer_has_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that goes on after that is cut off; the seconds are told."""
    times = iter([100.0, 100.5, 111.0, 112.5])
    monkeypatch.setattr(http, "time", SimpleNamespace(monotonic=lambda: next(times)))
    waits: list[float] = []

    def send(_adapter: object, _request: object, *, stream: bool, timeout: float) -> Any:  # noqa: ANN401
        assert stream
        waits.append(timeout)
        return SimpleNamespace(raw=Pieces([0.0], [b"a"] * 9), encoding=None, status_code=200)

    monkeypatch.setattr(HTTPAdapter, "send", send)
    answer = one_port(("10.0.0.1", 8080)).get("web")

    assert answer == Answer(url="http://10.0.0.1:8080/", status=200, body="aa", seconds=12.5)
    assert waits == [http.TIMEOUT]


@pytest.mark.parametrize(
    ("places", "error", "words"),
    [
        ([None, None], ContainerGoneError, "web-1 is exited, web-2 is exited"),
        ([], Unknown, "web publishes no TCP port, so nobody outside can ask it"),
    ],
)
def test_nobody_to_ask(places: list[None], error: type[Unknown], words: str) -> None:
    """It is said whether what publishes is down or there is none."""
    with pytest.raises(error) as caught:
        one_port(*places).base("web")

    assert (str(caught.value), type(caught.value)) == (words, error)


def test_port_over_udp() -> None:
    """Nobody speaks HTTP there."""
    with pytest.raises(Unknown, match="publishes no TCP port"):
        one_port(("127.0.0.1", 53), protocol="udp").base("web")


def test_down_is_an_answer() -> None:
    """As is one replica less."""
    down, fewer = one_port(None).get("web", "/ready"), one_port(("h", 1)).get("web", "/ready", replica=1)

    assert down == Answer(url="/ready", status=None, body="web-1 is exited", seconds=0.0)
    gone = "one of the 2 replicas of web publishes no port any more"
    assert fewer == Answer(url="/ready", status=None, body=gone, seconds=0.0)
