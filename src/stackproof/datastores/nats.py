"""NATS JetStream: a message in a stream of ours that is kept in files.

Nothing is there when it says 10059 (stream not found) or 10037 (no message found). Without JetStream NATS
hands messages on and keeps none.
"""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from stackproof.datastores.wire import NAME, ForgetsError, Link, NotNowError, Wire, entered
from stackproof.probes.logins.model import Account
from stackproof.probes.logins.nats import NATS, log_in
from stackproof.probes.logins.stream import Reader, Stream

SUBJECT, INBOX = "stackproof.probe", "_INBOX.stackproof"
STREAM_NOT_FOUND, NO_MESSAGE = 10059, 10037
# jetstream not enabled, not enabled for this account
DISABLED = frozenset({10076, 10039})
STREAM = {"name": NAME, "subjects": [SUBJECT], "storage": "file", "max_msgs": 1, "discard": "old"}
FORGETS = "runs without JetStream: it hands messages on and keeps none"


class _Session:
    def __init__(self, stream: Stream, account: Account | None) -> None:
        self._stream, self._reader = stream, Reader(stream)
        info = self._reader.line()
        entered(log_in(stream, self._reader, info, account))
        if not json.loads(info[5:]).get("jetstream"):
            raise ForgetsError(FORGETS)
        stream.send(f"SUB {INBOX} 1\r\n".encode())

    def ask(self, subject: str, body: bytes) -> dict[str, Any]:
        """Publish a question, and return the answer that comes to our inbox."""
        self._stream.send(f"PUB {subject} {INBOX} {len(body)}\r\n".encode() + body + b"\r\n")
        while True:
            line = self._reader.line()
            if line.startswith(b"MSG "):
                found: dict[str, Any] = json.loads(self._reader.exactly(int(line.split()[-1]) + 2))
                return found
            if line == b"PING":
                self._stream.send(b"PONG\r\n")
            elif line.startswith(b"-ERR"):
                raise NotNowError(line.decode(errors="replace"))


@contextmanager
def _session(link: Link, account: Account | None) -> Iterator[_Session]:
    with link.connect() as stream:
        yield _Session(stream, account)


def _fine(answer: dict[str, Any]) -> dict[str, Any]:
    error = answer.get("error")
    if error and error.get("err_code") in DISABLED:
        raise ForgetsError(FORGETS)
    if error:
        raise NotNowError(str(error))
    return answer


def _put(link: Link, account: Account | None, value: str) -> None:
    with _session(link, account) as session:
        _fine(session.ask(f"$JS.API.STREAM.CREATE.{NAME}", json.dumps(STREAM).encode()))
        kept = _fine(session.ask(SUBJECT, value.encode()))
    if kept.get("stream") != NAME:
        msg = f"acknowledges with {kept}"
        raise NotNowError(msg)


def _get(link: Link, account: Account | None) -> str | None:
    with _session(link, account) as session:
        asked = json.dumps({"last_by_subj": SUBJECT}).encode()
        answer = session.ask(f"$JS.API.STREAM.MSG.GET.{NAME}", asked)
    if (answer.get("error") or {}).get("err_code") in (STREAM_NOT_FOUND, NO_MESSAGE):
        return None
    return base64.b64decode(_fine(answer)["message"]["data"]).decode()


WIRES = (Wire(protocol="NATS", ports=NATS.ports, put=_put, get=_get, usual=NATS.well_known),)
