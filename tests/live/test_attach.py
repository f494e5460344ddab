"""`stackproof check --attach`: a project that somebody runs is judged and stays as it was."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.live.running import LOOKS, Ended, Lab, docker, last_event, wait_until
from tests.live.snapshot import snapshot

from stackproof.controls import catalogue
from stackproof.controls.control import Needs
from stackproof.engine.projects import PROJECT
from stackproof.sandbox.attachment import READ_ONLY

NGINX = """
pid /tmp/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path /tmp/1; proxy_temp_path /tmp/2; fastcgi_temp_path /tmp/3; uwsgi_temp_path /tmp/4;
  scgi_temp_path /tmp/5;
  server { listen 8080; location / { return 200 "alive"; } }
}
"""
SOUND = """
services:
  web:
    image: nginx:alpine
    user: "101:101"
    ports: ["8080"]
    restart: unless-stopped
    volumes: [./nginx.conf:/etc/nginx/nginx.conf:ro]
    depends_on: {cache: {condition: service_healthy}}
    healthcheck: {test: [CMD, wget, -q, -O, /dev/null, "http://127.0.0.1:8080/"], interval: 2s, timeout: 3s}
  cache:
    image: redis:7-alpine
    user: redis
    command: [redis-server, --requirepass, "${CACHE_PASSWORD}"]
    environment: {REDISCLI_AUTH: "${CACHE_PASSWORD}"}
    restart: unless-stopped
    volumes: [data:/data]
    healthcheck: {test: [CMD, redis-cli, ping], interval: 2s, timeout: 3s}
  debug:
    image: busybox:1.36
    profiles: [debug]
volumes:
  data:
"""
CONTRACT = "http:\n  - {service: web, path: /, status: 200, body: alive}\nscale: {cache: 2}\n"
# What looking at a container leaves in the engine's events, and what its own health checks do.
LOOKING = ("exec_create", "exec_start", "exec_die", "archive-path", "health_status")


@pytest.fixture
def project(lab: Lab) -> str:
    """A sound project as its user runs it."""
    name = f"attach-{lab.id}"
    lab.live(lab.stack(name, SOUND, CONTRACT, nginx_conf=NGINX, _env="CACHE_PASSWORD=of-nobody\n"), name)
    return name


def attach(lab: Lab, project: str, *words: str) -> Ended:
    """Run `stackproof check --attach` from a folder that has nothing to do with the project."""
    return lab.start("stackproof", "check", "--attach", project, *words).wait()


@contextmanager
def recorded(lab: Lab, label: str) -> Iterator[list[str]]:
    """Record what the engine says of containers with a label; the list is complete after the block."""
    seen: list[str] = []
    path = lab.folder / "events"
    with path.open("wb") as file:
        listen = ["docker", "events", "--filter", f"label={label}", "--format", "json"]
        listener = subprocess.Popen(listen, stdout=file)
        try:
            # Health checks of the project speak every two seconds: from the first word on all is heard.
            wait_until("an event of the project", lambda: path.stat().st_size > 0)
            yield seen
            mark = last_event(label, lambda mark: f'"{mark}"' in path.read_text())
        finally:
            listener.terminate()
            listener.wait(timeout=10)
    events = [json.loads(line) for line in path.read_text().splitlines()]
    seen += [event["Action"] for event in events if event["Actor"]["ID"] != mark]


def test_nothing_changes(lab: Lab, project: str) -> None:
    """A sound project is found sound, and nothing of it is different afterwards."""
    folder = lab.folder / project
    with recorded(lab, f"{PROJECT}={project}") as events:
        before = snapshot(project, folder)
        ended = attach(lab, project)
        after = snapshot(project, folder)

    assert ended.code == 0, ended.output
    assert after == before
    assert "exec_start" in {event.partition(":")[0] for event in events}
    assert [event for event in events if not event.startswith(LOOKING)] == []
    assert lab.left() == {}
    _assert_looked_at(ended)


def _assert_looked_at(ended: Ended) -> None:
    """Controls that only look gave outcomes about the containers that run, and the report says how."""
    outcomes = ended.outcomes()
    stack = ended.results["stacks"][0]

    assert {name for name, _service, _container in outcomes}.isdisjoint(
        {"crash-restart", "graceful-stop", "volume-data-survives-down-up", "scales-without-conflict"}
    )
    assert outcomes["datastore-requires-credentials", "cache", "cache-1"] == "pass"  # asked from inside
    for control in ("effective-uid-nonroot", "no-restart-loop", "container-healthy"):
        assert outcomes[control, "web", "web-1"] == outcomes[control, "cache", "cache-1"] == "pass"
    assert outcomes["published-port-reachable", "web", None] == "pass"
    assert outcomes["http-contract-met", "web", None] == "pass"
    assert outcomes["startup-order-follows-conditions", "web", None] == "not applicable"
    reasons = {row["message"] for row in ended.results["outcomes"] if row["outcome"] == "not applicable"}
    assert "an attached stack's start was not seen" in reasons
    assert READ_ONLY in stack["notes"]
    assert stack["services"] == ["cache", "web"]
    assert f"note: {READ_ONLY}" in ended.output


def test_findings(lab: Lab) -> None:
    """A project with a root process, a stopped service and old restarts is judged as it is now."""
    compose = """
