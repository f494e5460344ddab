"""Consoles, datastores and debuggers by what they say over HTTP."""

import re
import socket
import threading
import tomllib
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.unit.probes.protocols import servers

from stackproof.probes.logins import stream
from stackproof.probes.logins.http import Answer
from stackproof.probes.logins.stream import straight
from stackproof.probes.protocols import web
from stackproof.probes.protocols.model import Connect, Protocol
from stackproof.stack.sensitive import Kind

PAGES: list[dict[str, Any]] = YAML(typ="safe").load(Path(__file__).with_name("pages.yml"))
WIDE = re.IGNORECASE | re.MULTILINE
TABLE = Path(web.__file__).with_name("web.toml")


def names(page: dict[str, Any]) -> set[str]:
    """Return what a page is known as."""
    headers = {name.lower(): value for name, value in page.get("headers", {}).items()}
    body = page.get("body", "").encode()
    answer = Answer(status=page.get("status", 200), headers=headers, body=body)
    path = page.get("path", "/")
    return {str(sign.protocol) for sign in web.signs() if path in sign.paths and sign.seen_in(answer)}


@pytest.mark.parametrize("page", [page for page in PAGES if "name" in page], ids=lambda page: page["name"])
def test_page_is_known(page: dict[str, Any]) -> None:
    """By title, body, header or cookie."""
    assert page["name"] in names(page)


@pytest.mark.parametrize("page", [page for page in PAGES if "name" not in page], ids=str)
def test_page_is_not_known(page: dict[str, Any]) -> None:
    """Who writes of a console is none."""
    assert names(page) == set()


def test_each_sign_has_a_source_and_something_to_see() -> None:
    """A row without would be guessed, or true of every page."""
    rows = tomllib.loads(TABLE.read_text())["sign"]

    assert all(row["source"].startswith("https://") for row in rows)
    assert all({"title", "body", "header"} & set(row) for row in rows)
    assert len(rows) == len(web.signs())


def test_table_is_read_into_signs() -> None:
    """Anew, for what was read before tells nothing: each page is known, and no other."""
    web.signs.cache_clear()
    rows = tomllib.loads(TABLE.read_text())["sign"]

    assert [
        page for page in PAGES if not ({page["name"]} <= names(page) if "name" in page else not names(page))
    ] == []
    for row, sign in zip(rows, web.signs(), strict=True):
        seen = (str(sign.protocol), str(sign.protocol.kind), sign.protocol.open, sign.paths, sign.status)
        assert seen == (
            row["name"],
            str(Kind[row["kind"]]),
            row.get("open") is True,
            tuple(row.get("paths", ["/"])),
            row.get("status"),
        )
        for key, pattern in (("title", sign.title), ("body", sign.body), ("header", sign.header)):
            assert (pattern.pattern if pattern else None) == row.get(key)
            assert pattern is None or pattern.flags & WIDE == WIDE


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<TITLE lang=en> A \n B &amp; C </TITLE><title>D</title>", "A B & C"),
        ("<p>none</p>", ""),
        ("<title>Caf\xe9</title>", "Caf\ufffd"),
    ],
)
def test_title(html: str, title: str) -> None:
    """The first, as a browser shows it; what is no UTF-8 as well as it can be."""
    assert web.title(Answer(status=200, headers={}, body=html.encode("latin-1"))) == title


def test_body_that_is_no_utf8() -> None:
    """It is searched all the same."""
    sign = web.Sign(protocol=Protocol(name="x"), paths=("/",), body=re.compile("adminer"))

    assert sign.seen_in(Answer(status=200, headers={}, body=b"caf\xe9 adminer"))


TITLE = b"<title>Mailpit</title>"
HEAD = b"HTTP/1.1 200 OK\r\n"


def at(port: int) -> Connect:
    """Return how a server on loopback is reached."""
    return partial(straight, "127.0.0.1", port)


def heard(port: int) -> web.Heard:
    """Return what a web server says that it is."""
    return web.known(at(port), web.fetch(at(port), "/"))


