"""MinIO and what else serves S3: an object in a bucket of ours.

Nothing is there when it says NoSuchBucket or NoSuchKey.
"""

from datetime import UTC, datetime

from stackproof.datastores.http import CONFLICT, NOT_FOUND, OK, done, send
from stackproof.datastores.wire import Link, Wire
from stackproof.probes.logins.http import Answer, Request
from stackproof.probes.logins.minio import MINIO, signed
from stackproof.probes.logins.model import Account

BUCKET = "/stackproof-probe"
KEY = f"{BUCKET}/value"
OWNED = b"BucketAlreadyOwnedByYou"
NOTHING = (b"NoSuchBucket", b"NoSuchKey")


def _known(answer: Answer) -> bool:
    return any(name.startswith("x-amz-") for name in answer.headers)


def _ask(link: Link, account: Account | None, request: Request) -> Answer:
    return send(link, signed(account, datetime.now(UTC), request), _known)


def _put(link: Link, account: Account | None, value: str) -> None:
    made = _ask(link, account, Request(method="PUT", path=BUCKET))
    if not (made.status == CONFLICT and OWNED in made.body):
        done(made, OK)
    done(_ask(link, account, Request(method="PUT", path=KEY, body=value.encode())), OK)


def _get(link: Link, account: Account | None) -> str | None:
    answer = _ask(link, account, Request(path=KEY))
    if answer.status == NOT_FOUND and any(word in answer.body for word in NOTHING):
        return None
    return done(answer, OK).body.decode()


WIRES = (Wire(protocol="S3", ports=MINIO.ports, put=_put, get=_get, usual=MINIO.well_known),)
