"""Consoles, datastores and debuggers that are known by what they say over HTTP; the table is `web.toml`."""

import re
import tomllib
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from html import unescape
from importlib import resources
from typing import Any
from urllib.parse import urljoin, urlsplit

from stackproof.probes.logins.http import Answer, Request, exchange
from stackproof.probes.logins.stream import SilentError
from stackproof.probes.protocols.model import Connect, Protocol
from stackproof.stack.sensitive import Kind

# Debuggers answer to whoever calls them by an address or by this name alone.
HOST = "localhost"
REDIRECTS = 4
AT_ONCE = 4  # requests
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_REDIRECT = range(300, 400)


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
        protocol=Protocol(name=row["name"], kind=Kind[row["kind"]]),
        paths=tuple(row.get("paths", ("/",))),
        title=pattern("title"),
        body=pattern("body"),
        header=pattern("header"),
        status=row.get("status"),
    )


def fetch(connect: Connect, path: str, known: Collection[str] = ()) -> dict[str, Answer]:
    """Return the answers to a path and to those on the same host that it leads to, by path, the first first.

    `known` are paths that need not be asked again. Empty where there is no answer, or none of HTTP.
    """
    found: dict[str, Answer] = {}
    following: str | None = path
    while following is not None and len(found) <= REDIRECTS and following not in {*found, *known}:
        try:
            with connect() as stream:
                answer = exchange(stream, Request(path=following, host=HOST))
        except (SilentError, ValueError):
            break
        found[following] = answer
        following = _leads(following, answer)
    return found


def _leads(path: str, answer: Answer) -> str | None:
    """Return the path to which an answer leads, unless it is somewhere else's."""
    target = answer.headers.get("location")
    if answer.status not in _REDIRECT or not target:
        return None
    parts = urlsplit(urljoin(f"http://{HOST}{path}", target))
    if parts.hostname != HOST:
        return None
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def known(connect: Connect, first: Mapping[str, Answer]) -> tuple[Protocol, ...]:
    """Return what a web server says that it is; `first` are its answers to `/`, see `fetch`.

    The first path on which it is known counts: what else it says of itself is the same console's.
    """
    if found := _seen("/", first):
        return found
    paths = sorted({path for sign in signs() for path in sign.paths} - {"/"})
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = pool.map(partial(fetch, connect, known=first), paths)
        return next(filter(None, map(_seen, paths, answers)), ())


def _seen(path: str, answers: Mapping[str, Answer]) -> tuple[Protocol, ...]:
    found = (s.protocol for s in signs() if path in s.paths and any(map(s.seen_in, answers.values())))
    return tuple(dict.fromkeys(found))[:1]
