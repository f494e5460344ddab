"""Ports that nobody outside should reach, as far as a compose file tells: by number and by program. Pure.

What answers on a port says more, and is asked in a sandbox. Numbers are those of IANA's registry and of the
servers' own documentation.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import dropwhile
from typing import Final

from stackproof.controls.severity import Severity
from stackproof.stack.images import path_name, words_of
from stackproof.stack.ports import Port
from stackproof.stack.service import Service


class Kind(StrEnum):
    """What a port leads to, and how bad it is that everybody can reach it."""

    STORE = "database, broker or cache"
    HOST = "control of a host"
    CONSOLE = "console"
    DEBUGGER = "debugger"
    REMOTE = "remote access"
    GUARDED = "console with a login of its own"

    @property
    def severity(self) -> Severity:
        """How bad it is that all can reach it: to run programs there, to have the data, to try passwords."""
        if self in (Kind.HOST, Kind.DEBUGGER):
            return Severity.CRITICAL
        return Severity.MEDIUM if self in (Kind.REMOTE, Kind.GUARDED) else Severity.HIGH


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is behind a port."""

    name: str
    kind: Kind

    @property
    def severity(self) -> Severity:
        """How bad it is, as far as a file tells, that everybody can reach it."""
        return Severity.MEDIUM if self.name in _WITH_LOGIN | _FOR_LOOKING else self.kind.severity

    def __str__(self) -> str:
        """Return its name."""
        return self.name


# Whether one answers without a login, only something that runs can show.
_WITH_LOGIN: Final = frozenset(
    {"Adminer", "phpMyAdmin", "phpPgAdmin", "phpLDAPadmin", "pgAdmin", "CloudBeaver", "MinIO"}
    | {"RabbitMQ management", "ActiveMQ console"}
)
# They show figures of the stack, or the mail that it would have sent, and change little.
_FOR_LOOKING: Final = frozenset(
    {"Prometheus", "Pushgateway", "Alertmanager", "HAProxy's statistics", "Traefik's dashboard"}
    | {"cAdvisor", "Netdata", "MailHog", "Mailpit", "MailDev", "MailCatcher", "smtp4dev"}
    | {"RabbitMQ's metrics", "NATS's monitoring", "ClickHouse's metrics", "OpenSearch's metrics"}
)


def _known(kind: Kind, text: str) -> dict[str, Known]:
    """Read lines of `name: words`; each word leads to the name."""
    rows = (line.partition(":")[::2] for line in text.strip().splitlines())
    return {word: Known(name=name.strip(), kind=kind) for name, words in rows for word in words.split()}


