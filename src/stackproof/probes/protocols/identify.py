"""Ask a TCP port what it speaks: a web request first, whose answer tells most servers apart."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from stackproof.probes.logins.stream import SilentError, Stream, straight
from stackproof.probes.logins.tls import CertificateWantedError, TlsStream
from stackproof.probes.protocols import banners, hellos, web
from stackproof.probes.protocols.hellos import Hello
from stackproof.probes.protocols.model import DEADLINE, Connect, Found, Protocol

AT_ONCE = 16  # connections
HTTP, TLS = Protocol(name="HTTP"), Protocol(name="TLS that wants a client's certificate")
# Without a host, which Redis takes for an attack and logs.
_GET = b"GET / HTTP/1.0\r\n\r\n"
_HTTP = b"HTTP/"
# What an HTTPS server says to who speaks without TLS, in its own words or in an alert.
_WANTS_TLS = (b"plain HTTP request was sent to HTTPS port", b"HTTP request to an HTTPS server",
              b"speaking plain HTTP to an SSL-enabled", b"requires TLS", b"\x15\x03")  # fmt: skip


def ask(address: str, port: int, number: int) -> Found:
    """Return what a port speaks; `number` is the one that the server itself listens on, a mere hint."""
    connect = partial(straight, address, port, DEADLINE)
    said, why = first_words(connect)
    if said.startswith(_GET[:14]):
        return Found(said="repeats what it is told")
    if protocol := banners.known(said):
        return Found(protocols=(protocol,), said=repr(said[:24]))
    if said.startswith(_HTTP) and not any(words in said for words in _WANTS_TLS):
        return _web(connect)
    wants_tls = not said or any(words in said for words in _WANTS_TLS)
    if wants_tls and (found := _encrypted(connect, number)):
        return found
    if protocol := _hello(connect, number):
        return Found(protocols=(protocol,))
    return Found(said=repr(said[:24]) if said else why)


def first_words(connect: Connect) -> tuple[bytes, str]:
    """Return what a server says unasked or to a web request, or how it kept silent."""
    said = b""
    try:
        with connect() as stream:
            stream.send(_GET)
            while not _enough(said) and (more := stream.receive()):
                said += more
    except SilentError as error:
        return said, str(error)
    return said, "closed the connection without a word"


def _enough(said: bytes) -> bool:
    return len(said) >= hellos.ENOUGH or said.startswith(_GET[:14]) or banners.known(said) is not None


def _web(connect: Connect) -> Found:
    answers = web.fetch(connect, "/")
    first = next((answer.said for answer in answers.values()), "HTTP")
    return Found(protocols=(HTTP, *web.known(connect, answers)), said=first)


def _encrypted(connect: Connect, number: int) -> Found | None:
    """Ask through TLS; None where there is none."""

    @contextmanager
    def secured() -> Iterator[Stream]:
        with connect() as stream:
            try:
                yield TlsStream(stream)
            except CertificateWantedError:
                msg = TLS.name
                raise SilentError(msg) from None

    try:
        with secured():
            pass
    except SilentError as error:
        return Found(protocols=(TLS,)) if str(error) == TLS.name else None
    said, why = first_words(secured)
    if protocol := banners.known(said):
        return Found(protocols=(protocol,), said=repr(said[:24]))
    if said.startswith(_HTTP):
        return _web(secured)
    protocol = _hello(secured, number)
    return Found(
        protocols=(protocol,) if protocol else (), said=repr(said[:24]) if said else f"TLS, then {why}"
    )


def _hello(connect: Connect, number: int) -> Protocol | None:
    """Return the protocol in which a server answers, the usual one of its number first."""
    order = hellos.ordered(number)
    usual = [hello for hello in order if hello.number == number]
    for some in (usual, [hello for hello in order if hello not in usual]):
        pool = ThreadPoolExecutor(AT_ONCE)
        try:
            answers = pool.map(partial(_speaks, connect), some)
            if found := next((hello for hello, yes in zip(some, answers, strict=True) if yes), None):
                return found.protocol
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    return None


def _speaks(connect: Connect, hello: Hello) -> bool:
    try:
        with connect() as stream:
            return hello.speaks(stream)
    except SilentError:
        return False
