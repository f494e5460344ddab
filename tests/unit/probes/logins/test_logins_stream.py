"""Bytes that come in pieces, late, not at all, or encrypted."""

import re
import socket
import ssl
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.unit.probes.logins.script import Script

from stackproof.probes.logins import stream as streams
from stackproof.probes.logins.model import Account, Login, Reply, Verdict, accounts, let_in, other
from stackproof.probes.logins.postgres import POSTGRES
from stackproof.probes.logins.stream import (
    ClosedError,
    LateError,
    PipeStream,
    Reader,
    SilentError,
    Stream,
    straight,
)
from stackproof.probes.logins.tls import CertificateWantedError, RefusedError, TlsStream, over_tls

Handler = Callable[[socket.socket], None]


@contextmanager
def serving(handler: Handler) -> Iterator[int]:
    """Serve one connection on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _peer = server.accept()
            with connection:
                handler(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield int(server.getsockname()[1])
        thread.join(10)


def test_reader_joins_pieces() -> None:
    """And keeps what is too much for the next question."""
    reader = Reader(Script(b"a", b"bc\r", b"\nd", b"ef", b"gh"))

    assert (reader.exactly(2), reader.line(), reader.exactly(1), reader.rest()) == (
        b"ab",
        b"c",
        b"d",
        b"efgh",
    )


def test_lines() -> None:
    """An empty one is one, too, and all but its end is a part of it."""
    reader = Reader(Script(b"\na \r\n\r\nX\n"))

    assert [reader.line() for _ in range(4)] == [b"", b"a ", b"", b"X"]


@pytest.mark.parametrize(("within", "seconds"), [(None, 9), (2.5, 3), (2.0, 2), (0.5, 1)])
def test_rest_of_an_answer_that_does_not_end(
    monkeypatch: pytest.MonkeyPatch, within: float | None, seconds: int
) -> None:
    """What comes once a second is read until the time is up."""
    now = [0.0]
    monkeypatch.setattr(streams, "time", SimpleNamespace(monotonic=lambda: now[0]))

    class Slow(Script):
        def receive(self) -> bytes:
            now[0] += 1.0
            return super().receive()

    assert Reader(Slow(*[b"."] * 9)).rest(within) == b"." * seconds


@pytest.mark.parametrize("ask", [Reader.line, Reader.rest, lambda reader: reader.exactly(3)])
def test_reader_at_the_end(ask: Callable[[Reader], bytes]) -> None:
    """An end is no answer."""
    with pytest.raises(SilentError, match=r"^closed the connection without a word$"):
        ask(Reader(Script()))


def test_reader_takes_no_endless_answer() -> None:
    """Neither one that is announced nor one that goes on."""
    with pytest.raises(SilentError, match="announced"):
        Reader(Script(b"x")).exactly(1 << 30)
    with pytest.raises(SilentError, match="does not end"):
        Reader(Script(*[bytes(streams.LARGEST)] * 4)).line()


def test_reader_takes_the_largest_answer() -> None:
    """And no more than that."""
    large = streams.LARGEST

    assert len(Reader(Script(bytes(large))).exactly(large)) == large
    with pytest.raises(SilentError, match=rf"^announced an answer of {large + 1} bytes$"):
        Reader(Script(bytes(large + 1))).exactly(large + 1)
    assert len(Reader(Script(bytes(large), b"more")).rest()) == large
    with pytest.raises(ClosedError, match=r"^closed the connection$"):
        Reader(Script(bytes(large), bytes(large))).line()
    with pytest.raises(SilentError, match=rf"^does not end its answer of more than {large} bytes$"):
        Reader(Script(bytes(large), bytes(large), b"x")).line()


def test_straight_to_a_server() -> None:
    """Both ways."""
    with (
        serving(lambda connection: connection.sendall(connection.recv(9)[::-1])) as port,
        straight("127.0.0.1", port) as stream,
    ):
        stream.send(b"abc")
        assert stream.receive() == b"cba"
        assert stream.receive() == b""


def test_straight_to_nobody() -> None:
    """The words are the system's."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(SilentError, match="refused"), straight("127.0.0.1", port):
        pass


