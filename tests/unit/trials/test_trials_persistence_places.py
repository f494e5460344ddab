"""Which files are data that somebody would miss, by path and first bytes."""

import doctest

import pytest

from stackproof.trials import persistence_places
from stackproof.trials.persistence_places import BROUGHT, File, data_in, is_certain, passes, worth_a_look

PASSING = [
    "/tmp/app.db",  # noqa: S108 - nothing is made there
    "/var/tmp/x.sqlite3",  # noqa: S108 - nothing is made there
    "/run/app/state.json",
    "/var/run/app.pid",
    "/var/log/app/audit.jsonl",
    "/var/cache/nginx/client_temp/0000000001",
    "/var/lib/nginx/body/0000001",
    "/var/lib/dpkg/status-old",
    "/dev/shm/psm_1234",  # noqa: S108 - nothing is made there
    "/etc/nginx/uwsgi_temp/1",
    "/root/.cache/pip/http/a",
    "/home/app/.cache/fontconfig/x.cache-7",
    "/app/__pycache__/main.cpython-311.pyc",
    "/app/main.pyc",
    "/app/node_modules/.vite/deps/x.db",
    "/app/.next/cache/webpack/0.pack",
    "/app/tmp/pids/server.pid",
    "/app/storage/logs/laravel.log",
    "/app/storage/framework/views/a.php",
    "/srv/app.sock",
    "/srv/data/.lock",
    "/srv/data/db.lock",
    "/root/.bash_history",
    "/root/.ash_history",
    "/app/celerybeat-schedule",
    "/app/data/.stackproof-probe-web",
]


@pytest.mark.parametrize("path", PASSING)
def test_what_comes_and_goes(path: str) -> None:
    """Temporary, a cache, a log, a lock, a pid, a socket: nobody misses it, whatever is in it."""
    assert passes(path)
    assert not data_in(File(path=path, size=4096, head=b"SQLite format 3\0"))


BY_CONTENT = [
    (b"SQLite format 3\0\x10\x00", "an SQLite database"),
    (b"REDIS0011\xfa", "a Redis snapshot"),
    (b"VALKEY011", "a Redis snapshot"),
    (b"*2\r\n$6\r\nSELECT\r\n", "a Redis append-only file"),
    (bytes(16) + b"\xed\xda\x0c\xed\x02\0\0\0", "a BoltDB database"),
    (bytes(16) + b"\xde\xc0\xef\xbe", "an LMDB database"),
    (bytes(8) + b"DUCK@\0", "a DuckDB database"),
    (b"H:2,block:3,blockSize:1000", "an H2 database"),
    (b"MANIFEST-000004\n", "a LevelDB or RocksDB database"),
    (b"\x3f\xd7\x6c\x17\x13BlockTree", "a Lucene index"),
    (b"\x16\xd1\x16\xd1\x01", "an InfluxDB file"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"\xcf\x9a\x57\x13", "a GDBM database"),
    (bytes(12) + b"\x61\x15\x06\x00", "a Berkeley DB database"),
    (b"XL2 \x01\0", "a MinIO object"),
    (b"PGDMP\x01", "a PostgreSQL dump"),
]


@pytest.mark.parametrize(("head", "what"), BY_CONTENT)
def test_by_content(head: bytes, what: str) -> None:
    """Its name says nothing."""
    file = File(path="/opt/thing", size=4096, head=head)

    assert data_in(file) == what
    assert is_certain(file)


BY_NAME = [
    ("/var/lib/postgresql/15/docker/PG_VERSION", "a PostgreSQL cluster"),
    ("/var/lib/mysql/ibdata1", "MariaDB or MySQL tables"),
    ("/var/lib/mysql/shop/orders.ibd", "MariaDB or MySQL tables"),
    ("/data/db/collection-0-123.wt", "a MongoDB database"),
    ("/data/db/WiredTiger", "a MongoDB database"),
    ("/data/dump.rdb", "a Redis snapshot"),
    ("/data/appendonlydir/appendonly.aof.1.incr.aof", "a Redis append-only file"),
    ("/data/appendonlydir/appendonly.aof.manifest", "a Redis append-only file"),
    ("/var/lib/rabbitmq/mnesia/rabbit@0123456789ab/schema.DAT", "a RabbitMQ database"),
    ("/srv/notes.sqlite3", "an SQLite database"),
    ("/srv/notes.db-wal", "an SQLite database"),
    ("/app/local.mv.db", "an H2 database"),
    ("/kafka/logs-1/00000000000000000000.index", "a Kafka log"),
    ("/usr/share/elasticsearch/data/_state/node-0.st", "an Elasticsearch or Lucene index"),
    ("/etcd/member/wal/0000-0000.wal", "an etcd write-ahead log"),
    ("/letsencrypt/acme.json", "certificates of an ACME account"),
    ("/srv/things.db", "a database"),
    ("/app/events.jsonl", "records"),
    ("/app/backup.sql.gz", "a dump"),
    ("/app/data/notes", BROUGHT),
    ("/app/public/uploads/cat.jpg", BROUGHT),
    ("/app/state/notes.json", BROUGHT),
    ("/var/lib/thing/x", BROUGHT),
    ("/home/app/.local/share/thing/x", BROUGHT),
]


@pytest.mark.parametrize(("path", "what"), BY_NAME)
def test_by_name(path: str, what: str) -> None:
    """Where the first bytes say nothing, or cannot be read."""
    file = File(path=path, size=10)

    assert data_in(file) == what
    assert not is_certain(file)


@pytest.mark.parametrize(
    "path", ["/etc/nginx/conf.d/default.conf", "/app/data/config.yml", "/app/main.py", "/srv/app/x", "/entry"]
)
def test_no_data(path: str) -> None:
    """Settings that an entrypoint writes, programs, and what nobody can name."""
    assert not data_in(File(path=path, size=10))


def test_an_empty_file() -> None:
    """It holds nothing, and a mount of a file leaves one in the container's layer."""
    assert not data_in(File(path="/data/notes.db", size=0))


def test_what_is_looked_at() -> None:
    """Not what is mounted; and what is data by its name before all that the limit may cut off."""
    paths = ["/a", "/data/x.db", "/data2/x.db", "/run/y.db", "/b", "/c", "/odd\nname.db"]

    assert worth_a_look(paths, ["/data"], 2) == ["/data2/x.db", "/a"]


def test_examples() -> None:
    """They say what they show."""
    assert doctest.testmod(persistence_places).failed == 0
