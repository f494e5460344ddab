"""Which protocol answers on a port, against servers of our own."""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from types import SimpleNamespace

import pytest
from tests.unit.probes.logins.script import Script
from tests.unit.probes.protocols import servers

from stackproof.probes.logins.stream import Stream
from stackproof.probes.protocols import hellos, identify, web
from stackproof.probes.protocols.model import Found, Protocol
from stackproof.stack.sensitive import Kind

pytestmark = pytest.mark.usefixtures("patient")


def echo(words: bytes) -> bytes:
    """Repeat all."""
    return words


def silent(_words: bytes) -> None:
    """Take all and say nothing."""


@pytest.mark.parametrize(
    ("server", "number", "names"),
    [
        (lambda _words: b"SSH-2.0-test\r\n", 80, ["SSH"]),
        (servers.quiet_redis, 6379, ["Redis"]),
        (servers.quiet_redis, 7777, ["Redis"]),
        (servers.ajp, 80, ["AJP"]),
        (echo, 7, []),
        (silent, 5005, []),
    ],
)
def test_ask(
    instantly: Callable[[servers.Answer], None], server: servers.Answer, number: int, names: list[str]
) -> None:
    """By what it says, whatever the number; who says nothing that we know is nobody."""
    instantly(server)
    found = identify.ask("127.0.0.1", 1, number)

    assert [str(protocol) for protocol in found.protocols] == names
    assert [str(protocol) for protocol in found.sensitive] == names


@pytest.mark.parametrize(("number", "name"), [(8009, "AJP"), (6379, "Redis"), (80, "Redis")])
def test_ask_in_the_usual_protocol_of_a_number_first(
    instantly: Callable[[servers.Answer], None], number: int, name: str
) -> None:
    """It is the likeliest."""
    instantly(servers.both)

    assert str(identify.ask("127.0.0.1", 1, number)) == name


def test_ask_where_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """There and nowhere else."""
    asked: set[tuple[object, ...]] = set()

    def straight(*where: object) -> AbstractContextManager[Stream]:
        asked.add(where)
        connection: AbstractContextManager[Stream] = servers.instant(servers.both)(*where)
        return connection

    monkeypatch.setattr(identify, "straight", straight)
    identify.ask("192.0.2.1", 7, 80)

    assert asked == {("192.0.2.1", 7, 5)}


def test_guest_is_let_in(instantly: Callable[[servers.Answer], None]) -> None:
    """Who is known by his greeting is asked whether he lets in anybody."""
    instantly(lambda words: b"230 In\r\n" if b"USER" in words else b"220 ftp\r\n")

    assert str(identify.ask("127.0.0.1", 1, 21)) == "FTP that lets in anonymous"


@pytest.mark.parametrize(
    ("pieces", "most"),
    [
        ((b"x" * hellos.ENOUGH, b"more"), 1),
        ((b"x" * (hellos.ENOUGH - 1), b"y", b"more"), 2),
        ((b"GET / HTTP/1.0", b"more"), 1),  # some repeat each line without its end
        ((b"SSH-", b"2.0-test\r\n", b"more"), 2),
        ((b"HTTP/1.1 ", b"200 OK\r\n\r\n"), 2),
    ],
)
def test_first_words_are_read_until_they_tell(pieces: Sequence[bytes], most: int) -> None:
    """What keeps the connection open is not waited for after that."""
    server = Script(*pieces)

    @contextmanager
    def connect(_deadline: float) -> Iterator[Script]:
        yield server

    said, _why = identify.first_words(connect)

    assert said == b"".join(pieces[:most])
    assert server.sent == [b"GET / HTTP/1.0\r\n\r\n"]


@pytest.mark.parametrize(("handler", "name"), [(servers.greeter, "SSH"), (servers.redis, "Redis")])
def test_ask_over_a_socket(handler: servers.Handler, name: str) -> None:
    """The same where bytes travel."""
    with servers.serving(handler) as port:
        assert str(identify.ask("127.0.0.1", port, 80)) == name


