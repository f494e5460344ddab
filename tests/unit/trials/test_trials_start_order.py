"""How much it matters that a service does not wait for another."""

from typing import Any

import pytest

from stackproof.controls.severity import Severity
from stackproof.facts.model import Process
from stackproof.stack.model import Model, Service
from stackproof.trials.start_order import connects_late, severity, takes_time


def service(image: str | None) -> Service:
    """Return a service of an image."""
    return Service(name="it", raw={"image": image} if image else {"build": {"context": "."}})


def process(name: str, command: str = "") -> Process:
    """Return a process of a program."""
    return Process(
        pid=1, parent=0, name=name, command=command or name, state="S", uids=(1, 1, 1, 1), gids=(1, 1, 1, 1),
        cap_effective=0, cap_bounding=0, seccomp=0, no_new_privileges=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("image", "program", "command"),
    [
        (None, "postgres", ""),
        (None, "mariadbd", ""),
        ("ours/store", "mysqld", ""),
        (None, "mongod", ""),
        (None, "beam.smp", "erl -sname rabbit"),
        (None, "java", "java org.elasticsearch.bootstrap.Elasticsearch"),
    ],
)
def test_takes_time_by_what_runs(image: str | None, program: str, command: str) -> None:
    """Whatever its image is called."""
    assert takes_time(service(image), [process("sh"), process(program, command)])


@pytest.mark.parametrize(
    "image",
    [
        "postgres", "postgres:15-alpine", "registry.example:5000/library/postgres@sha256:00", "mariadb:10",
        "bitnami/postgresql:15", "postgis/postgis", "mysql/mysql-server", "mongo:6",
        "timescale/timescaledb-ha",
        "rabbitmq:3-management", "confluentinc/cp-kafka", "elasticsearch:8", "cassandra", "zookeeper",
    ],
)  # fmt: skip
def test_takes_time_by_image_where_nothing_runs(image: str) -> None:
    """Of one that ended nothing else is known."""
    assert takes_time(service(image), [])


@pytest.mark.parametrize(
    ("image", "program"),
    [
        ("postgres:15", "redis-server"),  # what runs counts
        ("redis:7", None), ("valkey/valkey", None), ("memcached", None), ("nats", None), (None, None),
        ("prom/mysqld-exporter", None), ("quay.io/prometheuscommunity/postgres-exporter", None),
        ("mongo-express", None), ("phpmyadmin", None), ("dpage/pgadmin4", None), ("adminer", None),
        ("oraclelinux:9", None), ("edoburu/pgbouncer", None), ("provectuslabs/kafka-ui", None),
        ("ours/app", "gunicorn"),
    ],
)  # fmt: skip
def test_listens_at_once(image: str | None, program: str | None) -> None:
    """Caches, consoles, exporters, and what nobody knows."""
    assert not takes_time(service(image), [process(program)] if program else [])


@pytest.mark.parametrize(
    ("image", "programs", "late"),
    [
        ("nginx:alpine", [], True),
        ("registry.example/nginx@sha256:00", [], True),
        (None, ["nginx"], True),
        (None, ["dumb-init", "haproxy"], True),
        ("adminer:4", ["php"], True),
        ("phpmyadmin", ["apache2"], True),
        (None, [], False),
        (None, ["sh"], False),
        (None, ["nginx", "gunicorn"], False),
        ("wordpress:6-apache", ["apache2"], False),
    ],
)
def test_connects_late(image: str | None, programs: list[str], *, late: bool) -> None:
    """A proxy beside an application in one container does not make that one late."""
    assert connects_late(service(image), map(process, programs)) is late


@pytest.mark.parametrize(
    ("slow", "late", "watched", "weight"),
    [
        (True, False, False, Severity.HIGH),
        (True, False, True, Severity.HIGH),
        (True, True, True, Severity.MEDIUM),
        (True, True, False, Severity.MEDIUM),
        (False, False, True, Severity.MEDIUM),
        (False, False, False, Severity.LOW),
        (False, True, True, Severity.LOW),
        (False, True, False, Severity.LOW),
    ],
)
def test_severity(*, slow: bool, late: bool, watched: bool, weight: Severity) -> None:
    """High only for what takes its time and is needed at once."""
    assert severity(slow=slow, late=late, watched=watched) is weight


@pytest.mark.parametrize(
    ("raw", "implied"),
    [
        ({"network_mode": "service:db", "depends_on": {"db": {"condition": "service_started"}}}, True),
        ({"pid": "service:db", "depends_on": {"db": {"condition": "service_started"}}}, True),
        ({"volumes_from": ["db:ro"], "depends_on": {"db": {"condition": "service_started"}}}, True),
        ({"network_mode": "service:db", "depends_on": {"db": {"condition": "service_healthy"}}}, False),
        ({"links": ["db"], "depends_on": {"db": {"condition": "service_started", "restart": True}}}, False),
        ({"network_mode": "service:vpn", "depends_on": {"db": {"condition": "service_started"}}}, False),
    ],
)
def test_edges_that_compose_adds(raw: dict[str, Any], *, implied: bool) -> None:
    """A container must be there for its network, processes or mounts to be shared, and no more is asked."""
    model = Model(raw={"services": {"db": {}, "vpn": {}, "web": raw}})

    assert [edge.implied for edge in model.services["web"].depends_on] == [implied]
