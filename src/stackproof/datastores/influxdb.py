"""InfluxDB 1 and 2, over HTTP: a point in a database of ours, or in the bucket that there is.

Nothing is there when version 1 answers without a series or "database not found", version 2 without a row.
"""

import csv
import time
from urllib.parse import quote, urlencode

from stackproof.datastores.http import JSON, NO_CONTENT, NOT_FOUND, OK, document, done, send, words
from stackproof.datastores.wire import NAME, Link, NotLetInError, NotNowError, Wire
from stackproof.probes.logins.http import Answer, Request, basic
from stackproof.probes.logins.model import Account
from stackproof.probes.logins.web import INFLUXDB

SECOND = 2  # the version whose values lie in buckets
NO_DATABASE = "database not found"
FLUX = (
    'from(bucket: "{bucket}") |> range(start: 0) |> filter(fn: (r) => r._measurement == "'
    + NAME
    + '") |> last()'
)
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _known(answer: Answer) -> bool:
    return any(name.startswith("x-influxdb") for name in answer.headers)


def _version(link: Link) -> int:
    answer = send(link, Request(path="/ping"), _known)
    return int(answer.headers.get("x-influxdb-version", "").lstrip("v")[:1] or "0")


def _put(link: Link, account: Account | None, value: str) -> None:
    if _version(link) == SECOND:
        _put_second(link, account, value)
        return
    _first(link, account, f"CREATE DATABASE {NAME}", method="POST")
    point = Request(
        method="POST", path=f"/write?db={NAME}", headers=basic(account), body=_point(value).encode()
    )
    done(send(link, point, _known), NO_CONTENT)


def _get(link: Link, account: Account | None) -> str | None:
    if _version(link) == SECOND:
        return _get_second(link, account)
    result = _first(link, account, f"SELECT last(value) FROM {NAME}")  # noqa: S608 - a name of ours
    series = result.get("series")
    if not isinstance(series, list):
        return None
    return str(series[0]["values"][0][1])


def _point(value: str) -> str:
    return f'{NAME} value="{value}" {time.time_ns()}'


def _first(link: Link, account: Account | None, query: str, method: str = "GET") -> dict[str, object]:
    words = urlencode({"q": query, "db": NAME})
    if method == "POST":
        request = Request(
            method=method, path="/query", headers={**basic(account), **_FORM}, body=words.encode()
        )
    else:
        request = Request(path=f"/query?{words}", headers=basic(account))
    found = document(done(send(link, request, _known), OK))
    result: dict[str, object] = found["results"][0]
    if (error := result.get("error")) and NO_DATABASE not in str(error):
        raise NotNowError(str(error))
    return result


def _put_second(link: Link, account: Account | None, value: str) -> None:
    headers, bucket = _bucket(link, account)
    path = f"/api/v2/write?org={quote(bucket['orgID'])}&bucket={quote(bucket['id'])}&precision=ns"
    point = Request(method="POST", path=path, headers=headers, body=_point(value).encode())
    done(send(link, point, _known), NO_CONTENT)


def _get_second(link: Link, account: Account | None) -> str | None:
    headers, bucket = _bucket(link, account)
    query = words({"query": FLUX.replace("{bucket}", bucket["name"])})
    accepting = {**headers, **JSON, "Accept": "application/csv"}
    path = f"/api/v2/query?orgID={quote(bucket['orgID'])}"
    answer = send(link, Request(method="POST", path=path, headers=accepting, body=query), _known)
    rows = list(csv.DictReader(done(answer, OK).body.decode().splitlines()))
    return rows[-1]["_value"] if rows else None


def _bucket(link: Link, account: Account | None) -> tuple[dict[str, str], dict[str, str]]:
    """Return the headers of who is let in, and the first bucket that is a user's."""
    headers = _session(link, account)
    answer = send(link, Request(path="/api/v2/buckets?limit=100", headers=headers), _known)
    if answer.status == NOT_FOUND:
        raise NotLetInError(answer.said)
    found = [bucket for bucket in document(done(answer, OK))["buckets"] if bucket.get("type") == "user"]
    if not found:
        msg = "has no bucket of a user's that this account sees"
        raise NotLetInError(msg)
    return headers, min(found, key=lambda bucket: str(bucket.get("createdAt")))


def _session(link: Link, account: Account | None) -> dict[str, str]:
    """Log in with a name and a password; with a password alone it is a token."""
    if account is None:
        msg = "lets in nobody without a credential, or is not set up yet"
        raise NotLetInError(msg)
    if account.name in ("", TOKEN):
        return {"Authorization": f"Token {account.password}"}
    answer = send(link, Request(method="POST", path="/api/v2/signin", headers=basic(account)), _known)
    return {"Cookie": done(answer, NO_CONTENT).headers["set-cookie"].partition(";")[0]}


TOKEN = "token"  # noqa: S105 - the name that stands for one
WIRES = (Wire(protocol="HTTP", ports=INFLUXDB.ports, put=_put, get=_get, usual=INFLUXDB.well_known),)
