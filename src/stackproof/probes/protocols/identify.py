"""Ask a TCP port what it speaks: a web request first, whose answer tells most servers apart."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from stackproof.engine import steps
from stackproof.probes.logins.stream import LateError, SilentError, Stream, straight
from stackproof.probes.logins.tls import CertificateWantedError, RefusedError, TlsStream
from stackproof.probes.protocols import banners, guests, hellos, web
from stackproof.probes.protocols.hellos import Hello
from stackproof.probes.protocols.model import DEADLINE, Connect, Found, Protocol
from stackproof.probes.protocols.web import Heard, Pages

AT_ONCE = 16  # connections
HTTP, TLS = Protocol(name="HTTP"), Protocol(name="TLS that wants a client's certificate")
# Without a host, which Redis takes for an attack and logs.
_GET = b"GET / HTTP/1.0\r\n\r\n"
_HTTP = b"HTTP/"
SCAN = 30.0  # seconds after which no further site of a web server is asked
# What an HTTPS server says to who speaks without TLS, in its own words or in an alert.
_WANTS_TLS = (b"plain HTTP request was sent to HTTPS port", b"HTTP request to an HTTPS server",
              b"speaking plain HTTP to an SSL-enabled", b"requires TLS", b"\x15\x03")  # fmt: skip


def ask(address: str, port: int, number: int, hosts: Sequence[str] = ()) -> Found:
    """Return what a port speaks; `number` is the one that the server itself listens on, a mere hint.

    A web server is asked by the names in `hosts`, too: a proxy has different sites for each.
    """
    with steps.step(f"ask {address} port {port} which protocol it speaks", "from this host") as asked:
        found = _asked(partial(straight, address, port), number, hosts)
        asked.gave(str(found))
    return found


def _asked(connect: Connect, number: int, hosts: Sequence[str]) -> Found:
    said, why = first_words(connect)
    if found := _known(connect, said, hosts):
        return found
    wants_tls = not said or any(words in said for words in _WANTS_TLS)
    if wants_tls and (found := _encrypted(connect, number, hosts)):
        return found
    return _otherwise(connect, said, why, number, hosts)


def first_words(connect: Connect) -> tuple[bytes, str]:
    """Return what a server says unasked or to a web request, or how it kept silent."""
    said = b""
    try:
        with connect(DEADLINE) as stream:
            stream.send(_GET)
            while not _enough(said) and (more := stream.receive()):
                said += more
    except SilentError as error:
        return said, str(error)
    return said, "closed the connection without a word"


def _enough(said: bytes) -> bool:
    return len(said) >= hellos.ENOUGH or said.startswith(_GET[:14]) or banners.known(said) is not None


def _known(connect: Connect, said: bytes, hosts: Sequence[str]) -> Found | None:
    """Return what the first words tell; None where they tell nothing."""
    if said.startswith(_GET[:14]):
        return Found(said="repeats what it is told")
    if protocol := banners.known(said):
        return Found(protocols=(guests.opened(connect, protocol),))
    if said.startswith(_HTTP) and not any(words in said for words in _WANTS_TLS):
        return _web(connect, (web.HOST, *hosts))
    return None


def _web(connect: Connect, hosts: Sequence[str], fronts: Mapping[str, Pages] | None = None) -> Found:
    """Ask a web server by this machine's name, the first, and its sites'; `fronts` are its answers to `/`.

    What a site has is not seen where a gateway alone answers for it, and otherwise than to strangers.
    """
    until = time.monotonic() + SCAN
    first = dict(fronts or {})
    heard: dict[str, Heard] = {}
    late: list[str] = []
    for host in dict.fromkeys(hosts):
        if time.monotonic() > until:
            late.append(f"{host} was not asked within {SCAN:g} s")
            continue
        # Many at once may have been too much; a stranger who was left without an answer gets none again.
        if host not in (fronts or {}) or (first[host].late and host != web.HOST):
            first[host] = web.fetch(connect, "/", host)
        heard[host] = web.known(connect, first[host], host, until)
        late += heard[host].late
        if heard[host].starting and _status(first[host]) != _status(first[web.HOST]):
            late.append(f"{host} answers {_status(first[host])}: who is behind it was not heard")
    answers = (answer for pages in first.values() for answer in pages.answers.values())
    return Found(
        protocols=(HTTP, *web.worst_first(one for found in heard.values() for one in found.protocols)),
        starting=any(answer.status in web.STARTING for answer in answers),
        late=tuple(late),
    )


def _status(pages: Pages) -> int | None:
    """Return the status of the last answer."""
    answers = list(pages.answers.values())
    return answers[-1].status if answers else None


def _otherwise(connect: Connect, said: bytes, why: str, number: int, hosts: Sequence[str]) -> Found:
    """Ask who did not say what it is in all protocols, and for a page of each site with more patience."""
    if protocol := _hello(connect, number):
        return Found(protocols=(protocol,))
    fronts = {} if said else _fronts(connect, (web.HOST, *hosts))
    if any(pages.answers for pages in fronts.values()):
        return _web(connect, list(fronts), fronts)
    return Found(said=repr(said[:24]) if said else why, silent=not said)


def _fronts(connect: Connect, hosts: Sequence[str]) -> dict[str, Pages]:
    """Return how a web server answers by each name."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(hosts, pool.map(partial(web.fetch, connect, "/"), hosts), strict=True))


def _encrypted(connect: Connect, number: int, hosts: Sequence[str]) -> Found | None:
    """Ask through TLS; None where there is none. Who refuses may know a site; who says nothing is left.

    A server that refuses all names that we know of has sites of others: what they are is not heard.
    """
    refused = ""
    for name in (None, *hosts):
        secured = partial(_secured, connect, name)
        try:
            with secured(DEADLINE):
                break
        except LateError:
            return None
        except RefusedError as error:
            refused = str(error)
        except ValueError:  # no name that TLS can send, such as one with a label of 64 letters
            continue
        except SilentError as error:
            if str(error) == TLS.name:
                return Found(protocols=(TLS,))
    else:
        return Found(said=refused, late=(f"it {refused} for each name of the stack's",)) if refused else None
    said, why = first_words(secured)
    if why == TLS.name:  # since TLS 1.3 it is said after the handshake
        return Found(protocols=(TLS,))
    return _known(secured, said, hosts) or _otherwise(secured, said, f"TLS, then {why}", number, hosts)


@contextmanager
def _secured(connect: Connect, name: str | None, deadline: float) -> Iterator[Stream]:
    """Open a stream through TLS, to the site of a name where the server has several."""
    with connect(deadline) as stream:
        try:
            yield TlsStream(stream, name)
        except CertificateWantedError:
            msg = TLS.name
            raise SilentError(msg) from None


def _hello(connect: Connect, number: int) -> Protocol | None:
    """Return the protocol in which a server answers, the usual one of its number first."""
    usual = [hello for hello in hellos.HELLOS if hello.number == number]
    for some in (usual, [hello for hello in hellos.HELLOS if hello not in usual]):
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
        with connect(DEADLINE) as stream:
            return hello.speaks(stream)
    except SilentError:
        return False
