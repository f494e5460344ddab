"""Number of workers and order of tests change nothing that is found."""

from tests.live.running import Lab

PAIR = """
services:
  cache:
    image: redis:7-alpine
    restart: unless-stopped
    volumes: ["data:/data"]
    healthcheck: {test: ["CMD", "redis-cli", "ping"], interval: 1s, timeout: 5s, retries: 30}
  web:
    image: busybox:1.36
    user: "65534:65534"
    stop_grace_period: 1s
    restart: unless-stopped
    command: ["sh", "-c", "echo well > /tmp/index.html; exec httpd -f -p 8080 -h /tmp"]
    ports: ["8080"]
    depends_on: {cache: {condition: service_healthy}}
volumes:
  data:
"""
CONTRACT = """
http:
  - {service: web, path: /index.html, body: well}
waivers:
  - {control: graceful-stop, service: web, reason: "httpd as process 1 ignores SIGTERM", expires: 2999-01-01}
"""
# Some of every lane.
CONTROLS = "identity or network or endpoints or persistence or restart_policy or docker_kill or graceful"
DEADLINE = 400.0  # seconds, for three at once on a machine that others use, too


def test_same_outcomes(lab: Lab) -> None:
    """Without workers, with two, and with orders shuffled by a seed the outcomes are equal."""
    stack = lab.stack("pair", PAIR, CONTRACT)
    ways = [
        (["-p", "no:randomly"], 0),
        (["-p", "no:randomly"], 2),
        (["--randomly-seed=1"], 2),
    ]
    # Side by side, because each waits more than it works.
    started = [lab.start_suite(stack, CONTROLS, *options, workers=workers) for options, workers in ways]
    found = [run.wait(DEADLINE) for run in started]

    first = found[0].outcomes()
    assert len(first) > 20
    assert {"pass", "advisory", "waived", "not applicable"} <= set(first.values())
    for other in found[1:]:
        assert other.outcomes() == first
        assert other.code == found[0].code
    assert lab.left() == {}
