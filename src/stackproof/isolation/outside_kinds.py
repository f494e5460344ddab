"""What a host outside the stack can be, and by what it is known: scheme, port, variable or name."""

from enum import StrEnum
from fnmatch import fnmatchcase


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
        "firebird firebirdsql sybase hana sap snowflake trino presto hive hive2 impala druid vertica questdb "
        "clickhouse clickhousedb ch redis rediss valkey valkeys keydb sentinel memcached memcache mongodb "
        "mongo couchdb couchdbs couchbase couchbases cassandra scylla cql neo4j bolt arangodb influxdb "
        "influx "
        "elasticsearch elastic opensearch es etcd etcd3 zookeeper zk consul hbase riak rethinkdb ravendb "
        "libsql turso tarantool dynamodb solr typesense milvus qdrant weaviate dragonfly firestore",
        Kind.BROKER: "amqp amqps pyamqp librabbitmq rabbitmq kafka kafkas confluentkafka mqtt mqtts nats "
        "stan "
        "pulsar stomp stomps activemq jms sqs sns gcpubsub pubsub beanstalk beanstalkd nsq nsqlookupd "
        "gearman "
        "rocketmq sb azureservicebus kinesis xmpp xmpps sasl_ssl sasl_plaintext",
        Kind.MAIL: "smtp smtps submission submissions imap imaps pop pop3 pop3s lmtp mailto mailtos sendgrid "
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
HTTP = frozenset({"http", "https", "ws", "wss", "grpc", "grpcs", "h2c"})
# What follows these is no host.
LOCAL_SCHEMES = words(
    "sqlite sqlite3 duckdb file unix http+unix https+unix data memory mem null cid about javascript chrome "
    "urn fd "
    "jar classpath docker-daemon docker-image oci pkg sync inproc ipc dummy env vault arn npm "
    "redis+socket unixgram npipe redis-socket valkey+unix"
)  # fmt: skip
# Schemes of mail and notification services that name no host, or call it `default`.
SERVICE_HOSTS = {
    "sendgrid": ("smtp.sendgrid.net", "api.sendgrid.com"),
    "mailgun": ("smtp.mailgun.org", "api.mailgun.net", "api.eu.mailgun.net"),
    "ses": ("email-smtp.us-east-1.amazonaws.com", "email.us-east-1.amazonaws.com"),
    "postmark": ("smtp.postmarkapp.com", "api.postmarkapp.com"),
    "mailjet": ("in-v3.mailjet.com", "api.mailjet.com"),
    "mandrill": ("smtp.mandrillapp.com", "mandrillapp.com"),
    "brevo": ("smtp-relay.brevo.com", "api.brevo.com"),
    "resend": ("smtp.resend.com", "api.resend.com"),
    "sparkpost": ("smtp.sparkpostmail.com", "api.sparkpost.com"),
    "gmail": ("smtp.gmail.com",),
    "slack": ("hooks.slack.com", "slack.com"),
    "discord": ("discord.com", "discordapp.com"),
    "telegram": ("api.telegram.org",),
    "tgram": ("api.telegram.org",),
    "pushover": ("api.pushover.net",),
    "pushbullet": ("api.pushbullet.com",),
    "opsgenie": ("api.opsgenie.com", "api.eu.opsgenie.com"),
    "pagerduty": ("events.pagerduty.com", "api.pagerduty.com"),
    "victorops": ("alert.victorops.com",),
    "twilio": ("api.twilio.com",),
    "googlechat": ("chat.googleapis.com",),
    "gchat": ("chat.googleapis.com",),
    "ifttt": ("maker.ifttt.com",),
}

