"""What a user writes in an afternoon: ten assertions on a stack with pytest, testinfra, python-on-whales.

Run by `stacks.py`, once for each of the fixture stacks; PLAIN_STACK names it.
"""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
import testinfra
from python_on_whales import Container, DockerClient

ROOT = Path(__file__).parents[1]
WITHIN = 60  # seconds


@dataclass(frozen=True)
class Plain:
    """What the ten assertions need to know of a stack."""

    file: str
    url: str
    internal: tuple[tuple[str, int], ...]
    not_root: tuple[str, str]
    """A service, and its process that is not root's."""
    store: tuple[str, list[str], list[str], str]
    """A service with data: how to write, how to read, and what comes back."""
    crashes: str
    comes_back: bool
    stops: str
    meanwhile: int | None
    """Status of the page while that is stopped; None where nobody answers."""


def _psql(user: str, database: str) -> tuple[list[str], list[str], str]:
    ask = ["psql", "-U", user, "-d", database, "-tAc"]
    write = [*ask, "create table plain (x int); insert into plain values (42)"]
    return write, [*ask, "select x from plain"], "42"


STACKS = {
    "fastapi-postgres-nginx": Plain(
        "docker-compose.yml", "http://127.0.0.1:80/db", (("db", 5432), ("backend", 8000)), ("db", "postgres"),
        ("db", *_psql("appuser", "appdb")), "backend", True, "db", 503,
    ),
    "day-34-compose-advanced": Plain(
        "docker-compose.yml", "http://127.0.0.1:5000/", (("db", 5432), ("cache", 6379)),
        ("cache", "redis-server"),
        ("db", *_psql("appuser", "appdb")), "db", True, "cache", None,
    ),
    "flask-postgres-redis": Plain(
        "compose.yml", "http://127.0.0.1:5003/health", (), ("cache", "redis-server"),
        ("cache", ["redis-cli", "set", "plain", "42"], ["redis-cli", "get", "plain"], "42"),
        "cache", True, "database", 503,
    ),
    "nginx-flask-redis-postgres": Plain(
        "docker-compose.yml", "http://127.0.0.1:8080/", (("redis", 6379), ("postgres", 5432), ("app", 5000)),
        ("redis", "redis-server"),
        ("redis", ["redis-cli", "set", "plain", "42"], ["redis-cli", "get", "plain"], "42"),
        "app", False, "redis", 200,
    ),
    "supervisord-nginx-pair": Plain(
        "docker-compose.yml", "http://127.0.0.1:8001/", (), ("fastapi-nginx", "nginx"),
        ("fastapi-nginx", ["true"], ["echo", "42"], "42"), "express-nginx", False, "express-nginx", 200,
    ),
}  # fmt: skip
NAME = os.environ["PLAIN_STACK"]
STACK = STACKS[NAME]


@pytest.fixture(scope="module")
def docker() -> Iterator[DockerClient]:
    """The stack, up."""
    client = DockerClient(compose_files=[ROOT / "stacks" / NAME / STACK.file], compose_project_name="plain")
    client.compose.up(detach=True, wait=True, quiet=True)
    yield client
    client.compose.down(volumes=True, timeout=0, quiet=True)


def container(docker: DockerClient, service: str) -> Container:
    return next(
        c for c in docker.compose.ps(all=True) if c.config.labels["com.docker.compose.service"] == service
    )


def eventually(true: Callable[[], bool]) -> bool:
    until = time.monotonic() + WITHIN
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.5)
    return False


def status(url: str = STACK.url) -> int | None:
    try:
        return requests.get(url, timeout=5).status_code
    except requests.RequestException:
        return None


def test_all_run(docker: DockerClient) -> None:
    assert all(c.state.running for c in docker.compose.ps(all=True))


def test_all_are_healthy(docker: DockerClient) -> None:
    found = [c for c in docker.compose.ps() if c.state.health is not None]
    assert eventually(lambda: all(c.reload() or c.state.health.status == "healthy" for c in found))


def test_page(docker: DockerClient) -> None:
    assert docker
    assert eventually(lambda: status() == 200)


def test_not_root(docker: DockerClient) -> None:
    service, program = STACK.not_root
    host = testinfra.get_host(f"docker://{container(docker, service).id}")
    names = host.check_output("cat /proc/[0-9]*/comm 2>/dev/null || true").split()
    assert program in names
    uids = host.check_output("cat /proc/[0-9]*/status | grep ^Uid: | cut -f2").split()
    assert any(uid != "0" for uid in uids)


def test_internal_ports_are_not_published(docker: DockerClient) -> None:
    for service, port in STACK.internal:
        published = container(docker, service).network_settings.ports or {}
        assert not published.get(f"{port}/tcp")


def test_internal_ports_are_closed(docker: DockerClient) -> None:
    assert docker
    for _service, port in STACK.internal:
        with socket.socket() as tried:
            assert tried.connect_ex(("127.0.0.1", port)) != 0


def test_data_survives_down_and_up(docker: DockerClient) -> None:
    service, write, read, answer = STACK.store
    docker.container.execute(container(docker, service), write)
    docker.compose.down(quiet=True)
    docker.compose.up(detach=True, wait=True, quiet=True)
    assert answer in str(docker.container.execute(container(docker, service), read))


def test_killed_service_stays_down(docker: DockerClient) -> None:
    """An operator's kill is a stop for every policy."""
    killed = container(docker, STACK.crashes)
    docker.container.kill(killed)
    time.sleep(3)
    killed.reload()
    assert not killed.state.running
    docker.compose.up(detach=True, wait=True, quiet=True)


def test_crashed_service(docker: DockerClient) -> None:
    crashed = container(docker, STACK.crashes)
    os.kill(crashed.state.pid, signal.SIGKILL)
    before = crashed.state.started_at
    if STACK.comes_back:
        assert eventually(
            lambda: crashed.reload() or (crashed.state.running and crashed.state.started_at != before)
        )
    else:
        time.sleep(3)
        crashed.reload()
        assert not crashed.state.running
    docker.compose.up(detach=True, wait=True, quiet=True)


def test_outage(docker: DockerClient) -> None:
    docker.compose.stop([STACK.stops])
    if STACK.meanwhile is not None:
        assert eventually(lambda: status() == STACK.meanwhile)
    docker.compose.up(detach=True, wait=True, quiet=True)
    assert eventually(lambda: status() == 200)
