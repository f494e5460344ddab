"""Elasticsearch and OpenSearch, over HTTP: a document in an index of ours.

Nothing is there when it says `"found": false` or index_not_found_exception.
"""

from stackproof.datastores.http import CREATED, JSON, NOT_FOUND, OK, document, done, send, words
from stackproof.datastores.wire import Link, NotNowError, Wire
from stackproof.probes.logins.http import Answer, Request, basic
from stackproof.probes.logins.model import Account
from stackproof.probes.logins.web import ELASTICSEARCH

INDEX = "/stackproof-probe"
DOCUMENT = f"{INDEX}/_doc/1"
WITHIN = "5s"  # for its shards; longer than a healthy one takes, shorter than our deadline
NO_INDEX, EXISTS = "index_not_found_exception", "resource_already_exists_exception"


def _known(answer: Answer) -> bool:
    return any(word in answer.body for word in (b'"_index"', b'"acknowledged"', b'"error"', b'"_shards"'))


def _ask(link: Link, account: Account | None, method: str, path: str, body: bytes = b"") -> Answer:
    request = Request(method=method, path=path, headers={**JSON, **basic(account)}, body=body)
    return send(link, request, _known)


def _put(link: Link, account: Account | None, value: str) -> None:
    made = _ask(link, account, "PUT", f"{INDEX}?timeout={WITHIN}")
    if EXISTS not in str(document(made)) and "already_exists" not in str(document(made)):
        done(made, OK)
    path = f"{DOCUMENT}?refresh=true&timeout={WITHIN}"
    kept = done(_ask(link, account, "PUT", path, words({"value": value})), OK, CREATED)
    if document(kept).get("result") not in ("created", "updated"):
        raise NotNowError(kept.said)


def _get(link: Link, account: Account | None) -> str | None:
    answer = _ask(link, account, "GET", DOCUMENT)
    found = document(answer)
    if answer.status == NOT_FOUND and (found.get("found") is False or NO_INDEX in str(found.get("error"))):
        return None
    return str(document(done(answer, OK))["_source"]["value"])


WIRES = (
    Wire(protocol="HTTP", ports=ELASTICSEARCH.ports, put=_put, get=_get, usual=ELASTICSEARCH.well_known),
)
