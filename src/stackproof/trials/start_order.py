"""Who starts before what it needs is ready: what the author declared, and what it may lead to. Pure."""

from collections.abc import Iterable

from stackproof.controls.severity import Severity
from stackproof.facts.model import Process
from stackproof.facts.programs import datastores
from stackproof.stack.model import Service

# Stores that make a cluster, elect a leader or load their data before they take connections: seconds on an
# empty volume, and minutes on a slow machine. The others listen within moments of their start.
_SLOW = {
    "PostgreSQL", "CockroachDB", "MariaDB or MySQL", "MongoDB", "ClickHouse", "InfluxDB", "InfluxDB 3",
    "Cassandra or ScyllaDB", "SQL Server", "Oracle", "RethinkDB", "ArangoDB", "Redpanda", "Elasticsearch",
    "OpenSearch", "ZooKeeper", "Neo4j", "Kafka", "ActiveMQ", "Solr", "RabbitMQ", "CouchDB",
}  # fmt: skip
# The same by the names of images, for one that does not run.
_SLOW_IMAGES = (
    "postgres", "postgis", "timescale", "pgvector", "mysql", "mariadb", "percona", "mongo", "cockroach",
    "clickhouse", "influxdb", "cassandra", "scylla", "mssql", "oracle-", "rethinkdb", "arangodb", "redpanda",
    "elasticsearch", "opensearch", "zookeeper", "neo4j", "kafka", "activemq", "solr", "rabbitmq", "couchdb",
)  # fmt: skip
# What goes by such a name and is none: consoles, exporters and agents.
_BESIDE = (
    "exporter", "admin", "express", "commander", "ui", "backup", "dump", "proxy", "bouncer", "manager",
)  # fmt: skip
# Reverse proxies connect when somebody asks them, and say so until then; so do consoles.
_PROXIES = {"nginx", "openresty", "haproxy", "traefik", "caddy", "envoy", "varnishd"}
_LATE_IMAGES = _PROXIES | {
    "httpd", "varnish", "nginx-proxy", "nginx-proxy-manager", "swag", "adminer", "phpmyadmin", "pgadmin4",
    "pgweb", "mongo-express", "redis-commander", "redisinsight", "kafka-ui", "akhq", "portainer", "dozzle",
}  # fmt: skip
_HELPERS = {"sh", "bash", "tini", "dumb-init", "docker-init", "s6-svscan", "catatonit"}


def takes_time(service: Service, processes: Iterable[Process]) -> bool:
    """Whether a dependency is one that is not ready for seconds after it has started.

    By the programs that run; by its image's name where none is seen.
    """
    found = datastores(processes)
    if found:
        return bool(_SLOW & set(found))
    name = _image(service)
    return any(word in name for word in _SLOW_IMAGES) and not any(word in name for word in _BESIDE)


def connects_late(service: Service, processes: Iterable[Process]) -> bool:
    """Whether a dependant is one that asks others when it is asked itself, such as a reverse proxy.

    By its image's name, or because nothing else runs in it.
    """
    programs = {process.name for process in processes} - _HELPERS
    return _image(service) in _LATE_IMAGES or (bool(programs) and programs <= _PROXIES)


def severity(*, slow: bool, late: bool, watched: bool) -> Severity:
    """Return how much it matters that a dependant does not wait.

    `slow` is whether the dependency takes time, `late` whether the dependant connects late, `watched` whether
    the dependency has a health check that could be waited for.
    """
    if slow and not late:
        return Severity.HIGH
    return Severity.MEDIUM if slow or (watched and not late) else Severity.LOW


def _image(service: Service) -> str:
    return (service.image or "").partition("@")[0].rpartition("/")[2].partition(":")[0].lower()
