"""Which protocol answers on a port, against servers of our own."""

import socket
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.probes.protocols import servers

from stackproof.probes.protocols import identify, udp, web
from stackproof.probes.protocols.model import Found, Protocol
from stackproof.stack.sensitive import Kind


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for as long as a busy machine may take: no server here lets anybody wait."""
    monkeypatch.setattr(identify, "DEADLINE", 5)
    monkeypatch.setattr(web, "SLOW", 5)
    monkeypatch.setattr(udp, "DEADLINE", 5)


@pytest.fixture
def instantly(monkeypatch: pytest.MonkeyPatch) -> Callable[[servers.Answer], None]:
    """Return a function that puts a server in the place of all, which is late at once where it is."""

    def put(answer: servers.Answer) -> None:
        monkeypatch.setattr(identify, "straight", servers.instant(answer))

    return put


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


def echo(words: bytes) -> bytes:
    """Repeat all."""
    return words


def silent(_words: bytes) -> None:
    """Take all and say nothing."""


@pytest.mark.parametrize(
    ("server", "number", "names"),
    [
        (lambda _words: b"SSH-2.0-test\r\n", 80, ["SSH"]),
        (quiet_redis, 6379, ["Redis"]),
        (quiet_redis, 7777, ["Redis"]),
        (ajp, 80, ["AJP"]),
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


@pytest.mark.parametrize(("handler", "name"), [(greeter, "SSH"), (redis, "Redis")])
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
        (lambda words: b"what?\n" if words else b"", False, "b'what?\\n'"),
        (quiet_redis, False, "nothing"),
    ],
)
def test_ask_the_silent(
    instantly: Callable[[servers.Answer], None], server: servers.Answer, *, silence: bool, said: str
) -> None:
    """Who said something is not what we know; who said nothing may be anything."""
    instantly(server)
    found = identify.ask("127.0.0.1", 1, 80)

    assert (found.silent, found.said) == (silence, said)


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


def test_time_for_all_sites_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that were not asked may be anything."""
    monkeypatch.setattr(identify, "SCAN", 0.0)
    with servers.web({"/": (200, {}, "<title>Shop</title>")}) as (port, _asked):
        found = identify.ask("127.0.0.1", port, 80, ["a.example", "b.example"])

    assert found.late[-2:] == ("a.example was not asked within 0 s", "b.example was not asked within 0 s")


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


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of nobody in one file."""
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    subprocess.run(
        ["openssl", *words, "-keyout", file, "-out", f"{file}.crt"], check=True, capture_output=True
    )
    file.write_text(file.read_text() + Path(f"{file}.crt").read_text())
    return file


@pytest.mark.parametrize(("handler", "name"), [(redis, "Redis"), (greeter, "SSH")])
def test_ask_through_tls(certificate: Path, handler: servers.Handler, name: str) -> None:
    """What is encrypted is asked all the same."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def encrypted(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            handler(secured)

    with servers.serving(encrypted) as port:
        assert str(identify.ask("127.0.0.1", port, 443)) == name


def test_ask_for_a_site_through_tls(certificate: Path) -> None:
    """A server that has a certificate for its sites alone opens to those who name one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def choose(_socket: object, name: str | None, _context: object) -> int | None:
        return None if name == "console.example" else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME

    context.sni_callback = choose

    def encrypted(connection: socket.socket) -> None:
        if not connection.recv(2, socket.MSG_PEEK).startswith(b"\x16"):
            return  # half a record would be waited for
        with context.wrap_socket(connection, server_side=True) as secured:
            redis(secured)

    with servers.serving(encrypted) as port:
        for names in ([], ["www.example", "shop.example"]):
            stranger = identify.ask("127.0.0.1", port, 443, names)
            assert (stranger.protocols, stranger.silent) == ((), False)
            assert stranger.late == (f"it {stranger.said} for each name of the stack's",)
            assert stranger.said.startswith("refuses TLS (")
        assert str(identify.ask("127.0.0.1", port, 443, ["console.example"])) == "Redis"


@pytest.mark.parametrize("names", [[], ["a" * 64 + ".example"], ["www.example"]])
def test_ask_for_a_site_behind_who_hangs_up(certificate: Path, names: list[str]) -> None:
    """A proxy that knows no such site closes without a word; a name that nobody can send is left out."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def routed(connection: socket.socket) -> None:
        if b"console.example" in connection.recv(4096, socket.MSG_PEEK):
            with context.wrap_socket(connection, server_side=True) as secured:
                redis(secured)

    with servers.serving(routed) as port:
        assert str(identify.ask("127.0.0.1", port, 443, [*names, "console.example"])) == "Redis"


