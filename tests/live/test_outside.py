"""A sandbox does nothing outside in its author's name, and says what it left undone."""

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from tests.live.running import ROOT, Ended, Lab, docker, free_port, load, wait_until

from stackproof.sandbox.container import OfflineContainer
from stackproof.settings import Settings

JOBS = 200
PASSWORD = "s3cr3t-0f-n0b0dy"  # noqa: S105 - of a Redis that lives for one test
CONTROLS = "container-healthy,no-restart-loop"
# Takes jobs as fast as it can from a queue that is not in the stack, in every way of being told of it.
WORKERS = """
services:
  address:
    image: redis:7-alpine
    stop_signal: SIGKILL
    healthcheck: {{test: ["CMD", "true"], interval: 1s}}
    environment: {{QUEUE_URL: "redis://:{password}@{host}:{port}/0"}}
    command: [sh, -c, "while :; do redis-cli -u $$QUEUE_URL lpop jobs; sleep 1; done"]
  option:
    image: redis:7-alpine
    stop_signal: SIGKILL
    healthcheck: {{test: ["CMD", "true"], interval: 1s}}
    command: [sh, -c, "while :; do redis-cli -a {password} -h {host} -p {port} lpop jobs; sleep 1; done"]
  name:
    image: redis:7-alpine
    stop_signal: SIGKILL
    healthcheck: {{test: ["CMD", "true"], interval: 1s}}
    environment: {{QUEUE_HOST: queue.corp.example}}
    extra_hosts: ["queue.corp.example={host}"]
    command: [sh, -c, "while :; do redis-cli -a {password} -h $$QUEUE_HOST -p {port} lpop jobs; sleep 1;done"]
  gateway:
    image: redis:7-alpine
    stop_signal: SIGKILL
    healthcheck: {{test: ["CMD", "true"], interval: 1s}}
    environment: {{REDIS_URL: "redis://:{password}@host.docker.internal:{port}"}}
    extra_hosts: ["host.docker.internal:host-gateway"]
    command: [sh, -c, "while :; do redis-cli -u $$REDIS_URL lpop jobs; sleep 1; done"]
  secret:
    image: redis:7-alpine
    stop_signal: SIGKILL
    healthcheck: {{test: ["CMD", "true"], interval: 1s}}
    secrets: [queue]
    command: [sh, -c, "while :; do redis-cli -u $$(cat /run/secrets/queue) lpop jobs; sleep 1; done"]
secrets:
  queue: {{file: ./queue.url}}
"""
NAMED = {
    "address's QUEUE_URL": "{host}",
    "option's command": "{host}",
    "name's QUEUE_HOST": "queue.corp.example",
    "gateway's REDIS_URL": "host.docker.internal",
    "secret's secret queue (./queue.url)": "{host}",
}


@dataclass(frozen=True)
class Outside:
    """What is not in any stack: a queue and a web server on a network of their own, each with a host port."""

    container: str
    host: str
    port: int
    elsewhere: str
    page_port: int

    def jobs(self) -> int:
        """How many are left."""
        return int(
            docker("exec", "--env", f"REDISCLI_AUTH={PASSWORD}", self.container, "redis-cli", "llen", "jobs")
        )

    def fill(self) -> None:
        """Have all jobs in it."""
        words = " ".join(str(number) for number in range(JOBS))
        script = f"redis-cli del jobs && redis-cli rpush jobs {words}"
        docker("exec", "--env", f"REDISCLI_AUTH={PASSWORD}", self.container, "sh", "-c", script)
        assert self.jobs() == JOBS


