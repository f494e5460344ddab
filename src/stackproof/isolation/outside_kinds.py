"""What a host outside the stack can be, and by what it is known: scheme, port, variable or name."""

import re
from enum import StrEnum


class Kind(StrEnum):
    """What is asked of a host; all but the last act in the author's name."""

    DATASTORE = "datastore"
    BROKER = "broker"
    MAIL = "mail"
    DIRECTORY = "directory"
    OBJECTS = "object store"
    FILES = "file server"
    CONTROL = "remote control"
    TELEMETRY = "telemetry"
    WEBHOOK = "webhook"
    AUTHORITY = "certificate authority"
    ACCOUNT = "service with credentials"
    SERVICE = "unknown service"
    OTHER = "other"

    @property
    def cut(self) -> bool:
        """Whether a sandbox must not reach it: only plain downloads and open services stay reachable."""
        return self is not Kind.OTHER


def words(text: str) -> frozenset[str]:
    """Return the words of a list that is written as one text."""
    return frozenset(text.split())


def _table(words: dict[Kind, str]) -> dict[str, Kind]:
    return {word: kind for kind, several in words.items() for word in several.split()}


# Of `db+postgresql`, `jdbc:mysql:loadbalance` or `mongodb+srv` the first part that is known counts.
SCHEMES = _table(
    {
        Kind.DATASTORE: "postgres postgresql psql pgsql postgis pgx pg cockroachdb cockroach redshift "
        "timescale "
        "mysql mysql2 mysqlx mariadb percona aurora tidb mssql sqlserver jtds oracle oci8 db2 ibm_db_sa "
        "firebird firebirdsql sybase hana sap snowflake trino presto hive hive2 impala druid "
        "vertica questdb "
        "clickhouse clickhousedb ch redis rediss valkey valkeys keydb sentinel memcached memcache "
        "mongodb "
        "mongo couchdb couchdbs couchbase couchbases cassandra scylla cql neo4j bolt arangodb influxdb "
        "influx "
        "elasticsearch elastic opensearch es etcd etcd3 zookeeper zk consul hbase riak rethinkdb "
        "ravendb "
        "libsql turso tarantool dynamodb solr typesense milvus qdrant weaviate dragonfly "
        "firestore surrealdb "
        "hazelcast aerospike chroma yugabyte yugabytedb ignite jdbc r2dbc dbi odbc",
        Kind.BROKER: "amqp amqps pyamqp librabbitmq rabbitmq kafka kafkas confluentkafka mqtt mqtts nats "
        "stan "
        "pulsar stomp stomps activemq jms sqs sns gcpubsub pubsub beanstalk beanstalkd nsq nsqlookupd "
        "gearman "
        "rocketmq sb azureservicebus kinesis xmpp xmpps sasl_ssl sasl_plaintext faktory nats-tls "
        "nats-wss "
        "natss temporal zeebe spark ray dask ssl+nats",
        Kind.MAIL: "smtp smtps submission submissions imap imaps pop pop3 pop3s lmtp "
        "mailto mailtos sendgrid "
        "mailgun ses postmark mailjet mandrill brevo resend gmail sparkpost",
        Kind.DIRECTORY: "ldap ldaps radius radsec kerberos krb5 kdc",
        Kind.OBJECTS: "s3 s3a s3n minio swift gs gcs az azure azblob wasb wasbs abfs abfss b2 oss cos",
        Kind.FILES: "sftp scp ftps ftpes rsync smb smb3 cifs nfs nfs4 webdav webdavs dav davs hdfs webhdfs "
        "afp",
        Kind.CONTROL: "ssh docker winrm vnc rdp telnet k8s libvirt",
        Kind.TELEMETRY: "statsd gelf syslog graphite fluentd jaeger zipkin sentry otlp dogstatsd loki",
        Kind.WEBHOOK: "slack discord telegram tgram pushover pushbullet ntfy ntfys gotify gotifys teams "
        "msteams "
        "mattermost mmost rocketchat rocket matrix matrixs opsgenie pagerduty victorops twilio signal "
        "googlechat gchat zulip bark ifttt",
    }
)
HTTP = frozenset({"http", "https", "ws", "wss", "h2c"})
# Of others nobody knows what is done with them.
HARMLESS = HTTP | words(
    "ftp git svn hg bzr crx ext app intent market exp capacitor ionic tauri vscode moz-extension "
    "chrome-extension android-app feed itms-apps tag op ssm secret secrets awssm gcpsm sops "
    "ref xds unknown scheme"
)
# What follows these is no host.
LOCAL_SCHEMES = words(
    "sqlite sqlite3 duckdb file unix http+unix https+unix data memory mem null cid about "
    "javascript chrome "
    "urn fd "
    "jar classpath docker-daemon docker-image oci pkg sync inproc ipc dummy env vault arn npm "
    "redis+socket unixgram npipe redis-socket valkey+unix cmd exec fs embed asset res iofs "
    "inline pkcs11 stdin "
    "stdout stderr console derby hsqldb"
)  # fmt: skip
_PORTS = {
    Kind.DATASTORE: "1433 1521 1522 2181 2379 3050 3306 3307 33060 4000 5432 5433 5439 5984 6379 6380 6432 "
    "7000 7001 7474 7687 8086 8123 8500 8529 9042 9142 9200 9300 11211 11207 19530 26257 "
    "26379 27017 27018 "
    "27019 28015 50000",
    Kind.BROKER: "1883 8883 4222 5671 5672 6650 6651 9092 9093 9094 11300 15671 15672 61613 61614 61616 "
    "4150 "
    "4160 4161 4730 9876",
    Kind.MAIL: "25 110 143 465 587 993 995 2525",
    Kind.DIRECTORY: "88 389 464 636 1812 3268 3269",
    Kind.FILES: "21 22 139 445 873 990 2049",
    Kind.CONTROL: "23 2375 2376 3389 5900 5985 5986 6443",
    Kind.TELEMETRY: "514 2003 2004 4317 4318 5044 6514 8125 9411 12201 14268 24224",
}
PORTS: dict[int, Kind] = {int(word): kind for word, kind in _table(_PORTS).items()}
# Web servers, too, are on these: the number alone says nothing where the scheme is http.
AMBIGUOUS_PORTS = frozenset({4000, 5000, 7000, 7001, 8123, 8500, 9000, 9093, 9094, 50000, 21, 22, 23})

