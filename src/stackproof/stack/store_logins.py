"""Whether a datastore asks who comes, as far as a compose file tells. Pure.

After the documentation of the servers and of their images, the official ones and bitnami's. What really
answers is asked where something runs (`datastore-requires-credentials`).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Final

from stackproof.stack.dollars import unescape
from stackproof.stack.passwords import identifies, passwords, says_who
from stackproof.stack.sensitive import Known, program
from stackproof.stack.service import Service
from stackproof.stack.weak import is_weak


class Login(Enum):
    """What a datastore asks for, in words that follow a comma."""

    NONE = "and the file sets no login for it"
    WEAK = "behind a password that everybody tries first"
    ASKED = "which asks for a login"
    UNTOLD = "whose login stands in a file that it mounts, or nowhere"


@dataclass(frozen=True, kw_only=True)
class _Store:
    asks: bool
    """Whether it does where nobody says anything."""
    since: int = 0
    """The major version of its image since which it does; 0 for all."""
    opened: re.Pattern[str]
    closed: re.Pattern[str]


# `asks` or `open`, then what turns it round: words of the variables (`NAME=value`, a line each) and the
# command.
_STORES: Final = """
    PostgreSQL asks: HOST_AUTH_METHOD=trust|ALLOW_EMPTY_PASSWORD=(?:yes|true|1)|AUTH_TYPE=(?:any|trust)
    MySQL asks: ALLOW_EMPTY_(?:ROOT_)?PASSWORD=(?!no|false|0)\\S|--skip-grant
    MariaDB asks: ALLOW_EMPTY_(?:ROOT_)?PASSWORD=(?!no|false|0)\\S|--skip-grant
    SQL Server asks:
    Oracle asks:
    CouchDB asks:
    Typesense asks:
    Neo4j asks: NEO4J_AUTH=none|auth_enabled=false
    ArangoDB asks: ARANGO_NO_AUTH=\\S
    OpenSearch asks: DISABLE_SECURITY_PLUGIN=true|security\\.disabled=true
    CockroachDB asks: --insecure
    Elasticsearch asks 8: xpack\\.security\\.enabled=true|ELASTICSEARCH_ENABLE_SECURITY=(?:true|yes)
    Kibana asks 8: xpack\\.security\\.enabled=true
    InfluxDB asks 2: INFLUXDB_HTTP_AUTH_ENABLED=(?:true|yes)
    RabbitMQ open: RABBITMQ_(?:DEFAULT_)?PASS(?:WORD)?(?:_FILE)?=\\S
    AMQP open: RABBITMQ_(?:DEFAULT_)?PASS(?:WORD)?(?:_FILE)?=\\S
    ActiveMQ open: (?:ACTIVEMQ|ARTEMIS|AMQ)\\w*PASSWORD=\\S
    MongoDB open: MONGO(?:DB|_INITDB)_ROOT_PASSWORD(?:_FILE)?=\\S|--auth(?!\\w)|--keyFile
    Redis open: requirepass\\s+\\S|--aclfile
    Valkey open: requirepass\\s+\\S|--aclfile
    KeyDB open: requirepass\\s+\\S|--aclfile
    Dragonfly open: requirepass[=\\s]\\S|--aclfile|DFLY_PASSWORD=\\S
    Kafka open: SASL_|SSL_CLIENT_AUTH=required
    ZooKeeper open: ZOO_ENABLE_AUTH=(?:yes|true)|authProvider
    memcached open: --enable-sasl|--auth-file|\\s-[SY](?:\\s|$)|MEMCACHED_PASSWORD=\\S
    NATS open: --(?:user|pass|auth)(?!\\w)
    MQTT open: VERNEMQ_ALLOW_ANONYMOUS=off
    etcd open: --client-cert-auth|ETCD_CLIENT_CERT_AUTH=true|ETCD_ROOT_PASSWORD=\\S
    Consul open: acl["\\s:{]
    Qdrant open: API_KEY=\\S
    Weaviate open: AUTHENTICATION_(?:APIKEY|OIDC)_ENABLED=true
    Meilisearch open: MEILI_MASTER_KEY=\\S|--master-key
    Milvus open: authorizationEnabled
    Cassandra open: PasswordAuthenticator|CASSANDRA_PASSWORD=\\S
    ClickHouse open: CLICKHOUSE_PASSWORD(?:_FILE)?=\\S
    Solr open:
    RethinkDB open:
"""
# Of those that ask only since a version: what opens these.
_SECURITY_OFF: Final = re.compile(r"xpack\.security\.enabled[=\s]+false", re.IGNORECASE)
# Images of bitnami ask where a password is set, in a variable that the official ones do not know.
_OF_BITNAMI: Final = re.compile(r"^(?:REDIS|VALKEY|KEYDB)_PASSWORD(?:_FILE)?=\S", re.MULTILINE)
# Where a server finds what its file says of logins.
_SETTINGS: Final = re.compile(
    r"\.(?:conf|cnf|ya?ml|json|cfg|properties|xml|toml|ini|acl|rc|hcl)$|/etc/|/conf(?:ig)?(?:/|$|\.d)",
    re.IGNORECASE,
)
_MAJOR: Final = re.compile(r":v?(\d+)")
_NEVER: Final = re.compile(r"(?!)")


def login(service: Service, what: Known, others: Iterable[Service] = ()) -> Login | None:
    """Return what a service asks for that is known as a datastore; None for what has no login to speak of.

    `others` are the services of the same file: Kibana asks where its Elasticsearch does.
    """
    # A number may be that of another program: OpenSearch listens where Elasticsearch does.
    what = program(service) or what
    store = _stores().get(what.name)
    if store is None:
        return None
    if what.name == "Kibana" and any(_is_open_elasticsearch(other) for other in others):
        return Login.NONE
    if _asks(service, store):
        return Login.WEAK if _has_weak_password(service) else Login.ASKED
    settings = any(_SETTINGS.search(mount.target) for mount in service.mounts) or service.configs
    return Login.UNTOLD if settings and not store.since and not store.asks else Login.NONE


def _asks(service: Service, store: _Store) -> bool:
    text = _said(service)
    if store.opened.search(text):
        return False
    if store.closed.search(text):
        return True
    if "bitnami" in (service.image or "") and _OF_BITNAMI.search(text):
        return True
    return store.asks and (not store.since or _major(service) >= store.since)


def _said(service: Service) -> str:
    variables = (f"{name}={value or ''}" for name, value in service.environment.items())
    return "\n".join((*variables, *(" ".join(words) for words in service.commands.values())))


def _major(service: Service) -> int:
    """Return the major version that an image's tag begins with; 0 where it says none, or is bitnami's."""
    found = _MAJOR.search((service.image or "").rpartition("/")[2])
    return int(found[1]) if found and "bitnami" not in (service.image or "") else 0


def _is_open_elasticsearch(service: Service) -> bool:
    what = program(service)
    return what is not None and what.name == "Elasticsearch" and login(service, what) is Login.NONE


def _has_weak_password(service: Service) -> bool:
    names = list(service.environment)
    held = {name: unescape(value) for name, value in service.environment.items() if value}
    who = [value for name, value in held.items() if says_who(name) or identifies(name, names)]
    known_names = {service.name, service.image_name, *who}
    return any(
        is_weak(password, {*known_names, *more})
        for name, value in held.items()
        if not identifies(name, names)
        for password, more in passwords(name, value)
    )


@cache
def _stores() -> dict[str, _Store]:
    found = {}
    for line in _STORES.strip().splitlines():
        head, _, pattern = line.strip().partition(":")
        turned = re.compile(pattern.strip(), re.IGNORECASE | re.MULTILINE) if pattern.strip() else _NEVER
        *name, last = head.split()
        since = int(last) if last.isdecimal() else 0
        if since:
            *name, last = name
        asks = last == "asks"
        opened = _SECURITY_OFF if since else turned if asks else _NEVER
        closed = _NEVER if asks and not since else turned
        found[" ".join(name)] = _Store(asks=asks, since=since, opened=opened, closed=closed)
    return found
