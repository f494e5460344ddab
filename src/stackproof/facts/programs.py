"""Which datastore a process is: known by the program that runs, not by an image's name."""

from collections.abc import Iterable

from stackproof.facts.model import Process

# By the first 15 characters of the program, which is what the kernel keeps of a process's name.
BY_NAME = {
    "postgres": "PostgreSQL",
    "cockroach": "CockroachDB",
    "mariadbd": "MariaDB or MySQL",
    "mysqld": "MariaDB or MySQL",
    "redis-server": "Redis",
    "keydb-server": "KeyDB",
    "valkey-server": "Valkey",
    "dragonfly": "Dragonfly",
    "mongod": "MongoDB",
    "mongos": "MongoDB",
    "memcached": "memcached",
    "nats-server": "NATS",
    "mosquitto": "Mosquitto",
    "etcd": "etcd",
    "consul": "Consul",
    "influxd": "InfluxDB",
    "influxdb3": "InfluxDB 3",
    "clickhouse-serv": "ClickHouse",
    "minio": "MinIO",
    "scylla": "Cassandra or ScyllaDB",
    "sqlservr": "SQL Server",
    "tnslsnr": "Oracle",
    "rethinkdb": "RethinkDB",
    "arangod": "ArangoDB",
    "qdrant": "Qdrant",
    "weaviate": "Weaviate",
    "meilisearch": "Meilisearch",
    "typesense-serve": "Typesense",
    "redpanda": "Redpanda",
    "vault": "Vault",
}
# What runs in a machine of its language, by a word of its command line.
IN_A_MACHINE = {
    "org.elasticsearch.": "Elasticsearch",
    "org.opensearch.": "OpenSearch",
    "org.apache.cassandra.": "Cassandra or ScyllaDB",
    "org.apache.zookeeper.": "ZooKeeper",
    "org.neo4j.": "Neo4j",
    "kafka.Kafka": "Kafka",
    "org.apache.activemq.": "ActiveMQ",
    "org.apache.solr": "Solr",
    "rabbit": "RabbitMQ",
    "couch": "CouchDB",
}
_MACHINES = {"java": ("org.", "kafka."), "beam.smp": ("rabbit", "couch"), "beam": ("rabbit", "couch")}


def datastore(process: Process) -> str | None:
    """Return the kind of datastore that a process is, or None for any other program."""
    begins = _MACHINES.get(process.name)
    if begins is None:
        return BY_NAME.get(process.name)
    found = (
        kind for word, kind in IN_A_MACHINE.items() if word.startswith(begins) and word in process.command
    )
    return next(found, None)


def datastores(processes: Iterable[Process]) -> list[str]:
    """Return the kinds of datastore among some processes, sorted, each once."""
    return sorted({kind for process in processes if (kind := datastore(process))})