def test_silence_is_asked_through_tls_once(instantly: Callable[[servers.Answer], None]) -> None:
    """However many names the stack's sites have: the time is that of one."""
    hellos: list[bytes] = []
    instantly(lambda words: hellos.extend([words] if words.startswith(b"\x16\x03") else []))
    found = identify.ask("127.0.0.1", 1, 443, [f"{name}.example" for name in "abcdefgh"])

    assert (found.silent, len(hellos)) == (True, 1)


@pytest.mark.parametrize("told", [True, False])
def test_ask_https_that_hangs_up_on_strangers(certificate: Path, *, told: bool) -> None:
    """It has said no to who does not know the name of its site, and is late for nobody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def guarded(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            if b"Host: localhost" not in (words := secured.recv(1024)) and words.startswith(b"GET "):
                secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nshop")
            if told:
                secured.unwrap()

    with servers.serving(guarded) as port:
        found = identify.ask("127.0.0.1", port, 443, ["shop.example"])

    assert (str(found), found.late) == ("HTTP", ())


def test_found_in_words() -> None:
    """With the first words of what nobody knows."""
    assert str(Found(said="b'hi'")) == "no protocol that we know (b'hi')"
    assert Protocol(name="HTTP").severity is None
    assert str(Protocol(name="Docker API", kind=Kind.HOST).severity) == "critical"


NOISE = b"?"  # to all that a server does not know: who answers all is not waited for


def memcached(words: bytes) -> bytes:
    """Answer statistics to who asks in the frame of datagrams."""
    return words[:8] + b"STAT pid 1\r\n" if words.endswith(b"stats\r\n") else NOISE


def dns(words: bytes) -> bytes:
    """Answer a question with the same number."""
    return words[:2] + b"\x81\x80" + words[4:] if words[2:4] == b"\x01\0" and len(words) == 17 else NOISE


def ntp(words: bytes) -> bytes:
    """Answer a client with a server's mode."""
    return b"\x24" + words[1:] if words[:1] == b"\x23" else NOISE


@pytest.mark.parametrize(
    ("answer", "name", "sensitive"),
    [(memcached, "memcached", True), (dns, "DNS", False), (ntp, "NTP", False)],
)
def test_ask_over_udp(answer: Callable[[bytes], bytes], name: str, *, sensitive: bool) -> None:
    """By the answer to each protocol's own question."""
    with servers.datagrams(answer) as port:
        found = udp.ask("127.0.0.1", port)

    assert (str(found), bool(found.sensitive)) == (name, sensitive)


def test_echo_and_nobody_over_udp(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who repeats what it is told knows no protocol; who is silent, or not there, says nothing."""
    for address in ("127.0.0.1", "::1"):
        with servers.datagrams(lambda words: b"you say: " + words, address) as port:
            found = udp.ask(address, port)
        assert (found.protocols, found.silent) == ((), False)
        assert found.said.startswith("b'you say: ")
        assert found.said in {
            repr((b"you say: " + words)[:24]) for _protocol, words, _answer in udp.QUESTIONS
        }
    assert udp.ask("127.0.0.1", port) == Found(silent=True)
    monkeypatch.setattr(udp, "DEADLINE", 0.1)
    with servers.datagrams(lambda _words: b"") as port:
        assert udp.ask("127.0.0.1", port) == Found(silent=True)


def test_last_second_over_udp(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer counts to the end of the time."""
    monkeypatch.setattr(udp, "DEADLINE", 1)
    with servers.datagrams(ntp) as port:
        assert str(udp.ask("127.0.0.1", port)) == "NTP"
