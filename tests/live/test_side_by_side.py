"""A project that runs live is not touched by proving sandboxes of it."""

import os

from tests.live.running import ROOT, Ended, Lab, docker, free_port
from tests.live.snapshot import snapshot

PROJECT = """
name: {name}
services:
  cache:
    image: redis:7-alpine
    container_name: {name}-cache
    restart: unless-stopped
    command: ["redis-server", "--save", ""]
    ports: ["127.0.0.1:{port}:6379"]
    volumes: ["kept:/data", "lent:/lent"]
    healthcheck: {{test: ["CMD", "redis-cli", "ping"], interval: 1s, timeout: 5s, retries: 30}}
  web:
    build: .
    image: {name}-web:mine
    container_name: {name}-web
    restart: unless-stopped
    command: ["sh", "-c", "echo $$(hostname) >> /notes/who; exec sleep 1000"]
    stop_grace_period: 1s
    volumes: ["./notes:/notes"]
    depends_on: {{cache: {{condition: service_healthy}}}}
volumes:
  kept:
    name: {name}-kept
  lent:
    name: {name}-lent
    external: true
"""
FLASK = ROOT / "stacks" / "flask-postgres-redis"
SQL = ["psql", "-U", "appuser", "-d", "appdb", "-Atc"]


def _proven(ended: Ended) -> None:
    """The run has looked at a running sandbox; what it thinks of it does not matter here."""
    assert ended.code in (0, 1), ended.output
    assert "unknown" not in ended.outcomes().values(), ended.output


def test_live_project_is_untouched(lab: Lab) -> None:
    """A live project keeps ids, start times, data, files and images beside two sandboxes at once."""
    name = f"live-{lab.id}"
    dockerfile = f"FROM busybox:1.36\nLABEL of={name}\n"
    folder = lab.stack(name, PROJECT.format(name=name, port=free_port()), Dockerfile=dockerfile)
    (folder / "notes").mkdir()
    (folder / "notes" / "mine").write_text("keep me")
    docker("volume", "create", f"{name}-lent")
    lab.undo("volume", "rm", f"{name}-lent")
    lab.live(folder, name)
    docker(
        "exec",
        f"{name}-cache",
        "sh",
        "-c",
        "redis-cli set mine alive; echo mine > /data/mine; cp /data/mine /lent",
    )
    before = snapshot(name, folder)
    assert len(before["containers"]) == 2
    assert len(before["data"]) == 2

    both = [lab.start_check(folder), lab.start_check(folder)]
    for started in both:
        _proven(started.wait())

    assert snapshot(name, folder) == before
    assert docker("exec", f"{name}-cache", "redis-cli", "get", "mine") == "alive"
    assert lab.left() == {}


def test_seed_stack_next_to_its_live_self(lab: Lab) -> None:
    """The Flask stack runs live on its own ports; a sandbox that keeps them internal is not blamed."""
    name = f"live-{lab.id}"
    lab.live(FLASK, name)
    database = f"{name}-database-1"
    docker("exec", database, *SQL, "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('alive')")
    docker("exec", f"{name}-cache-1", "redis-cli", "set", "kept", "alive")
    before = snapshot(name, FLASK, contents=False)
    assert len(before["containers"]) == 3
    # The same stack, but for its author's will to publish the datastores.
    override = "services:\n  database: {ports: !reset []}\n  cache: {ports: !reset []}\n"
    (lab.folder / "override.yml").write_text(override)
    paths = os.pathsep.join(map(str, (FLASK / "compose.yml", lab.folder / "override.yml")))

    kept = lab.start_suite(FLASK, "internal_port or volume_data or docker_kill").wait()
    ended = lab.start("pytest", "-p", "no:cacheprovider", "-n", "0", "--stack", paths, "-k", "internal_port",
                      "tests/infra", cwd=ROOT).wait()  # fmt: skip

    _proven(kept)
    rows = {row["service"]: row for row in ended.results["outcomes"]}
    for service, port in (("database", 5432), ("cache", 6379)):
        assert rows[service]["outcome"] == "pass"
        answers = rows[service]["evidence"]["answers"]
        assert f"127.0.0.1:{port} (another program)" in answers
        assert not [answer for answer in answers if "the container" in answer]
    assert snapshot(name, FLASK, contents=False) == before
    assert docker("exec", database, *SQL, "SELECT word FROM kept") == "alive"
    assert docker("exec", f"{name}-cache-1", "redis-cli", "get", "kept") == "alive"
    assert lab.left() == {}
