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
    "redict-server": "Redict",
    "kvrocks": "Kvrocks",
    "GarnetServer": "Garnet",
    "mongod": "MongoDB",
    "mongos": "MongoDB",
    "ferretdb": "FerretDB",
    "tidb-server": "TiDB",
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
    "surreal": "SurrealDB",
    "rqlited": "rqlite",
    "dgraph": "Dgraph",
    "questdb": "QuestDB",
    "couchbase-serve": "Couchbase",
    "vault": "Vault",
}
# What runs in a machine of its language, by a word of its command line, of which the first bytes are known: a
# property that comes before the long path of its classes tells as well as the class behind.
IN_A_MACHINE = {
    "-Dopensearch.networkaddress.": "OpenSearch",
    "-Dopensearch.path.": "OpenSearch",
    "org.opensearch.": "OpenSearch",
    "-Des.networkaddress.": "Elasticsearch",
    "-Des.path.": "Elasticsearch",
    "org.elasticsearch.": "Elasticsearch",
    "-Dcassandra.storagedir": "Cassandra or ScyllaDB",
    "-Dcassandra.logdir": "Cassandra or ScyllaDB",
    "org.apache.cassandra.": "Cassandra or ScyllaDB",
    "org.apache.zookeeper.": "ZooKeeper",
    "org.neo4j.": "Neo4j",
    "kafka.Kafka": "Kafka",
    "org.apache.activemq.": "ActiveMQ",
    "org.apache.solr": "Solr",
    "rabbit": "RabbitMQ",
    "couch": "CouchDB",
}
# A Redis that watches others and keeps no data.
_SENTINEL = ("[sentinel]", "--sentinel")
_MACHINES = {"java": ("org.", "kafka.", "-D"), "beam.smp": ("rabbit", "couch"), "beam": ("rabbit", "couch")}


def datastore(process: Process) -> str | None:
    """Return the kind of datastore that a process is, or None for any other program."""
    begins = _MACHINES.get(process.name)
    if begins is None:
        watches = any(word in process.command for word in _SENTINEL)
        return None if watches else BY_NAME.get(process.name)
    found = (
        kind for word, kind in IN_A_MACHINE.items() if word.startswith(begins) and word in process.command
    )
    return next(found, None)


def datastores(processes: Iterable[Process]) -> list[str]:
    """Return the kinds of datastore among some processes, sorted, each once."""
    return sorted({kind for process in processes if (kind := datastore(process))})