def test_fetch_follows_on_the_same_host_only() -> None:
    """Each path once, in order; what is elsewhere is somebody else's."""
    pages: dict[str, servers.Page] = {
        "/": (302, {"Location": "/ui/?a=1"}, ""),
        "/ui/?a=1": (301, {"Location": "http://localhost/login"}, ""),
        "/login": (302, {"Location": "https://elsewhere.example/"}, ""),
        "/round": (302, {"Location": "/round"}, ""),
        "/site": (302, {"Location": "http://shop.example/round"}, ""),
    }
    with servers.web(pages) as (port, asked):
        connect = at(port)

        assert list(web.fetch(connect, "/").answers) == ["/", "/ui/?a=1", "/login"]
        assert list(web.fetch(connect, "/round").answers) == ["/round"]
        known = web.fetch(connect, "/").answers
        asked.clear()
        assert list(web.fetch(connect, "/", known=known).answers) == ["/", "/ui/?a=1", "/login"]
        assert asked == []
        assert list(web.fetch(connect, "/site").answers) == ["/site"]
        assert list(web.fetch(connect, "/site", "shop.example").answers) == ["/site", "/round"]


def test_fetch_of_what_leads_to_the_front() -> None:
    """A host alone is its first page; an answer that is no redirect leads nowhere."""
    pages: dict[str, servers.Page] = {
        "/old": (301, {"Location": "http://localhost"}, ""),
        "/": (201, {"Location": "/new"}, ""),
        "/new": (200, {}, ""),
    }
    with servers.web(pages) as (port, _asked):
        assert list(web.fetch(at(port), "/old").answers) == ["/old", "/"]


def test_fetch_of_what_leads_on_and_on() -> None:
    """It is not followed for ever."""

    def lead(words: bytes) -> bytes:
        if not words:
            return b""
        step = int(words.split()[1][1:]) + 1
        return b"HTTP/1.1 302 Found\r\nLocation: /%d\r\nContent-Length: 0\r\n\r\n" % step

    pages = web.fetch(servers.instant(lead), "/0")

    assert (list(pages.answers), pages.late) == (["/0", "/1", "/2", "/3", "/4"], "")


@pytest.mark.parametrize("target", ["http://[bad/x", "//[::1/", "http://[v1.x]y/", "http://a]b/"])
def test_fetch_of_what_leads_nowhere(target: str) -> None:
    """A redirect to what is no URL is an answer like any other."""
    answer = (
        HEAD.replace(b"200 OK", b"302 Found") + f"Location: {target}\r\nContent-Length: 0\r\n\r\n".encode()
    )

    def lead(connection: socket.socket) -> None:
        connection.recv(1024)
        connection.sendall(answer)

    with servers.serving(lead) as port:
        pages = web.fetch(at(port), "/")

    assert (list(pages.answers), pages.late) == (["/"], "")


def test_fetch_of_what_is_no_web_server() -> None:
    """Noise is no page; what it is then, nobody knows."""
    with servers.serving(lambda connection: connection.sendall(b"noise\r\n")) as port:
        pages = web.fetch(at(port), "/")

    assert (pages.answers, pages.late) == ({}, "/ of localhost answers b'noise\\r\\n'")