def test_ask_nobody() -> None:
    """The reason is told."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = int(server.getsockname()[1])
    found = identify.ask("127.0.0.1", port, 80)

    assert (found.protocols, "cannot be reached" in found.said, found.silent) == ((), True, True)


def test_ask_a_web_server() -> None:
    """It speaks HTTP, which is nothing to hide; a console is."""
    with servers.web({"/": (200, {}, "<title>Shop</title>")}) as (port, _asked):
        shop = identify.ask("127.0.0.1", port, 80)
    with servers.web({"/": (200, {}, "<title>Portainer</title>")}) as (port, _asked):
        console = identify.ask("127.0.0.1", port, 80)

    assert (str(shop), shop.sensitive) == ("HTTP", ())
    assert str(console) == "HTTP, Portainer"
    assert [protocol.kind for protocol in console.sensitive] == [Kind.CONSOLE]


@pytest.mark.parametrize(
    ("server", "silence", "said"),
    [
        (silent, True, "gave no answer within 5 s"),
        (lambda _words: b"", True, "closed the connection without a word"),
        (echo, False, "repeats what it is told"),
        (lambda words: words.partition(b"\r")[0], False, "repeats what it is told"),
        (lambda words: b"what?\n" if words else b"", False, "b'what?\\n'"),
        (lambda words: b"-" * 40 if words else b"", False, f"b'{'-' * 24}'"),
        (servers.quiet_redis, False, "nothing"),
    ],
)
def test_ask_the_silent(
    instantly: Callable[[servers.Answer], None], server: servers.Answer, *, silence: bool, said: str
) -> None:
    """Who said something is not what we know; who said nothing may be anything."""
    instantly(server)
    found = identify.ask("127.0.0.1", 1, 80)

    assert (found.silent, found.said) == (silence, said)


def test_who_speaks_plainly_is_asked_no_page_and_not_through_tls(
    instantly: Callable[[servers.Answer], None],
) -> None:
    """It has said something else, and says it to each further question."""
    asked: list[bytes] = []

    def plain(words: bytes) -> bytes:
        asked.append(words)
        return b"what?\n" if words else b""

    instantly(plain)
    identify.ask("127.0.0.1", 1, 80, ["shop.example"])

    assert not [words for words in asked if words.startswith(b"\x16\x03") or b"Host:" in words]


PORTAINER = b"HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n<title>Portainer</title>"


def test_ask_a_slow_web_server(instantly: Callable[[servers.Answer], None]) -> None:
    """A console that takes longer than a moment for its first page is one all the same."""

    def slow(words: bytes) -> bytes | None:
        if not words:
            return b""
        return PORTAINER if words.startswith(b"GET ") and b"Host: localhost" in words else None

    instantly(slow)

    assert str(identify.ask("127.0.0.1", 1, 80)) == "HTTP, Portainer"


def test_ask_by_the_names_of_sites() -> None:
    """A proxy has one site for each; who asks by another is told nothing of them."""
    pages: dict[str, servers.Page] = {"/": (200, {}, "<title>Portainer</title>")}
    with servers.web(pages, "console.example") as (port, _asked):
        stranger = identify.ask("127.0.0.1", port, 80)
        known = identify.ask("127.0.0.1", port, 80, ["www.example", "console.example"])

    assert (str(stranger), str(known)) == ("HTTP", "HTTP, Portainer")


def test_ask_who_hangs_up_on_strangers() -> None:
    """It is silent but for those who know the name of its site."""

    def guarded(connection: socket.socket) -> None:
        if b"Host: console.example\r\n" in connection.recv(1024):
            connection.sendall(PORTAINER)

    with servers.serving(guarded) as port:
        assert identify.ask("127.0.0.1", port, 80).silent
        assert str(identify.ask("127.0.0.1", port, 80, ["console.example"])) == "HTTP, Portainer"


@pytest.mark.parametrize(("status", "starting"), [(200, False), (404, False), (502, True), (503, True)])
def test_ask_before_all_have_started(status: int, *, starting: bool) -> None:
    """A gateway says that who is behind it does not answer yet."""
    with servers.web({"/": (status, {}, "")}) as (port, _asked):
        assert identify.ask("127.0.0.1", port, 80).starting is starting


def _gateway(statuses: dict[str, int], elsewhere: int | None = None) -> servers.Handler:
    """Return a proxy that has these statuses by the names of sites, and another one for most paths."""

    def answer(connection: socket.socket) -> None:
        words = connection.recv(1024).decode()
        host = words.partition("Host: ")[2].partition("\r\n")[0]
        front = statuses.get(host, 404)
        status = front if elsewhere is None or words.startswith("GET / ") else elsewhere
        connection.sendall(b"HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n" % status)

    return answer


@pytest.mark.parametrize(
    ("statuses", "elsewhere", "late"),
    [
        ({"shop.example": 502}, None, True),
        ({"shop.example": 503}, None, True),
        ({"shop.example": 504, "localhost": 502}, None, True),
        ({"shop.example": 500}, None, False),
        # A page of an application that does without something.
        ({"shop.example": 503}, 404, False),
        # What the gateway says to all strangers: it may not have this site.
        ({"shop.example": 503, "localhost": 503}, None, False),
        ({"localhost": 503}, None, False),
    ],
)
def test_site_behind_a_gateway_that_does_not_get_through(
    statuses: dict[str, int], elsewhere: int | None, *, late: bool
) -> None:
    """What the site is nobody has seen."""
    with servers.serving(_gateway(statuses, elsewhere)) as port:
        found = identify.ask("127.0.0.1", port, 80, ["shop.example"])

    assert bool(found.late) is late
    assert all(why.startswith("shop.example answers 50") for why in found.late)


def test_site_behind_a_gateway_that_hangs_up_on_strangers(
    instantly: Callable[[servers.Answer], None],
) -> None:
    """To them it says nothing at all, which is something else than that it does not get through."""

    def guarded(words: bytes) -> bytes:
        known = b"Host: shop.example\r\n" in words
        return b"HTTP/1.1 503 x\r\nContent-Length: 0\r\n\r\n" if known else b""

    instantly(guarded)
    found = identify.ask("127.0.0.1", 1, 80, ["shop.example"])

    assert found.late == ("shop.example answers 503: who is behind it was not heard",)
    assert found.starting


def test_time_for_all_sites_is_up(
    monkeypatch: pytest.MonkeyPatch, instantly: Callable[[servers.Answer], None]
) -> None:
    """Those that were not asked may be anything, and what the last was not asked, too."""
    now = [0.0]
    clock = SimpleNamespace(monotonic=lambda: now[0])
    monkeypatch.setattr(identify, "time", clock)
    monkeypatch.setattr(web, "time", clock)

    def slow(words: bytes) -> bytes:
        now[0] += identify.SCAN if b"Host: localhost" in words else 0.0
        return b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" if words else b""

    instantly(slow)
    found = identify.ask("127.0.0.1", 1, 80, ["a.example", "b.example"])

    assert "more paths of localhost were not asked" in found.late[0]
    assert found.late[1:] == ("a.example was not asked within 30 s", "b.example was not asked within 30 s")


def test_stranger_who_gets_no_answer_is_told_once(instantly: Callable[[servers.Answer], None]) -> None:
    """A proxy that lets strangers wait lets them wait again: what it has for them is not known."""
    asked: list[bytes] = []

    def guarded(words: bytes) -> bytes | None:
        asked.append(words)
        if not words:
            return b""
        known = b"Host: shop.example\r\n" in words
        return b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" if known else None

    instantly(guarded)
    found = identify.ask("127.0.0.1", 1, 80, ["shop.example"])

    assert str(found) == "HTTP"
    assert found.late == ("/ of localhost gave no answer within 5 s",)
    assert sum(b"Host: localhost\r\n" in words for words in asked) == 1


def test_found_in_words() -> None:
    """With the first words of what nobody knows."""
    assert str(Found(said="b'hi'")) == "no protocol that we know (b'hi')"
    assert Protocol(name="HTTP").severity is None
    assert str(Protocol(name="Docker API", kind=Kind.HOST).severity) == "critical"
