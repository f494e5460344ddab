"""Which datastore a container runs."""

from stackproof.datastores import (
    cassandra,
    clickhouse,
    consul,
    couchdb,
    elasticsearch,
    etcd,
    influxdb,
    minio,
    mongodb,
    mosquitto,
    mysql,
    nats,
    neo4j,
    postgres,
    rabbitmq,
    redis,
    zookeeper,
)
from stackproof.datastores.datastore import Datastore, NoClientError
from stackproof.datastores.forgetful import forgetful
from stackproof.datastores.served import Served
from stackproof.datastores.wire import Wire
from stackproof.errors import Unknown
from stackproof.facts import programs
from stackproof.sandbox.container import Container

WIRES: dict[str, tuple[Wire, ...]] = {
    "PostgreSQL": postgres.WIRES,
    "CockroachDB": postgres.COCKROACH_WIRES,
    "MariaDB or MySQL": mysql.WIRES,
    "TiDB": mysql.WIRES,
    "Redis": redis.WIRES,
    "Valkey": redis.WIRES,
    "KeyDB": redis.WIRES,
    "Dragonfly": redis.WIRES,
    "Redict": redis.WIRES,
    "Kvrocks": redis.WIRES,
    "Garnet": redis.WIRES,
    "MongoDB": mongodb.WIRES,
    "FerretDB": mongodb.WIRES,
    "RabbitMQ": rabbitmq.WIRES,
    "Elasticsearch": elasticsearch.WIRES,
    "OpenSearch": elasticsearch.WIRES,
    "InfluxDB": influxdb.WIRES,
    "MinIO": minio.WIRES,
    "NATS": nats.WIRES,
    "etcd": etcd.WIRES,
    "Consul": consul.WIRES,
    "CouchDB": couchdb.WIRES,
    "ClickHouse": clickhouse.WIRES,
    "Cassandra or ScyllaDB": cassandra.WIRES,
    "Neo4j": neo4j.WIRES,
    "ZooKeeper": zookeeper.WIRES,
    "Mosquitto": mosquitto.WIRES,
}


def detect(container: Container) -> Datastore | None:
    """Return the datastore that runs in the container, known by its process and not by an image's name.

    Raises NoClientError for one that we cannot ask, Unknown where several run.
    """
    kinds = programs.datastores(container.facts.processes)
    if len(kinds) > 1:
        several = " and ".join(kinds)
        msg = f"{container} runs {several}: give `persistence:` in the contract for the one that counts"
        raise Unknown(msg)
    if not kinds:
        return None
    if forgets := forgetful(container, kinds[0]):
        return forgets
    if kinds[0] not in WIRES:
        msg = f"{container} runs {kinds[0]}, which we have no client for: give `persistence:` in the contract"
        raise NoClientError(msg)
    return Served(kinds[0], WIRES[kinds[0]])
