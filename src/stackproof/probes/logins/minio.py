"""S3 as MinIO serves it: the list of buckets, signed (version 4) where there is a credential."""

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime

from stackproof.probes.logins.http import HOST, Answer, Request, exchange, judged
from stackproof.probes.logins.model import Account, Login, Reply, accounts
from stackproof.probes.logins.stream import Stream

REGION, SERVICE = "us-east-1", "s3"
SIGNED = "host;x-amz-content-sha256;x-amz-date"


def _ask(stream: Stream, account: Account | None) -> Reply:
    answer = exchange(stream, signed(account, datetime.now(UTC), Request(path="/")))
    return judged(answer, known=_known, refusals=frozenset({403}))


def _known(answer: Answer) -> bool:
    return "minio" in answer.headers.get("server", "").lower() or b"ListAllMyBuckets" in answer.body


def signed(account: Account | None, now: datetime, request: Request) -> Request:
    """Return a request with the headers of AWS's signature version 4; as it is for nobody.

    Its path has no query, and nothing that would have to be escaped.
    """
    if account is None:
        return request
    moment, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    body = hashlib.sha256(request.body).hexdigest()
    scope = f"{day}/{REGION}/{SERVICE}/aws4_request"
    headers = f"host:{HOST}\nx-amz-content-sha256:{body}\nx-amz-date:{moment}\n"
    asked = f"{request.method}\n{request.path}\n\n{headers}\n{SIGNED}\n{body}"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
    key = f"AWS4{account.password}".encode()
    for word in (day, REGION, SERVICE, "aws4_request", text):
        key = hmac.new(key, word.encode(), "sha256").digest()
    credential = f"Credential={account.name}/{scope}, SignedHeaders={SIGNED}, Signature={key.hex()}"
    proof = {
        "x-amz-content-sha256": body,
        "x-amz-date": moment,
        "Authorization": f"AWS4-HMAC-SHA256 {credential}",
    }
    return replace(request, headers={**request.headers, **proof})


MINIO = Login(protocol="S3", ports=(9000,), ask=_ask, well_known=accounts(("minioadmin", "minioadmin")))