@pytest.fixture
def outside(lab: Lab, start: Callable[..., str]) -> Outside:
    """Bring it up; the host is reached at two addresses, of which a stack names one as a datastore."""
    network = f"outside-{lab.id}"
    docker("network", "create", network)
    lab.undo("network", "rm", "--force", network)
    port, page_port = free_port(), free_port()
    queue = start(
        "--network",
        network,
        "-p",
        f"{port}:6379",
        "redis:7-alpine",
        "redis-server",
        "--requirepass",
        PASSWORD,
    )
    web = ["sh", "-c", "echo genuine > /tmp/index.html; exec httpd -f -p 80 -h /tmp"]
    start("--network", network, "-p", f"{page_port}:80", "--init", "busybox:1.36", *web)
    gateway = "{{(index .IPAM.Config 0).Gateway}}"
    found = Outside(
        container=queue,
        host=docker("network", "inspect", "bridge", "--format", gateway),
        port=port,
        elsewhere=docker("network", "inspect", network, "--format", gateway),
        page_port=page_port,
    )
    answer = ["exec", "--env", f"REDISCLI_AUTH={PASSWORD}", queue, "redis-cli", "ping"]
    wait_until("the queue answers", lambda: docker(*answer, check=False) == "PONG")
    found.fill()
    return found


def workers(lab: Lab, outside: Outside) -> Path:
    """Write the stack."""
    compose = WORKERS.format(password=PASSWORD, host=outside.host, port=outside.port)
    folder = lab.stack("workers", compose)
    (folder / "queue.url").write_text(f"redis://:{PASSWORD}@{outside.host}:{outside.port}/0\n")
    return folder


def notes(ended: Ended) -> list[str]:
    """What the report says of what is different."""
    found: list[str] = ended.results["stacks"][0]["notes"]
    return found


def test_no_job_is_taken(lab: Lab, outside: Outside) -> None:
    """200 of 200 stay; terminal and report name variable and host, and never the password."""
    ended = lab.check(workers(lab, outside), "--select", CONTROLS)

    assert ended.code == 0, ended.output
    assert outside.jobs() == JOBS
    for subject, host in NAMED.items():
        named = f"outside: {subject} names {host.format(host=outside.host)} ("
        said = [note for note in notes(ended) if note.startswith(named)]
        assert len(said) == 1, (named, notes(ended))
        assert said[0].endswith("): answered by nobody")
    listed = ended.output.index(f"outside: {outside.host} (datastore): cut")
    assert listed < ended.output.index("up after"), "listed before anything starts"
    assert PASSWORD not in ended.output + json.dumps(ended.results)
    assert "sinkhole" not in ended.output + json.dumps(ended.results["outcomes"])
    lab.assert_nothing_left()


def test_opened_host_is_used(lab: Lab, outside: Outside) -> None:
    """With a word of the user's, on the command line or in the contract, the sandbox does as it is told."""
    folder = workers(lab, outside)
    (folder / "stackproof.yml").write_text("outside: [queue.corp.example, host.docker.internal]\n")

    ended = lab.check(folder, "--select", CONTROLS, "--allow-outside", outside.host)

    assert ended.code == 0, ended.output
    assert outside.jobs() < JOBS
    said = [note for note in notes(ended) if ": open, as --allow-outside or the contract says" in note]
    assert {f"outside: {subject}" for subject in NAMED} <= {note.partition(" names ")[0] for note in said}
    assert f"outside: {outside.host} (datastore): OPEN, as you allowed" in ended.output


HELD = """
services:
  worker:
    image: redis:7-alpine
    stop_signal: SIGKILL
    restart: always
    environment:
      QUEUE_URL: "redis://:{password}@{host}:{port}/0"
      PAGE_URL: "http://{elsewhere}:{page_port}/"
    command: [sh, -c, "wget -qO /page $$PAGE_URL; sleep 1000"]
    networks: [front, back]
  web:
    image: busybox:1.36
    init: true
    command: [sh, -c, "echo mine > /tmp/index.html; exec httpd -f -p 80 -h /tmp"]
    ports: ["80"]
    networks: [front]
  hidden:
    image: busybox:1.36
    init: true
    command: [sh, -c, "echo hidden > /tmp/index.html; exec httpd -f -p 80 -h /tmp"]
    networks: [back]
networks: {{front: {{}}, back: {{}}}}
"""


