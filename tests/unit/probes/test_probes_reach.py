"""Who answers on a port, against servers of our own."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from types import SimpleNamespace
from typing import Self

import pytest

from stackproof.engine import hosts
from stackproof.probes import reach

Handler = Callable[[socket.socket], None]
Serve = Callable[[Handler], int]
Answer = Callable[[bytes], bytes | None]
LOOPBACK, PORT = "127.0.0.1", 7


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for as long as a busy machine may take for an answer."""
    monkeypatch.setattr(reach.connect, "__defaults__", (5,))
    monkeypatch.delenv("DOCKER_HOST", raising=False)


class Talk:
    """A connection whose server answers or keeps silent at once: nobody waits, however busy the machine is.

    The server is a function of what it was told; None is none in time.
    """

    def __init__(self, answer: Answer) -> None:
        self._answer, self._words = answer, b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Close."""

    def sendall(self, words: bytes) -> None:
        """Take a question."""
        self._words += words

    def recv(self, size: int) -> bytes:
        """Give the answer."""
        if (said := self._answer(self._words)) is None:
            raise TimeoutError
        return said[:size]


@pytest.fixture
def talk(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], None]:
    """Return a function that puts a server in the place of all, at one port of loopback."""

    def put(answer: Answer) -> None:
        def connect(address: str, port: int) -> Talk | None:
            return Talk(answer) if (address, port) == (LOOPBACK, PORT) else None

        monkeypatch.setattr(reach, "connect", connect)

    return put


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a function that starts a server on loopback and gives its port."""
    servers: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def run(server: socket.socket, handler: Handler) -> None:
        while True:
            try:
                connection, _address = server.accept()
            except OSError:
                return
            with closing(connection):
                handler(connection)

    def start(handler: Handler) -> int:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)
        threads.append(threading.Thread(target=run, args=(server, handler), daemon=True))
        threads[-1].start()
        return int(server.getsockname()[1])

    yield start
    for server in servers:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
    for thread in threads:
        thread.join(timeout=5)


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def http_server(words: bytes) -> bytes:
    """Speak HTTP and nothing else."""
    return b"HTTP/1.0 200 OK\r\n\r\n" if words.startswith(b"GET ") else b""


def postgres(words: bytes) -> bytes | None:
    """Refuse TLS, as PostgreSQL does."""
    return b"N" if words == bytes.fromhex("0000000804d2162f") else None


def redis(words: bytes) -> bytes | None:
    """Answer a ping; take anything else for a mistake, and say nothing."""
    return b"+PONG\r\n" if words.startswith(b"PING") else None


def greeter(_words: bytes) -> bytes:
    """Speak first, as SSH and MySQL do."""
    return b"SSH-2.0-test\r\n"


def closing_server(_words: bytes) -> bytes:
    """Take the connection and close it, as the engine's proxy does in front of a dead service."""
    return b""


def silent(_words: bytes) -> None:
    """Listen and say nothing."""


@pytest.mark.parametrize(
    ("server", "target", "said", "answer"),
    [
        (http_server, 80, "HTTP", b"HTTP/1.0 200 OK\r\n\r\n"),
        (http_server, 5432, "HTTP", b"HTTP/1.0 200 OK\r\n\r\n"),
        (postgres, 5432, "PostgreSQL SSLRequest", b"N"),
        (postgres, 80, "PostgreSQL SSLRequest", b"N"),
        (redis, 6379, "Redis PING", b"+PONG\r\n"),
        (redis, 80, "Redis PING", b"+PONG\r\n"),
        (greeter, 22, "greeting", b"SSH-2.0-test\r\n"),
        (lambda _words: bytes(100), 22, "greeting", bytes(64)),
    ],
)
def test_converse(
    talk: Callable[[Answer], None], server: Answer, target: int, said: str, answer: bytes
) -> None:
    """The likely protocol first, then the others, until there are bytes; of these the first ones."""
    talk(server)

    assert reach.converse(LOOPBACK, PORT, target) == reach.Conversation(
        connected=True, said=said, answer=answer
    )


def test_converse_over_a_socket(serve: Serve) -> None:
    """The same where bytes travel."""

    def handler(connection: socket.socket) -> None:
        connection.sendall(http_server(connection.recv(1024)))

    found = reach.converse(LOOPBACK, serve(handler), 80)

    assert found == reach.Conversation(connected=True, said="HTTP", answer=b"HTTP/1.0 200 OK\r\n\r\n")


