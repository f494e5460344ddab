# ruff: noqa: E501, S104 - one row of a table a line; nothing is bound
"""Which hosts outside a stack are found, and what they are taken for: tables of kinds and look-alikes."""

import time
from typing import Any

import pytest

from stackproof.isolation.outside import Outside, Text, find
from stackproof.isolation.outside_kinds import Kind
from stackproof.stack.model import Model

D, B, M, W, A = Kind.DATASTORE, Kind.BROKER, Kind.MAIL, Kind.WEBHOOK, Kind.ACCOUNT
SECRET = "s3cr3t-p4ss"  # noqa: S105 - no password of anybody


def found(*, texts: tuple[Text, ...] = (), networks: Any = None, **web: Any) -> list[Outside]:  # noqa: ANN401 - a model
    """Return what is found in a stack of `web`, `db` and `cache`."""
    raw = {
        "services": {"web": web, "db": {"container_name": "shop-db"}, "cache": {"hostname": "redis.local"}},
        "networks": networks or {},
    }
    return find(Model(raw=raw), texts)


def cut(outsides: list[Outside]) -> dict[str, Kind]:
    """Return hosts that are cut, with their kind."""
    return {one.host: one.kind for one in outsides if one.kind.cut}


# Name, value, and what is cut for it.
VARIABLES: tuple[tuple[str, str, dict[str, Kind]], ...] = (
    # URLs of datastores
    ("DATABASE_URL", f"postgres://app:{SECRET}@db.example.com:5432/app", {"db.example.com": D}),
    ("DATABASE_URL", "postgresql+asyncpg://app:x@10.1.2.3/app", {"10.1.2.3": D}),
    ("X", "mysql2://root@mysql.example.com/app", {"mysql.example.com": D}),
    ("X", "mariadb://m.example.com", {"m.example.com": D}),
    ("X", "redis://:a@172.17.0.1:6391/0", {"172.17.0.1": D}),
    ("X", "rediss://cache.example.com", {"cache.example.com": D}),
    ("X", "redis+sentinel://s1.example.com:26379,s2.example.com/mymaster", {"s1.example.com": D, "s2.example.com": D}),
    ("X", "mongodb+srv://u:p@cluster0.ab12.mongodb.net/app", {"cluster0.ab12.mongodb.net": D}),
    ("X", "mongodb://u:p@a.example.com:27017,b.example.com:27018/x?replicaSet=r", {"a.example.com": D, "b.example.com": D}),
    ("X", "clickhouse+native://ch.example.com", {"ch.example.com": D}),
    ("X", "elasticsearch://es.example.com", {"es.example.com": D}),
    ("X", "neo4j+s://graph.example.com", {"graph.example.com": D}),
    ("X", "db+postgresql://results.example.com/celery", {"results.example.com": D}),
    ("X", "postgres://u:p@[2001:db8::5]:5432/x", {"2001:db8::5": D}),
    ("X", "jdbc:postgresql://db.example.com/app", {"db.example.com": D}),
    ("X", "jdbc:sqlserver://sql.example.com:1433;databaseName=x;user=y", {"sql.example.com": D}),
    ("X", "jdbc:oracle:thin:@ora.example.com:1521:orcl", {"ora.example.com": D}),
    ("X", "jdbc:oracle:thin:@//ora.example.com:1521/svc", {"ora.example.com": D}),
    ("X", "jdbc:mysql:loadbalance://a.example.com,b.example.com:3307/db", {"a.example.com": D, "b.example.com": D}),
    ("X", "postgres://HOST.Example.COM./x", {"host.example.com": D}),
    ("X", "memcached://mc.example.com:11211", {"mc.example.com": D}),
    ("X", "etcd://e.example.com:2379", {"e.example.com": D}),
    # brokers
    ("X", "amqp://u:p@mq.example.com/vhost", {"mq.example.com": B}),
    ("X", "pyamqp://u:p@mq.example.com//", {"mq.example.com": B}),
    ("X", "mqtts://iot.example.com:8883", {"iot.example.com": B}),
    ("X", "nats://a.example.com:4222,nats://b.example.com:4222", {"a.example.com": B, "b.example.com": B}),
    ("X", "SASL_SSL://k.example.com:9093", {"k.example.com": B}),
    ("X", "failover:(tcp://a.example.com:61616,tcp://b.example.com:61616)?r=true", {"a.example.com": B, "b.example.com": B}),
    ("KAFKA_BROKERS", "a.example.com:9092,b.example.com:9092", {"a.example.com": B, "b.example.com": B}),
    ("BOOTSTRAP", "10.0.0.9:9092", {"10.0.0.9": B}),
    ("X", "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=a;SharedAccessKey=b=", {"ns.servicebus.windows.net": B}),
    ("SQS_URL", "https://sqs.eu-west-1.amazonaws.com/123/jobs", {"sqs.eu-west-1.amazonaws.com": B}),
    # mail
    ("X", f"smtp://me@example.com:{SECRET}@mail.example.com:587", {"mail.example.com": M}),
    ("EMAIL_HOST", "smtp.example.com", {"smtp.example.com": M}),
    ("MAIL_SERVER", "10.0.0.25", {"10.0.0.25": M}),
    ("SMTP_ADDR", "relay.example.com:2525", {"relay.example.com": M}),
    ("X", "mx.example.com:25", {"mx.example.com": M}),
    ("MAILER_DSN", "sendgrid+api://KEY@default", {"smtp.sendgrid.net": M, "api.sendgrid.com": M}),
    ("X", "https://api.mailgun.net/v3/x", {"api.mailgun.net": M}),
    ("IMAP_HOSTNAME", "imap.example.com", {"imap.example.com": M}),
    # directories, objects, files, control, telemetry
    ("X", "ldaps://ad.example.com", {"ad.example.com": Kind.DIRECTORY}),
    ("LDAP_SERVERS", "a.example.com b.example.com", {"a.example.com": Kind.DIRECTORY, "b.example.com": Kind.DIRECTORY}),
    ("S3_ENDPOINT", "https://s3.example.com", {"s3.example.com": Kind.OBJECTS}),
    ("MINIO_URL", "http://10.2.2.2:9000", {"10.2.2.2": Kind.OBJECTS}),
    ("X", "sftp://u@files.example.com/in", {"files.example.com": Kind.FILES}),
    ("X", "nfs://nas.example.com/x", {"nas.example.com": Kind.FILES}),
    ("DOCKER_HOST", "tcp://10.0.0.3:2376", {"10.0.0.3": Kind.CONTROL}),
    ("SENTRY_DSN", "https://abc@o1.ingest.sentry.io/2", {"o1.ingest.sentry.io": Kind.TELEMETRY}),
    ("STATSD_HOST", "metrics.example.com", {"metrics.example.com": Kind.TELEMETRY}),
    ("RESTIC_REPOSITORY", f"rest:https://a:{SECRET}@backup.example.com:8000/", {"backup.example.com": Kind.FILES}),
    ("BORG_REPO", "ssh://borg@backup.example.com/./repo", {"backup.example.com": Kind.CONTROL}),
    ("VAULT_ADDR", "https://vault.example.com:8200", {"vault.example.com": Kind.CONTROL}),
    ("CONSUL_HTTP_ADDR", "consul.example.com:8500", {"consul.example.com": Kind.CONTROL}),
    # without a scheme
    ("X", f"host=db.example.com port=5432 user=a password={SECRET}", {"db.example.com": D}),
    ("X", "host=a.example.com,b.example.com dbname=x", {"a.example.com": D, "b.example.com": D}),
    ("X", f"app:{SECRET}@tcp(db.example.com:3306)/app?parseTime=true", {"db.example.com": D}),
    ("X", "Server=tcp:sql.example.com,1433;Database=a;User Id=b;Password=c", {"sql.example.com": D}),
    ("X", "Data Source=sql.example.com\\EXPRESS;Initial Catalog=a;Integrated Security=true", {"sql.example.com": D}),
    ("X", "Host=pg.example.com;Username=a;Password=b", {"pg.example.com": D}),
    ("X", "mysql:host=db.example.com;port=3306;dbname=a", {"db.example.com": D}),
    ("X", "redis.example.com:6380,password=abc,ssl=True", {"redis.example.com": D}),
    ("X", "(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=o.example.com)(PORT=1521)))", {"o.example.com": D}),
    ("X", "scott/tiger@o.example.com:1521/svc", {"o.example.com": D}),
    ("X", "DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=k==", {f"shop.{part}.core.windows.net": Kind.OBJECTS for part in ("blob", "queue", "table")}),
    ("DATABASES", '{"default": {"HOST": "d.example.com", "PASSWORD": "x"}}', {"d.example.com": A}),
    ("SPRING_APPLICATION_JSON", '{"spring": {"redis": {"host": "r.example.com"}}}', {"r.example.com": D}),
    # names that say it
    ("DB_HOST", "prod.example.com", {"prod.example.com": D}),
    ("DB_HOST", "host.docker.internal", {"host.docker.internal": D}),
    ("PGHOST", "prod.example.com", {"prod.example.com": D}),
    ("MYSQLHOST", "prod-mysql", {"prod-mysql": D}),
    ("spring.redis.host", "prod.example.com", {"prod.example.com": D}),
    ("ConnectionStrings__Redis", "prod.example.com", {"prod.example.com": D}),
    ("CASSANDRA_CONTACT_POINTS", "10.0.0.1,10.0.0.2", {"10.0.0.1": D, "10.0.0.2": D}),
    ("ELASTICSEARCH_HOSTS", "http://a.example.com:9200,http://b.example.com:9200", {"a.example.com": D, "b.example.com": D}),
    ("RABBITMQ_HOST_1", "mq.example.com", {"mq.example.com": B}),
    ("REDIS", "10.0.0.6", {"10.0.0.6": D}),
    ("DATABASE_URL", "db.example.com/app", {"db.example.com": D}),
    # webhooks and accounts
    ("ALERTS", "https://hooks.slack.com/services/T0/B0/x", {"hooks.slack.com": W}),
    ("X", "https://discord.com/api/webhooks/1/x", {"discord.com": W}),
    ("X", "https://acme.webhook.office.com/webhookb2/x", {"acme.webhook.office.com": W}),
    ("X", "https://api.telegram.org/bot1:x/sendMessage", {"api.telegram.org": W}),
    ("DEPLOY_WEBHOOK_URL", "https://ci.example.com/run", {"ci.example.com": W}),
    ("X", "slack://token@channel", {"hooks.slack.com": W, "slack.com": W}),
    ("X", f"https://bot:{SECRET}@api.example.com/v1", {"api.example.com": A}),
    ("X", "https://api.example.com/v1?api_key=abc", {"api.example.com": A}),
    ("STRIPE_SECRET_KEY", "sk_live_x", {"api.stripe.com": A}),
    ("TELEGRAM_BOT_TOKEN", "1:x", {"api.telegram.org": W}),
    # words for the service's own address that say nothing here
    ("APP_DB_HOST", "prod.example.com", {"prod.example.com": D}),
    ("APP_REDIS_URL", "http://prod.example.com", {"prod.example.com": D}),
    ("EXTERNAL_DB_HOST", "prod-db", {"prod-db": D}),
    ("PUBLIC_S3_ENDPOINT", "https://s3.example.com", {"s3.example.com": Kind.OBJECTS}),
    ("SITE_SMTP_HOST", "mx.example.com", {"mx.example.com": M}),
    ("ROOT_LDAP_URL", "http://ad.example.com", {"ad.example.com": Kind.DIRECTORY}),
    ("HOME_MQTT_SERVER", "10.0.0.7", {"10.0.0.7": B}),
    ("TRUSTED_KAFKA_SERVERS", "k.example.com", {"k.example.com": B}),
    ("APP_HOST", "10.0.0.1:6379", {"10.0.0.1": D}),
    ("EXTERNAL_HOST", "prod.example.com:3306", {"prod.example.com": D}),
    ("BASE_URL", f"https://me:{SECRET}@api.example.com", {"api.example.com": A}),
    ("ELASTICSEARCH_DOMAIN", "https://es.example.com", {"es.example.com": D}),
    # words for what is fetched
    ("IMAGE_DB_URL", "http://couch.example.com:5984", {"couch.example.com": D}),
    ("ASSETS_S3_URL", "https://s3.example.com", {"s3.example.com": Kind.OBJECTS}),
    ("GIT_REPO", f"https://bot:{SECRET}@git.example.com/a/b", {"git.example.com": A}),
    ("PACKAGE_API_URL", f"https://bot:{SECRET}@api.example.com", {"api.example.com": A}),
    # roles that are not the last word, or none
    ("DB_HOST_NAME", "prod-db", {"prod-db": D}),
    ("DB_SERVER_NAME", "prod-db", {"prod-db": D}),
    ("SMTP_HOST_NAME", "mx.example.com", {"mx.example.com": M}),
    ("DB_HOST_READ", "prod-ro", {"prod-ro": D}),
    ("DB_HOST_WRITE", "prod-rw", {"prod-rw": D}),
    ("DB_HOST_PROD", "prod.example.com", {"prod.example.com": D}),
    ("REDIS_CLUSTER", "a.example.com:7000,b.example.com:7001", {"a.example.com": D, "b.example.com": D}),
    ("DB_PROXY", "pool.example.com", {"pool.example.com": D}),
    ("SMTP_GATEWAY", "gw.example.com", {"gw.example.com": M}),
    ("KAFKA_CONNECT", "kc.example.com:8083", {"kc.example.com": B}),
    ("KAFKA_BROKER_LIST", "k1.example.com,k2.example.com", {"k1.example.com": B, "k2.example.com": B}),
    ("ZOOKEEPER_CONNECT", "zk.example.com:2181/kafka", {"zk.example.com": D}),
    ("PGHOSTADDR", "10.0.0.5", {"10.0.0.5": D}),
    ("CASSANDRA_CONTACTPOINTS", "10.0.0.5,10.0.0.6", {"10.0.0.5": D, "10.0.0.6": D}),
    ("RABBITMQ_HOST_V4", "10.0.0.5", {"10.0.0.5": B}),
    # schemes that nobody knows
    ("X", "faktory://:pw@f.example.com:7419", {"f.example.com": B}),
    ("X", "spark://s.example.com:7077", {"s.example.com": B}),
    ("X", "ray://r.example.com:10001", {"r.example.com": B}),
    ("X", "dask://d.example.com:8786", {"d.example.com": B}),
    ("X", "tcp://t.example.com:1234", {"t.example.com": Kind.SERVICE}),
    ("X", "tcp://t.example.com:6379", {"t.example.com": D}),
    ("X", "ssl://t.example.com", {"t.example.com": Kind.SERVICE}),
    ("X", "tls://10.0.0.8:853", {"10.0.0.8": Kind.SERVICE}),
    ("X", "grpc://g.example.com:9999", {"g.example.com": Kind.SERVICE}),
    ("X", "nats-tls://n.example.com", {"n.example.com": B}),
    ("X", "neverheardof://me@n.example.com", {"n.example.com": A}),
    ("X", "neverheardof://prod:1234", {"prod": Kind.SERVICE}),
    ("X", "jdbc:neverheardof://j.example.com/x", {"j.example.com": D}),
    ("X", "r2dbc:pool:mssql://j.example.com/x", {"j.example.com": D}),
    ("X", "surrealdb://s.example.com", {"s.example.com": D}),
    # more without a scheme
    ("X", f"prod:1234,password={SECRET}", {"prod": D}),
    ("X", "a.example.com:1234,b.example.com:1234,ssl=true,abortConnect=false", {"a.example.com": D, "b.example.com": D}),
    ("X", "dbi:Pg:dbname=shop;host=pg.example.com", {"pg.example.com": D}),
    ("X", "dbi:mysql:database=shop;host=my.example.com;port=3306", {"my.example.com": D}),
    ("X", "DBI:Pg:host=pg.example.com", {"pg.example.com": D}),
    ("X", "dbi:mysql:shop:my.example.com", {"my.example.com": D}),
    ("X", f"scott/{SECRET}@ora.example.com/ORCL", {"ora.example.com": D}),
    ("X", "postgresql:///shop?host=pg.example.com&user=me", {"pg.example.com": D}),
    ("ACME_SERVER", "https://acme.example.com/", {"acme.example.com": Kind.AUTHORITY}),
    ("X", "https://acme.example.com/acme/directory", {"acme.example.com": Kind.AUTHORITY}),
    ("JAVA_TOOL_OPTIONS", "-Xmx1g -Dspring.redis.host=r.example.com", {"r.example.com": D}),
    ("JAVA_OPTS", "-Dspring.datasource.url=jdbc:postgresql://pg.example.com/x", {"pg.example.com": D}),
    ("EXTRA_ARGS", "--redis-host=r.example.com", {"r.example.com": D}),
    ("RELAYHOST", "[mx.example.com]:587", {"mx.example.com": M}),
    ("SMARTHOST", "mx.example.com", {"mx.example.com": M}),
    ("RELAY_HOST", "mx.example.com", {"mx.example.com": M}),
    ("NEO4J_HOST", "graph.example.com", {"graph.example.com": D}),
    ("TEMPORAL_ADDRESS", "t.example.com:7233", {"t.example.com": B}),
    ("ZEEBE_ADDRESS", "z.example.com:26500", {"z.example.com": B}),
    ("FAKTORY_URL", "tcp://f.example.com:7419", {"f.example.com": B}),
    ("GEARMAN_HOST", "g.example.com", {"g.example.com": B}),
    ("ES_HOST", "es.example.com", {"es.example.com": D}),
    ("BACKUP_SERVER", "nas.example.com", {"nas.example.com": Kind.FILES}),
    ("SURREALDB_URL", "http://s.example.com:8000", {"s.example.com": D}),
    ("HAZELCAST_MEMBERS", "10.0.0.5:5701", {"10.0.0.5": D}),
    ("HAZELCAST_HOST", "10.0.0.5", {"10.0.0.5": D}),
    ("AEROSPIKE_HOST", "10.0.0.5", {"10.0.0.5": D}),
    ("CHROMA_HOST", "c.example.com", {"c.example.com": D}),
    ("YUGABYTE_HOST", "y.example.com", {"y.example.com": D}),
    # keys whose host is known
    ("MAILGUN_SECRET", "k", dict.fromkeys(("smtp.mailgun.org", "api.mailgun.net", "api.eu.mailgun.net"), M)),
    ("STRIPE_SECRET", "k", {"api.stripe.com": A}),
    ("SENDGRID_PASSWORD", "k", {"smtp.sendgrid.net": M, "api.sendgrid.com": M}),
    ("BOT_TOKEN", "123456789:AAH_abcdefghijklmnopqrstuvwxyz01234", {"api.telegram.org": W}),
    ("TWILIO_ACCOUNT_SID", "k", {"api.twilio.com": W}),
    ("MAILERSEND_API_KEY", "k", {"smtp.mailersend.net": M, "api.mailersend.com": M}),
    ("MAILER_DSN", "mailersend+smtp://KEY@default", {"smtp.mailersend.net": M, "api.mailersend.com": M}),
    ("MAILER_DSN", "postmark+api://KEY@default", {"smtp.postmarkapp.com": M, "api.postmarkapp.com": M}),
    # a password may hold a URL
    ("DB_PASSWORD", "redis://r.example.com", {"r.example.com": D}),
    ("X", "https://acme-v02.api.letsencrypt.org/directory", {"acme-v02.api.letsencrypt.org": Kind.AUTHORITY}),
)  # fmt: skip

