"""etcd, over the JSON gateway of its version 3.

Nothing is there when a range holds no key.
"""

from typing import Any

from stackproof.datastores.http import JSON, OK, coded, decoded, document, done, send, words
from stackproof.datastores.wire import NAME, Link, NotLetInError, NotNowError, Wire
from stackproof.probes.logins.http import Answer, Request
from stackproof.probes.logins.model import Account
from stackproof.probes.logins.web import ETCD

OPEN = "authentication is not enabled"
REFUSALS = (b"user name is empty", b"permission denied", b"invalid user ID", b"authentication failed")


def _known(answer: Answer) -> bool:
    return b'"header"' in answer.body or b'"token"' in answer.body or b"etcdserver" in answer.body


def _ask(link: Link, account: Account | None, path: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {**JSON}
    if account is not None and (token := _token(link, account)):
        headers["Authorization"] = token
    return document(_post(link, path, body, headers))


def _token(link: Link, account: Account) -> str:
    """Log in; return nothing where nobody has to."""
    try:
        said = _post(
            link, "/v3/auth/authenticate", {"name": account.name, "password": account.password}, JSON
        )
    except NotNowError as error:
        if OPEN in str(error):
            return ""
        raise
    return str(document(said)["token"])


def _post(link: Link, path: str, body: dict[str, Any], headers: dict[str, str]) -> Answer:
    request = Request(method="POST", path=path, headers=headers, body=words(body))
    answer = send(link, request, lambda answer: _known(answer) or _refused(answer))
    if _refused(answer):
        raise NotLetInError(answer.said)
    return done(answer, OK)


def _refused(answer: Answer) -> bool:
    return any(word in answer.body for word in REFUSALS)


def _put(link: Link, account: Account | None, value: str) -> None:
    _ask(link, account, "/v3/kv/put", {"key": coded(NAME), "value": coded(value)})


def _get(link: Link, account: Account | None) -> str | None:
    found = _ask(link, account, "/v3/kv/range", {"key": coded(NAME)})
    keys = found.get("kvs") or ()
    return decoded(keys[0]["value"]) if keys else None


WIRES = (Wire(protocol="HTTP", ports=ETCD.ports, put=_put, get=_get, usual=ETCD.well_known),)