@pytest.mark.parametrize("server", [closing_server, silent])
def test_converse_without_bytes(talk: Callable[[Answer], None], server: Answer) -> None:
    """A connection alone is no answer; the report says what was tried."""
    talk(server)
    found = reach.converse(LOOPBACK, PORT, 6379)

    assert (found.connected, found.answer) == (True, b"")
    assert found.said == "Redis PING, greeting, HTTP, PostgreSQL SSLRequest"


@pytest.mark.parametrize(
    ("target", "said"), [(80, "HTTP, greeting"), (6379, "Redis PING, greeting"), (22, "greeting")]
)
def test_converse_briefly(talk: Callable[[Answer], None], target: int, said: str) -> None:
    """What is likely by the number, and silence; nothing that another server may take amiss."""
    talk(closing_server)

    assert reach.converse(LOOPBACK, PORT, target, briefly=True).said == said
    assert reach.converse_until(LOOPBACK, PORT, target, within=-1, briefly=True).said == said
    assert len(reach.converse_until(LOOPBACK, PORT, target, within=-1).said.split(", ")) == 4


def test_converse_with_who_is_there_at_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """One connection that is not taken is not the end; one that was taken is kept in mind."""
    for taken in ([None, greeter], [closing_server, None]):
        left = [*taken, None, None]
        monkeypatch.setattr(
            reach, "connect", lambda *_where, left=left: Talk(one) if (one := left.pop(0)) else None
        )
        found = reach.converse(LOOPBACK, PORT, 80)

        assert (found.connected, found.answer) == (True, b"SSH-2.0-test\r\n" if greeter in taken else b"")


def test_converse_with_nobody(free_port: int) -> None:
    """Nobody takes the connection."""
    found = reach.converse("127.0.0.1", free_port, 80)

    assert (found.connected, found.answer) == (False, b"")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Time that passes by sleeping alone; return the time that it is."""
    now = [0.0]
    fake = SimpleNamespace(
        monotonic=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds)
    )
    monkeypatch.setattr(reach, "time", fake)
    return now


def test_converse_until_there_is_an_answer(talk: Callable[[Answer], None], clock: list[float]) -> None:
    """A service may need some time after its start."""
    talk(lambda _words: b"+PONG\r\n" if clock[0] > 20 else None)

    assert reach.converse_until(LOOPBACK, PORT, 6379, within=30).answer == b"+PONG\r\n"
    assert 20 < clock[0] < 21


def test_converse_until_the_time_is_up(talk: Callable[[Answer], None], clock: list[float]) -> None:
    """The last try is told."""
    talk(silent)

    assert not reach.converse_until(LOOPBACK, PORT + 1, 80, within=0.0).connected
    assert 0 < clock[0] < 1
    clock[0] = 0.0
    assert reach.converse_until(LOOPBACK, PORT, 80, within=30).connected
    assert 30 < clock[0] < 31


def test_connect(serve: Serve, free_port: int) -> None:
    """Somebody, or nobody."""
    connection = reach.connect("127.0.0.1", serve(lambda _connection: None), 7)

    assert connection is not None
    assert connection.gettimeout() == 7
    connection.close()
    assert reach.connect("127.0.0.1", free_port) is None


def test_connect_to_no_address() -> None:
    """A name that does not exist is nobody."""
    assert reach.connect("address.invalid", 80) is None


def test_listener_is_there_while_the_block_runs() -> None:
    """The positive control of a probe that finds nothing."""
    with reach.listener("127.0.0.1") as port:
        connection = reach.connect("127.0.0.1", port)
        assert connection is not None
        connection.close()

    assert reach.connect("127.0.0.1", port) is None


def test_probe_works_on_loopback() -> None:
    """A probe can find what is there, at the address that is asked for."""
    assert reach.probe_works("127.0.0.2")


def test_probe_that_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listener of our own that is not reached says that nothing is found there."""
    monkeypatch.setattr(reach, "connect", lambda *_where: None)

    assert not reach.probe_works(LOOPBACK)