# What looks like a host, or is one that may be asked.
INNOCENT: tuple[tuple[str, str], ...] = (
    ("DATABASE_URL", "postgres://app:x@db:5432/app"),
    ("DATABASE_URL", "postgres://app:x@shop-db/app"),
    ("REDIS_HOST", "redis.local"),
    ("REDIS_HOST", "cache"),
    ("REDIS_HOST", "localhost"),
    ("REDIS_HOST", "app.localhost"),
    ("REDIS_URL", "redis://127.0.0.1:6379"),
    ("REDIS_URL", "redis://[::1]:6379/0"),
    ("REDIS_URL", "redis://0.0.0.0:6379"),
    ("REDIS_URL", "redis+socket:///run/redis.sock"),
    ("REDIS_URL", "unix:///run/redis.sock"),
    ("DATABASE_URL", "sqlite:////data/app.db"),
    ("DATABASE_URL", "sqlite:///app.db"),
    ("DATABASE_URL", "file:///data/x"),
    ("DATABASE_URL", "app.db"),
    ("DB_URL", "jdbc:h2:mem:test"),
    ("DB_HOST", "/var/run/postgresql"),
    ("DB_HOST", ""),
    ("DB_HOST", "${OTHER}"),
    ("DB_HOST", "true"),
    ("DB_HOST", "none"),
    ("DB_PORT", "5432"),
    ("DB_NAME", "shop.example.com"),
    ("DB_USER", "shop"),
    ("DB_PASSWORD", "a.example.com"),
    ("DB_CONNECTION", "mysql"),
    ("DB_DRIVER", "org.postgresql.Driver"),
    ("DB_ENGINE", "django.db.backends.postgresql"),
    ("CACHE_BACKEND", "django.core.cache.backends.redis.RedisCache"),
    ("CELERY_APP", "shop.tasks.app:celery"),
    ("MAIL_FROM", "me@example.com"),
    ("EMAIL_ADDRESS", "me@example.com"),
    ("SMTP_USER", "me@example.com"),
    ("SMTP_FROM", "Shop <shop@example.com>"),
    ("MAIL_DOMAIN", "example.com"),
    ("APP_MODULE", "app.main:app"),
    ("FLASK_APP", "app.py"),
    ("ENTRY", "app.py:5432"),
    ("IMAGE", "redis:7"),
    ("IMAGE", "registry.example.com/team/redis:6379"),
    ("VERSION", "5.4.32"),
    ("PYTHON_VERSION", "3.11.9"),
    ("TIME", "10:25"),
    ("RANGE", "1000:1883"),
    ("PORTS", "5432:5432"),
    ("HOST", "0.0.0.0"),
    ("HOST", "shop.example.com"),
    ("HOSTNAME", "shop.example.com"),
    ("SERVER_NAME", "shop.example.com"),
    ("VIRTUAL_HOST", "shop.example.com,www.example.com"),
    ("LETSENCRYPT_HOST", "shop.example.com"),
    ("LETSENCRYPT_EMAIL", "me@example.com"),
    ("BASE_URL", "https://shop.example.com"),
    ("PUBLIC_URL", "https://shop.example.com"),
    ("APP_URL", "https://shop.example.com"),
    ("ALLOWED_HOSTS", "shop.example.com,api.example.com"),
    ("DJANGO_ALLOWED_HOSTS", "shop.example.com"),
    ("CORS_ORIGINS", "https://shop.example.com"),
    ("CORS_ALLOWED_ORIGINS", "https://a.example.com,https://b.example.com"),
    ("CSRF_TRUSTED_ORIGINS", "https://shop.example.com"),
    ("COOKIE_DOMAIN", ".example.com"),
    ("NEXTAUTH_URL", "https://shop.example.com"),
    ("OAUTH_REDIRECT_URI", "https://shop.example.com/callback"),
    ("KAFKA_ADVERTISED_HOST", "kafka.example.com"),
    ("BIND_ADDRESS", "10.0.0.1"),
    ("API_URL", "https://api.example.com/v1"),
    ("WEATHER_URL", "https://weather.example.com/today"),
    ("PIP_INDEX_URL", "https://u:p@packages.example.com/index"),
    ("NPM_CONFIG_REGISTRY", "https://npm.example.com"),
    ("MODEL_URL", "https://models.example.com/a.bin"),
    ("GEOIP_DB_URL", "https://download.example.com/city.mmdb"),
    ("ELASTIC_DOWNLOAD_URL", "https://artifacts.example.com/es.tar.gz"),
    ("HTTPS_PROXY", "http://proxy.example.com:3128"),
    ("NO_PROXY", "localhost,127.0.0.1,.example.com"),
    ("DOCS_URL", "https://docs.example.com/redis"),
    ("GIT_REPO", "https://git.example.com/a/b.git"),
    ("XMLNS", "http://www.w3.org/2000/svg"),
    ("LOG_LEVEL", "info"),
    ("LOGGING", '{"version": 1, "handlers": {"x": {"class": "a.b.Handler"}}}'),
    ("S3_BUCKET", "backups"),
    ("BACKUP_TARGET", "s3://backups/shop"),
    ("WEBHOOK_URL", "https://n8n.example.com/"),
    ("N8N_WEBHOOK_URL", "https://n8n.example.com/"),
    ("KAFKA_ADVERTISED_LISTENERS", "PLAINTEXT://kafka.example.com:9092,SASL_SSL://kafka.example.com:9093"),
    ("REDIS_ANNOUNCE_IP", "10.0.0.5"),
    ("REDIS_SENTINEL_ANNOUNCE_IP", "10.0.0.5"),
    ("SMTP_HELO_HOST", "shop.example.com"),
    ("POSTGRES", "15.3-alpine"),
    ("KAFKA", "3.6.1.Final"),
    ("REDIS", "v7.2.1-rc1"),
    ("CELERY_BROKER", "kombu.transport.redis"),
    ("DATASOURCE", "com.zaxxer.hikari.HikariDataSource"),
    ("NODE_IMAGE", "node:22"),
    ("RUNTIME", "python:3 php:83 node:21 ruby:25"),
    ("KAFKA_URL", "https://archive.apache.org/dist/kafka/3.6.1/kafka_2.13"),
    ("REDIS_SOURCE", "https://download.redis.io/releases/redis-7"),
    ("ES_URL", "https://artifacts.example.com/downloads/es"),
    ("APP_REDIRECT", "myapp://callback"),
    ("DEEP_LINK", "com.example.shop://orders"),
    ("SECRET", "a.example.com:6379"),
    ("SMTP_PASSWORD", "mx.example.com:25"),
    ("X", "postgresql:///shop?host=/run/postgresql"),
    ("SHOP_HOST", "acme.example.com"),
    ("FEEDS_URL", "https://acme.example.com/feed"),
    ("APP_URL", "https://shop.example.com"),
    ("DB_HOST_PORT", "5432"),
    ("DB_HOST_USER", "shop.user"),
    ("REDIS_CLUSTER", "yes"),
    ("JAVA_OPTS", "-Xmx512m -Dfile.encoding=UTF-8"),
    ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ("GUNICORN_CMD_ARGS", "--bind=0.0.0.0:8000"),
    ("CLASSPATH", "com.example.db.Main"),
)


