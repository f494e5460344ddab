"""A stack of which not all becomes ready: what is ready is judged, and what is not is named."""

import pytest
from tests.live.expectations import live
from tests.live.running import Ended, Lab

STACK = """
services:
  db:
    image: busybox:1.36
    command: ["sh", "-c", "echo cannot reach the ledger; exec sleep 1000"]
    user: "1000"
    restart: always
    healthcheck: {test: ["CMD-SHELL", "echo ledger is closed; exit 1"], interval: 1s, timeout: 1s, retries: 2}
  api:
    image: busybox:1.36
    command: ["sleep", "1000"]
    depends_on: {db: {condition: service_healthy}}
  edge:
    image: busybox:1.36
    command: ["sleep", "1000"]
    depends_on: [api]
  beside:
    image: busybox:1.36
    command: ["sleep", "1000"]
    network_mode: service:api
  migrate:
    image: busybox:1.36
    command: ["sh", "-c", "echo once >>/tmp/runs; [ $$(wc -l </tmp/runs) = 1 ]"]
    restart: on-failure
  web-of-migrate:
    image: busybox:1.36
    command: ["sleep", "1000"]
    depends_on: {migrate: {condition: service_completed_successfully}}
  gone:
    image: busybox:1.36
    command: ["sh", "-c", "exit 3"]
  web:
    image: nginx:alpine
    restart: always
    ports: ["127.0.0.1:18080:80"]
"""
# What rules say of every service, whatever becomes of it: they read the file and the images.
OF_FILE = {
    "image-tag-pinned": "pass", "image-user-nonroot": "fail", "no-docker-socket": "pass",
    "no-privileged": "pass", "up-without-conflict": "pass",
}  # fmt: skip
# What needs no more of a service than that it is up.
OF_DB = OF_FILE | {
    "container-healthy": "fail", "container-matches-file": "pass", "effective-uid-nonroot": "pass",
    "healthcheck-defined": "pass", "image-user-nonroot": "pass", "no-restart-loop": "pass",
    "only-needed-ports-published": "pass", "restart-policy-set": "pass",
}  # fmt: skip
OF_WEB = OF_FILE | {
    "container-matches-file": "pass", "effective-uid-nonroot": "fail", "healthcheck-defined": "fail",
    "image-tag-pinned": "fail", "no-restart-loop": "pass", "no-sensitive-port-published": "pass",
    "only-needed-ports-published": "pass", "published-port-reachable": "pass", "restart-policy-set": "pass",
}  # fmt: skip

# Other rules have examples of their own (tests/unit/rules).
NAMED = OF_DB.keys() | OF_WEB.keys()


def judged(ended: Ended, service: str) -> dict[str, str]:
    """Outcomes of a service that say that something was seen; of rules, those that are named above."""
    return {
        row["control"]: row["outcome"]
        for row in ended.results["outcomes"]
        if row["service"] == service
        and row["outcome"] in ("pass", "fail", "advisory", "waived")
        and row["control"] in NAMED | live()
    }


@pytest.mark.parametrize("workers", [0, 2])
def test_what_is_ready_is_judged(lab: Lab, workers: int) -> None:
    """A failed service takes neither its neighbours' outcomes along nor those that are its own."""
    folder = lab.stack("part", STACK)
    ended = lab.start_check(folder, "--fail-on", "low", workers=workers).wait()

    assert ended.code == 4, ended.output
    assert judged(ended, "db") == OF_DB, ended.output
    assert judged(ended, "web") == OF_WEB, ended.output
    # A job that would fail if it were run again for the sake of the others is done, and was never up. What
    # failed may be one, too: nobody can tell whether it should have a restart policy.
    for service in ("gone", "api", "beside", "migrate"):
        assert judged(ended, service) == OF_FILE, ended.output
    # That nobody can wait for api is written, whether it was started or not.
    assert judged(ended, "edge") == OF_FILE | {"startup-order-follows-conditions": "fail"}, ended.output
    assert judged(ended, "web-of-migrate")["startup-order-follows-conditions"] == "pass", ended.output
    assert "ledger is closed" in ended.output
    assert "api was not started: it waits for db, which is not ready" in ended.output
    assert lab.left() == {}