def test_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that says nothing is not waited for."""
    monkeypatch.setattr(streams, "DEADLINE", 0.2)
    ended = threading.Event()

    def silent(_connection: socket.socket) -> None:
        ended.wait(10)

    with serving(silent) as port:
        with straight("127.0.0.1", port) as stream, pytest.raises(SilentError, match="no answer"):
            stream.receive()
        ended.set()


def test_deadline_of_a_question() -> None:
    """It goes for the connection and for each answer; the words have it."""
    with serving(lambda connection: connection.recv(9)) as port:  # type: ignore[arg-type]
        with straight("127.0.0.1", port, 0.2) as stream, pytest.raises(LateError) as late:
            stream.receive()
        assert str(late.value) == "gave no answer within 0.2 s"

    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, ExitStack() as waiting:
        address, port = server.getsockname()
        for one in [waiting.enter_context(socket.socket()) for _ in range(4)]:
            one.settimeout(0)
            one.connect_ex((address, port))  # nobody accepts them: the queue is full
        with (
            pytest.raises(LateError, match=r"^cannot be reached: timed out$"),
            straight(address, port, 0.2),
        ):
            pass


def test_server_that_resets_the_connection() -> None:
    """It is there, and does not want to answer; what is sent then nobody takes."""

    def reset(connection: socket.socket) -> None:
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with serving(reset) as port, straight("127.0.0.1", port) as stream:
        stream.send(b"abc")
        with pytest.raises(ClosedError, match=r"^cannot be reached: Connection reset by peer$"):
            stream.receive()
        with pytest.raises(SilentError, match=r"^cannot be reached: Broken pipe$"):
            stream.send(b"abc")


def test_connection_that_is_closed_on_this_side() -> None:
    """Whatever else the system says is said with its words."""
    with serving(lambda _connection: None) as port, straight("127.0.0.1", port) as stream:
        stream._connection.close()  # type: ignore[attr-defined]  # noqa: SLF001
        with pytest.raises(SilentError, match=r"^cannot be reached: Bad file descriptor$"):
            stream.receive()


def test_pipe_to_a_program_that_has_ended() -> None:
    """Nobody takes what is sent."""
    pipe = subprocess.PIPE
    with subprocess.Popen(["true"], stdin=pipe, stdout=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.wait()
        with pytest.raises(SilentError, match=r"^cannot be reached: Broken pipe$"):
            PipeStream(process.stdin, process.stdout).send(b"abc")
        with suppress(OSError):  # what was not sent is sent once more
            process.stdin.close()


def test_accounts() -> None:
    """Of names and passwords; one without a name has a word of its own."""
    assert accounts(("a", "b"), ("", "")) == (Account(name="a", password="b"), Account(name="", password=""))  # noqa: S106 - of nobody
    assert [str(one) for one in accounts(("a", "b"), ("", "c"))] == ["a", "(no name)"]


def test_words_of_another_protocol() -> None:
    """Their beginning is enough."""
    assert other(b"-" * 30) == Reply(verdict=Verdict.OTHER, said=f"answers b'{'-' * 24}'")


PROGRAM = "import sys; sys.stdout.write(sys.stdin.readline()[::-1]); sys.stdout.flush(); sys.stdin.read()"


def test_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program carries bytes; one that is silent is not waited for, and its end is an end."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdin=pipe, stdout=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        stream = PipeStream(process.stdin, process.stdout)
        monkeypatch.setattr(streams, "DEADLINE", 10.0)
        stream.send(b"abc\n")
        assert stream.receive() == b"\ncba"
        monkeypatch.setattr(streams, "DEADLINE", 0.2)
        with pytest.raises(SilentError, match="no answer"):
            stream.receive()
        monkeypatch.setattr(streams, "DEADLINE", 10.0)
        process.stdin.close()
        assert stream.receive() == b""


def _secured(certificate: Path, *, wants: bool = False, first: bytes = b"") -> Handler:
    """Return a server that turns a line around over TLS, after it agreed to `first`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    if wants:
        context.load_verify_locations(certificate)
        context.verify_mode = ssl.CERT_REQUIRED

    def handle(connection: socket.socket) -> None:
        if first:
            assert connection.recv(64) == first
            connection.sendall(b"S")
        try:
            with context.wrap_socket(connection, server_side=True) as secure:
                secure.sendall(secure.recv(64)[::-1])
        except ssl.SSLError:
            assert wants

    return handle


def _turn(stream: Stream, _account: Account | None) -> Reply:
    stream.send(b"abc\n")
    return let_in(Reader(stream).exactly(4).decode())


def _hear(stream: Stream, _account: Account | None) -> Reply:
    """Send nothing: a server that hangs up on unread bytes resets the connection, its alert included."""
    return let_in(Reader(stream).exactly(4).decode())


TURN = Login(protocol="turning", ports=(1,), ask=_turn)


