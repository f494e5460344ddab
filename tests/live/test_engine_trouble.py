"""An engine that stops or runs out of something: the run ends, says so, and blames nobody else."""

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from tests.live.moments import CACHE, FAULTS
from tests.live.own_engine import OwnEngine
from tests.live.running import LOOKS, Ended, Lab, Running
from tests.live.shop import Shop

from stackproof.engine import labels

# Comes up only after a while, so that a run can be disturbed meanwhile.
SLOW = """
services:
  first:
    image: busybox:1.36
    stop_grace_period: 1s
    command: ["sh", "-c", "sleep 5; touch /tmp/ready; exec sleep 1000"]
    healthcheck: {test: ["CMD", "test", "-e", "/tmp/ready"], interval: 1s, timeout: 5s, retries: 60}
    volumes: ["/data"]
  second:
    image: busybox:1.36
    stop_grace_period: 1s
    command: ["sleep", "1000"]
    healthcheck: {test: ["CMD", "true"], interval: 1s, timeout: 5s, retries: 60}
    depends_on: {first: {condition: service_healthy}}
"""
HEALTHY = ("--select", "container-healthy")


@pytest.fixture(scope="module")
def own() -> Iterator[OwnEngine]:
    """An engine that all tests of this module share which leave it alive."""
    with OwnEngine() as engine:
        engine.load("busybox:1.36", "redis:7-alpine")
        yield engine


@pytest.fixture(scope="module")
def the_shop(own: OwnEngine, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A project that lives as long as the engine."""
    return Shop(own, tmp_path_factory.mktemp("shop"))


@pytest.fixture
def shop(own: OwnEngine, the_shop: Shop) -> Shop:
    """The same, running."""
    if not own.alive:
        own.start()
    the_shop.run()
    return the_shop


def _in_bring_up(own: OwnEngine, started: Running) -> None:
    started.until("a container in the middle of the bring-up", lambda: own.ours("container"))


def _in_fault(own: OwnEngine, started: Running) -> None:
    exited = [("--filter", "status=exited", "--filter", f"label={labels.LANE}={lane}") for lane in FAULTS]
    started.until("a container killed by a fault", lambda: any(own.ours("container", *one) for one in exited))


def _while_looking(own: OwnEngine, started: Running) -> None:
    healthy = ["--filter", "health=healthy", "--filter", f"label={labels.LANE}=observe"]
    started.until("a healthy container", lambda: own.ours("container", *healthy))


def _said(ended: Ended, code: int, *words: str) -> None:
    assert ended.code == code, ended.output
    for word in words:
        assert word in ended.output, ended.output
    for trace in ("Traceback", "INTERNALERROR"):
        assert trace not in ended.output


def _unknown_or_pass(ended: Ended) -> None:
    """What the engine took from a test is unknown; what came after it was proven on a fresh sandbox."""
    assert set(ended.outcomes().values()) == {"pass", "unknown"}, ended.output
    unknown = [row["message"] for row in ended.results["outcomes"] if row["outcome"] == "unknown"]
    assert all("the engine" in message for message in unknown), unknown


@dataclass(frozen=True)
class Moment:
    """What a run does when it loses its engine."""

    reach: Callable[[OwnEngine, Running], None]
    compose: str
    controls: str
    workers: int = 2


MOMENTS = {
    # It is tried again.
    "bring-up": Moment(_in_bring_up, SLOW, LOOKS),
    # It shows neither that a service came back nor that it did not.
    "fault": Moment(_in_fault, CACHE, "docker-kill-is-a-manual-stop,crash-restart,container-healthy"),
    # Containers that end with their engine are no finding about the stack.
    "looking": Moment(_while_looking, CACHE, "no-restart-loop,container-healthy", workers=0),
}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["kill", "stop"])
@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_restart(lab: Lab, own: OwnEngine, shop: Shop, moment: Moment, number: signal.Signals) -> None:
    """What an engine took along when it was restarted is unknown; the user's project is what it was."""
    before = shop.seen()
    stack = lab.stack("stack", moment.compose)
    started = own.start_check(lab, stack, "--select", moment.controls, workers=moment.workers)
    moment.reach(own, started)
    own.end(number)
    own.start()
    ended = started.wait()

    _said(ended, 1)
    _unknown_or_pass(ended)
    assert shop.seen() == before
    lab.assert_nothing_left()


def test_engine_that_stays_away(lab: Lab, own: OwnEngine, shop: Shop) -> None:
    """Runs end when the engine does, with 3 and a word on what is left; `clean` removes that later."""
    before = shop.seen()
    stack = lab.stack("cache", CACHE)
    select = ["--select", "docker-kill-is-a-manual-stop,container-healthy,restart-policy-set"]
    both = [own.start_check(lab, stack, *select, workers=workers) for workers in (0, 2)]
    for started in both:
        started.until("a container of both", lambda: len(own.runs()) == len(both))
    own.end(signal.SIGKILL)

    for started in both:
        ended = started.wait()
        _said(ended, 3, "the engine does not answer", "fix: start the engine, then `stackproof clean`")
        assert set(ended.outcomes().values()) <= {"pass", "unknown"}
        assert "unknown" in ended.outcomes().values()
    own.start()
    assert own.ours("container")
    assert own.clean().count("removed what run") == 2
    shop.run()
    assert shop.seen() == before
    lab.assert_nothing_left()


def test_subnets_that_others_hold(lab: Lab) -> None:
    """An engine without a free subnet ends the run with 4, what is missing and what to do."""
    with OwnEngine(pool="10.213.0.0/24") as small:
        small.load("busybox:1.36")
        small.docker("network", "create", "theirs")
        before = small.everything()
        ended = small.start_check(lab, lab.stack("slow", SLOW), *HEALTHY).wait()

        _said(
            ended,
            4,
            "slow: the engine has no subnet left",
            "actual:   failed to create network",
        )
        assert "fix: remove networks that nobody uses" in ended.output
        assert small.everything() == before
        lab.assert_nothing_left()


def test_subnet_that_another_run_gives_back(lab: Lab) -> None:
    """A run that finds all subnets held by another one of ours waits for its end."""
    with OwnEngine(pool="10.213.0.0/24") as small:
        small.load("busybox:1.36")
        before = small.everything()
        stack = lab.stack("slow", SLOW)
        first = small.start_check(lab, stack, *HEALTHY, workers=0)
        first.until("a network of the first run", lambda: small.ours("network"))
        second = small.start_check(lab, stack, "--select", LOOKS, workers=0)
        both = [first.wait(), second.wait()]

        for ended in both:
            _said(ended, 0)
            assert set(ended.outcomes().values()) == {"pass"}
        assert "wait for a subnet" in both[1].results["stacks"][0]["sandbox"]["observe"]
        assert small.everything() == before
        lab.assert_nothing_left()


def test_full_disk(lab: Lab) -> None:
    """An engine whose disk is full or fills up ends the run with 4, the reason and what to do."""
    with OwnEngine(disk="64m") as small:
        small.load("busybox:1.36")
        before = small.everything()
        stack = lab.stack("slow", SLOW)
        started = small.start_check(lab, stack, *HEALTHY)
        _in_bring_up(small, started)
        small.fill_disk()
        meanwhile = started.wait()
        from_the_start = small.start_check(lab, stack, *HEALTHY).wait()

        for ended in (meanwhile, from_the_start):
            _said(ended, 4, "slow: the engine's disk is full", "no space left on device")
            assert "fix: make room" in ended.output
        assert small.everything() == before
        lab.assert_nothing_left()
