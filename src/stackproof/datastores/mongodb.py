"""MongoDB, over OP_MSG.

Nothing is there when `find` returns an empty batch.
"""

from stackproof.datastores.wire import NAME, Link, NotLetInError, NotNowError, Wire, entered
from stackproof.probes.logins.bson import Value
from stackproof.probes.logins.model import Account
from stackproof.probes.logins.mongodb import FAILED, MONGODB, UNAUTHORIZED, Line

# UserNotFound, Unauthorized, AuthenticationFailed
NOT_THIS_ONE = frozenset({11, UNAUTHORIZED, FAILED})
ID = "stackproof"


def _put(link: Link, account: Account | None, value: str) -> None:
    # Acknowledged when it is in the journal, which is what a majority has to have by default.
    document: dict[str, Value] = {
        "findAndModify": NAME,
        "query": {"_id": ID},
        "update": {"_id": ID, "value": value},
        "upsert": True,
        "writeConcern": {"w": 1, "j": True},
    }
    answer = _ask(link, account, document)
    if (concern := answer.get("writeConcernError")) is not None:
        raise NotNowError(str(concern))


def _get(link: Link, account: Account | None) -> str | None:
    document: dict[str, Value] = {"find": NAME, "filter": {"_id": ID}, "limit": 1, "singleBatch": True}
    cursor = _ask(link, account, document)["cursor"]
    if not isinstance(cursor, dict) or not isinstance(batch := cursor.get("firstBatch"), dict):
        msg = "its answer has no batch"
        raise ValueError(msg)  # noqa: TRY004 - what a server says is a value
    first = batch.get("0")
    return str(first["value"]) if isinstance(first, dict) else None


def _ask(link: Link, account: Account | None, document: dict[str, Value]) -> dict[str, Value]:
    with link.connect() as stream:
        if account is not None:
            entered(MONGODB.ask(stream, account))
        database = (account.database if account else "") or NAME
        answer = Line(stream).command(document, database)
    if answer.get("ok") == 1:
        return answer
    said = f"{answer.get('code')!s} {answer.get('errmsg')!s}"
    raise NotLetInError(said) if answer.get("code") in NOT_THIS_ONE else NotNowError(said)


WIRES = (
    Wire(
        protocol="MongoDB's protocol",
        ports=(*MONGODB.ports, 27018, 27019),
        put=_put,
        get=_get,
        usual=MONGODB.well_known,
    ),
)