@pytest.mark.parametrize(("name", "value", "expected"), VARIABLES)
def test_variable(name: str, value: str, expected: dict[str, Kind]) -> None:
    """Cut, with its kind, and named by the variable."""
    outsides = found(environment={name: value})

    assert cut(outsides) == expected
    assert {one.where for one in outsides} == {f"environment {name}"}
    assert all(SECRET not in (one.host + one.why + one.where) for one in outsides)


@pytest.mark.parametrize(("name", "value"), INNOCENT)
def test_innocent(name: str, value: str) -> None:
    """Not cut: it is no host, the service's own, inside, or one that nothing is done to."""
    assert cut(found(environment={name: value})) == {}


def test_credentials_beside() -> None:
    """A plain host or address of the web with a key of the same prefix acts in somebody's name."""
    variables = {
        "SHOP_API_URL": "https://shop.example.com/v1", "SHOP_API_KEY": "k",
        "ERP_HOST": "erp.example.com", "ERP_PASSWORD": "x",
        "NEWS_URL": "https://news.example.com", "OTHER_KEY": "k",
        "CRM_HOST": "crm.example.com",
        "GITEA_INSTANCE_URL": "http://gitea.example.com", "GITEA_RUNNER_REGISTRATION_TOKEN": "x",
    }  # fmt: skip

    assert cut(found(environment=variables)) == dict.fromkeys(
        ("shop.example.com", "erp.example.com", "gitea.example.com"), A
    )


