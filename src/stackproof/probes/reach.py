"""What can be reached over TCP from this host, and who answers."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import product

from stackproof.engine import steps
from stackproof.facts.model import ESTABLISHED
from stackproof.sandbox.container import Container

TIMEOUT = 2.0  # seconds to connect or to say something
# So many connections at once make ours visible among a service's other ones.
PROBES = 3

_STATUS = re.compile(rb"HTTP/1\.\d (\d{3})")
# Requests that differ in what servers refuse: a host that they do not know, a path that is not there.
HOSTS, PATHS = ("localhost", "127.0.0.1", "stackproof"), ("/", "/index.html", "/favicon.ico")
BAD_REQUEST, SERVER_ERROR = 400, 500

# What clients say first, by protocol; a server that speaks none of these stays silent.
GREETINGS: dict[str, bytes] = {
    "greeting": b"",
    "HTTP": b"GET / HTTP/1.0\r\nHost: stackproof\r\n\r\n",
    "PostgreSQL SSLRequest": bytes.fromhex("0000000804d2162f"),
    "Redis PING": b"PING\r\n",
}
# By container port, so that the likely one is tried first.
LIKELY = {5432: "PostgreSQL SSLRequest", 6379: "Redis PING", 3306: "greeting", 22: "greeting"}


def connect(address: str, port: int, timeout: float = TIMEOUT) -> socket.socket | None:
    """Return a connection, or None when nobody takes it."""
    with steps.step(f"connect {_at(address, port)}/tcp", "from this host") as asked:
        try:
            connection = socket.create_connection((address, port), timeout=timeout)
        except OSError as error:
            asked.gave(error.strerror or str(error))
            return None
        asked.gave("taken")
    return connection


def _at(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


@contextmanager
def listener(address: str) -> Iterator[int]:
    """Listen on an address while the block runs: the positive control of a probe that finds nothing."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    info = socket.getaddrinfo(address, 0, family, socket.SOCK_STREAM)[0][4]
    with socket.create_server(info, family=family) as server:
        yield int(server.getsockname()[1])


def probe_works(address: str) -> bool:
    """Whether an address of this host takes connections at all, proven with a listener of our own.

    Interfaces of other containers come and go: an address that is gone again proves nothing.
    """
    try:
        with listener(address) as port:
            connection = connect(address, port)
    except OSError:
        return False
    if connection is None:
        return False
    connection.close()
    return True


@dataclass(frozen=True, kw_only=True)
class Reached:
    """Somebody took a connection."""

    address: str
    port: int
    ours: bool

    def __str__(self) -> str:
        """Return who answers where."""
        return f"{self.address}:{self.port} ({'the container' if self.ours else 'another program'})"


def reach(container: Container, address: str, port: int, *, target: int | None = None) -> Reached | None:
    """Connect to an address; when somebody answers, find out from inside whether it is this container.

    Another program, the same stack as somebody runs it above all, may listen on the same number.
    `target` is the port inside the container, when it differs.
    """
    target = target or port
    first = connect(address, port)
    if first is None:
        return None
    first.close()
    before = _connections(container, target)
    with ExitStack() as opened:
        held = [opened.enter_context(c) for _ in range(PROBES) if (c := connect(address, port))]
        during = _connections(container, target)
    ours = len(held) == PROBES and len(during - before) >= PROBES
    return Reached(address=address, port=port, ours=ours)


def reach_published(address: str, port: int) -> Reached | None:
    """Connect to a port that the engine itself says is the container's: whoever accepts there is ours."""
    connection = connect(address, port)
    if connection is None:
        return None
    connection.close()
    return Reached(address=address, port=port, ours=True)


def _connections(container: Container, target: int) -> set[tuple[str, int]]:
    sockets = container.probe().sockets
    return {(str(s.remote), s.remote_port) for s in sockets if s.state == ESTABLISHED and s.port == target}


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """What came back from a published port."""

    connected: bool
    said: str
    answer: bytes

    @property
    def status(self) -> int | None:
        """The status of an answer over HTTP; None for any other."""
        return _status_in(self.answer)


def converse(address: str, port: int, target: int, *, briefly: bool = False) -> Conversation:
    """Get bytes out of a port: a connection alone proves only that the engine's proxy listens.

    `briefly` says nothing that a server of another protocol may take amiss: what is likely by the number, or
    a web request, and silence.
    """
    first = LIKELY.get(target, "HTTP")
    others = ("greeting",) if briefly else GREETINGS
    order = [first, *(name for name in others if name != first)]
    connected = False
    for name in order:
        connection = connect(address, port)
        if connection is None:
            continue
        connected = True
        with connection:
            with steps.step(f"say {name} to {_at(address, port)}", "from this host") as asked:
                answer = _ask(connection, GREETINGS[name])
                asked.gave(answer or "silence")
            if answer:
                return Conversation(connected=True, said=name, answer=answer)
    return Conversation(connected=connected, said=", ".join(order), answer=b"")


def _ask(connection: socket.socket, words: bytes) -> bytes:
    try:
        if words:
            connection.sendall(words)
        return connection.recv(64)
    except OSError:
        return b""


def converse_until(
    address: str, port: int, target: int, within: float, *, briefly: bool = False
) -> Conversation:
    """Converse again until there are bytes or the time (seconds) is up."""
    until = time.monotonic() + within
    while True:
        found = converse(address, port, target, briefly=briefly)
        if found.answer or time.monotonic() > until:
            return found
        time.sleep(0.2)


def answers_within(address: str, port: int, target: int, within: float) -> bool:
    """Whether a port answers the likely words for its number, over one connection, in so many seconds."""
    connection = connect(address, port, within)
    if connection is None:
        return False
    with connection:
        return bool(_ask(connection, GREETINGS[LIKELY.get(target, "HTTP")]))


def refusals(address: str, port: int, within: float) -> tuple[int, ...]:
    """Return the statuses of a web server that answers 400 or an error of its own to every request.

    Empty as soon as one is answered otherwise; asked anew until `within` seconds are up, for it may start.
    """
    until = time.monotonic() + within
    seen: set[int] = set()
    while True:
        for path, host in product(PATHS, HOSTS):
            status = _status(address, port, path, host)
            if status is None or (status != BAD_REQUEST and status < SERVER_ERROR):
                return ()
            seen.add(status)
        if time.monotonic() > until:
            return tuple(sorted(seen))
        time.sleep(0.5)


def _status(address: str, port: int, path: str, host: str) -> int | None:
    connection = connect(address, port)
    if connection is None:
        return None
    with connection:
        words = f"GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode()
        return _status_in(_ask(connection, words))


def _status_in(answer: bytes) -> int | None:
    found = _STATUS.match(answer)
    return int(found[1]) if found else None