# TCP numbers that hardly anything else uses.
NUMBERS: Final = {
    int(number): known
    for number, known in {
        **_known(Kind.STORE, """
            SQL Server: 1433
            Oracle: 1521
            MQTT: 1883 8883
            ZooKeeper: 2181
            etcd: 2379 2380
            MySQL: 3306 33060
            Erlang port mapper: 4369
            NATS: 4222
            PostgreSQL: 5432
            AMQP: 5671 5672
            CouchDB: 5984
            Redis: 6379 26379
            Qdrant: 6333 6334
            Neo4j: 7473 7474 7687
            Meilisearch: 7700
            InfluxDB: 8086
            Typesense: 8108
            Consul: 8500
            ArangoDB: 8529
            Solr: 8983
            Cassandra: 9042 9160
            Kafka: 9092
            Elasticsearch: 9200 9300
            memcached: 11211
            Milvus: 19530
            RabbitMQ: 25672
            CockroachDB: 26257
            MongoDB: 27017 27018 27019
            RethinkDB: 28015
            ActiveMQ: 61613 61616
            LDAP: 389 636
            SMB: 139 445
            NFS: 2049
            rpcbind: 111
            rsync: 873
        """),
        **_known(Kind.HOST, "Docker API: 2375 2376\nKubernetes API: 6443\nkubelet: 10250 10255"),
        **_known(Kind.CONSOLE, "Kibana: 5601\nRabbitMQ management: 15671 15672\nActiveMQ console: 8161"),
        **_known(Kind.DEBUGGER, "Node.js inspector: 9229"),
        **_known(Kind.REMOTE, "SSH: 22\nFTP: 21\ntelnet: 23\nRDP: 3389\nVNC: 5900 5901"),
    }.items()
}  # fmt: skip
UDP_NUMBERS: Final = {
    int(number): known
    for number, known in _known(
        Kind.STORE, "SNMP: 161\nrpcbind: 111\nmemcached: 11211\nTFTP: 69\nLDAP: 389\nNFS: 2049"
    ).items()
}
# What else is known for one of these numbers, by a word of the image's own name; its owner's says nothing.
_OTHERS: Final = {
    # TensorFlow Serving's gRPC; ColdFusion's own web server.
    8500: re.compile(r"(?:.*/)?(?:[^/:]*[-_])?(?:serving|coldfusion)[^/:]*:.*"),
    # A game of that name, which authors publish over TCP, too.
    28015: re.compile(r"(?:.*/)?(?:[^/:]*[-_])?rust[^/:]*:.*|(?:.*/)?steamcmd:rust.*"),
}
# Numbers that others use too: by number and a word of the image's name or of the command.
HINTED: Final = {
    (7000, "cassandra"): Known(name="Cassandra", kind=Kind.STORE),
    (7001, "cassandra"): Known(name="Cassandra", kind=Kind.STORE),
    (8404, "haproxy"): Known(name="HAProxy's statistics", kind=Kind.CONSOLE),
    (9000, "php-fpm"): Known(name="PHP-FPM", kind=Kind.DEBUGGER),
    (9000, "fpm"): Known(name="PHP-FPM", kind=Kind.DEBUGGER),
    (7900, "selenium"): Known(name="VNC", kind=Kind.REMOTE),
    (8888, "jupyter"): Known(name="Jupyter", kind=Kind.CONSOLE),
    (9090, "prometheus"): Known(name="Prometheus", kind=Kind.CONSOLE),
    (9091, "pushgateway"): Known(name="Pushgateway", kind=Kind.CONSOLE),
    (9093, "alertmanager"): Known(name="Alertmanager", kind=Kind.CONSOLE),
    (15692, "rabbitmq"): Known(name="RabbitMQ's metrics", kind=Kind.CONSOLE),
    (8222, "nats"): Known(name="NATS's monitoring", kind=Kind.CONSOLE),
    (9363, "clickhouse-server"): Known(name="ClickHouse's metrics", kind=Kind.CONSOLE),
    (9600, "opensearch"): Known(name="OpenSearch's metrics", kind=Kind.CONSOLE),
    (5555, "flower"): Known(name="Flower", kind=Kind.CONSOLE),
    (5678, "debugpy"): Known(name="debugpy", kind=Kind.DEBUGGER),
    (5005, "jdwp"): Known(name="JDWP", kind=Kind.DEBUGGER),
    (2345, "dlv"): Known(name="Delve", kind=Kind.DEBUGGER),
    (40000, "dlv"): Known(name="Delve", kind=Kind.DEBUGGER),
}
# Traefik has its dashboard there when it is told to, and often a site of the stack when it is not.
DASHBOARD_PORT: Final = 8080
DASHBOARD: Final = Known(name="Traefik's dashboard", kind=Kind.CONSOLE)
# Whatever TCP number they publish: by the image's own name (with the word before it where that says too
# little), or by the program that a command begins with.
PROGRAMS: Final = {
    **_known(Kind.STORE, """
        PostgreSQL: postgres postgresql postgis timescaledb timescaledb-ha pgvector pgbouncer pgpool
        PostgreSQL: postgresql-repmgr citus paradedb pgvecto-rs
        YugabyteDB: yugabyte yugabyted
        CockroachDB: cockroach cockroachdb
        MySQL: mysql mysqld mysql-server percona percona-server percona-xtradb-cluster
        TiDB: tidb tidb-server
        MariaDB: mariadb mariadbd mariadb-galera alpine-mariadb
        SQL Server: sqlservr azure-sql-edge mssql/server mssql-server-linux
        Oracle: oracle-xe oracle-free database/free database/express database/enterprise
        Redis: redis redis-server redis-stack redis-stack-server redis-sentinel redis-cluster redict
        Valkey: valkey valkey-server valkey-cluster valkey-sentinel valkey-bundle
        KeyDB: keydb keydb-server
        Dragonfly: dragonfly dragonflydb/dragonfly
        MongoDB: mongo mongod mongodb mongos mongodb-community-server mongodb-enterprise-server
        MongoDB: mongodb-atlas-local mongodb-sharded percona-server-mongodb
        FerretDB: ferretdb
        RabbitMQ: rabbitmq rabbitmq-server
        ActiveMQ: activemq activemq-classic activemq-artemis
        NATS: nats nats-server nats-streaming
        MQTT: eclipse-mosquitto mosquitto emqx emqx-enterprise vernemq hivemq-ce hivemq4 nanomq
        Kafka: kafka kafka-native cp-kafka cp-server confluent-local redpanda
        ZooKeeper: zookeeper cp-zookeeper
        memcached: memcached
        Cassandra: cassandra scylla dse-server
        Couchbase: couchbase couchbase/server
        Elasticsearch: elasticsearch elasticsearch-oss
        OpenSearch: opensearch
        Solr: solr
        CouchDB: couchdb
        InfluxDB: influxdb influxd
        ClickHouse: clickhouse clickhouse-server
        etcd: etcd
        Consul: consul
        DynamoDB: dynamodb-local
        ProxySQL: proxysql
        Neo4j: neo4j
        Memgraph: memgraph memgraph-mage
        SurrealDB: surrealdb
        QuestDB: questdb
        rqlite: rqlite rqlited
        VictoriaMetrics: victoria-metrics
        Chroma: chromadb/chroma
        MinIO: minio
        ArangoDB: arangodb arangod
        RethinkDB: rethinkdb
        Qdrant: qdrant
        Weaviate: weaviate
        Meilisearch: meilisearch
        Typesense: typesense
        Milvus: milvus
        LDAP: openldap slapd
    """),
    **_known(Kind.CONSOLE, """
        Adminer: adminer
        phpMyAdmin: phpmyadmin
        phpPgAdmin: phppgadmin
        pgAdmin: pgadmin4 pgadmin
        pgweb: pgweb
        CloudBeaver: cloudbeaver
        mongo-express: mongo-express
        Redis Commander: redis-commander
        RedisInsight: redisinsight
        phpRedisAdmin: phpredisadmin
        phpLDAPadmin: phpldapadmin
        DbGate: dbgate
        Mongoku: mongoku
        etcdkeeper: etcdkeeper
        Redpanda Console: redpandadata/console
        Portainer: portainer portainer-ce portainer-ee
        Portainer's agent: portainer/agent
        Dozzle: dozzle
        cAdvisor: cadvisor
        Netdata: netdata
        Prometheus: prometheus
        Pushgateway: pushgateway
        Alertmanager: alertmanager
        Kibana: kibana
        OpenSearch Dashboards: opensearch-dashboards
        Cerebro: cerebro lmenezes/cerebro yannart/cerebro
        ElasticHQ: elasticsearch-hq
        Flower: flower mher/flower
        Kafka UI: kafka-ui
        Kafdrop: kafdrop
        AKHQ: akhq
        MailHog: mailhog
        Mailpit: mailpit
        MailDev: maildev
        MailCatcher: mailcatcher
        smtp4dev: smtp4dev
        Selenium Grid: selenium-hub selenium selenium/hub selenium/router standalone-chrome
        Selenium Grid: standalone-chromium standalone-firefox standalone-edge standalone-all-browsers
        Selenium Grid: standalone-chrome-debug standalone-firefox-debug
        Jupyter: base-notebook minimal-notebook scipy-notebook datascience-notebook r-notebook
        Jupyter: julia-notebook pytorch-notebook tensorflow-notebook pyspark-notebook all-spark-notebook
        Jupyter: jupyter jupyter-lab jupyter-notebook jupyter-base-notebook gpu-jupyter
        ttyd: ttyd
        wetty: wetty
        GoTTY: gotty
        OpenVSCode Server: openvscode-server
    """),
    **_known(Kind.HOST, "Docker API: docker-socket-proxy socket-proxy"),
    **_known(Kind.GUARDED, """
        Grafana: grafana grafana-oss grafana-enterprise
        Jenkins: jenkins
        JupyterHub: jupyterhub
        code-server: code-server
    """),
}  # fmt: skip
# Of these an image is known by its owner, too: anybody may call one so.
_WORDS: Final = frozenset({"flower", "dragonfly", "cerebro"})
_SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_YES = ("true", "1", "t")
_INSECURE = re.compile(r"--api\.insecure(?:[= ](?:true|1|t))?(?:\s|$)", re.IGNORECASE)
_WORD = re.compile(r"[\w./-]+")