_PORTS = {
    Kind.DATASTORE: "1433 1521 1522 2181 2379 3050 3306 3307 33060 4000 5432 5433 5439 5984 6379 6380 6432 "
    "7000 7001 7474 7687 8086 8123 8500 8529 9042 9142 9200 9300 11211 11207 19530 26257 26379 27017 27018 "
    "27019 28015 50000",
    Kind.BROKER: "1883 8883 4222 5671 5672 6650 6651 9092 9093 9094 11300 15671 15672 61613 61614 61616 4150 "
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
        "cockroachdb timescale tidb db2 qdrant milvus weaviate typesense meili meilisearch algolia supabase "
        "dynamodb rds firestore arango arangodb rethinkdb snowflake redshift vertica datasource",
        Kind.BROKER: "rabbit rabbitmq amqp kafka mqtt mosquitto nats pulsar stomp activemq nsq nsqd celery "
        "broker brokers beanstalk beanstalkd sqs sns kinesis servicebus pubsub zeromq redpanda",
        Kind.MAIL: "smtp mail mailer email imap pop3 lmtp sendgrid mailgun postmark ses mandrill mailjet "
        "postfix "
        "mta sendmail mailserver",
        Kind.DIRECTORY: "ldap ldaps radius kerberos kdc openldap freeipa",
        Kind.OBJECTS: "s3 minio swift objectstore blob gcs",
        Kind.FILES: "sftp ftp ftps nfs smb samba webdav cifs rsync restic borg duplicity duplicati kopia",
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
WEAK_WORDS = _table({Kind.DATASTORE: "db database sql cache dbs", Kind.BROKER: "queue mq jobs bootstrap"})

# Hosts whose name alone says what is done there; `host/path` where the host does other things, too.
_HOSTS = {
    Kind.WEBHOOK: "hooks.slack.com slack.com/api* discord.com/api* discordapp.com/api* *.webhook.office.com "
    "outlook.office.com/webhook* *.logic.azure.com api.telegram.org events.pagerduty.com "
    "events.eu.pagerduty.com api.pagerduty.com api.opsgenie.com api.eu.opsgenie.com alert.victorops.com "
    "api.pushover.net ntfy.sh api.pushbullet.com hc-ping.com hooks.zapier.com maker.ifttt.com "
    "hook.*.make.com chat.googleapis.com api.twilio.com rest.nexmo.com fcm.googleapis.com onesignal.com/api* "
    "webhook.site "
    "qyapi.weixin.qq.com oapi.dingtalk.com open.feishu.cn open.larksuite.com notify-api.line.me api.line.me "
    "webexapis.com nosnch.in cronitor.link uptime.betterstack.com api.statuspage.io graph.facebook.com",
    Kind.MAIL: "api.sendgrid.com api.eu.sendgrid.com smtp.* api.mailgun.net api.eu.mailgun.net "
    "api.postmarkapp.com mandrillapp.com api.mailjet.com api.brevo.com api.sendinblue.com api.sparkpost.com "
    "api.eu.sparkpost.com api.resend.com email.*.amazonaws.com email-smtp.*.amazonaws.com api.mailersend.com "
    "api.elasticemail.com api.smtp2go.com send.api.mailtrap.io *.api.mailchimp.com api.mailchannels.net",
    Kind.TELEMETRY: "sentry.io *.sentry.io *.datadoghq.com *.datadoghq.eu *.nr-data.net *.newrelic.com "
    "api.honeycomb.io *.logz.io *.loggly.com *.papertrailapp.com *.splunkcloud.com *.grafana.net "
    "in.logs.betterstack.com *.bugsnag.com api.rollbar.com api.segment.io api.mixpanel.com *.posthog.com "
    "api.amplitude.com www.google-analytics.com",
    Kind.BROKER: "sqs.*.amazonaws.com *.queue.amazonaws.com sns.*.amazonaws.com kinesis.*.amazonaws.com "
    "*.mq.*.amazonaws.com *.kafka.*.amazonaws.com *.iot.*.amazonaws.com *.cloudamqp.com "
    "*.servicebus.windows.net *.confluent.cloud pubsub.googleapis.com *.hivemq.cloud",
    Kind.DATASTORE: "*.rds.amazonaws.com *.cache.amazonaws.com *.es.amazonaws.com dynamodb.*.amazonaws.com "
    "*.redshift.amazonaws.com *.docdb.amazonaws.com *.mongodb.net *.documents.azure.com "
    "*.database.windows.net *.database.azure.com *.redis.cache.windows.net *.upstash.io *.supabase.co "
    "*.neon.tech *.elastic-cloud.com *.cloud.es.io *.found.io *.influxdata.com *.firebaseio.com "
    "firestore.googleapis.com *.algolia.net *.snowflakecomputing.com *.aivencloud.com "
    "*.db.ondigitalocean.com *.cockroachlabs.cloud *.turso.io *.pinecone.io *.qdrant.io",
    Kind.AUTHORITY: "acme.* acme-* *.acme.* *.acme-* api.zerossl.com api.buypass.com api.test4.buypass.no "
    "publicca.googleapis.com",
}
HOSTS = tuple((kind, tuple(text.split())) for kind, text in _HOSTS.items())

_AUTHORITIES = """
    acme-v01.api.letsencrypt.org acme-v02.api.letsencrypt.org acme-staging.api.letsencrypt.org
    acme-staging-v02.api.letsencrypt.org acme.zerossl.com acme-v02.zerossl.com api.zerossl.com
    api.buypass.com api.test4.buypass.no dv.acme-v02.api.pki.goog dv.acme-v02.test-api.pki.goog
    publicca.googleapis.com acme.ssl.com acme.digicert.com acme.sectigo.com acme.enterprise.sectigo.com
    acme.entrust.net acme-api.actalis.com acme.harica.gr acme-v02.harica.gr acme.trust-provider.com
    emea.acme.atlas.globalsign.com api.globalsign.com
"""
# Certificate authorities with ACME, production and staging, former names too.
AUTHORITIES = tuple(_AUTHORITIES.split())

_AWS = """
    s3.amazonaws.com s3.{region}.amazonaws.com sqs.{region}.amazonaws.com sns.{region}.amazonaws.com
    email.{region}.amazonaws.com dynamodb.{region}.amazonaws.com kinesis.{region}.amazonaws.com
    sts.amazonaws.com sts.{region}.amazonaws.com secretsmanager.{region}.amazonaws.com
    ssm.{region}.amazonaws.com route53.amazonaws.com lambda.{region}.amazonaws.com
"""
_DATADOG = ("api.datadoghq.com", "intake.logs.datadoghq.com", "trace.agent.datadoghq.com")
# Credentials whose host stands in the program: variable (a pattern), hosts. `{region}`: as the stack says.
IMPLIED: tuple[tuple[str, Kind, tuple[str, ...]], ...] = (
    ("SENDGRID_*KEY", Kind.MAIL, SERVICE_HOSTS["sendgrid"]),
    ("MAILGUN_*KEY", Kind.MAIL, SERVICE_HOSTS["mailgun"]),
    ("POSTMARK_*TOKEN", Kind.MAIL, SERVICE_HOSTS["postmark"]),
    ("MAILJET_*KEY*", Kind.MAIL, SERVICE_HOSTS["mailjet"]),
    ("MANDRILL_*KEY", Kind.MAIL, SERVICE_HOSTS["mandrill"]),
    ("BREVO_*KEY", Kind.MAIL, SERVICE_HOSTS["brevo"]),
    ("RESEND_*KEY", Kind.MAIL, SERVICE_HOSTS["resend"]),
    ("SPARKPOST_*KEY", Kind.MAIL, SERVICE_HOSTS["sparkpost"]),
    ("SLACK_*TOKEN", Kind.WEBHOOK, ("slack.com", "www.slack.com", "hooks.slack.com")),
    ("DISCORD_*TOKEN", Kind.WEBHOOK, ("discord.com", "discordapp.com", "gateway.discord.gg")),
    ("*TELEGRAM*TOKEN", Kind.WEBHOOK, ("api.telegram.org",)),
    ("PUSHOVER_*TOKEN", Kind.WEBHOOK, SERVICE_HOSTS["pushover"]),
    ("PAGERDUTY_*KEY", Kind.WEBHOOK, SERVICE_HOSTS["pagerduty"]),
    ("OPSGENIE_*KEY", Kind.WEBHOOK, SERVICE_HOSTS["opsgenie"]),
    ("TWILIO_*TOKEN", Kind.WEBHOOK, SERVICE_HOSTS["twilio"]),
    ("STRIPE_*KEY", Kind.ACCOUNT, ("api.stripe.com",)),
    ("OPENAI_*KEY", Kind.ACCOUNT, ("api.openai.com",)),
    ("ANTHROPIC_*KEY", Kind.ACCOUNT, ("api.anthropic.com",)),
    ("CLOUDFLARE_*TOKEN", Kind.ACCOUNT, ("api.cloudflare.com",)),
    ("CLOUDFLARE_*KEY", Kind.ACCOUNT, ("api.cloudflare.com",)),
    ("CF_*TOKEN", Kind.ACCOUNT, ("api.cloudflare.com",)),
    ("CF_*KEY", Kind.ACCOUNT, ("api.cloudflare.com",)),
    ("DD_API_KEY", Kind.TELEMETRY, _DATADOG),
    ("NEW_RELIC_LICENSE_KEY", Kind.TELEMETRY, ("collector.newrelic.com", "collector.eu01.nr-data.net")),
    ("AWS_SECRET_ACCESS_KEY", Kind.ACCOUNT, tuple(_AWS.split())),
)


def of_scheme(scheme: str) -> Kind | None:
    """Return what a URL's scheme says; None when it says nothing, as that of the web."""
    return next((SCHEMES[part] for part in _parts(scheme) if part in SCHEMES), None)


def service_hosts(scheme: str) -> tuple[str, ...]:
    """Return the hosts of a scheme that stands for a known service."""
    return next((SERVICE_HOSTS[part] for part in _parts(scheme) if part in SERVICE_HOSTS), ())


def _parts(scheme: str) -> list[str]:
    return scheme.lower().replace(":", "+").removeprefix("jdbc+").split("+")


def of_host(host: str, path: str = "") -> Kind | None:
    """Return what a known host is, by its name, and by the path where the name says too little."""
    for kind, patterns in HOSTS:
        for pattern in patterns:
            name, slash, rest = pattern.partition("/")
            if fnmatchcase(host, name) and (not slash or fnmatchcase(path.lstrip("/"), rest)):
                return kind
    return None


def of_port(port: int | None, *, web: bool = False) -> Kind | None:
    """Return what usually listens there."""
    if port is None or (web and port in AMBIGUOUS_PORTS):
        return None
    return PORTS.get(port)
