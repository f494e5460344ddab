"""Many stacks in one run: each is judged for itself, and no more sandboxes are alive than workers."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.live.running import Ended, Lab, Running, last_event

from stackproof.engine import labels
from stackproof.engine.events import Event, EventStream
from stackproof.runs import run

WORKERS = 4
MANY = 12
# Says its own name, so that nobody's answer is taken for another's.
COMPOSE = """
services:
  web:
    image: busybox:1.36
    init: true
    restart: "{policy}"
    command: ["sh", "-c", "echo I am {name} > /tmp/index.html; exec httpd -f -p 80 -h /tmp"]
    ports: ["80"]
"""
CONTRACT = "http:\n  - {{service: web, path: /, status: 200, body: I am {name}}}\n"
# Two that only look, and one of the faults lane: two sandboxes of each stack.
CONTROLS = ("crash-restart", "http-contract-met", "published-port-reachable")
DEADLINE = 300.0


@pytest.fixture
def crowd(lab: Lab) -> list[str]:
    """Names of many small stacks; every fifth does not come back after a crash."""
    names = [f"crowd-{number:02}" for number in range(MANY)]
    for number, name in enumerate(names):
        policy = "always" if number % 5 else "no"
        lab.stack(name, COMPOSE.format(name=name, policy=policy), CONTRACT.format(name=name))
    return names


def start(lab: Lab, names: list[str], workers: int) -> Running:
    """Start one run of them all."""
    words = ["check", *names, "-n", str(workers), "--select", ",".join(CONTROLS)]
    return lab.start("stackproof", *words)


def expected(names: list[str]) -> dict[tuple[str, str], str]:
    """Return outcomes by stack and control."""
    found = dict.fromkeys(((name, control) for name in names for control in CONTROLS), "pass")
    return found | dict.fromkeys(((name, "crash-restart") for name in names[::5]), "fail")


def outcomes(ended: Ended) -> dict[tuple[str, str], str]:
    """Return outcomes by stack and control."""
    rows = ended.results["outcomes"]
    found = {(row["stack"], row["control"]): row["outcome"] for row in rows}
    assert len(found) == len(rows), "one subject was judged twice"
    return found


@contextmanager
def recorded() -> Iterator[list[Event]]:
    """Record how containers of this lab come and go; the list is complete after the block."""
    seen: list[Event] = []
    stream = EventStream({labels.OWNER: run.owner()}).start()
    try:
        yield seen
    finally:
        mine = f"{labels.OWNER}={run.owner()}"
        last_event(mine, lambda mark: any(event.container == mark for event in stream.seen()))
        seen += stream.seen()
        stream.close()


def sandboxes(events: list[Event]) -> tuple[set[tuple[str, str]], int]:
    """Return all sandboxes that ever were, by stack and lane, and the largest number at once."""
    alive: dict[str, tuple[str, str]] = {}
    ever: set[tuple[str, str]] = set()
    most = 0
    for event in (event for event in events if event.service):
        if event.action == "create":
            alive[event.container] = (event.attributes[labels.STACK], event.attributes[labels.LANE])
        elif event.action == "destroy":
            del alive[event.container]
        ever |= set(alive.values())
        most = max(most, len(set(alive.values())))
    assert not alive
    return ever, most


def test_many_in_one_run(lab: Lab, crowd: list[str]) -> None:
    """Every outcome of every stack is there and its own; each sandbox is made once, and few at a time."""
    with recorded() as events:
        ended = start(lab, crowd, WORKERS).wait(DEADLINE)
    ever, most = sandboxes(events)

    assert outcomes(ended) == expected(crowd), ended.output
    assert ended.code == 1
    # What a failed crash leaves behind is taken away, and all is made anew.
    made = [event for event in events if event.service and event.action == "create"]
    assert len(made) == 2 * MANY + len(crowd[::5])
    assert ever == {(name, lane) for name in crowd for lane in ("observe", "faults")}
    assert 1 < most <= WORKERS
    assert [stack["name"] for stack in ended.results["stacks"]] == crowd
    assert lab.left() == {}


def test_two_runs_of_the_same(lab: Lab, crowd: list[str]) -> None:
    """Two runs of the same stacks at the same time know nothing of each other."""
    half = crowd[: MANY // 2]
    with recorded() as events:
        both = [start(lab, half, WORKERS // 2) for _ in range(2)]
        ended = [started.wait(DEADLINE) for started in both]

    for one in ended:
        assert outcomes(one) == expected(half), one.output
        assert one.results["run"]["contexts"]["runs swept at start"] == []
    runs = {event.attributes[labels.RUN] for event in events if event.service}
    assert len(runs) == 2
    for name in runs:
        _ever, most = sandboxes([event for event in events if event.attributes.get(labels.RUN) == name])
        assert most <= WORKERS // 2
    assert lab.left() == {}