def test_address_of_the_program_itself() -> None:
    """What a program is told of its own address is no account of anybody's elsewhere."""
    told = {
        "minio": ("minio/minio", {"MINIO_SERVER_URL": "https://s3.example.com", "MINIO_ROOT_PASSWORD": "x"}),
        "cloud": (
            "nextcloud:29",
            {"NEXTCLOUD_URL": "https://c.example.com", "NEXTCLOUD_ADMIN_PASSWORD": "x"},
        ),
        "keycloak": (None, {"KEYCLOAK_URL": "https://k.example.com", "KEYCLOAK_ADMIN_PASSWORD": "x"}),
        "flow": ("n8nio/n8n", {"N8N_HOST": "n8n.example.com", "N8N_ENCRYPTION_KEY": "x"}),
    }
    for image, environment in told.values():
        name = "keycloak" if image is None else "svc"
        services = {name: {"environment": environment, **({"image": image} if image else {})}}
        assert cut(find(Model(raw={"services": services}))) == {}, environment
        elsewhere = {"app": {"environment": environment, "image": "shop"}}
        assert cut(find(Model(raw={"services": elsewhere}))), environment


def test_laravel_key_is_not_for_its_own_address() -> None:
    """APP_KEY stands beside APP_URL in every such stack."""
    own = {
        "APP_URL": "https://shop.example.com",
        "APP_KEY": "x",
        "NEXTAUTH_URL": "https://s.example.com",
        "NEXTAUTH_SECRET": "x",
    }
    others = {
        "APP_BILLING_URL": "https://bill.example.com",
        "APP_BILLING_KEY": "x",
        "PUBLIC_API_URL": "https://p.example.com",
        "PUBLIC_API_KEY": "x",
    }

    assert cut(found(environment={**own, **others})) == {"bill.example.com": A, "p.example.com": A}


