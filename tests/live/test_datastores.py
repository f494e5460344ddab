"""Real datastores, each asked in its own protocol wherever it listens."""

import re
import secrets
from collections.abc import Iterator

import pytest
from tests.live import conftest
from tests.live.running import docker, wait_until

from stackproof.datastores.detection import detect
from stackproof.datastores.served import Served
from stackproof.engine import engine, labels
from stackproof.sandbox.container import Container

CONFIGURATION = r"port 6400\nrequirepass of-nobody\nappendonly yes\n"
# Words of `docker run`, and how the evidence says that it was asked.
STORES = {
    "password under a name of its own": (
        [
            "--env=SHOP_DB_PASS=of-nobody", "--entrypoint=sh", "mariadb:10.11", "-c",
            "MARIADB_ROOT_PASSWORD=$SHOP_DB_PASS exec docker-entrypoint.sh mariadbd --port=4406",
        ],
        "MySQL's protocol on port 4406 as root",
    ),
    "another port": (
        ["--env=POSTGRES_USER=app", "--env=POSTGRES_PASSWORD=of-nobody", "postgres:15", "-c", "port=5999"],
        "PostgreSQL's protocol on port 5999 as app",
    ),
    "socket file": (
        ["--env=POSTGRES_PASSWORD=of-nobody", "postgres:15-alpine", "-c", "listen_addresses="],
        "psql over a socket file as postgres",
    ),
    "configuration": (
        [
            "redis:7-alpine", "sh", "-c",
            f"printf '{CONFIGURATION}' > /data/own.conf; exec redis-server /data/own.conf",
        ],
        "RESP on port 6400 as default",
    ),
    "loopback": (["redis:7", "redis-server", "--bind", "127.0.0.1"], "RESP on port 6379"),
    "socket file of Redis": (
        ["redis:7", "redis-server", "--port", "0", "--unixsocket", "/data/own.sock"],
        "its own client over a socket file",
    ),
    "broker": (["rabbitmq:3-management"], "AMQP 0-9-1 on port 5672 as guest"),
}  # fmt: skip


@pytest.fixture
def own() -> Iterator[dict[str, str]]:
    """Labels of this test; nothing of ours that carries them may be left."""
    marks = {labels.RUN: f"live-{secrets.token_hex(4)}", labels.LANE: "observe"}
    yield marks
    left = engine.ids("container", marks)
    engine.remove("container", left)
    assert left == []


def running(container: str, own: dict[str, str], asked: str) -> tuple[Container, Served]:
    """Return a container whose datastore listens where it is asked: an entrypoint does other things first.

    MariaDB's makes its database with a server that has a socket file alone.
    """
    port = re.search(r"port (\d+)", asked)
    found: list[tuple[Container, Served]] = []

    def runs() -> bool:
        now = Container(engine.inspect("container", [container])[0], own)
        store = detect(now)
        heard = {socket.port for socket in now.facts.sockets if socket.listening}
        listens = port is None or int(port[1]) in heard
        if isinstance(store, Served) and listens:
            found.append((now, store))
        else:
            now.close()
        return bool(found)

    wait_until("its datastore runs", runs, 60)
    return found[0]


def test_values_are_kept(start: conftest.Start, own: dict[str, str]) -> None:
    """Nothing before, the value afterwards, and by whoever comes new after a restart."""
    value = f"stackproof-{secrets.token_hex(8)}"
    started = {name: start(*words) for name, (words, _asked) in STORES.items()}
    before: dict[str, str | None] = {}
    written: dict[str, tuple[str | None, str]] = {}
    for name, identity in started.items():
        container, store = running(identity, own, STORES[name][1])
        before[name] = store.read(container)
        store.write(container, value)
        written[name] = (store.read(container), store.asked)
        container.close()
    docker("restart", "--time", "30", *started.values())
    kept: dict[str, str | None] = {}
    for name, identity in started.items():
        container, store = running(identity, own, STORES[name][1])
        kept[name] = store.read(container)
        container.close()

    assert before == dict.fromkeys(STORES)
    assert written == {name: (value, asked) for name, (_words, asked) in STORES.items()}
    assert kept == dict.fromkeys(STORES, value)
    assert "terminated by signal" not in engine.logs(started["another port"], 200)
