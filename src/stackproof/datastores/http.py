"""One request to a datastore that speaks HTTP, and what its status says in all of them."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from stackproof.datastores.wire import Link, NotLetInError, NotNowError
from stackproof.probes.logins.http import FORBIDDEN, UNAUTHORIZED, Answer, Request, exchange

OK, CREATED, NO_CONTENT, NOT_FOUND, CONFLICT = 200, 201, 204, 404, 409
TOO_MANY, SERVER_ERROR = 429, 500
JSON = {"Content-Type": "application/json"}


def send(link: Link, request: Request, known: Callable[[Answer], bool]) -> Answer:
    """Return the answer to a request; `known` tells one of this datastore from any web server's.

    Raises NotLetInError, NotNowError for what the server could not do; ValueError for another web server.
    """
    with link.connect() as stream:
        answer = exchange(stream, request)
    if answer.status in (UNAUTHORIZED, FORBIDDEN):
        raise NotLetInError(answer.said)
    if answer.status >= SERVER_ERROR or answer.status == TOO_MANY:
        raise NotNowError(answer.said)
    if not known(answer):
        msg = f"is another web server ({answer.said})"
        raise ValueError(msg)
    return answer


def done(answer: Answer, *good: int) -> Answer:
    """Return the answer of a request that was carried out.

    Raises NotNowError for any other status than the good ones.
    """
    if answer.status not in good:
        raise NotNowError(answer.said)
    return answer


def words(document: Mapping[str, Any]) -> bytes:
    """Return the body of a request."""
    return json.dumps(document).encode()


def document(answer: Answer) -> dict[str, Any]:
    """Return the object that an answer is; empty for any other JSON.

    Raises ValueError for what is no JSON.
    """
    found = json.loads(answer.body)
    return found if isinstance(found, dict) else {}


def coded(text: str) -> str:
    """Return a text as JSON gateways carry bytes."""
    return base64.b64encode(text.encode()).decode()


def decoded(text: str) -> str:
    """Return the text again."""
    return base64.b64decode(text).decode()