def test_port_beside() -> None:
    """What listens there says what it is."""
    environment = {
        "STATE_HOST": "s.example.com",
        "STATE_PORT": "6379",
        "WEB_HOST": "w.example.com",
        "WEB_PORT": "8080",
    }

    assert cut(found(environment=environment)) == {"s.example.com": D}


def test_own_address_with_a_port_is_listed() -> None:
    """It is open, and said."""
    (one,) = found(environment={"KAFKA_ADVERTISED_HOST": "k.example.com"})

    assert (one.host, one.kind, one.why) == ("k.example.com", Kind.OTHER, "the service's own address")


def test_implied_hosts_follow_region_and_bucket() -> None:
    """What an AWS key opens is where the stack says that it works."""
    variables = {"AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1", "BACKUP_BUCKET": "mine"}

    hosts = cut(found(environment=variables))

    assert {
        "s3.eu-west-1.amazonaws.com",
        "mine.s3.eu-west-1.amazonaws.com",
        "sqs.eu-west-1.amazonaws.com",
    } <= set(hosts)


def test_names_behind_one_address() -> None:
    """`extra_hosts` says that names are one host, and which address it has."""
    outsides = found(
        environment={"DB_URL": "postgres://pg.corp/x"},
        extra_hosts=["pg.corp=10.0.0.5", "pg-old:10.0.0.5", "mirror=10.0.0.6"],
    )

    assert cut(outsides) == {"pg.corp": D, "10.0.0.5": D, "pg-old": D}
    assert "mirror" in {one.host for one in outsides}


