"""CouchDB, over HTTP: a document in a database of ours.

Nothing is there when it answers 404 with `"error": "not_found"`.
"""

from stackproof.datastores.http import CREATED, JSON, NOT_FOUND, OK, document, done, send, words
from stackproof.datastores.wire import NAME, Link, Wire
from stackproof.probes.logins.http import Answer, Request, basic
from stackproof.probes.logins.model import Account
from stackproof.probes.logins.web import COUCHDB

DATABASE = f"/{NAME}"
DOCUMENT = f"{DATABASE}/value"
EXISTS = 412  # precondition failed: the database is there


def _known(answer: Answer) -> bool:
    return "couchdb" in answer.headers.get("server", "").lower()


def _ask(link: Link, account: Account | None, method: str, path: str, body: bytes = b"") -> Answer:
    return send(
        link, Request(method=method, path=path, headers={**JSON, **basic(account)}, body=body), _known
    )


def _put(link: Link, account: Account | None, value: str) -> None:
    done(_ask(link, account, "PUT", DATABASE), CREATED, 202, EXISTS)
    before = _ask(link, account, "GET", DOCUMENT)
    revision = {"_rev": document(before)["_rev"]} if before.status == OK else {}
    done(_ask(link, account, "PUT", DOCUMENT, words({"value": value, **revision})), CREATED, 202)


def _get(link: Link, account: Account | None) -> str | None:
    answer = _ask(link, account, "GET", DOCUMENT)
    if answer.status == NOT_FOUND and document(answer).get("error") == "not_found":
        return None
    return str(document(done(answer, OK))["value"])


WIRES = (Wire(protocol="HTTP", ports=COUCHDB.ports, put=_put, get=_get, usual=COUCHDB.well_known),)
