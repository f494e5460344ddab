"""Consul's key-value store, over HTTP.

Nothing is there when it answers 404 with its own headers.
"""

from stackproof.datastores.http import NOT_FOUND, OK, done, send
from stackproof.datastores.wire import NAME, Link, NotNowError, Wire
from stackproof.probes.logins.http import Answer, Request
from stackproof.probes.logins.model import Account
from stackproof.probes.logins.web import CONSUL

PATH = f"/v1/kv/{NAME}"


def _known(answer: Answer) -> bool:
    return any(name.startswith("x-consul") for name in answer.headers)


def _ask(link: Link, account: Account | None, request: Request) -> Answer:
    headers = {"X-Consul-Token": account.password} if account else {}
    told = Request(method=request.method, path=request.path, headers=headers, body=request.body)
    return send(link, told, _known if request.method == "GET" else lambda _answer: True)


def _put(link: Link, account: Account | None, value: str) -> None:
    answer = done(_ask(link, account, Request(method="PUT", path=PATH, body=value.encode())), OK)
    if answer.body.strip() != b"true":
        raise NotNowError(answer.said)


def _get(link: Link, account: Account | None) -> str | None:
    answer = _ask(link, account, Request(path=f"{PATH}?raw"))
    return None if answer.status == NOT_FOUND else done(answer, OK).body.decode()


WIRES = (Wire(protocol="HTTP", ports=CONSUL.ports, put=_put, get=_get, usual=CONSUL.well_known),)
