"""Neo4j, over its HTTP API: a node of ours.

Nothing is there when the query returns no row.
"""

from typing import Any

from stackproof.datastores.http import JSON, document, send, words
from stackproof.datastores.wire import Link, NotLetInError, NotNowError, Wire
from stackproof.probes.logins.http import Answer, Request, basic
from stackproof.probes.logins.model import Account
from stackproof.probes.logins.web import NEO4J

PATHS = ("/db/neo4j/tx/commit", "/db/data/transaction/commit")  # since version 4, and before
WRITE = "MERGE (n:StackproofProbe) SET n.value = $value"
READ = "MATCH (n:StackproofProbe) RETURN n.value"
NOT_FOUND = 404


def _known(answer: Answer) -> bool:
    return b'"results"' in answer.body or b"Neo." in answer.body or answer.status == NOT_FOUND


def _ask(link: Link, account: Account | None, query: str, **given: str) -> list[Any]:
    body = words({"statements": [{"statement": query, "parameters": given}]})
    for path in PATHS:
        request = Request(method="POST", path=path, headers={**JSON, **basic(account)}, body=body)
        answer = send(link, request, _known)
        if answer.status != NOT_FOUND:
            break
    found = document(answer)
    if errors := found.get("errors"):
        said = f"{errors[0].get('code')} {errors[0].get('message')}"
        raise NotLetInError(said) if ".Security." in said else NotNowError(said)
    return list(found["results"][0]["data"])


def _put(link: Link, account: Account | None, value: str) -> None:
    _ask(link, account, WRITE, value=value)


def _get(link: Link, account: Account | None) -> str | None:
    rows = _ask(link, account, READ)
    return str(rows[0]["row"][0]) if rows else None


WIRES = (Wire(protocol="HTTP", ports=NEO4J.ports, put=_put, get=_get, usual=NEO4J.well_known),)
