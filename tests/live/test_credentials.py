"""Whom real datastores let in, asked as their neighbours and as the outside can."""

from collections import defaultdict

import pytest
from tests.live.running import Lab

CONTROL = "datastore-requires-credentials"
COMPOSE = """
x-postgres: &postgres
  image: postgres:15
  healthcheck: {test: [CMD, pg_isready, -q, -h, 127.0.0.1], interval: 1s, timeout: 5s, retries: 60}
x-mariadb: &mariadb
  image: mariadb:10.11
  healthcheck: {test: [CMD, mysqladmin, ping, -h, 127.0.0.1], interval: 1s, timeout: 5s, retries: 60}
services:
  scram:
    <<: *postgres
    environment: {POSTGRES_PASSWORD: of-nobody, POSTGRES_USER: app, POSTGRES_DB: shop}
  md5:
    <<: *postgres
    environment:
      {POSTGRES_PASSWORD: of-nobody, POSTGRES_HOST_AUTH_METHOD: md5, POSTGRES_INITDB_ARGS: --auth-host=md5}
  trust:
    <<: *postgres
    environment: {POSTGRES_HOST_AUTH_METHOD: trust}
  secret:
    <<: *mariadb
    environment: {MARIADB_ROOT_PASSWORD: of-nobody}
  empty:
    <<: *mariadb
    environment: {MARIADB_ALLOW_EMPTY_ROOT_PASSWORD: "1"}
  guest:
    image: rabbitmq:3-management
    ports: ["5672:5672"]
    healthcheck: {test: [CMD, bash, -c, "</dev/tcp/127.0.0.1/15672"], interval: 1s, timeout: 5s, retries: 60}
  hidden:
    image: redis:7-alpine
    command: [redis-server, --bind, 127.0.0.1]
  moved:
    image: redis:7-alpine
    command: [redis-server, --port, "7000"]
    ports: ["127.0.0.1:7000:7000"]
  shared:
    image: redis:7
    network_mode: service:web
  web:
    image: busybox:1.36
    command: [sleep, "1000"]
    ports: ["6379:6379"]
  wrong:
    image: redis:7
    command: [sh, -c, "echo requirepass of-nobody > /tmp/own.conf; exec redis-server /tmp/own.conf"]
    environment: {REDIS_PASSWORD: another}
  strange:
    image: debian:bookworm-slim
    command: [sh, -c, "cp /bin/sleep /tmp/sqlservr; exec /tmp/sqlservr 1000"]
"""
EXPECTED = {
    "scram": ("pass", ""),
    "md5": ("pass", ""),
    "trust": ("fail", "lets in anybody without a credential on port 5432 from network default"),
    "secret": ("pass", ""),
    "empty": ("fail", "lets in root without a password on port 3306 from network default"),
    "guest": ("fail", "lets in guest with a well-known password on published port 5672"),
    "hidden": ("not applicable", "Redis of hidden-1 listens where nobody else can reach it"),
    "moved": ("fail", "lets in anybody without a credential on published port 7000"),
    "shared": ("fail", "lets in anybody without a credential on published port 6379"),
    "web": ("not applicable", "web-1 runs no datastore that we know"),
    "wrong": ("unknown", "its refusals prove nothing"),
    "strange": ("unknown", "SQL Server is a datastore that we cannot ask"),
}


@pytest.mark.parametrize("options", [(), ("--offline",)], ids=["published", "offline"])
def test_whom_they_let_in(lab: Lab, options: tuple[str, ...]) -> None:
    """Each answer is that of a real server, and nothing of ours is left on their networks."""
    words = ["--select", CONTROL, "--fail-on", "low", *options]
    ended = lab.start_check(lab.stack("stores", COMPOSE), *words).wait(300)
    outcomes: dict[str, set[str]] = defaultdict(set)
    said: dict[str, str] = defaultdict(str)
    for row in ended.results["outcomes"]:
        outcomes[row["service"]].add(row["outcome"])
        said[row["service"]] += f"{row['message']}\n"

    assert outcomes == {name: {outcome} for name, (outcome, _words) in EXPECTED.items()}, ended.output
    assert {name: said[name] for name, (_outcome, words) in EXPECTED.items() if words not in said[name]} == {}
    assert "port 15672 from network default" in said["guest"]
    assert "of-nobody" not in ended.output
    assert lab.left() == {}
