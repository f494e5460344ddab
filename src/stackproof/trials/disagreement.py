"""Why a health check fails of a service that answers: it asks somewhere else than where the service is."""

import re
import secrets
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address

from stackproof.engine import engine
from stackproof.errors import CommandError, Unknown
from stackproof.facts.model import Socket
from stackproof.sandbox.container import Container
from stackproof.stack.asked import Asked, asked
from stackproof.stack.health_command import not_run
from stackproof.trials.asking import Check
from stackproof.trials.reading import texts_of

WAIT = 2  # seconds for one answer
MOST = 12  # questions
_OF_NAME = {
    "localhost": ("::1", "127.0.0.1")
}  # in the order of hosts files, which is that of musl and BusyBox
_OWN = ("127.0.0.1", "::1", "0.0.0.0", "::")  # noqa: S104 - as check authors write it
_TLS = ("\x16\x03", "\x15\x03")  # a handshake, an alert (RFC 8446, 5.1)
# Clients that go on to the next address of a name when one refuses.
_TRIES_BOTH = re.compile(r"\b(?:curl|python\d*)\b")
_STATUS = re.compile(r"HTTP/\d(?:\.\d)? (\d{3})")
_GOOD = range(200, 400)
# Each question: a mark, then what came back. From the container's own network, loopback included.
_SCRIPT = f"""
mark=$1
shift
while [ $# -gt 0 ]; do
  printf '\\n%s %s\\n' "$mark" "$1"
  printf '%b' "$4" | nc -w {WAIT} "$2" "$3" 2>/dev/null | head -c 600
  shift 4
done
"""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One request: to an address, for a path, by a name."""

    address: str
    port: int
    path: str = "/"
    host: str = "localhost"
    tls: bool = False

    @property
    def request(self) -> str:
        """What is sent, as printf(1) reads it."""
        if self.tls:
            sent = _client_hello()
        else:
            sent = f"GET {self.path} HTTP/1.0\r\nHost: {self.host}\r\nConnection: close\r\n\r\n".encode()
        return "".join(f"\\0{byte:03o}" for byte in sent)

    @property
    def place(self) -> str:
        """Address and port."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@cache
def _client_hello() -> bytes:
    """Return how a client begins to speak TLS."""
    context = ssl.create_default_context()
    out = ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), out, server_hostname="localhost").do_handshake()
    return out.read()


def disagreement(container: Container) -> str:
    """Say where a service answers that its failing health check does not find; empty when it does not.

    Only looks; what cannot be looked at gives no words.
    """
    failing = container.health_log and container.health_log[-1].get("ExitCode")
    # Nothing is started beside a project that is not ours; a check without its program asks nobody.
    if not failing or not container.own or not_run(container.health_log):
        return ""
    try:
        check = Check.of(container)
        variables = dict(word.partition("=")[::2] for word in container.data["Config"].get("Env") or ())
        texts = texts_of(container, check)
        both = any(_TRIES_BOTH.search(text) for text in texts)
        places = [one for one in asked(texts, variables) if _is_own(one, container)]
        listening = container.probe().serving
        for one in places:
            questions = list(_questions(one, listening, container.service))[:MOST]
            answers = _answers(container, questions)
            if words := told(one, listening, answers, container.service, both=both):
                return words
    except (CommandError, Unknown):
        return ""
    return ""


def _is_own(one: Asked, container: Container) -> bool:
    names = {*_OWN, *_OF_NAME, container.service, str(container.data["Config"].get("Hostname"))}
    return one.host in names or one.host in container.addresses()


def _addresses(one: Asked) -> tuple[str, ...]:
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what the kernel makes of it
    return _OF_NAME.get(one.host) or ((own.get(one.host, one.host),) if one.host in _OWN else ("127.0.0.1",))


def _questions(one: Asked, listening: Sequence[Socket], service: str) -> Iterator[Question]:
    for address in ("127.0.0.1", "::1"):
        yield Question(address=address, port=one.port, path=one.path)
    here = "127.0.0.1" if "127.0.0.1" in _addresses(one) else _addresses(one)[0]
    yield Question(address=here, port=one.port)
    yield Question(address=here, port=one.port, path=one.path, host=service)
    yield Question(address=here, port=one.port, tls=True)
    for port in sorted({socket.port for socket in listening if socket.protocol == "tcp"} - {one.port}):
        yield Question(address=here, port=port, path=one.path)


