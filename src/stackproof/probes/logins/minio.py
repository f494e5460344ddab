"""S3 as MinIO serves it: the list of buckets, signed (version 4) where there is a credential."""

import hashlib
import hmac
from datetime import UTC, datetime

from stackproof.probes.logins.http import HOST, Answer, Request, exchange, judged
from stackproof.probes.logins.model import Account, Login, Reply, accounts
from stackproof.probes.logins.stream import Stream

REGION, SERVICE = "us-east-1", "s3"
EMPTY = hashlib.sha256(b"").hexdigest()
SIGNED = "host;x-amz-content-sha256;x-amz-date"


def _ask(stream: Stream, account: Account | None) -> Reply:
    headers = signed(account, datetime.now(UTC)) if account else {}
    answer = exchange(stream, Request(path="/", headers=headers))
    return judged(answer, known=_known, refusals=frozenset({403}))


def _known(answer: Answer) -> bool:
    return "minio" in answer.headers.get("server", "").lower() or b"ListAllMyBuckets" in answer.body


def signed(account: Account, now: datetime) -> dict[str, str]:
    """Return the headers of `GET /` by AWS's signature version 4."""
    moment, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    scope = f"{day}/{REGION}/{SERVICE}/aws4_request"
    asked = f"GET\n/\n\nhost:{HOST}\nx-amz-content-sha256:{EMPTY}\nx-amz-date:{moment}\n\n{SIGNED}\n{EMPTY}"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
    key = f"AWS4{account.password}".encode()
    for word in (day, REGION, SERVICE, "aws4_request", text):
        key = hmac.new(key, word.encode(), "sha256").digest()
    credential = f"Credential={account.name}/{scope}, SignedHeaders={SIGNED}, Signature={key.hex()}"
    return {
        "x-amz-content-sha256": EMPTY,
        "x-amz-date": moment,
        "Authorization": f"AWS4-HMAC-SHA256 {credential}",
    }


MINIO = Login(protocol="S3", ports=(9000,), ask=_ask, well_known=accounts(("minioadmin", "minioadmin")))