def test_probe_does_not_work_elsewhere() -> None:
    """An address that is not of this host (TEST-NET-1, RFC 5737)."""
    assert not reach.probe_works("192.0.2.1")


def test_host_addresses_begin_with_loopback() -> None:
    """It is on every host."""
    found = hosts.host_addresses()

    assert found[0] == "127.0.0.1"
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("host", ["unix:///var/run/docker.sock", "", "fd://"])
def test_host_addresses_of_a_local_engine(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """A socket is on this machine."""
    monkeypatch.setenv("DOCKER_HOST", host)

    assert hosts.host_addresses()[0] == "127.0.0.1"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("tcp://10.1.2.3:2376", "10.1.2.3"),
        ("ssh://me@build.example:22", "build.example"),
        ("tcp://[fd00::1]:2376", "fd00::1"),
    ],
)
def test_host_addresses_of_a_remote_engine(monkeypatch: pytest.MonkeyPatch, host: str, address: str) -> None:
    """Ports are published over there; this machine's addresses say nothing."""
    monkeypatch.setenv("DOCKER_HOST", host)

    assert hosts.host_addresses() == [address]


def test_reached_says_who() -> None:
    """Another program may listen on the same number."""
    assert str(reach.Reached(address="10.0.0.1", port=80, ours=True)) == "10.0.0.1:80 (the container)"
    assert str(reach.Reached(address="::1", port=80, ours=False)) == "::1:80 (another program)"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.0 502 Bad Gateway\r\n", 502),
        (b"HTTP/1.1 200 OK\r\n", 200),
        (b"+PONG\r\n", None),
        (b"", None),
    ],
)
def test_status_of_a_conversation(answer: bytes, status: int | None) -> None:
    """Kept where the answer is one of HTTP."""
    assert reach.Conversation(connected=True, said="HTTP", answer=answer).status == status


def answering(statuses: dict[bytes, bytes], otherwise: bytes) -> Answer:
    """Answer requests that hold some words with a status of their own."""

    def answer(words: bytes) -> bytes:
        status = next((status for part, status in statuses.items() if part in words), otherwise)
        return b"HTTP/1.0 " + status + b" said\r\n\r\n"

    return answer


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (answering({b"favicon": b"503"}, b"400"), (400, 503)),
        (answering({}, b"500"), (500,)),
        (answering({b"GET / ": b"599"}, b"502"), (502, 599)),
    ],
)
def test_refusals_of_a_server_that_refuses_all(
    talk: Callable[[Answer], None], clock: list[float], server: Answer, expected: tuple[int, ...]
) -> None:
    """Whatever host and path a request names, for as long as a server may take to start."""
    talk(server)

    assert reach.refusals(LOOPBACK, PORT, within=30) == expected
    assert 30 < clock[0] < 31
    clock[0] = 0.0
    assert reach.refusals(LOOPBACK, PORT, within=0) == expected
    assert 0 < clock[0] < 1


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    "server",
    [
        answering({b"Host: localhost\r\n\r\n": b"404"}, b"400"),
        answering({b"Host: 127.0.0.1\r\n": b"200"}, b"400"),
        answering({b"Host: stackproof\r\n": b"200"}, b"400"),
        answering({b"GET / HTTP/1.0\r\n": b"301"}, b"400"),
        answering({b"GET /index.html HTTP/1.0\r\n": b"499"}, b"400"),
        answering({b"GET /favicon.ico HTTP/1.0\r\n": b"200"}, b"500"),
        answering({}, b"401"),
        answering({}, b"399"),
        greeter,
        closing_server,
        silent,
    ],
)
def test_no_refusals(talk: Callable[[Answer], None], server: Answer) -> None:
    """One answer to anything is enough; what is no web server is judged by other means."""
    talk(server)

    assert reach.refusals(LOOPBACK, PORT, within=0.0) == ()
    assert reach.refusals(LOOPBACK, PORT + 1, within=0.0) == ()


def test_no_refusals_of_a_server_that_starts(talk: Callable[[Answer], None], clock: list[float]) -> None:
    """It is asked again for some time."""
    talk(lambda _words: b"HTTP/1.0 " + (b"200" if clock[0] > 20 else b"502") + b" said\r\n\r\n")

    assert reach.refusals(LOOPBACK, PORT, within=30.0) == ()
    assert 20 < clock[0] < 21
