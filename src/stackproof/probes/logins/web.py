"""Elasticsearch, CouchDB, InfluxDB, ClickHouse, Consul, etcd, Neo4j and RabbitMQ's management, over HTTP."""

import json

from stackproof.probes.logins.http import (
    FORBIDDEN,
    OK,
    UNAUTHORIZED,
    Answer,
    Request,
    asking,
    basic,
    exchange,
    judged,
)
from stackproof.probes.logins.model import Account, Login, Reply, accounts, let_in, refused, unclear
from stackproof.probes.logins.stream import Stream


def _elasticsearch(answer: Answer) -> bool:
    words = b"cluster_name", b"security_exception", b"missing authentication", b"OpenSearch"
    realm = answer.headers.get("www-authenticate", "")
    return any(word in answer.body for word in words) or "security" in realm or "OpenSearch" in realm


ELASTICSEARCH = Login(
    protocol="Elasticsearch",
    ports=(9200,),
    ask=asking("/", known=_elasticsearch),
    well_known=accounts(("elastic", "changeme"), ("admin", "admin")),
)
COUCHDB = Login(
    protocol="CouchDB",
    ports=(5984,),
    ask=asking("/_all_dbs", known=lambda answer: "couchdb" in answer.headers.get("server", "").lower()),
    well_known=accounts(("admin", "admin"), ("admin", "password")),
)
INFLUXDB = Login(
    protocol="InfluxDB",
    ports=(8086,),
    ask=asking("/query?q=SHOW%20DATABASES", known=lambda answer: "x-influxdb-version" in answer.headers),
    well_known=accounts(("admin", "admin"), ("root", "root")),
)


def _clickhouse_headers(account: Account | None) -> dict[str, str]:
    if account is None:
        return {}
    return {"X-ClickHouse-User": account.name, "X-ClickHouse-Key": account.password}


# Code 516, and before version 20 the codes 192 to 194: with other statuses in each version.
_CLICKHOUSE_REFUSALS = (
    b"Code: 516",
    b"Code: 192,",
    b"Code: 193,",
    b"Code: 194,",
    b"Code: 192.",
    b"Code: 194.",
)


def _ask_clickhouse(stream: Stream, account: Account | None) -> Reply:
    path = "/?query=SELECT%20name%20FROM%20system.databases"
    answer = exchange(stream, Request(path=path, headers=_clickhouse_headers(account)))
    known = any(name.startswith("x-clickhouse") for name in answer.headers) or b"DB::" in answer.body
    if known and any(code in answer.body for code in _CLICKHOUSE_REFUSALS):
        return refused(answer.said)
    return judged(answer, known=lambda _answer: known, refusals=frozenset())


CLICKHOUSE = Login(
    protocol="ClickHouse",
    ports=(8123, 8443),
    ask=_ask_clickhouse,
    well_known=accounts(("default", "default")),
)


def _token(account: Account | None) -> dict[str, str]:
    return {"X-Consul-Token": account.password} if account else {}


CONSUL = Login(
    protocol="Consul",
    ports=(8500, 8501),
    ask=asking(
        "/v1/agent/self", known=lambda a: "x-consul-default-acl-policy" in a.headers, credentials=_token
    ),
)


def _ask_etcd(stream: Stream, account: Account | None) -> Reply:
    if account is None:
        path, body = "/v3/kv/range", {"key": "AA==", "range_end": "AA==", "keys_only": True, "limit": 1}
    else:
        path, body = "/v3/auth/authenticate", {"name": account.name, "password": account.password}
    headers = {"Content-Type": "application/json"}
    answer = exchange(
        stream, Request(path=path, method="POST", headers=headers, body=json.dumps(body).encode())
    )
    if answer.status == OK and b'"header"' in answer.body:
        return let_in(f"{answer.status}")
    if any(word in answer.body for word in (b"user name is empty", b"permission denied", b"invalid user ID")):
        return refused(answer.said)
    if b"etcdserver" in answer.body:
        return unclear(answer.said)
    msg = f"answers {answer.said}"
    raise ValueError(msg)


ETCD = Login(protocol="etcd", ports=(2379,), ask=_ask_etcd, well_known=accounts(("root", "root")))


def _ask_neo4j(stream: Stream, account: Account | None) -> Reply:
    headers = {"Content-Type": "application/json", **basic(account)}
    body = b'{"statements":[{"statement":"RETURN 1"}]}'
    answer = exchange(stream, Request(path="/db/neo4j/tx/commit", method="POST", headers=headers, body=body))
    if b"CredentialsExpired" in answer.body or b"password_change" in answer.body:
        return let_in(answer.said)  # the first login with the password that it is shipped with
    refusals = frozenset({UNAUTHORIZED, FORBIDDEN})
    return judged(answer, known=lambda a: b"Neo." in a.body or b'"results"' in a.body, refusals=refusals)


NEO4J = Login(protocol="Neo4j", ports=(7474, 7473), ask=_ask_neo4j, well_known=accounts(("neo4j", "neo4j")))


def _management(answer: Answer) -> bool:
    realm = answer.headers.get("www-authenticate", "")
    return "RabbitMQ" in realm or b"rabbitmq_version" in answer.body or b"not_authori" in answer.body


RABBITMQ_MANAGEMENT = Login(
    protocol="RabbitMQ management",
    ports=(15672, 15671),
    ask=asking("/api/overview", known=_management),
    well_known=accounts(("guest", "guest")),
)