NETWORKS = {"default": {"ipam": {"config": [{"subnet": "10.77.0.0/24"}]}}}
# Entries of `extra_hosts`, and what is cut of a service that names `mine`.
SENT: tuple[tuple[list[str], dict[str, Kind]], ...] = (
    (["mine=10.77.0.9"], {}),
    (["mine:127.0.0.1"], {}),
    (["mine=[::1]"], {}),
    (["mine=0.0.0.0"], {}),
    (["mine=::ffff:10.77.0.9"], {}),
    (["mine=10.77.0.1"], {"mine": D, "10.77.0.1": D}),
    (["mine=10.77.0.9", "mine=10.0.0.5"], {"mine": D, "10.0.0.5": D}),
    (["mine=host-gateway"], {"mine": D}),
    (["mine=10.0.0.5"], {"mine": D, "10.0.0.5": D}),
    # A name of the stack's that is sent elsewhere.
    (["db=10.0.0.5"], {"mine": D, "10.0.0.5": D}),
)


@pytest.mark.parametrize(("entries", "expected"), SENT)
def test_extra_hosts(entries: list[str], expected: dict[str, Kind]) -> None:
    """A name for an address of the stack is inside; the gateway of its network is the engine's host."""
    outsides = found(
        networks=NETWORKS, environment={"A": "redis://mine", "B": "redis://db"}, extra_hosts=entries
    )

    assert cut(outsides) == expected