def test_fetch_of_who_hangs_up() -> None:
    """A server that closes on strangers has said no: nothing is late."""
    with servers.serving(lambda connection: connection.recv(1)) as port:  # type: ignore[arg-type]
        assert web.fetch(at(port), "/") == web.Pages(answers={})


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param([HEAD + b"Content-Length: 3000000\r\n\r\n" + TITLE + bytes(3_000_000)], id="large"),
        pytest.param([HEAD + b"\r\n" + TITLE + bytes(3_000_000)], id="large, to the end"),
        pytest.param(
            [HEAD + b"Transfer-Encoding: chunked\r\n\r\n2dc6d6\r\n" + TITLE + bytes(3_000_000)], id="chunk"
        ),
        pytest.param([HEAD + b"Content-Length: 90\r\n\r\n" + TITLE], id="cut off"),
        pytest.param([HEAD, b"Content-Length: 22\r\n\r\n", TITLE], id="slow head"),
        pytest.param([HEAD + b"Content-Length: 99\r\n\r\n" + TITLE, *[b"."] * 60], id="slow body"),
        pytest.param([HEAD + b"\r\n" + TITLE, *[b"data: tick\n\n"] * 60], id="never ends"),
    ],
)
def test_what_came_of_a_page_is_read(monkeypatch: pytest.MonkeyPatch, answer: list[bytes]) -> None:
    """A page that is long or slow says what it is in its beginning."""
    now = [0.0]
    monkeypatch.setattr(stream, "time", SimpleNamespace(monotonic=lambda: now[0]))
    chunk = 65536
    left = [piece[at : at + chunk] for piece in answer for at in range(0, len(piece), chunk)]

    def slowly(_words: bytes) -> bytes:
        now[0] += 1.0 if len(answer) > 1 else 0.0
        return left.pop(0) if left else b""

    pages = web.fetch(servers.instant(slowly), "/")

    assert (web.title(pages.answers["/"]), pages.late) == ("Mailpit", "")
    assert now[0] <= web.SLOW


def page_of(title: bytes = b"") -> bytes:
    """Return an answer with a title."""
    return HEAD + b"Content-Length: %d\r\n\r\n" % len(title) + title


def heard_at_once(answer: servers.Answer) -> web.Heard:
    """Return what a web server says that answers or is late at once."""
    connect = servers.instant(answer)
    return web.known(connect, web.fetch(connect, "/"))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"", "gave no answer within 5 s"),
        (HEAD, "closed the connection within its answer"),
        (HEAD + b"Server: ", "closed the connection within its answer"),
    ],
)
def test_no_page_in_time_is_told(said: bytes, why: str) -> None:
    """What did not answer may be anything; after a few of them no more are waited for."""

    def slow(words: bytes) -> bytes | None:
        if words.startswith(b"GET / "):
            return page_of()
        return (said or None) if words else b"" if said else None

    found = heard_at_once(slow)
    paths = sorted({path for sign in web.signs() for path in sign.paths} - {"/"})

    assert found.protocols == ()
    assert found.late == (
        *(f"{path} of localhost {why}" for path in paths[: web.MOST_LATE]),
        f"{len(paths) - web.MOST_LATE} more paths of localhost were not asked",
    )


def test_page_to_which_the_front_leads_is_late() -> None:
    """It may be anything; what else answers is heard."""

    def slow(words: bytes) -> bytes | None:
        if words.startswith(b"GET / "):
            return b"HTTP/1.1 302 Found\r\nLocation: /slow\r\nContent-Length: 0\r\n\r\n"
        return None if words.startswith(b"GET /slow ") else page_of() if words else b""

    assert heard_at_once(slow).late == ("/slow of localhost gave no answer within 5 s",)


@pytest.mark.parametrize(
    ("title", "path", "names"),
    [
        (b"", "/adminer.php", ["Adminer"]),
        (b"<title>Mailpit</title>", "/phpmyadmin/", ["Mailpit", "phpMyAdmin"]),
    ],
)
@pytest.mark.parametrize("late", [1, web.MOST_LATE])
def test_server_that_several_at_once_are_too_much_for(
    title: bytes, path: str, names: list[str], late: int
) -> None:
    """Asked alone it answers in time: we made it slow. What was left out for that is asked, too."""
    paths = sorted({path for sign in web.signs() for path in sign.paths} - {"/"})
    first = {path} if late == 1 else set(paths[:late])
    busy: list[str] = []
    consoles = {"/adminer.php": b"<title>Login - Adminer</title>adminer.org",
                "/phpmyadmin/": b"<title>phpMyAdmin</title>"}  # fmt: skip

    def crowded(words: bytes) -> bytes | None:
        if not words:
            return b""
        asked = words.split()[1].decode()
        busy.append(asked)
        if asked in first and busy.count(asked) == 1:
            return None
        return page_of(title if asked == "/" else consoles[path] if asked == path else b"")

    found = heard_at_once(crowded)

    assert ([str(protocol) for protocol in found.protocols], found.late) == (names, ())


