"""Which datastore a process is, and the password in a server's command line."""

import pytest

from stackproof.facts import programs, requirepass
from stackproof.facts.model import Process


def process(name: str, command: str = "", *, pid: int = 1, parent: int = 0) -> Process:
    """Return a process."""
    ids = (999,) * 4
    return Process(
        pid=pid, parent=parent, name=name, command=command, state="S", uids=ids, gids=ids,
        cap_effective=0, cap_bounding=0, seccomp=2, no_new_privileges=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "command", "kind"),
    [
        ("postgres", "", "PostgreSQL"),
        ("postgres_exporte", "", None),
        ("redis-server", "redis-server *:6379", "Redis"),
        ("redis-server", "redis-server *:26379 [sentinel]", None),
        ("redis-server", "redis-server /etc/s.conf --sentinel", None),
        ("java", "java -Xshare:auto -Des.networkaddress.cache.ttl=60", "Elasticsearch"),
        ("java", "java -Xshare:auto -Dopensearch.networkaddress.cache.ttl=60", "OpenSearch"),
        ("java", "java -ea -Dcassandra.logdir=/opt/cassandra/logs", "Cassandra or ScyllaDB"),
        ("java", "java -Des.set.netty.runtime.available.processors=false -jar shop.jar", None),
        ("clickhouse-serv", "", "ClickHouse"),
        ("java", "java -Xms1g org.elasticsearch.bootstrap.Elasticsearch", "Elasticsearch"),
        ("java", "java org.apache.zookeeper.server.quorum.QuorumPeerMain zoo.cfg", "ZooKeeper"),
        ("java", "java -jar shop-with-rabbit-and-couch.jar", None),
        ("beam.smp", "beam.smp -- -root /usr/lib/erlang -s rabbit boot", "RabbitMQ"),
        ("beam.smp", "beam.smp -- -couch_ini /opt/couchdb/etc", "CouchDB"),
        ("beam.smp", "beam.smp -- -progname phoenix", None),
        ("python", "python org.elasticsearch.py", None),
    ],
)
def test_datastore(name: str, command: str, kind: str | None) -> None:
    """By its program; in a machine of a language by what runs there."""
    assert programs.datastore(process(name, command)) == kind


def test_names_are_those_that_a_kernel_keeps() -> None:
    """15 characters of each."""
    assert [name for name in programs.BY_NAME if len(name) > 15] == []


def test_datastores() -> None:
    """Each once, sorted."""
    assert programs.datastores(map(process, ("redis-server", "mongod", "sh", "mongod"))) == [
        "MongoDB",
        "Redis",
    ]


@pytest.mark.parametrize(
    ("command", "word"),
    [
        (["redis-server"], "''"),
        (["redis-server", "--requirepass", "a b"], "'a b'"),
        (["sh", "-c", 'valkey-server --requirepass "$A"'], '"$A"'),
    ],
)
def test_password_in(command: list[str], word: str) -> None:
    """As a word of a shell."""
    assert requirepass.password_in(command) == word
    assert requirepass.script(command).endswith(f'given={word}; password="${{given:-$password}}"; ')