# Parts of a variable's name that say what is there.
WORDS = _table(
    {
        Kind.DATASTORE: "pg pgsql postgres postgresql pgbouncer mysql mariadb mssql sqlserver oracle redis "
        "valkey "
        "keydb sentinel memcache memcached mongo mongodb couchdb couchbase cassandra scylla elastic "
        "elasticsearch opensearch solr neo4j influx influxdb clickhouse etcd zookeeper zk cockroach "
        "cockroachdb timescale tidb db2 qdrant milvus weaviate typesense meili meilisearch "
        "algolia supabase "
        "dynamodb rds firestore arango arangodb rethinkdb snowflake redshift vertica datasource "
        "neo4j es "
        "surrealdb hazelcast aerospike chroma chromadb yugabyte yugabytedb couch pgvector "
        "dragonfly ignite "
        "questdb tarantool trino",
        Kind.BROKER: "rabbit rabbitmq amqp kafka mqtt mosquitto nats pulsar stomp activemq nsq nsqd celery "
        "broker brokers beanstalk beanstalkd sqs sns kinesis servicebus pubsub zeromq redpanda "
        "temporal zeebe "
        "faktory gearman rocketmq camunda",
        Kind.MAIL: "smtp mail mailer email imap pop3 lmtp sendgrid mailgun postmark ses mandrill mailjet "
        "postfix "
        "mta sendmail mailserver relayhost smarthost mailhub",
        Kind.DIRECTORY: "ldap ldaps radius kerberos kdc openldap freeipa",
        Kind.OBJECTS: "s3 minio swift objectstore blob gcs",
        Kind.FILES: "sftp ftp ftps nfs smb samba webdav cifs rsync restic borg duplicity duplicati kopia "
        "backup "
        "backups",
        Kind.CONTROL: "ssh kubernetes kube vault openbao consul nomad",
        Kind.TELEMETRY: "statsd graphite sentry loki gelf graylog syslog logstash fluentd fluentbit otlp "
        "otel "
        "jaeger zipkin datadog newrelic apm pushgateway",
        Kind.WEBHOOK: "webhook webhooks hook hooks pagerduty opsgenie pushover ntfy gotify slack discord "
        "telegram mattermost",
        Kind.AUTHORITY: "acme letsencrypt certbot",
    }
)
# They say it of a plain host; of a web address they may as well mean a file to fetch.
WEAK_WORDS = _table(
    {Kind.DATASTORE: "db database sql cache dbs", Kind.BROKER: "queue mq jobs bootstrap", Kind.MAIL: "relay"}
)


# How variables and options end that hold credentials; the first say who, the others prove it.
_WHO = "user|username|usr|login|client_id|access_key_id"
_PROOF = (
    "password|passwd|passphrase|pass|pw|pwd|token|auth_token|access_token|key|apikey|api_key|access_key|secret|"
    "credentials?|auth|sig|signature"
)
_NAMES_SOMEBODY = re.compile(rf"(?:^|_)(?:{_WHO}|{_PROOF}|sasl_\w+)(?:_file)?$")
_PROVES = re.compile(rf"(?:^|_)(?:{_PROOF})$")
_MEASURED = re.compile(r"(?:^|_)(?:public|ssh_host|primary|foreign|sort|partition|routing)_key$")


def is_credential(name: str) -> bool:
    """Whether a variable of that name, in words joined by `_`, holds credentials or a part of them."""
    return bool(_NAMES_SOMEBODY.search(name)) and not _MEASURED.search(name)


def is_proof(name: str) -> bool:
    """Whether it is the secret part of them."""
    return bool(_PROVES.search(name.lower().replace("-", "_")))


def of_scheme(scheme: str) -> Kind | None:
    """Return what a URL's scheme says; None when it says nothing, as that of the web."""
    known = next((SCHEMES[part] for part in parts(scheme) if part in SCHEMES), None)
    return known or (Kind.DATASTORE if scheme.lower().startswith(("jdbc:", "r2dbc:")) else None)


def parts(scheme: str) -> list[str]:
    return scheme.lower().replace(":", "+").removeprefix("jdbc+").split("+")


def of_port(port: int | None, *, web: bool = False) -> Kind | None:
    """Return what usually listens there."""
    if port is None or (web and port in AMBIGUOUS_PORTS):
        return None
    return PORTS.get(port)