def _answers(container: Container, questions: Sequence[Question]) -> dict[Question, str]:
    mark = f"@@{secrets.token_hex(8)}"
    words: list[str] = []
    for number, question in enumerate(questions):
        words += [str(number), question.address, str(question.port), question.request]
    said = engine.helper(
        ["sh", "-c", _SCRIPT, "ask", mark, *words],
        own=dict(container.own),
        network=f"container:{container.id}",
    )
    parts = (part.partition("\n") for part in said.split(f"\n{mark} ")[1:])
    return {questions[int(number)]: answer for number, _, answer in parts}


def told(
    one: Asked,
    listening: Sequence[Socket],
    answers: Mapping[Question, str],
    service: str,
    *,
    both: bool = False,
) -> str:
    """Say what the answers tell of a check that fails. Pure.

    `both` is whether its program tries all addresses of a name.
    """
    at = {
        q.address: a
        for q, a in answers.items()
        if (q.port, q.path, q.host, q.tls) == (one.port, one.path, "localhost", False)
    }
    return (
        ("" if both and one.host in _OF_NAME else _family(one, at, listening))
        or _scheme(one, at, answers)
        or _elsewhere(one, listening, answers)
        or _page(one, at, answers, service)
    )


def _family(one: Asked, at: Mapping[str, str], listening: Sequence[Socket]) -> str:
    """Answers over IPv4 and is asked over IPv6, or the other way round."""
    first = _addresses(one)[0]
    other = next(iter({"127.0.0.1", "::1"} - {first}))
    found = _STATUS.match(at.get(other, ""))
    wrong = found is not None and int(found[1]) not in _GOOD
    heard = [s for s in listening if s.port == one.port and s.protocol == "tcp"]
    listens = not one.scheme and _hears(heard, other) and not _hears(heard, first)
    if wrong or at.get(first) or not (at.get(other) or listens):
        return ""
    as_name = f" ({one.host})" if one.host != first else ""
    return f"the service answers on {other}:{one.port} while the check asks {first}{as_name}"


def _hears(listening: Sequence[Socket], address: str) -> bool:
    """Whether sockets may take what comes to an address: one of `::` takes IPv4, too, unless told not to."""
    asked_at = ip_address(address)
    return any(
        s.address == asked_at or (s.address.is_unspecified and s.address.version >= asked_at.version)
        for s in listening
    )


def _scheme(one: Asked, at: Mapping[str, str], answers: Mapping[Question, str]) -> str:
    """Speaks TLS and is asked in clear, or the other way round."""
    status = any(_STATUS.match(answer) for answer in at.values())
    tls = any(q.tls and q.port == one.port and answer.startswith(_TLS) for q, answer in answers.items())
    if one.scheme == "https" and status and not tls:
        return f"the service speaks http on port {one.port} while the check asks {one}"
    if one.scheme == "http" and tls:
        return f"the service speaks https on port {one.port} while the check asks {one}"
    return ""


def _elsewhere(one: Asked, listening: Sequence[Socket], answers: Mapping[Question, str]) -> str:
    """Nobody listens where the check asks."""
    ports = sorted({socket.port for socket in listening if socket.protocol == "tcp"})
    if one.port in ports or not ports:
        return ""
    answering = [q.place for q, answer in answers.items() if answer and q.port != one.port]
    where = f"answers on {answering[0]}" if answering else f"listens on {', '.join(map(str, ports))}"
    return f"the service {where} while the check asks port {one.port}, where nobody listens"


def _page(one: Asked, at: Mapping[str, str], answers: Mapping[Question, str], service: str) -> str:
    """Answers, and not what the check wants: for another path, or by another name."""
    status = next((int(found[1]) for answer in at.values() if (found := _STATUS.match(answer))), 0)
    if not status or status in _GOOD:
        return ""
    asks = f"the service answers {status} to {one}, which the check asks"
    good = [q for q, a in answers.items() if (found := _STATUS.match(a)) and int(found[1]) in _GOOD]
    if any((q.host, q.path, q.port) == (service, one.path, one.port) for q in good):
        return f"{asks}, and is well by the name {service} (Host header)"
    if any((q.path, q.port) == ("/", one.port) for q in good):
        return f"{asks}, and is well at /"
    if others := [q.place for q in good if q.port != one.port]:
        return f"{asks}, and is well on {others[0]}"
    return asks