def test_tls(certificate: Path) -> None:
    """Whose certificate it is does not matter: no secret of anybody's is behind it."""
    with serving(_secured(certificate)) as port, straight("127.0.0.1", port) as stream:
        reply = over_tls(TURN).reply(stream, None)

    assert (reply.verdict, reply.said) == (Verdict.LET_IN, "\ncba")


def test_tls_with_a_certificate_of_the_client(certificate: Path) -> None:
    """Who has none is refused."""
    with serving(_secured(certificate, wants=True)) as port, straight("127.0.0.1", port) as stream:
        reply = over_tls(Login(protocol="hearing", ports=(1,), ask=_hear)).reply(stream, None)

    assert (reply.verdict, reply.said) == (Verdict.REFUSED, "lets in nobody without a client's certificate")


def test_tls_with_a_server_that_has_none() -> None:
    """That says nothing."""
    reply = over_tls(TURN).reply(Script(b"hello, what is this?\r\n"), None)

    assert reply.verdict is Verdict.UNCLEAR
    assert re.fullmatch(r"does not speak TLS \([A-Z_]+\)", reply.said)
    assert over_tls(TURN).reply(Script(), None).verdict is Verdict.UNCLEAR


@pytest.mark.parametrize("told", [True, False])
def test_tls_with_a_server_that_hangs_up(certificate: Path, *, told: bool) -> None:
    """After the handshake it is there and does not want to answer, whether it takes leave or not."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def hang_up(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(64)
            if told:
                with suppress(OSError):
                    secure.unwrap()

    with serving(hang_up) as port, straight("127.0.0.1", port) as stream:
        secured = TlsStream(stream)
        secured.send(b"hello")
        with pytest.raises(ClosedError, match="closed the connection"):
            Reader(secured).more()


@pytest.mark.parametrize(
    ("alert", "raises", "words"),
    [
        (42, CertificateWantedError, "^$"),  # bad_certificate, RFC 8446, 6
        (116, CertificateWantedError, "^$"),  # certificate_required
        (40, RefusedError, r"^refuses TLS \(.*HANDSHAKE_FAILURE\)$"),
        (112, RefusedError, r"^refuses TLS \(.*UNRECOGNIZED_NAME\)$"),
    ],
)
def test_tls_with_a_server_that_sends_an_alert(alert: int, raises: type[Exception], words: str) -> None:
    """It may want a certificate, or refuse for another reason: this name, this version."""
    with pytest.raises(raises, match=words):
        TlsStream(Script(b"\x15\x03\x03\x00\x02\x02" + bytes([alert])))


def test_tls_with_a_server_that_hangs_up_at_once() -> None:
    """Before the handshake is done nobody knows what it is."""
    with pytest.raises(SilentError) as ended:
        TlsStream(Script())

    assert ended.type is SilentError


UNENCRYPTED = b"SFATAL\0C28000\0Mpg_hba.conf rejects connection for host, no encryption\0\0"
REJECTED = b"E" + (len(UNENCRYPTED) + 4).to_bytes(4, "big") + UNENCRYPTED


def test_postgres_that_has_no_tls() -> None:
    """Its refusal of who does not encrypt is final then; any other answer is what it is."""
    tls = over_tls(POSTGRES)
    starting = b"SFATAL\0C57P03\0Mstarting\0\0"
    busy = b"E" + (len(starting) + 4).to_bytes(4, "big") + starting

    assert POSTGRES.reply(Script(REJECTED), None).verdict is Verdict.UNCLEAR
    assert tls.reply(Script(b"N", REJECTED), None).verdict is Verdict.REFUSED
    assert tls.reply(Script(b"N", busy), None).verdict is Verdict.UNCLEAR


def test_account_over_tls(certificate: Path) -> None:
    """It is the same one, whether the protocol begins without TLS or not."""
    own = Account(name="app", password="secret")  # noqa: S106 - of nobody
    login = replace(TURN, ask=lambda _stream, account: let_in(str(account)))
    begins_without = replace(TURN, encrypted=login.ask)

    with serving(_secured(certificate)) as port, straight("127.0.0.1", port) as stream:
        assert over_tls(login).reply(stream, own) == let_in("app")
    assert over_tls(begins_without).reply(Script(), own) == let_in("app")
    assert over_tls(login).protocol == "turning over TLS"


def test_postgres_over_tls(certificate: Path) -> None:
    """It agrees first, in its own protocol."""
    request = bytes.fromhex("0000000804d2162f")
    handler = _secured(certificate, first=request)
    with serving(handler) as port, straight("127.0.0.1", port) as stream:
        reply = over_tls(POSTGRES).reply(stream, None)

    assert reply.verdict is Verdict.OTHER  # our server only turns words around
