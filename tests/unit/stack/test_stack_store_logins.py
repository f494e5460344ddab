"""Whether a datastore asks for a login, as far as a compose file tells."""

from typing import Any

import pytest

from stackproof.stack.model import Model
from stackproof.stack.sensitive import known
from stackproof.stack.store_logins import Login, login

LONG = "t7Rk2-vQ9x-Lm4w"


def asked(image: str, target: int, more: dict[str, Any], **others: Any) -> Login | None:  # noqa: ANN401 - YAML
    """Return what is asked for behind one published port."""
    raw = {"image": image, "ports": [{"target": target, "published": str(target)}], **more}
    model = Model(raw={"services": {"it": raw, **others}})
    service = model.services["it"]
    what = known(service, service.ports[0])
    assert what is not None
    return login(service, what, model.services.values())


def env(*variables: str) -> dict[str, Any]:
    """Return variables as a service has them."""
    return {"environment": dict(one.split("=", 1) for one in variables)}


@pytest.mark.parametrize(
    ("image", "target", "more"),
    [
        ("postgres:16", 5432, env("POSTGRES_HOST_AUTH_METHOD=trust")),
        ("bitnami/postgresql:16", 5432, env("ALLOW_EMPTY_PASSWORD=yes")),
        ("mysql:8.4", 3306, env("MYSQL_ALLOW_EMPTY_PASSWORD=yes")),
        ("mariadb:11", 3306, env("MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1")),
        ("mariadb:11", 3306, {"command": ["mariadbd", "--skip-grant-tables"]}),
        ("neo4j:5", 7687, env("NEO4J_AUTH=none")),
        ("arangodb:3.12", 8529, env("ARANGO_NO_AUTH=1")),
        ("opensearchproject/opensearch:2", 9200, env("DISABLE_SECURITY_PLUGIN=true")),
        ("cockroachdb/cockroach:v24.1.0", 26257, {"command": ["start-single-node", "--insecure"]}),
        ("elasticsearch:7.17.0", 9200, {}),
        ("elasticsearch:8.13.0", 9200, env("xpack.security.enabled=false")),
        ("bitnami/elasticsearch:8", 9200, {}),
        ("influxdb:1.8", 8086, {}),
        ("rabbitmq:4", 5672, {}),
        ("mongo:7", 27017, {}),
        ("redis:7.4", 6379, {}),
        ("redis:7.4", 6379, env(f"REDIS_PASSWORD={LONG}")),
        ("valkey/valkey:8", 6379, {}),
        ("bitnami/kafka:3.7", 9094, env("KAFKA_LISTENERS=PLAINTEXT://:9092")),
        ("zookeeper:3.9", 2181, {}),
        ("memcached:1.6", 11211, {}),
        ("nats:2", 4222, {}),
        ("quay.io/coreos/etcd:v3.5.0", 2379, {}),
        ("qdrant/qdrant:v1.12.0", 6333, {}),
        ("cassandra:5", 9042, {}),
        ("clickhouse/clickhouse-server:24.8", 8123, {}),
        ("kibana:7.17.0", 5601, {}),
    ],
)
def test_nobody_is_asked(image: str, target: int, more: dict[str, Any]) -> None:
    """By the image's own defaults, or because the author says so."""
    assert asked(image, target, more) is Login.NONE


@pytest.mark.parametrize(
    ("image", "target", "more"),
    [
        ("postgres:16", 5432, env(f"POSTGRES_PASSWORD={LONG}")),
        ("postgres:16", 5432, env("POSTGRES_PASSWORD_FILE=/run/secrets/db")),
        ("mysql:8.4", 3306, env(f"MYSQL_ROOT_PASSWORD={LONG}", "MYSQL_ALLOW_EMPTY_PASSWORD=no")),
        ("mcr.microsoft.com/mssql/server:2022-latest", 1433, env(f"MSSQL_SA_PASSWORD={LONG}")),
        ("elasticsearch:8.13.0", 9200, {}),
        ("elasticsearch:7.17.0", 9200, env("xpack.security.enabled=true")),
        ("influxdb:2.7", 8086, {}),
        ("influxdb:1.8", 8086, env("INFLUXDB_HTTP_AUTH_ENABLED=true")),
        ("rabbitmq:4", 5672, env("RABBITMQ_DEFAULT_USER=app", f"RABBITMQ_DEFAULT_PASS={LONG}")),
        ("mongo:7", 27017, env("MONGO_INITDB_ROOT_USERNAME=app", f"MONGO_INITDB_ROOT_PASSWORD={LONG}")),
        ("mongo:7", 27017, {"command": ["mongod", "--auth"]}),
        ("redis:7.4", 6379, {"command": ["redis-server", "--requirepass", LONG]}),
        ("redis/redis-stack:7.4.0", 6379, env(f"REDIS_ARGS=--requirepass {LONG}")),
        ("bitnami/redis:7.4", 6379, env(f"REDIS_PASSWORD={LONG}")),
        ("bitnami/kafka:3.7", 9094, env("KAFKA_LISTENER_SECURITY_PROTOCOL_MAP=EXTERNAL:SASL_SSL")),
        ("qdrant/qdrant:v1.12.0", 6333, env(f"QDRANT__SERVICE__API_KEY={LONG}")),
        ("kibana:8.13.0", 5601, {}),
    ],
)
def test_a_login_is_asked_for(image: str, target: int, more: dict[str, Any]) -> None:
    """By the image's own defaults, or because the author says so."""
    assert asked(image, target, more) is Login.ASKED


@pytest.mark.parametrize(
    ("image", "target", "more"),
    [
        ("postgres:16", 5432, env("POSTGRES_PASSWORD=postgres")),
        ("postgres:16", 5432, env("POSTGRES_USER=orders", "POSTGRES_PASSWORD=orders")),
        ("mysql:8.4", 3306, env("MYSQL_ROOT_PASSWORD=root", f"MYSQL_PASSWORD={LONG}")),
        ("neo4j:5", 7687, env("NEO4J_AUTH=neo4j/password")),
    ],
)
def test_a_password_that_everybody_tries(image: str, target: int, more: dict[str, Any]) -> None:
    """One of several is enough."""
    assert asked(image, target, more) is Login.WEAK


@pytest.mark.parametrize(
    ("image", "target", "mounted"),
    [
        ("redis:7.4", 6379, "/usr/local/etc/redis/redis.conf"),
        ("eclipse-mosquitto:2", 1883, "/mosquitto/config"),
        ("nats:2", 4222, "/etc/nats/nats.conf"),
        ("clickhouse/clickhouse-server:24.8", 8123, "/etc/clickhouse-server/users.d"),
    ],
)
def test_the_file_does_not_tell(image: str, target: int, mounted: str) -> None:
    """Where the server reads its own settings."""
    mounts = {"volumes": [{"type": "bind", "source": "/srv/settings", "target": mounted}]}
    assert asked(image, target, mounts) is Login.UNTOLD


def test_data_is_no_setting() -> None:
    """A volume for data says nothing of a login."""
    data = {"volumes": [{"type": "volume", "source": "data", "target": "/data"}]}
    assert asked("redis:7.4", 6379, data) is Login.NONE


def test_kibana_asks_where_its_store_does() -> None:
    """It has no login of its own without that."""
    store = {"image": "elasticsearch:8.13.0", "environment": {"xpack.security.enabled": "false"}}
    assert asked("kibana:8.13.0", 5601, {}, store=store) is Login.NONE


def test_what_has_no_login_to_speak_of() -> None:
    """It is as grave as ever."""
    assert asked("app:1", 445, {}) is None