def test_time_is_up() -> None:
    """What was not asked by then may be anything."""
    asked: list[bytes] = []
    over = threading.Event()

    def busy(words: bytes) -> bytes:
        asked.append(words)
        if len(asked) > 4:  # of two requests both the words and the end
            over.wait()
        return page_of() if words else b""

    connect = servers.instant(busy)
    found = web.known(connect, web.fetch(connect, "/"), until=0)
    over.set()
    paths = {path for sign in web.signs() for path in sign.paths} - {"/"}

    assert found.late == (f"{len(paths) - 1} more paths of localhost were not asked",)
    assert len({words for words in asked if words}) <= 2 + web.AT_ONCE


def test_server_that_is_gone_is_told() -> None:
    """Nobody can say then what it was."""
    with servers.serving(lambda _connection: None) as port:
        pass

    assert "cannot be reached" in heard(port).late[0]


def test_worst_of_all_paths_comes_first() -> None:
    """A console with a login at the front hides nothing behind it."""
    pages: dict[str, servers.Page] = {
        "/": (200, {}, "<title>Grafana</title>"),
        "/phpmyadmin/": (200, {}, "<title>phpMyAdmin</title>"),
        "/version": (200, {}, '{"ApiVersion":"1.45","MinAPIVersion":"1.24"}'),
    }
    with servers.web(pages) as (port, _asked):
        found = heard(port)

    assert [str(protocol) for protocol in found.protocols] == ["Docker API", "phpMyAdmin", "Grafana"]


def test_worst_of_one_page_comes_first() -> None:
    """A Grafana that lets everybody in is no Grafana with a login."""
    page = '<title>Grafana</title><script>{"isSignedIn":false,"orgRole":"Viewer"}</script>'
    with servers.web({"/": (200, {}, page)}) as (port, _asked):
        found = heard(port)

    assert found.protocols[0] == Protocol(name="Grafana without a login", kind=Kind.CONSOLE)


def test_console_below_a_path() -> None:
    """Beside an application that is public."""
    pages: dict[str, servers.Page] = {
        "/": (200, {}, "<title>Shop</title>"),
        "/phpmyadmin/": (200, {}, "<title>phpMyAdmin</title>"),
    }
    with servers.web(pages) as (port, _asked):
        found = heard(port)

    assert [str(protocol) for protocol in found.protocols] == ["phpMyAdmin"]


HASURA: servers.Page = (200, {}, "<title>Hasura Console</title>")
PPROF: servers.Page = (200, {}, "<title>/debug/pprof/</title>")


@pytest.mark.parametrize(
    ("pages", "name"),
    [
        pytest.param({"/": (302, {"Location": "/console"}, ""), "/console": HASURA}, "Hasura's console"),
        pytest.param({"/": (307, {"Location": "debug/pprof/"}, ""), "/debug/pprof/": PPROF}, "pprof"),
        pytest.param(
            {
                "/": (301, {"Location": "/a"}, ""),
                "/a": (302, {"Location": "/console"}, ""),
                "/console": HASURA,
            },
            "Hasura's console",
            id="by two steps",
        ),
        pytest.param(
            {
                "/": (302, {"Location": "/login?next=/"}, ""),
                "/login?next=/": HASURA,
                "/console": (302, {"Location": "/login?next=/"}, ""),
            },
            "Hasura's console",
            id="both lead to one page",
        ),
        pytest.param({"/": HASURA, "/console": (301, {"Location": "/"}, "")}, "Hasura's console", id="back"),
    ],
)
def test_console_to_which_the_front_leads(pages: dict[str, servers.Page], name: str) -> None:
    """A page that was read already counts for the path that tells of it, and is not asked for twice."""
    with servers.web(pages) as (port, asked):
        found = heard(port)

    assert [str(protocol).partition(" (")[0] for protocol in found.protocols] == [name]
    assert sorted(set(asked)) == sorted(asked)
