"""Which protocol answers behind TLS, against servers of our own."""

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from tests.unit.probes.protocols import servers

from stackproof.probes.protocols import identify
from stackproof.probes.protocols.model import Found

pytestmark = pytest.mark.usefixtures("patient")


@pytest.mark.parametrize(("handler", "name"), [(servers.redis, "Redis"), (servers.greeter, "SSH")])
def test_ask_through_tls(certificate: Path, handler: servers.Handler, name: str) -> None:
    """What is encrypted is asked all the same."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def encrypted(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            handler(secured)

    with servers.serving(encrypted) as port:
        assert str(identify.ask("127.0.0.1", port, 443)) == name


def test_ask_through_tls_with_no_answer_in_it(certificate: Path) -> None:
    """What was said in it is told, and whether anything was."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def encrypted(connection: socket.socket, said: bytes) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1024)
            secured.sendall(said)

    for said, told in ((b"", "TLS, then closed the connection"), (b"what?\n", "b'what?\\n'")):
        with servers.serving(partial(encrypted, said=said)) as port:
            found = identify.ask("127.0.0.1", port, 443, ["shop.example"])

        assert (found.protocols, found.said, found.silent) == ((), told, not said)


@pytest.mark.parametrize(("number", "name"), [(8009, "AJP"), (443, "Redis")])
def test_ask_through_tls_in_the_usual_protocol_of_a_number_first(
    certificate: Path, number: int, name: str
) -> None:
    """As without it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def encrypted(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            while said := servers.both(secured.recv(1024)):
                secured.sendall(said)

    with servers.serving(encrypted) as port:
        assert str(identify.ask("127.0.0.1", port, number)) == name


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\nThe plain HTTP request was sent to HTTPS port",  # nginx
        b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",  # Go
        b"HTTP/1.1 400 Bad Request\r\n\r\nYou're speaking plain HTTP to an SSL-enabled server port.",  # httpd
        b"HTTP/1.1 400\r\n\r\nBad Request\r\nThis combination of host and port requires TLS.\r\n",  # Tomcat
        b"\x15\x03\x01\x00\x02\x02\x46",  # an alert, RFC 8446, 6: protocol_version
    ],
)
def test_who_asks_for_tls_is_asked_through_it(certificate: Path, said: bytes) -> None:
    """Whatever it says to those who speak without."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def encrypted(connection: socket.socket) -> None:
        if connection.recv(1, socket.MSG_PEEK) != b"\x16":
            connection.recv(1024)
            connection.sendall(said)
            return
        with context.wrap_socket(connection, server_side=True) as secured:
            servers.redis(secured)

    with servers.serving(encrypted) as port:
        assert str(identify.ask("127.0.0.1", port, 443)) == "Redis"


CERTIFICATE = "TLS that wants a client's certificate"


def test_ask_who_wants_a_certificate(certificate: Path) -> None:
    """It lets in nobody without; since TLS 1.3 it says so after the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.load_verify_locations(certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = ssl.TLSVersion.TLSv1_3

    def guarded(connection: socket.socket) -> None:
        secured = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with suppress(ssl.SSLError):
            secured.do_handshake()
        with socket.socket(fileno=secured.detach()) as left:  # unread bytes would take the alert with them
            while left.recv(1024):
                pass

    with servers.serving(guarded) as port:
        found = identify.ask("127.0.0.1", port, 443, ["shop.example"])

    assert (str(found), found.sensitive, found.silent, found.late) == (CERTIFICATE, (), False, ())


@pytest.mark.parametrize("alert", [42, 116])  # RFC 8446, 6: bad_certificate, certificate_required
def test_ask_who_wants_a_certificate_in_the_handshake(
    instantly: Callable[[servers.Answer], None], alert: int
) -> None:
    """As servers of TLS 1.2 do."""
    said = b"\x15\x03\x03\x00\x02\x02" + bytes([alert])
    instantly(lambda words: said if words.startswith(b"\x16\x03") else b"")

    assert identify.ask("127.0.0.1", 1, 443) == Found(protocols=(identify.TLS,))


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
            servers.redis(secured)

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
                servers.redis(secured)

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