def test_name_that_another_service_has_no_address_for() -> None:
    """What is inside for one service may be anybody for the next."""
    services = {
        "web": {"extra_hosts": ["mine=127.0.0.1"], "environment": {"A": "redis://mine"}},
        "worker": {"environment": {"B": "redis://mine"}},
    }

    assert [(one.service, one.host) for one in find(Model(raw={"services": services}))] == [
        ("worker", "mine")
    ]


# A hosts file or a script that writes one, and the address that goes with `pg.corp`.
HOSTS_FILES = (
    "127.0.0.1 localhost\n10.0.0.5 pg.corp\n",
    "10.0.0.5\tpg.corp pg  # the real one\n",
    "  10.0.0.5   pg pg.corp\n",
    "::ffff:10.0.0.5 pg.corp\n",
)
SCRIPTS = (
    ["sh", "-c", "echo 10.0.0.5 pg.corp >> /etc/hosts; exec app"],
    ["sh", "-c", "echo '10.0.0.5 pg.corp' >>/etc/hosts && app"],
    "sh -c \"printf '10.0.0.5\\tpg.corp\\n' >> /etc/hosts; app\"",
    ["sh", "-c", "cat >> /etc/hosts <<E\n10.0.0.5 pg.corp\nE\napp"],
    ["sh", "-c", "echo '10.0.0.5 pg pg.corp' | tee -a /etc/hosts"],
)


