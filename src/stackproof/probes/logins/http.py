"""Datastores that are asked over HTTP: one documented request each, without and with a credential."""

import base64
import http.client
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from stackproof.probes.logins.model import Account, Reply, Verdict, let_in, refused, unclear
from stackproof.probes.logins.stream import Reader, SilentError, Stream

OK, UNAUTHORIZED, FORBIDDEN = 200, 401, 403
HOST = "stackproof"
ENOUGH = 10.0  # seconds of an answer of which the beginning tells


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is sent."""

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    host: str = HOST


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def said(self) -> str:
        """The status with the beginning of the body."""
        start = " ".join(self.body[:200].decode(errors="replace").split())
        return f"{self.status} {start[:80]}".strip()


class _Answered:
    """As much of a socket as the standard library's response reads."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._data)


def exchange(stream: Stream, request: Request, *, enough: float | None = None) -> Answer:
    """Send a request and read the answer to its end, or as much of it as came within `enough` seconds.

    Raises ValueError for what is no HTTP, and for a part where the whole is asked for; SilentError for half
    of its head.
    """
    lines = [f"{request.method} {request.path} HTTP/1.1", f"Host: {request.host}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    if request.body or request.method in ("POST", "PUT"):
        lines.append(f"Content-Length: {len(request.body)}")
    stream.send("\r\n".join([*lines, "", ""]).encode() + request.body)
    data = Reader(stream).rest(enough)
    if data.startswith(b"HTTP/") and b"\r\n\r\n" not in data:
        msg = "closed the connection within its answer"
        raise SilentError(msg)
    response = http.client.HTTPResponse(_Answered(data))  # type: ignore[arg-type]  # it calls makefile only
    try:
        response.begin()
        body = _body(response, data, whole=enough is None)
    except http.client.HTTPException as error:
        msg = f"answers {data[:24]!r}" if data else "says nothing"
        raise ValueError(msg) from error
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(status=response.status, headers=headers, body=body)


def _body(response: http.client.HTTPResponse, data: bytes, *, whole: bool) -> bytes:
    try:
        return response.read()
    except http.client.IncompleteRead:  # it drops a piece of a body that is cut off within
        if whole:
            raise
        return data.partition(b"\r\n\r\n")[2]


def basic(account: Account | None) -> dict[str, str]:
    """Return the header of HTTP's basic authentication."""
    if account is None:
        return {}
    words = base64.b64encode(f"{account.name}:{account.password}".encode()).decode()
    return {"Authorization": f"Basic {words}"}


Known = Callable[[Answer], bool]


def asking(
    path: str,
    *,
    known: Known,
    refusals: frozenset[int] = frozenset({UNAUTHORIZED, FORBIDDEN}),
    credentials: Callable[[Account | None], dict[str, str]] = basic,
) -> Callable[[Stream, Account | None], Reply]:
    """Return how a path is asked; `known` tells an answer of this datastore from any web server's."""

    def ask(stream: Stream, account: Account | None) -> Reply:
        request = Request(path=path, headers=credentials(account))
        answer = exchange(stream, request, enough=ENOUGH)
        return judged(answer, known=known, refusals=refusals)

    return ask


def judged(answer: Answer, *, known: Known, refusals: frozenset[int]) -> Reply:
    """Say what an answer means."""
    if not known(answer):
        return Reply(verdict=Verdict.OTHER, said=f"is another web server ({answer.said})")
    if answer.status == OK:
        return let_in(f"{answer.status}")
    return refused(answer.said) if answer.status in refusals else unclear(answer.said)
