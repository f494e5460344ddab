"""Who answers on a port, against servers of our own."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from stackproof.engine import hosts
from stackproof.probes import reach

Handler = Callable[[socket.socket], None]
Serve = Callable[[Handler], int]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a fraction of the time that a real server gets."""
    monkeypatch.setattr(reach.connect, "__defaults__", (0.3,))
    monkeypatch.delenv("DOCKER_HOST", raising=False)


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


def http_server(connection: socket.socket) -> None:
    """Speak HTTP and nothing else."""
    if connection.recv(1024).startswith(b"GET "):
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")


def postgres(connection: socket.socket) -> None:
    """Refuse TLS, as PostgreSQL does."""
    if connection.recv(1024) == bytes.fromhex("0000000804d2162f"):
        connection.sendall(b"N")


def redis(connection: socket.socket) -> None:
    """Answer a ping; take anything else for a mistake, and say nothing."""
    if connection.recv(1024).startswith(b"PING"):
        connection.sendall(b"+PONG\r\n")


def greeter(connection: socket.socket) -> None:
    """Speak first, as SSH and MySQL do."""
    connection.sendall(b"SSH-2.0-test\r\n")


def closing_server(_connection: socket.socket) -> None:
    """Take the connection and close it, as the engine's proxy does in front of a dead service."""


def silent(connection: socket.socket) -> None:
    """Listen and say nothing."""
    while connection.recv(1024):
        pass


@pytest.mark.parametrize(
    ("handler", "target", "said", "answer"),
    [
        (http_server, 80, "HTTP", b"HTTP/1.0 200 OK\r\n\r\n"),
        (http_server, 5432, "HTTP", b"HTTP/1.0 200 OK\r\n\r\n"),
        (postgres, 5432, "PostgreSQL SSLRequest", b"N"),
        (postgres, 80, "PostgreSQL SSLRequest", b"N"),
        (redis, 6379, "Redis PING", b"+PONG\r\n"),
        (redis, 80, "Redis PING", b"+PONG\r\n"),
        (greeter, 22, "greeting", b"SSH-2.0-test\r\n"),
    ],
)
def test_converse(serve: Serve, handler: Handler, target: int, said: str, answer: bytes) -> None:
    """The likely protocol first, then the others, until there are bytes."""
    found = reach.converse("127.0.0.1", serve(handler), target)

    assert found == reach.Conversation(connected=True, said=said, answer=answer)


@pytest.mark.parametrize("handler", [closing_server, silent])
def test_converse_without_bytes(serve: Serve, handler: Handler) -> None:
    """A connection alone is no answer; the report says what was tried."""
    found = reach.converse("127.0.0.1", serve(handler), 6379)

    assert (found.connected, found.answer) == (True, b"")
    assert found.said == "Redis PING, greeting, HTTP, PostgreSQL SSLRequest"


@pytest.mark.parametrize(
    ("target", "said"), [(80, "HTTP, greeting"), (6379, "Redis PING, greeting"), (22, "greeting")]
)
def test_converse_briefly(serve: Serve, target: int, said: str) -> None:
    """What is likely by the number, and silence; nothing that another server may take amiss."""
    assert reach.converse("127.0.0.1", serve(closing_server), target, briefly=True).said == said


def test_converse_with_nobody(free_port: int) -> None:
    """Nobody takes the connection."""
    found = reach.converse("127.0.0.1", free_port, 80)

    assert (found.connected, found.answer) == (False, b"")


def test_converse_until_there_is_an_answer(serve: Serve) -> None:
    """A service may need some time after its start."""
    asked: list[bytes] = []

    def late(connection: socket.socket) -> None:
        asked.append(connection.recv(1024))
        if len(asked) > len(reach.GREETINGS):
            connection.sendall(b"+PONG\r\n")

    found = reach.converse_until("127.0.0.1", serve(late), 6379, within=30)

    assert found.answer == b"+PONG\r\n"


def test_converse_until_the_time_is_up(free_port: int) -> None:
    """The last try is told."""
    assert not reach.converse_until("127.0.0.1", free_port, 80, within=0.0).connected


def test_connect(serve: Serve, free_port: int) -> None:
    """Somebody, or nobody."""
    connection = reach.connect("127.0.0.1", serve(silent))

    assert connection is not None
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
    """A probe can find what is there."""
    assert reach.probe_works("127.0.0.1")


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
    assert "another program" in str(reach.Reached(address="10.0.0.1", port=80, ours=False))


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


def answering(statuses: dict[bytes, bytes], otherwise: bytes) -> Handler:
    """Answer requests that hold some words with a status of their own."""

    def handle(connection: socket.socket) -> None:
        words = connection.recv(1024)
        status = next((status for part, status in statuses.items() if part in words), otherwise)
        connection.sendall(b"HTTP/1.0 " + status + b" said\r\n\r\n")

    return handle


def test_refusals_of_a_server_that_refuses_all(serve: Serve) -> None:
    """Whatever host and path a request names."""
    port = serve(answering({b"favicon": b"503"}, b"400"))

    assert reach.refusals("127.0.0.1", port, within=0.0) == (400, 503)


@pytest.mark.parametrize(
    "handler",
    [
        answering({b"Host: localhost": b"404"}, b"400"),
        answering({b"/favicon.ico": b"200"}, b"500"),
        answering({}, b"401"),
        greeter,
        silent,
    ],
)
def test_no_refusals(serve: Serve, handler: Handler) -> None:
    """One answer to anything is enough; what is no web server is judged by other means."""
    assert reach.refusals("127.0.0.1", serve(handler), within=0.0) == ()


def test_no_refusals_of_a_server_that_starts(serve: Serve) -> None:
    """It is asked again for some time."""
    asked: list[int] = []

    def late(connection: socket.socket) -> None:
        connection.recv(1024)
        asked.append(1)
        status = b"200" if len(asked) > len(reach.HOSTS) * len(reach.PATHS) else b"502"
        connection.sendall(b"HTTP/1.0 " + status + b" said\r\n\r\n")

    assert reach.refusals("127.0.0.1", serve(late), within=30.0) == ()