def asked(container: str, *words: str) -> str:
    """What a program in a container says, on whichever stream."""
    done = subprocess.run(
        ["docker", "exec", container, *words], capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout + done.stderr


def test_cut_holds_and_the_rest_goes_on(lab: Lab, outside: Outside) -> None:
    """Refused at once; a download, the stack's own names, its ports and its borders are as without it."""
    folder = lab.stack("held", HELD.format(password=PASSWORD, **vars(outside)))
    sandbox = lab.sandbox(folder)
    page = f"http://{outside.elsewhere}:{outside.page_port}/"

    def holds() -> None:
        worker = sandbox.container("worker").id
        assert "Connection refused" in asked(
            worker, "redis-cli", "-h", outside.host, "-p", str(outside.port), "ping"
        )
        assert asked(worker, "wget", "-qO-", page) == "genuine\n"
        assert asked(worker, "wget", "-qO-", "http://web/") == "mine\n"
        place = sandbox.container("web").published(80)
        assert place is not None
        assert requests.get(f"http://{place[0]}:{place[1]}/", timeout=10).text == "mine\n"
        # `web` shares no network with `hidden`, and the way out is no way in.
        (hidden,) = sandbox.container("hidden").addresses()
        assert "hidden" not in asked(
            sandbox.container("web").id, "wget", "-T", "3", "-qO-", f"http://{hidden}/"
        )

    assert asked(sandbox.container("worker").id, "cat", "/page") == "genuine\n"
    holds()
    sandbox.stop()
    sandbox.up()
    holds()
    sandbox.down()
    sandbox.up({"web": 2})
    holds()
    assert {container.service for container in sandbox.containers()} == {"worker", "web", "hidden"}
    assert outside.jobs() == JOBS


def sinkhole_of(labels: Mapping[str, str]) -> str:
    """Return the container that cuts the outside off."""
    marks = {**labels, "com.docker.compose.service": "stackproof-sinkhole"}
    words = [word for key, value in marks.items() for word in ("--filter", f"label={key}={value}")]
    (found,) = docker("ps", "--quiet", *words).split()
    return found


def test_sinkhole_that_dies_opens_nothing(lab: Lab, outside: Outside) -> None:
    """Without it there is no way out to an address at all; the sandbox is spoiled, also once it is back."""
    sandbox = lab.sandbox(lab.stack("dies", HELD.format(password=PASSWORD, **vars(outside))))
    sinkhole = sinkhole_of(sandbox.labels)
    worker = sandbox.container("worker").id
    assert not sandbox.outside_trouble()

    docker("kill", sinkhole)
    said = asked(worker, "timeout", "5", "redis-cli", "-h", outside.host, "-p", str(outside.port), "ping")
    assert "PONG" not in said
    assert "NOAUTH" not in said
    docker("start", sinkhole)

    page = f"http://{outside.elsewhere}:{outside.page_port}/"
    wait_until(
        "it is the way out again", lambda: asked(worker, "wget", "-T", "3", "-qO-", page) == "genuine\n"
    )
    assert "Connection refused" in asked(
        worker, "redis-cli", "-h", outside.host, "-p", str(outside.port), "ping"
    )
    assert "not cut off all the time" in sandbox.outside_trouble()


BY_NAME = """
services:
  worker:
    image: redis:7-alpine
    stop_signal: SIGKILL
    environment: {QUEUE_URL: "redis://queue.corp.example"}
    command: [sh, -c, "sleep 1000"]
"""
# A team's own test, which comes before the controls and ends the sinkhole.
KILLING = """
import subprocess

def test_ends_it(sandbox):
    marks = {**sandbox.labels, "com.docker.compose.service": "stackproof-sinkhole"}
    words = [word for mark in marks.items() for word in ("--filter", "label=" + "=".join(mark))]
    found = subprocess.run(["docker", "ps", "--quiet", *words], capture_output=True, text=True, check=True)
    subprocess.run(["docker", "HOW", *found.stdout.split()], check=True)
"""


@pytest.mark.parametrize("how", ["kill", "restart"])
def test_run_whose_sinkhole_ends_proves_nothing(lab: Lab, how: str) -> None:
    """Names went outside again: what was looked at there is unknown, and nothing is proven."""
    folder = lab.stack(f"gone-{how}", BY_NAME)
    (folder / "test_own.py").write_text(KILLING.replace("HOW", how))
    words = ["-p", "no:cacheprovider", "-n", "0", "--stack", str(folder), "-k", "restart_loop or ends_it"]
    running = lab.start("pytest", *words, str(folder), "tests/infra", cwd=ROOT)

    ended = running.wait()

    assert ended.code == 1, ended.output
    assert "NOT PROVEN" in ended.output
    assert "not cut off all the time" in ended.output
    assert set(ended.outcomes().values()) == {"unknown"}, ended.outcomes()
    lab.assert_nothing_left()


AUTHORITY = """
services:
  front:
    image: redis:7-alpine
    command: [redis-server, --save, ""]
    environment: {ACME_EMAIL: me@example.com}
"""


def test_authorities_are_answered_by_nobody(lab: Lab) -> None:
    """By the engine's own DNS, so that no program goes around it; nothing else is lost."""
    sandbox = lab.sandbox(lab.stack("authority", AUTHORITY))
    front = sandbox.container("front").id

    for name in ("acme-v02.api.letsencrypt.org", "acme-staging-v02.api.letsencrypt.org", "acme.zerossl.com"):
        said = asked(front, "redis-cli", "-h", name, "-p", "443", "ping")
        assert "Connection refused" in said, (name, said)
    assert "172." in docker("inspect", front) or "192.168." in docker("inspect", front), (
        "its network is the engine's"
    )


WEB = """
services:
  web:
    image: nginx:alpine
    ports: ["80"]
    healthcheck: {{test: ["CMD", "wget", "-qO-", "http://127.0.0.1/"], interval: 1s}}
  worker:
    image: redis:7-alpine
    stop_signal: SIGKILL
    environment: {{QUEUE_URL: "redis://:{password}@{host}:{port}/0"}}
    command: [sh, -c, "wget -T 2 -qO- http://{elsewhere}:{page_port}/ && exit 1; sleep 1000"]
    depends_on: {{web: {{condition: service_healthy}}}}
"""
CONTRACT = """
http:
  - {service: web, path: /, status: 200}
"""


def test_offline(lab: Lab, outside: Outside) -> None:
    """Published ports are asked at the containers' own addresses; what was not seen did not pass."""
    folder = lab.stack("offline", WEB.format(password=PASSWORD, **vars(outside)), CONTRACT)

    ended = lab.check(
        folder, "--offline", "--select", "http-*,published-port-*,internal-port-*,container-healthy"
    )

    found = {(control, service): outcome for (control, service, _one), outcome in ended.outcomes().items()}
    assert ended.code == 0, ended.output
    assert found["http-contract-met", "web"] == "pass"
    assert found["container-healthy", "web"] == "pass"
    assert found["published-port-reachable", "web"] == "not applicable"
    assert outside.jobs() == JOBS
    assert any(note.startswith("offline: ") for note in notes(ended)), notes(ended)
    assert f"outside: {outside.host} (datastore): offline: not reached" in ended.output


@pytest.fixture
def offline(lab: Lab, outside: Outside) -> OfflineContainer:
    """The worker of a sandbox without a way out."""
    folder = lab.stack("cut-off", WEB.format(password=PASSWORD, **vars(outside)))
    pool = lab.pool(Settings(offline=True))
    container = pool.get(load(folder), "faults").container("worker")
    assert isinstance(container, OfflineContainer)
    return container


def test_offline_reaches_nothing(offline: OfflineContainer, outside: Outside) -> None:
    """Neither by address, nor by name, nor the host; the stack's own names are answered."""
    for host in (outside.host, outside.elsewhere):
        said = asked(offline.id, "timeout", "5", "redis-cli", "-h", host, "-p", str(outside.port), "ping")
        assert "Network is unreachable" in said, said
    said = asked(offline.id, "wget", "-T", "2", "-qO-", "http://www.example.com/")
    assert "bad address" in said, said
    assert "nginx" in asked(offline.id, "wget", "-T", "2", "-qO-", "http://web/")
