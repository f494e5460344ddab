"""Which protocols a kind of datastore speaks."""

from stackproof.probes.logins.amqp import AMQP
from stackproof.probes.logins.cassandra import CASSANDRA
from stackproof.probes.logins.memcached import MEMCACHED, MEMCACHED_SASL
from stackproof.probes.logins.minio import MINIO
from stackproof.probes.logins.model import Login
from stackproof.probes.logins.mongodb import MONGODB
from stackproof.probes.logins.mqtt import MQTT
from stackproof.probes.logins.mysql import MYSQL
from stackproof.probes.logins.nats import NATS
from stackproof.probes.logins.postgres import COCKROACH, POSTGRES
from stackproof.probes.logins.redis import REDIS
from stackproof.probes.logins.web import (
    CLICKHOUSE,
    CONSUL,
    COUCHDB,
    ELASTICSEARCH,
    ETCD,
    INFLUXDB,
    NEO4J,
    RABBITMQ_MANAGEMENT,
)
from stackproof.probes.logins.zookeeper import ZOOKEEPER

# A kind that `facts.programs` knows and that is not here cannot be asked.
LOGINS: dict[str, tuple[Login, ...]] = {
    "PostgreSQL": (POSTGRES,),
    "CockroachDB": (COCKROACH,),
    "MariaDB or MySQL": (MYSQL,),
    "TiDB": (MYSQL,),
    "Redis": (REDIS,),
    "KeyDB": (REDIS,),
    "Valkey": (REDIS,),
    "Dragonfly": (REDIS,),
    "Redict": (REDIS,),
    "Kvrocks": (REDIS,),
    "Garnet": (REDIS,),
    "MongoDB": (MONGODB,),
    "FerretDB": (MONGODB,),
    "RabbitMQ": (AMQP, RABBITMQ_MANAGEMENT),
    "Mosquitto": (MQTT,),
    "NATS": (NATS,),
    "memcached": (MEMCACHED, MEMCACHED_SASL),
    "Cassandra or ScyllaDB": (CASSANDRA,),
    "ZooKeeper": (ZOOKEEPER,),
    "Elasticsearch": (ELASTICSEARCH,),
    "OpenSearch": (ELASTICSEARCH,),
    "CouchDB": (COUCHDB,),
    "InfluxDB": (INFLUXDB,),
    "ClickHouse": (CLICKHOUSE,),
    "Consul": (CONSUL,),
    "etcd": (ETCD,),
    "Neo4j": (NEO4J,),
    "MinIO": (MINIO,),
}
