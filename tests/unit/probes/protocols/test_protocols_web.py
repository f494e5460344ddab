"""Consoles, datastores and debuggers by what they say over HTTP."""

import tomllib
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.unit.probes.protocols import servers

from stackproof.probes.logins.http import Answer
from stackproof.probes.logins.stream import straight
from stackproof.probes.protocols import web

PAGES: list[dict[str, Any]] = YAML(typ="safe").load(Path(__file__).with_name("pages.yml"))
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


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<TITLE lang=en> A \n B &amp; C </TITLE><title>D</title>", "A B & C"),
        ("<p>none</p>", ""),
    ],
)
def test_title(html: str, title: str) -> None:
    """The first, as a browser shows it."""
    assert web.title(Answer(status=200, headers={}, body=html.encode())) == title


def test_fetch_follows_on_the_same_host_only() -> None:
    """Each path once, in order; what is elsewhere is somebody else's."""
    pages: dict[str, servers.Page] = {
        "/": (302, {"Location": "/ui/?a=1"}, ""),
        "/ui/?a=1": (301, {"Location": "http://localhost/login"}, ""),
        "/login": (302, {"Location": "https://elsewhere.example/"}, ""),
        "/round": (302, {"Location": "/round"}, ""),
    }
    with servers.web(pages) as (port, _asked):
        connect = partial(straight, "127.0.0.1", port)

        assert list(web.fetch(connect, "/")) == ["/", "/ui/?a=1", "/login"]
        assert list(web.fetch(connect, "/round")) == ["/round"]
        assert list(web.fetch(connect, "/", known={"/ui/?a=1"})) == ["/"]


def test_fetch_of_what_is_no_web_server() -> None:
    """Noise is no answer."""
    with servers.serving(lambda connection: connection.sendall(b"noise\r\n")) as port:
        assert web.fetch(partial(straight, "127.0.0.1", port), "/") == {}


def test_first_page_is_enough_where_it_says_what_it_is() -> None:
    """No further path is asked then."""
    with servers.web({"/": (200, {}, "<title>Mailpit</title>")}) as (port, asked):
        connect = partial(straight, "127.0.0.1", port)
        found = web.known(connect, web.fetch(connect, "/"))

    assert [str(protocol) for protocol in found] == ["Mailpit"]
    assert asked == ["/"]


def test_console_below_a_path() -> None:
    """Beside an application that is public."""
    pages: dict[str, servers.Page] = {
        "/": (200, {}, "<title>Shop</title>"),
        "/phpmyadmin/": (200, {}, "<title>phpMyAdmin</title>"),
    }
    with servers.web(pages) as (port, _asked):
        connect = partial(straight, "127.0.0.1", port)
        found = web.known(connect, web.fetch(connect, "/"))

    assert [str(protocol) for protocol in found] == ["phpMyAdmin"]