def known(service: Service, port: Port) -> Known | None:
    """Return what nobody outside should reach behind a port, or None for all else."""
    if port.protocol == "udp":
        return UDP_NUMBERS.get(port.target)
    said = words_of(service.image or "")
    hinted = (HINTED.get((port.target, word)) for word in sorted(service.programs | said))
    other = _OTHERS.get(port.target)
    meant = other is None or not other.fullmatch(_whole(service))
    by_number = (NUMBERS.get(port.target) if meant else None) or next(filter(None, hinted), None)
    if by_number is None and port.target == DASHBOARD_PORT and _opens_dashboard(service):
        return DASHBOARD
    return by_number or program(service)


def _whole(service: Service) -> str:
    """Return owner, name and tag of its image."""
    tag = (service.image or "").partition("@")[0].rpartition("/")[2].partition(":")[2]
    return f"{service.repository}:{tag}".lower()


def _opens_dashboard(service: Service) -> bool:
    """Whether Traefik shows its dashboard to everybody (`api.insecure`), as far as the compose file tells."""
    words = [word for said in service.commands.values() for word in said]
    said = service.environment.get("TRAEFIK_API_INSECURE") or ""
    return said.lower() in _YES or _INSECURE.search(" ".join(words)) is not None


def program(service: Service) -> Known | None:
    """Return what a service is by its image's name or the program that its command begins with."""
    path = path_name(service.image or "")
    names = (*({service.image_name} - _WORDS), path, service.repository, *_begins(service))
    return next((PROGRAMS[name] for name in names if name in PROGRAMS), None)


def _begins(service: Service) -> tuple[str, ...]:
    """Return the program that entrypoint or command begins with, also behind `sh -c`.

    A command that begins with an option is handed to the entrypoint, and names no program.
    """
    found = []
    for words in service.commands.values():
        names = [name.rpartition("/")[2] for name in _WORD.findall(" ".join(words))]
        if names and names[0] in _SHELLS:
            names = list(dropwhile(lambda name: name.startswith("-") or name in {*_SHELLS, "exec"}, names))
        found += [name for name in names[:1] if not name.startswith("-")]
    return tuple(found)