services:
  once:
    image: busybox:1.36
    restart: on-failure
    command: ["sh", "-c", "test -e /been || { touch /been; exit 1; }; exec sleep 1000"]
  down:
    image: busybox:1.36
    command: ["sleep", "1000"]
  gone:
    image: busybox:1.36
    command: ["sleep", "1000"]
"""
    name = f"findings-{lab.id}"
    lab.live(lab.stack(name, compose), name)
    docker("stop", "--time", "0", f"{name}-down-1")
    docker("rm", "--force", f"{name}-gone-1")
    ended = attach(lab, name)
    outcomes = ended.outcomes()

    assert ended.code == 1, ended.output
    assert outcomes["no-restart-loop", "once", "once-1"] == "pass"
    assert outcomes["effective-uid-nonroot", "once", "once-1"] == "fail"
    assert outcomes["no-restart-loop", "down", "down-1"] == "fail"
    assert outcomes["effective-uid-nonroot", "down", "down-1"] == "unknown"
    # What the file and the image say needs no container; all else would.
    rules = {name for name, entry in catalogue.entries().items() if entry.is_rule}
    gone = {control: kind for (control, service, _container), kind in outcomes.items() if service == "gone"}
    about_gone = {kind for control, kind in gone.items() if control not in rules}
    assert "unknown" in about_gone
    assert about_gone <= {"unknown", "not applicable"}
    # Beside an attached stack no container is made to look into an image.
    into_images = {name for name in rules if catalogue.entries()[name].control.needs is Needs.IMAGE}
    assert {control for control, kind in gone.items() if kind == "unknown"} & rules <= into_images
    assert gone["up-without-conflict"] == gone["no-privileged"] == "pass"
    assert docker("inspect", "--format", "{{.State.Status}}", f"{name}-down-1") == "exited"


def test_more_replicas_than_written(lab: Lab) -> None:
    """Every replica of a project that was scaled by hand is looked at."""
    name = f"scaled-{lab.id}"
    compose = "services:\n  job:\n    image: busybox:1.36\n    command: [sleep, '1000']\n"
    folder = lab.stack(name, compose)
    lab.live(folder, name)
    docker("compose", "--project-directory", str(folder), "-p", name, "up", "--detach", "--scale", "job=3")
    ended = attach(lab, name, "--select", LOOKS)

    assert ended.code == 0, ended.output
    assert [container for _control, _service, container in ended.outcomes()] == ["job-1", "job-2", "job-3"]


def test_typing_error(lab: Lab, project: str) -> None:
    """A project that is not there ends with 2, what runs, and the name that was probably meant."""
    ended = attach(lab, project.replace("attach", "atach"))

    assert ended.code == 2, ended.output
    assert f"did you mean {project!r}?" in ended.output
    assert "running: " in ended.output
    assert "Traceback" not in ended.output


def test_files_that_have_moved(lab: Lab, project: str) -> None:
    """Without the compose files the run ends with 2 and the fix; naming them is enough."""
    moved = lab.folder / "moved"
    (lab.folder / project).rename(moved)
    refused = attach(lab, project)
    select = ["--select", f"no-privileged,{LOOKS}"]
    found = attach(lab, project, *select, "-f", str(moved / "compose.yml"))
    moved.rename(lab.folder / project)

    assert refused.code == 2, refused.output
    assert "fix: name them, with PATH or -f" in refused.output
    assert found.code == 0, found.output
    assert found.outcomes()["no-privileged", "cache", None] == "pass"
    assert found.outcomes()[LOOKS, "cache", "cache-1"] == "pass"
