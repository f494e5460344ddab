"""Consoles, datastores and debuggers that are known by what they say over HTTP; the table is `web.toml`."""

import math
import re
import time
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from html import unescape
from importlib import resources
from typing import Any
from urllib.parse import urljoin, urlsplit

from stackproof.controls.severity import Severity
from stackproof.probes.logins.http import Answer, Request, exchange
from stackproof.probes.logins.stream import ClosedError, SilentError
from stackproof.probes.protocols.model import Connect, Protocol
from stackproof.stack.sensitive import Kind

# Debuggers answer to whoever calls them by an address or by this name alone.
HOST = "localhost"
REDIRECTS = 4
AT_ONCE = 4  # requests
SLOW = 5.0  # seconds for an answer to begin, and for as much of it as tells
MOST_LATE = 4
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_REDIRECT = range(300, 400)
# A gateway's words for a server behind it that is not there, not yet or too slow (RFC 9110, 15.6).
STARTING = range(502, 505)


@dataclass(frozen=True, kw_only=True)
class Sign:
    """One way to know a page: all that is given must be found in the answer to one of the paths."""

    protocol: Protocol
    paths: tuple[str, ...]
    title: re.Pattern[str] | None = None
    body: re.Pattern[str] | None = None
    header: re.Pattern[str] | None = None
    status: int | None = None

    def seen_in(self, answer: Answer) -> bool:
        """Whether an answer has all of it."""
        headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        return (
            (self.status is None or self.status == answer.status)
            and (self.title is None or self.title.fullmatch(title(answer)) is not None)
            and (self.body is None or self.body.search(_text(answer)) is not None)
            and (self.header is None or self.header.search(headers) is not None)
        )


def title(answer: Answer) -> str:
    """Return the title of a page, or nothing."""
    found = _TITLE.search(answer.body)
    return " ".join(unescape(found[1].decode(errors="replace")).split()) if found else ""


def _text(answer: Answer) -> str:
    return answer.body.decode(errors="replace")


@cache
def signs() -> tuple[Sign, ...]:
    """Return the whole table."""
    table = tomllib.loads(resources.files(__package__).joinpath("web.toml").read_text(encoding="utf-8"))
    return tuple(_sign(row) for row in table["sign"])


def _sign(row: dict[str, Any]) -> Sign:
    def pattern(key: str) -> re.Pattern[str] | None:
        return re.compile(row[key], re.IGNORECASE | re.MULTILINE) if key in row else None

    return Sign(
        protocol=Protocol(name=row["name"], kind=Kind[row["kind"]], open=row.get("open", False)),
        paths=tuple(row.get("paths", ("/",))),
        title=pattern("title"),
        body=pattern("body"),
        header=pattern("header"),
        status=row.get("status"),
    )


@dataclass(frozen=True, kw_only=True)
class Pages:
    """The answers to a path and to those on the same host that it leads to."""

    answers: Mapping[str, Answer]
    """By path, in the order in which they were asked; none where nobody speaks HTTP."""
    late: str = ""
    """What was asked last and not answered, and why."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What a web server says that it is."""

    protocols: tuple[Protocol, ...] = ()
    """The worst first."""
    late: tuple[str, ...] = ()
    """What did not answer or was not asked, and may be anything."""
    starting: bool = False
    """Whether all its answers are a gateway's for a server that does not answer."""


def fetch(connect: Connect, path: str, host: str = HOST, known: Mapping[str, Answer] | None = None) -> Pages:
    """Ask for a path, and for those on the same host that it leads to; of each answer, the beginning.

    `known` are answers by path that need not be asked for again.
    """
    found: dict[str, Answer] = {}
    following: str | None = path
    while following is not None and len(found) <= REDIRECTS and following not in found:
        try:
            answer = (known or {}).get(following) or _answer(connect, following, host)
        except ClosedError:  # whatever is there, it is for nobody who asks so
            break
        except (SilentError, ValueError) as error:
            return Pages(answers=found, late=f"{following} of {host} {error}")
        found[following] = answer
        following = _leads(host, following, answer)
    return Pages(answers=found)


def _answer(connect: Connect, path: str, host: str) -> Answer:
    with connect(SLOW) as stream:
        return exchange(stream, Request(path=path, host=host), enough=SLOW)


def _leads(host: str, path: str, answer: Answer) -> str | None:
    """Return the path to which an answer leads, unless it is somewhere else's."""
    target = answer.headers.get("location")
    if answer.status not in _REDIRECT or not target:
        return None
    try:
        parts = urlsplit(urljoin(f"http://{host}{path}", target))
    except ValueError:  # it is no URL, such as `http://[`
        return None
    if parts.hostname != host:
        return None
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def known(connect: Connect, first: Pages, host: str = HOST, until: float = math.inf) -> Heard:
    """Ask a web server all that tells what it is; `first` are its answers to `/`, see `fetch`.

    Where a few answers are late, several at once may have been too much: those and what is left are asked one
    by one, until one is late again or the clock (`time.monotonic`) is at `until`. What is not asked is late.
    """
    if not first.answers:
        return Heard(late=(first.late,) if first.late else ())
    scan = _Scan(connect, first, host, until)
    scan.crowd()
    scan.alone()
    answers = [answer for _path, pages in scan.pages for answer in pages.answers.values()]
    return Heard(
        protocols=worst_first(one for path, pages in scan.pages for one in _seen(path, pages)),
        late=tuple(scan.late()),
        starting=all(answer.status in STARTING for answer in answers),
    )


class _Scan:
    """What one site is asked, and what it answered."""

    def __init__(self, connect: Connect, first: Pages, host: str, until: float) -> None:
        self._ask = partial(fetch, connect, host=host, known=first.answers)
        self._host, self._until = host, until
        self.pages = [("/", first)]
        # The paths that are not answered yet, each with how it was late.
        self._left = dict.fromkeys(sorted({path for sign in signs() for path in sign.paths} - {"/"}), "")

    def crowd(self) -> None:
        """Ask several at once, until a few are late."""
        paths = list(self._left)
        pool = ThreadPoolExecutor(AT_ONCE)
        try:
            for path, pages in zip(paths, pool.map(self._ask, paths), strict=True):
                self._take(path, pages)
                if self._over() or sum(map(bool, self._left.values())) >= MOST_LATE:
                    return
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def alone(self) -> None:
        """Ask what is left one by one, the late ones first, as they were asked first, until one is late."""
        for path in list(self._left):
            if self._over():
                return
            pages = self._ask(path)
            self._take(path, pages)
            if pages.late:
                return

    def late(self) -> Iterator[str]:
        """Yield how the rest was late, and how much was not asked."""
        if self.pages[0][1].late:
            yield self.pages[0][1].late
        late = list(filter(None, self._left.values()))
        yield from late
        if count := len(self._left) - len(late):
            yield f"{count} more paths of {self._host} were not asked"

    def _over(self) -> bool:
        return time.monotonic() > self._until

    def _take(self, path: str, pages: Pages) -> None:
        self.pages.append((path, pages))
        if pages.late:
            self._left[path] = pages.late
        else:
            del self._left[path]


def worst_first(protocols: Iterable[Protocol]) -> tuple[Protocol, ...]:
    """Return protocols and consoles, each once, the worst first."""
    return tuple(sorted(dict.fromkeys(protocols), key=lambda one: -(one.severity or Severity.INFO).rank))


def _seen(path: str, pages: Pages) -> Iterator[Protocol]:
    return (s.protocol for s in signs() if path in s.paths and any(map(s.seen_in, pages.answers.values())))