@pytest.mark.parametrize("content", HOSTS_FILES)
def test_hosts_file(content: str) -> None:
    """Its lines say which address a name that is cut has, as extra_hosts does."""
    text = Text(service="web", where="file ./hosts", name="hosts", content=content)
    hosts = cut(found(texts=(text,), environment={"DB_HOST": "pg.corp"}))

    assert {"pg.corp", "10.0.0.5"} <= set(hosts)
    assert set(hosts) <= {"pg.corp", "10.0.0.5", "pg"}


@pytest.mark.parametrize("command", SCRIPTS)
def test_hosts_file_that_is_written(command: Any) -> None:  # noqa: ANN401 - text or list
    """The same in a script."""
    hosts = cut(found(command=command, environment={"DB_HOST": "pg.corp"}))

    assert {"pg.corp", "10.0.0.5"} <= set(hosts)
    assert set(hosts) <= {"pg.corp", "10.0.0.5", "pg"}


@pytest.mark.parametrize(
    "spelling",
    [
        "172.17.0.1", "::ffff:172.17.0.1", "::FFFF:AC11:1", "::172.17.0.1", "64:ff9b::172.17.0.1", "2886795265",
        "0xac110001", "0xAC.0x11.0.1", "172.17.1", "172.1114113", "0254.021.0.1", "172.17.0.01",
    ],
)  # fmt: skip
def test_one_address_in_all_spellings(spelling: str) -> None:
    """All are one machine."""
    written = f"[{spelling}]" if ":" in spelling else spelling

    assert cut(found(environment={"X": f"redis://{written}:6379"})) == {"172.17.0.1": D}
    assert cut(found(environment={"REDIS_HOST": spelling})) == {"172.17.0.1": D}


@pytest.mark.parametrize(
    "text", ["10", "3.11", "5.4.32", "1.2", "6379", "65536", "3.11.9", "1.2.3.4.5", "0", "2.17.1"]
)
def test_versions_and_numbers(text: str) -> None:
    """They are no addresses."""
    assert cut(found(environment={"REDIS_HOST": text, "REDIS": text, "X": f"{text}:6379"})) == {}


def test_links_and_aliases_are_inside() -> None:
    """A service has more than one name."""
    outsides = found(
        links=["db:database"], networks_=None, environment={"X": "redis://database", "Y": "redis://shop-db"}
    )

    assert outsides == []


def test_each_place_once() -> None:
    """One line for a host and a place, with its port."""
    (one,) = found(environment={"X": "redis://r.example.com:6379 redis://r.example.com"})

    assert (one.host, one.port, one.service, one.why) == ("r.example.com", 6379, "web", "redis://")


def test_password_that_looks_like_a_host() -> None:
    """Behind an `@` in a password may be a host: it is cut, and not shown."""
    outsides = found(environment={"X": "redis://u:p@ss/w?rd@r.example.com/0"})

    assert {(one.host, one.doubtful) for one in outsides} == {("ss", True), ("r.example.com", False)}


@pytest.mark.parametrize("text", ["a" * 65536, "a:" * 30000, "=" * 65536, "a@" * 30000, "a://b," * 10000])
def test_large_text(text: str) -> None:
    """Its processor time (seconds) does not explode, whatever it is made of and whoever else works here."""
    began = time.process_time()

    found(texts=(Text(service="web", where="secret x", name="x", content=text),))

    assert time.process_time() - began < 20
