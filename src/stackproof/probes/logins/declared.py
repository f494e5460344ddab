"""The accounts that a container was given for its own datastore: the positive control of every refusal."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from stackproof.engine import engine
from stackproof.facts import requirepass
from stackproof.probes.logins.model import Account
from stackproof.sandbox.container import Container

LARGEST = 4096  # bytes of a file that holds a password


@dataclass(frozen=True)
class _Given:
    """Variables of an image: the password's, the name's, the name without it, the database's."""

    password: str
    name: str = ""
    default: str = ""
    database: str = ""


_DEFAULT_USER = "default"
_REDIS = tuple(_Given(f"{kind}_PASSWORD", default=_DEFAULT_USER) for kind in ("REDIS", "VALKEY", "KEYDB"))
# The official images' variables, and bitnami's. Each may end in _FILE and name a file that holds it.
VARIABLES: Mapping[str, tuple[_Given, ...]] = {
    "PostgreSQL": (
        _Given("POSTGRES_PASSWORD", "POSTGRES_USER", "postgres", "POSTGRES_DB"),
        _Given("POSTGRESQL_PASSWORD", "POSTGRESQL_USERNAME", "postgres", "POSTGRESQL_DATABASE"),
        _Given("POSTGRESQL_POSTGRES_PASSWORD", default="postgres"),
    ),
    "CockroachDB": (_Given("COCKROACH_PASSWORD", "COCKROACH_USER", "root", "COCKROACH_DATABASE"),),
    "MariaDB or MySQL": (
        _Given("MARIADB_PASSWORD", "MARIADB_USER", database="MARIADB_DATABASE"),
        _Given("MARIADB_ROOT_PASSWORD", "MARIADB_ROOT_USER", "root"),
        _Given("MYSQL_PASSWORD", "MYSQL_USER", database="MYSQL_DATABASE"),
        _Given("MYSQL_ROOT_PASSWORD", "MYSQL_ROOT_USER", "root"),
    ),
    "Redis": _REDIS,
    "KeyDB": _REDIS,
    "Valkey": _REDIS,
    "Redict": _REDIS,
    "Kvrocks": _REDIS,
    "Garnet": _REDIS,
    "Dragonfly": (_Given("DFLY_PASSWORD", default=_DEFAULT_USER), *_REDIS),
    "MongoDB": (
        _Given("MONGO_INITDB_ROOT_PASSWORD", "MONGO_INITDB_ROOT_USERNAME"),
        _Given("MONGODB_ROOT_PASSWORD", "MONGODB_ROOT_USER", "root"),
    ),
    "RabbitMQ": (
        _Given("RABBITMQ_DEFAULT_PASS", "RABBITMQ_DEFAULT_USER", "guest", "RABBITMQ_DEFAULT_VHOST"),
        _Given("RABBITMQ_PASSWORD", "RABBITMQ_USERNAME", "user", "RABBITMQ_VHOST"),
    ),
    "Elasticsearch": (_Given("ELASTIC_PASSWORD", default="elastic"),),
    "OpenSearch": (_Given("OPENSEARCH_INITIAL_ADMIN_PASSWORD", default="admin"),),
    "CouchDB": (_Given("COUCHDB_PASSWORD", "COUCHDB_USER"),),
    "InfluxDB": (
        _Given("INFLUXDB_ADMIN_PASSWORD", "INFLUXDB_ADMIN_USER"),
        _Given("DOCKER_INFLUXDB_INIT_PASSWORD", "DOCKER_INFLUXDB_INIT_USERNAME"),
    ),
    "ClickHouse": (_Given("CLICKHOUSE_PASSWORD", "CLICKHOUSE_USER", "default"),),
    "MinIO": (
        _Given("MINIO_ROOT_PASSWORD", "MINIO_ROOT_USER", "minioadmin"),
        _Given("MINIO_SECRET_KEY", "MINIO_ACCESS_KEY", "minioadmin"),
    ),
    "Cassandra or ScyllaDB": (_Given("CASSANDRA_PASSWORD", "CASSANDRA_USER", "cassandra"),),
    "etcd": (_Given("ETCD_ROOT_PASSWORD", default="root"),),
    "Consul": (_Given("CONSUL_HTTP_TOKEN", default="token"),),
}


def declared(container: Container, kind: str) -> tuple[Account, ...]:
    """Return the accounts, each once; none where the container does not say.

    Raises CommandError when a file that holds a password cannot be read.
    """
    found = [account for given in VARIABLES.get(kind, ()) if (account := _given(container, given))]
    if kind == "Neo4j":
        found += _neo4j(_variables(container).get("NEO4J_AUTH", ""))
    if kind == "NATS":
        found += _nats(container.command)
    if VARIABLES.get(kind) == _REDIS:
        found = [*_redis(container), *found]
    return tuple(dict.fromkeys(found))


def _variables(container: Container) -> dict[str, str]:
    words = container.data["Config"].get("Env") or ()
    return dict(word.partition("=")[::2] for word in words)


def _given(container: Container, given: _Given) -> Account | None:
    password, name = _value(container, given.password), _value(container, given.name) or given.default
    if not password or not name:
        return None
    return Account(name=name, password=password, database=_value(container, given.database), declared=True)


def _value(container: Container, variable: str) -> str:
    """Return the value of a variable or of the file that it names."""
    variables = _variables(container)
    if path := variables.get(f"{variable}_FILE", "") if variable else "":
        file = engine.file(container.id, path, head=LARGEST)
        return file.head.decode(errors="replace").rstrip("\n") if file else ""
    return variables.get(variable, "")


def _redis(container: Container) -> list[Account]:
    """Ask the container's own shell what it made of the server's command line."""
    if requirepass.password_in(container.command) == "''":
        return []
    said = container.host.run(requirepass.script(container.command) + 'printf %s "$password"').stdout
    return [Account(name=_DEFAULT_USER, password=said, declared=True)] if said else []


def _neo4j(both: str) -> list[Account]:
    name, slash, password = both.partition("/")
    return [Account(name=name, password=password, declared=True)] if slash else []


def _nats(command: list[str]) -> list[Account]:
    options = {word.lstrip("-"): following for word, following in pairwise(command) if word.startswith("-")}
    name, password = options.get("user", ""), options.get("pass", "")
    return [Account(name=name, password=password, declared=True)] if name and password else []
