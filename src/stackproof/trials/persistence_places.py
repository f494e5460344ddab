"""Which files are data that somebody would miss, and which come and go by themselves. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

HEAD = 96  # bytes of a file that tell its format

# Folders that the Filesystem Hierarchy Standard (3.0) calls temporary, variable caches, logs or run-time
# state, and those of the kernel.
_PASSING = re.compile(
    r"^/(dev|proc|sys|run|tmp|lost\+found)(/|$)"
    r"|^/var/(tmp|run|lock|log|cache)(/|$)"
    r"|^/var/lib/(apt|dpkg|rpm|apk|pam|systemd|dbus|ucf|misc|logrotate|alternatives|sudo|nginx|haproxy)(/|$)"
    # What the engine mounts and Compose brings.
    r"|^/(\.dockerenv|s?bin/docker-init|usr/s?bin/docker-init|etc/(hosts|hostname|resolv\.conf|mtab))$"
    r"|^/lib/apk/|^/usr/lib/(locale|sysimage)/|^/usr/share/(mime|fonts|info)/"
)
# Folders of programs, at any depth: what is in them is made again.
_MADE_AGAIN = re.compile(
    r"/(\.?cache|\.?caches|__pycache__|\.pytest_cache|\.mypy_cache|node_modules|\.npm|\.yarn|\.pnpm-store"
    r"|\.cargo|\.m2|\.gradle|\.nuget|\.bundle|\.venv|venv|site-packages|dist-packages|\.next|\.nuxt"
    r"|\.?te?mp|\w+_temp|logs?|pids?|sockets|sessions|views|compiled|hsperfdata_[^/]+|\.config|\.gnupg"
    r"|\.local/(state|bin|lib)|\.java|\.dotnet|\.aspnet|\.git|fontconfig)(/|$)",
    re.IGNORECASE,
)
_PASSING_NAME = re.compile(
    r"\.(pyc|pyo|pid|lock|lck|sock|socket|log|log\.\d+|out|err|tmp|temp|swp|bak~|part|so|o|elc|gz\.tmp)$"
    r"|~$|^\.#|^\.(bash|ash|sh|python|node_repl|psql|mysql|rediscli|lesshst|irb|sqlite)_?history$"
    r"|^\.(wget-hsts|lesshst|viminfo|rnd|erlang\.cookie|gitconfig|keep|gitkeep|stackproof-probe.*)$"
    r"|(^|[._-])(log|out|err|stdout|stderr|trace|debug|access|errors?)([._-]|$)"
    r"|^(nohup\.out|ld\.so\.cache|celerybeat-schedule.*|hsts|core(\.\d+)?)$",
    re.IGNORECASE,
)

# What a file of each format begins with, at its offset. From the formats' own documentation: sqlite.org/
# fileformat2, redis rdb.h, bbolt and LMDB (a magic behind the header of the first page), duckdb.org/
# internals/storage, H2 MVStore, Lucene CodecUtil, InfluxDB tsm1, Prometheus tsdb, HDF5, GDBM, Berkeley DB.
_MAGIC: tuple[tuple[str, int, tuple[bytes, ...]], ...] = (
    ("an SQLite database", 0, (b"SQLite format 3\0",)),
    ("a Redis snapshot", 0, (b"REDIS0", b"VALKEY0")),
    ("a Redis append-only file", 0, (b"*2\r\n$6\r\nSELECT", b"*2\r\n$6\r\nselect")),
    ("a BoltDB database", 16, (b"\xed\xda\x0c\xed",)),
    ("an LMDB database", 16, (b"\xde\xc0\xef\xbe",)),
    ("a DuckDB database", 8, (b"DUCK",)),
    ("an H2 database", 0, (b"H:2,", b"H:3,", b"-- H2 0.5")),
    ("a LevelDB or RocksDB database", 0, (b"MANIFEST-0",)),
    ("a Lucene index", 0, (b"\x3f\xd7\x6c\x17",)),
    ("an InfluxDB file", 0, (b"\x16\xd1\x16\xd1",)),
    ("a Prometheus block", 0, (b"\x85\xbd\x40\xdd", b"\xba\xaa\xd7\x00", b"\x01\x30\xbc\x91")),
    ("an HDF5 file", 0, (b"\x89HDF\r\n\x1a\n",)),
    ("a Parquet file", 0, (b"PAR1",)),
    ("a GDBM database", 0, (b"\xce\x9a\x57\x13", b"\xcd\x9a\x57\x13", b"\xcf\x9a\x57\x13")),
    ("a Berkeley DB database", 12, (b"\x62\x31\x05\x00", b"\x61\x15\x06\x00", b"\x53\x22\x04\x00")),
    ("a MinIO object", 0, (b"XL2 ", b"XL1 ")),
    ("a WiredTiger database", 0, (b"WiredTiger\n",)),
    ("a PostgreSQL dump", 0, (b"PGDMP",)),
    ("a Realm database", 16, (b"T-DB",)),
    ("a Firebird or Access database", 4, (b"Standard Jet DB", b"Standard ACE DB")),
    ("a KeePass database", 0, (b"\x03\xd9\xa2\x9a",)),
)
# What stores call their files, whatever is in them.
_NAMED: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a PostgreSQL cluster", re.compile(r"/(PG_VERSION|pg_wal/[0-9A-F]{24})$")),
    ("MariaDB or MySQL tables", re.compile(r"/(ibdata\d+|ib_logfile\d+|[^/]+\.(ibd|frm|MYD|MYI|MAD|MAI))$")),
    ("a MongoDB database", re.compile(r"/(WiredTiger(\.\w+)?|[^/]+\.wt|storage\.bson)$")),
    ("a Redis snapshot", re.compile(r"/[^/]+\.rdb$")),
    ("a Redis append-only file", re.compile(r"/([^/]+\.aof|[^/]+\.aof\.manifest)$")),
    ("a RabbitMQ database", re.compile(r"/[^/]*mnesia[^/]*/.*|/[^/]+\.(DCD|DCL)$")),
    ("an SQLite database", re.compile(r"\.(sqlite3?|db3|s3db|sl3)$|\.(db|sqlite3?)-(wal|journal)$")),
    ("an H2 database", re.compile(r"\.(mv|h2)\.db$")),
    ("an HSQLDB or Derby database", re.compile(r"/seg0/c[0-9a-f]+\.dat$|/[^/]+\.script$")),
    ("a LevelDB or RocksDB database", re.compile(r"/(MANIFEST-\d+|\d{6}\.(ldb|sst))$")),
    ("an LMDB database", re.compile(r"/(data\.mdb|[^/]+\.lmdb)$")),
    ("a Kafka log", re.compile(r"/\d{20}\.(log|index|timeindex)$")),
    ("a NATS JetStream", re.compile(r"/jetstream/.*\.(blk|inf)$")),
    ("an etcd write-ahead log", re.compile(r"/member/wal/[^/]+\.wal$")),
    ("an Elasticsearch or Lucene index", re.compile(r"/(segments_\w+|_state/[^/]+\.st)$")),
    ("an InfluxDB file", re.compile(r"\.(tsm|tsi)$")),
    ("a Prometheus block", re.compile(r"/(chunks_head/\d{6}|wal/\d{8})$")),
    ("a MinIO object", re.compile(r"/(\.minio\.sys/.*|xl\.meta)$")),
    ("certificates of an ACME account", re.compile(r"/(acme\.json|etc/letsencrypt/(live|accounts)/.*)$")),
    (
        "a database",
        re.compile(
            r"\.(db|db\.(dat|dir)|dat|dir|pag|idx|pickle|pkl|shelf|kv|sav|snapshot|mdb|dbf|realm|kdbx|gdbm|nedb|store|bson|tdb|ldb)$",
            re.IGNORECASE,
        ),
    ),
    ("records", re.compile(r"\.(jsonl|ndjson|parquet|avro|csv|tsv|mbox)$", re.IGNORECASE)),
    ("a dump", re.compile(r"\.(sql|dump)(\.(gz|xz|bz2|zst))?$", re.IGNORECASE)),
    ("mail", re.compile(r"/Maildir/(new|cur)/")),
)
BROUGHT = "a file in a folder for data"
# Folders that are made to hold what people bring.
_FOLDERS = re.compile(
    r"/(data|datas|database|databases|db|dbs|data_?store|uploads?|uploaded|media|attachments?|storage|store"
    r"|state|persist\w*|user_?data|userfiles|repositories|repos|backups?|archives?|documents|photos|records"
    r"|notes|inbox|outbox|queue|mailboxes|library|blobs?|objects|files)/",
    re.IGNORECASE,
)
_OWN_STATE = re.compile(r"^/(var/lib|var/spool|var/backups|var/mail|home/[^/]+/\.local/share)/[^/]+/")
# What an entrypoint writes at the start and would write again.
_SETTINGS = re.compile(
    r"\.(conf|cfg|cnf|ini|ya?ml|toml|properties|env|tmpl|template|xml|html?|css|js|mjs|py|rb|php|sh|lua|crt"
    r"|pem|key|pub|ttf|woff2?|map|md)$|/(config|settings|package|manifest|tsconfig|appsettings)[^/]*\.json$",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class File:
    """A file that a service wrote or changed."""

    path: str
    size: int
    head: bytes = b""


def passes(path: str) -> bool:
    """Whether a file comes and goes by itself: temporary, a cache, a log, a lock, a pid, a socket.

    >>> passes("/var/log/app/x.db"), passes("/srv/app/notes.db")
    (True, False)
    """
    name = path.rpartition("/")[2]
    return bool(_PASSING.search(path) or _MADE_AGAIN.search(path) or _PASSING_NAME.search(name))


def data_in(file: File) -> str:
    r"""Say what data a file holds that somebody would miss; empty for one that holds none that we know.

    >>> data_in(File(path="/opt/x", size=16, head=b"SQLite format 3\0"))
    'an SQLite database'
    """
    if passes(file.path) or not file.size:
        return ""
    return _by_content(file) or _by_name(file)


def is_certain(file: File) -> bool:
    """Whether the content of a file says what it is, and not its name alone."""
    return bool(_by_content(file))


def _by_content(file: File) -> str:
    for kind, offset, words in _MAGIC:
        if file.head[offset:].startswith(words):
            return kind
    return ""


def _by_name(file: File) -> str:
    for kind, pattern in _NAMED:
        if pattern.search(file.path):
            return kind
    if _SETTINGS.search(file.path):
        return ""
    if _FOLDERS.search(file.path) or _OWN_STATE.search(file.path):
        return BROUGHT
    return ""


def below(path: str, folder: str) -> bool:
    """Whether a path is a folder or in it.

    >>> below("/data/x", "/data/"), below("/database", "/data"), below("/dX/x", "/dX")
    (True, False, True)
    """
    folder = folder.rstrip("/")
    return path == folder or path.startswith(f"{folder}/")


def worth_a_look(paths: Iterable[str], mounts: Iterable[str], most: int) -> list[str]:
    """Return the changed paths that may hold data: not in what is mounted, and not passing; at most so many.

    Those that may be data by their names come first, so that the limit cuts off none of these.
    """
    mounts = list(mounts)
    found = [
        path
        for path in paths
        if not passes(path) and "\n" not in path and not any(below(path, mount) for mount in mounts)
    ]
    return sorted(found, key=lambda path: not _by_name(File(path=path, size=1)))[:most]
