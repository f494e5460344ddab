"""Which datastore a container runs."""

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.facts.test_facts_programs import process

from stackproof.datastores.datastore import KeepsNothingError, NoClientError
from stackproof.datastores.detection import WIRES, detect
from stackproof.datastores.forgetful import LARGEST
from stackproof.engine import engine
from stackproof.engine.files import File
from stackproof.errors import CommandError, Unknown
from stackproof.facts.model import Facts
from stackproof.sandbox.container import Container


def container_with(make_container: MakeContainer, *programs: tuple[str, str]) -> Container:
    """Return a container in which these programs run, by name and command line."""
    running = tuple(
        process(name, command, pid=number, parent=number - 1)
        for number, (name, command) in enumerate(programs, 1)
    )
    container = make_container()
    container.facts = Facts(all_processes=running, probe=99, sockets=(), mounts=(), users={}, limits={})
    return container


@pytest.mark.parametrize(
    ("programs", "kind"),
    [
        ([("postgres", ""), ("postgres", "postgres: checkpointer")], "PostgreSQL"),
        ([("tini", ""), ("redis-server", "redis-server *:6379")], "Redis"),
        ([("redis-server", "redis-server *:26379 [sentinel]")], None),
        ([("valkey-server", "")], "Valkey"),
        ([("mariadbd", "")], "MariaDB or MySQL"),
        ([("mongod", "")], "MongoDB"),
        ([("beam.smp", "beam.smp -- -s rabbit boot")], "RabbitMQ"),
        ([("java", "java -Xshare:auto -Des.networkaddress.cache.ttl=60 -XX:+UseG1GC")], "Elasticsearch"),
        ([("java", "java -Dopensearch.networkaddress.cache.ttl=60")], "OpenSearch"),
        ([("influxd", "")], "InfluxDB"),
        ([("minio", "")], "MinIO"),
        ([("nats-server", "")], "NATS"),
        ([("etcd", "")], "etcd"),
        ([("python", "")], None),
        ([("java", "java -Des.set.netty.runtime.available.processors=false -jar shop.jar")], None),
        ([("postgres_exporte", "")], None),
    ],
)
def test_detect(make_container: MakeContainer, programs: list[tuple[str, str]], kind: str | None) -> None:
    """By the process that runs, not by what the image is called."""
    found = detect(container_with(make_container, *programs))

    assert (found.kind if found else None) == kind
    assert found is None or found.asked == WIRES[found.kind][0].protocol


def test_memcached_is_expected_to_forget(make_container: MakeContainer) -> None:
    """It takes no value that would be missed."""
    container = container_with(make_container, ("memcached", ""))
    store = detect(container)

    assert store is not None
    with pytest.raises(
        KeepsNothingError, match="memcached of web-1 keeps its values in memory alone and is expected"
    ):
        store.write(container, "v")
    with pytest.raises(KeepsNothingError, match=r"^memcached of web-1 keeps its values in memory alone"):
        store.read(container)


@pytest.mark.parametrize(
    ("command", "configuration", "forgets"),
    [
        ("mosquitto", "", True),
        ("mosquitto -c /m.conf", "listener 1883\n", True),
        ("mosquitto -c /m.conf", "persistence false\n# persistence true\n", True),
        ("mosquitto -c /m.conf", "listener 1883\npersistence true\n", False),
        ("mosquitto --config-file /m.conf -v", "persistence true", False),
        ("mosquitto -c /m.conf", "include_dir /more\n", False),
        ("mosquitto -c /gone.conf", "", False),
        ("mosquitto -c /broken.conf", "", False),
    ],
)
def test_mosquitto_that_is_told_to_forget(
    make_container: MakeContainer,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    configuration: str,
    forgets: bool,  # noqa: FBT001 - what is expected
) -> None:
    """As it is by default; a configuration that nobody can read may say otherwise."""
    container = container_with(make_container, ("mosquitto", command))

    def file(where: str, path: str, *, head: int = 0) -> File | None:
        assert (where, head) == (container.id, LARGEST)
        if path == "/broken.conf":
            raise CommandError
        text = b"# \xff\n" + configuration.encode()
        return File(mode=0, head=text) if path == "/m.conf" else None

    monkeypatch.setattr(engine, "file", file)
    store = detect(container)

    assert store is not None
    assert (store.asked == "not asked") == forgets
    if forgets:
        with pytest.raises(KeepsNothingError, match="Mosquitto of web-1 runs without `persistence true`"):
            store.write(container, "v")


@pytest.mark.parametrize(
    ("programs", "kind", "words"),
    [
        (
            [("influxdb3", "")],
            NoClientError,
            "runs InfluxDB 3, which we have no client for: give `persistence:`",
        ),
        ([("vault", "")], NoClientError, "Vault"),
        ([("java", "java kafka.Kafka server.properties")], NoClientError, "Kafka"),
        ([("postgres", ""), ("redis-server", "")], Unknown, "runs PostgreSQL and Redis: give `persistence:`"),
        ([("sh", ""), ("postgres", ""), ("vault", "")], Unknown, "PostgreSQL and Vault"),
    ],
)
def test_what_cannot_be_asked(
    make_container: MakeContainer, programs: list[tuple[str, str]], kind: type[Unknown], words: str
) -> None:
    """It says what to do."""
    with pytest.raises(kind, match=words):
        detect(container_with(make_container, *programs))
