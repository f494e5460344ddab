"""The clients of images that answer over a socket file alone."""

import struct
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.datastores.lines import Scripted
from tests.unit.datastores.test_answers import outcome

from stackproof.datastores import mysql, postgres, rabbitmq, redis
from stackproof.datastores.wire import NAME, Wire
from stackproof.engine.command import Completed
from stackproof.probes.logins.model import Account

ACCOUNT = Account(name="shop", password="it's $ecret", database="shopdb")  # noqa: S106 - of nobody
Run = Callable[[str], list[str]]


def said(code: int, out: str = "", err: str = "") -> Scripted:
    """Return a link to a client that says this."""
    return Scripted(ran=Completed(code=code, stdout=out, stderr=err, seconds=0))


@pytest.mark.parametrize(
    ("wire", "ask", "link", "expected"),
    [
        (postgres.PSQL, "get", said(0, "stackproof-1\n"), "stackproof-1"),
        (postgres.PSQL, "get", said(0), "nothing"),
        (postgres.PSQL, "get", said(1, err="ERROR:  42P01: relation does not exist\nLINE 1"), "nothing"),
        (postgres.PSQL, "get", said(1, err="FEHLER:  42P01: Relation existiert nicht"), "nothing"),
        (postgres.PSQL, "get", said(2, err="psql: error: FATAL:  57P03: it is shutting down"), "not now"),
        (postgres.PSQL, "get", said(2, err="psql: error: FATAL:  28P01: password failed"), "not let in"),
        (postgres.PSQL, "get", said(2, err="psql: error: could not connect to server"), "not now"),
        (postgres.PSQL, "get", said(127, err="psql: not found"), "not now"),
        (postgres.PSQL, "put", said(0), "done"),
        (postgres.PSQL, "put", said(1, err="ERROR:  25006: cannot execute CREATE TABLE"), "never"),
        (mysql.CLIENT, "get", said(0, "stackproof-1\n"), "stackproof-1"),
        (mysql.CLIENT, "get", said(0), "nothing"),
        (mysql.CLIENT, "get", said(1, err="ERROR 1146 (42S02) at line 1: Table doesn't exist"), "nothing"),
        (mysql.CLIENT, "get", said(1, err="ERROR 1045 (28000): Access denied for user"), "not let in"),
        (mysql.CLIENT, "get", said(1, err="ERROR 2002 (HY000): Can't connect"), "not now"),
        (mysql.CLIENT, "get", said(1, err="ERROR 1049 (42000): Unknown database 'shop'"), "not now"),
        (mysql.CLIENT, "get", said(1, err="ERROR 1142 (42000): denied for 'stackproof_probe'"), "not let in"),
        (mysql.CLIENT, "get", said(1, err="ERROR 2013 (HY000): lost in 'stackproof_probe'"), "not now"),
        (mysql.CLIENT, "get", said(1, err="ERROR 1049 (42000): Unknown 'stackproof_probe'"), "nothing"),
        (mysql.CLIENT, "put", said(1, err="ERROR 1290 (HY000): --read-only"), "never"),
        (mysql.CLIENT, "put", said(0), "done"),
        (redis.CLIENT, "get", said(0, '"stackproof-1"\n'), "stackproof-1"),
        (redis.CLIENT, "get", said(0, "(nil)\n"), "nothing"),
        (redis.CLIENT, "get", said(0, "(error) NOAUTH Authentication required.\n"), "not let in"),
        (redis.CLIENT, "get", said(0, "(error) LOADING Redis is loading the dataset\n"), "not now"),
        (redis.CLIENT, "get", said(1, err="Could not connect to Redis at /nowhere"), "not now"),
        (redis.CLIENT, "get", said(0, ""), "not now"),
        (redis.CLIENT, "put", said(0, "(error) READONLY You can't write"), "never"),
        (redis.CLIENT, "put", said(0, "OK\n"), "done"),
    ],
)
def test_what_a_client_says(wire: Wire, ask: str, link: Scripted, expected: str) -> None:
    """Nothing but the server's own words for it is nothing; what failed is no data."""
    assert outcome(wire, ask, link, ACCOUNT) == expected


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a function that runs a script with clients that print what they were given."""
    for name, password in (("psql", "PGPASSWORD"), ("redis-cli", "REDISCLI_AUTH"), ("mariadb", "MYSQL_PWD")):
        path = tmp_path / name
        path.write_text(f'#!/bin/sh\nprintf \'%s\\n\' "{password}=${password}" "$@"\n')
        path.chmod(0o755)

    def shell(script: str) -> list[str]:
        env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
        done = subprocess.run(
            ["sh", "-c", script], env=env, capture_output=True, text=True, check=True, timeout=20
        )
        return done.stdout.splitlines()

    return shell


@pytest.mark.parametrize(
    ("wire", "words"),
    [
        (
            postgres.PSQL,
            ["PGPASSWORD=it's $ecret", "-U", "shop", "-d", "shopdb", "SELECT value FROM stackproof_probe"],
        ),
        (
            mysql.CLIENT,
            ["MYSQL_PWD=it's $ecret", "--user=shop", "--execute=SELECT value FROM `shopdb`.stackproof_probe"],
        ),
        (redis.CLIENT, ["REDISCLI_AUTH=it's $ecret", "--no-raw", "GET", "stackproof:probe"]),
    ],
)
def test_what_a_client_is_given(run: Run, wire: Wire, words: list[str]) -> None:
    """The account, whatever is in its password, and the question."""
    link = said(0, '"v"')
    wire.get(link, ACCOUNT)
    given = run(link.scripts[0])

    assert [word for word in words if word not in given] == []


@pytest.mark.parametrize(
    ("wire", "account", "words", "others"),
    [
        (mysql.CLIENT, ACCOUNT, ["`shopdb`.stackproof_probe", "stackproof-1"], ["CREATE DATABASE"]),
        (mysql.CLIENT, None, ["CREATE DATABASE", "--user=root", "stackproof-1"], ["shopdb"]),
        (mysql.CLIENT, replace(ACCOUNT, name="root"), ["CREATE DATABASE", "stackproof-1"], ["shopdb"]),
        (mysql.CLIENT, replace(ACCOUNT, database=""), ["CREATE DATABASE", "stackproof-1"], ["shopdb"]),
        (postgres.PSQL, ACCOUNT, ["stackproof_probe", "stackproof-1", "shopdb"], []),
        (redis.CLIENT, ACCOUNT, ["SET", "stackproof:probe", "stackproof-1"], []),
    ],
)
def test_what_a_client_writes(
    run: Run, wire: Wire, account: Account | None, words: list[str], others: list[str]
) -> None:
    """The value, into a database that the account may write to."""
    link = said(0, "OK")
    wire.put(link, account, "stackproof-1")
    given = "\n".join(line for script in link.scripts for line in run(script))

    assert [word for word in words if word not in given] == []
    assert [word for word in others if word in given] == []


@pytest.mark.parametrize(
    ("code", "words", "means"),
    [
        (404, "NOT_FOUND - no queue 'stackproof-probe' in vhost '/'", "_GoneError"),
        (404, "NOT_FOUND - no queue 'other' in vhost '/'", "NotNowError"),
        (404, "NOT_FOUND - home node of durable queue 'stackproof-probe' is down", "NotNowError"),
        (541, "INTERNAL_ERROR - no queue 'stackproof-probe'", "NotNowError"),
        (403, "ACCESS_REFUSED - access refused", "NotLetInError"),
        (530, "NOT_ALLOWED - vhost / not found", "NotLetInError"),
        (320, "CONNECTION_FORCED - broker forced connection closure", "NotNowError"),
    ],
)
def test_why_a_broker_closes(code: int, words: str, means: str) -> None:
    """Only that there is no queue of ours means that the value is gone."""
    text = words.replace("stackproof-probe", NAME).encode()
    error = rabbitmq._closed(struct.pack("!HB", code, len(text)) + text + bytes(4))  # noqa: SLF001 - its answer

    assert type(error).__name__ == means
    assert means == "_GoneError" or str(error) == f"{code} {words.replace('stackproof-probe', NAME)}"
