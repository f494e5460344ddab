"""However a run ends, nothing of it is left; what is alive and not ours stays."""

import secrets
import signal

import pytest
from tests.live.moments import CACHE, in_bring_up, in_fault, in_process, worker_in_fault, worker_that_runs
from tests.live.running import Lab, docker, load

from stackproof.engine import engine
from stackproof.runs import reaper, run
from stackproof.sandbox.sandbox import Sandbox

# Comes up only after a while, so that a run can be disturbed meanwhile.
SLOW = (
    CACHE
    + """
  web:
    image: busybox:1.36
    command: ["sh", "-c", "sleep 15; touch /tmp/ready; exec sleep 1000"]
    healthcheck: {test: ["CMD", "test", "-e", "/tmp/ready"], interval: 1s, timeout: 5s, retries: 60}
    depends_on: {cache: {condition: service_healthy}}
"""
)
CONTROLS = "container_matches_file or docker_kill or volume_data"


def _nothing_left(lab: Lab, volumes: set[str]) -> None:
    lab.assert_nothing_left()
    assert volumes
    assert not volumes & set(docker("volume", "ls", "--quiet").split())


def test_after_the_end(lab: Lab) -> None:
    """A run that comes to its end leaves nothing, not even the volumes without a name that `down` leaves."""
    started = lab.start_suite(lab.stack("cache", CACHE), CONTROLS)
    volumes = in_bring_up(lab, started)
    ended = started.wait()

    assert sorted(ended.outcomes().values()) == ["fail", "pass", "pass"]
    assert ended.code == pytest.ExitCode.TESTS_FAILED, ended.output
    _nothing_left(lab, volumes)


@pytest.mark.parametrize("workers", [0, 2])
def test_ctrl_c_in_bring_up(lab: Lab, workers: int) -> None:
    """Ctrl-C while containers come up takes them away and ends with 130."""
    started = lab.start_check(lab.stack("slow", SLOW), workers=workers)
    volumes = in_bring_up(lab, started)
    started.signal_group(signal.SIGINT)
    ended = started.wait(90)

    assert ended.code == 130, ended.output
    assert "\ninterrupted\n" in ended.output
    for word in ("KeyboardInterrupt", "Traceback", "bringing up nodes"):
        assert word not in ended.output
    _nothing_left(lab, volumes)


def test_ctrl_c_in_fault(lab: Lab) -> None:
    """Ctrl-C while a service lies killed takes the sandbox away; what was not decided is unknown."""
    started = lab.start_suite(lab.stack("cache", CACHE), "docker_kill or crash_restart")
    volumes = in_fault(lab, started)
    started.signal_group(signal.SIGINT)
    ended = started.wait(90)

    assert ended.code == pytest.ExitCode.INTERRUPTED, ended.output
    assert "unknown" in ended.outcomes().values()
    _nothing_left(lab, volumes)


def test_sigterm(lab: Lab) -> None:
    """SIGTERM to the controller alone, as CI cancels, ends the run in order."""
    started = lab.start_check(lab.stack("slow", SLOW))
    volumes = in_bring_up(lab, started)
    started.process.terminate()
    ended = started.wait(90)

    assert ended.code == 130, ended.output
    _nothing_left(lab, volumes)


def test_killed_worker(lab: Lab) -> None:
    """A killed worker's test is unknown; the rest is proven on a fresh sandbox; nothing is left."""
    # The watch keeps the other worker from the second lane of faults.
    started = lab.start_suite(lab.stack("cache", CACHE), "docker_kill or crash_restart or container_healthy")
    volumes = in_fault(lab, started)
    worker_in_fault(started).kill()
    ended = started.wait(120)

    outcomes = ended.outcomes()
    assert sorted(outcomes.values()) == ["pass", "pass", "unknown"]
    assert outcomes["container-healthy", "cache", "cache-1"] == "pass"
    assert ended.code == pytest.ExitCode.TESTS_FAILED, ended.output
    _nothing_left(lab, volumes)


# Nobody has built it before; while it is built, the rules of one family wait for the image.
BUILT = """
services:
  web:
    build: {context: ., network: none}
  db:
    image: busybox:1.36
    privileged: true
"""


def test_killed_worker_of_rules(lab: Lab) -> None:
    """Rules that a killed worker had not said are unknown, all of the family; the others are judged."""
    marker = f"40.{secrets.randbelow(10**6)}"
    folder = lab.stack("built", BUILT, Dockerfile=f"FROM busybox:1.36\nRUN exec sleep {marker}\n")
    started = lab.start_suite(folder, "image_user_nonroot or no_docker_socket")
    started.until("the build", lambda: in_process("sleep", marker))
    worker_that_runs(started, " build web").kill()
    ended = started.wait(120)

    outcomes = {(control, service): kind for (control, service, _), kind in ended.outcomes().items()}
    families = {"image-user-nonroot": "unknown", "no-privileged": "unknown", "no-docker-socket": "pass"}
    expected = {(rule, service): kind for rule, kind in families.items() for service in ("web", "db")}
    assert outcomes.items() >= expected.items(), ended.output
    assert set(outcomes.values()) == {"pass", "unknown"}, ended.output
    assert ended.code == pytest.ExitCode.TESTS_FAILED, ended.output
    lab.assert_nothing_left()


def test_killed_run_is_swept_by_the_next(lab: Lab) -> None:
    """After SIGKILL of a whole run the next one removes what it left, and says so."""
    stack = lab.stack("slow", SLOW)
    started = lab.start_check(stack)
    volumes = in_bring_up(lab, started)
    started.signal_group(signal.SIGKILL)
    started.wait(30)
    dead = lab.left()["run folder"]
    assert lab.left()["container"]

    following = lab.start_suite(lab.stack("cache", CACHE), "container_matches_file").wait()

    assert following.code == 0, following.output
    assert following.results["run"]["contexts"]["runs swept at start"] == dead
    _nothing_left(lab, volumes)


def test_killed_run_without_folder_is_swept(lab: Lab) -> None:
    """A dead run is known by its labels alone, when its folder is gone too."""
    started = lab.start_check(lab.stack("slow", SLOW))
    volumes = in_bring_up(lab, started)
    started.signal_group(signal.SIGKILL)
    started.wait(30)
    for dead in run.known_runs():
        dead.forget()

    assert len(reaper.sweep_dead()) == 1
    _nothing_left(lab, volumes)


# Volumes without a name in both spellings, and whoever has them.
SCALED = """
services:
  web:
    image: busybox:1.36
    command: ["sleep", "1000"]
    init: true
    volumes: ["/short", {type: volume, target: /long}]
"""


def test_replicas_that_went(lab: Lab) -> None:
    """Volumes of replicas that were scaled away, and of those that went down, are remembered."""
    pool = lab.pool()
    sandbox = pool.get(load(lab.stack("scaled", SCALED)), "faults")
    assert isinstance(sandbox, Sandbox)
    sandbox.up({"web": 3})
    volumes = lab.volumes()
    sandbox.up()
    assert volumes > lab.volumes()
    sandbox.down()
    assert not lab.volumes()
    sandbox.up()
    volumes |= lab.volumes()
    assert len(volumes) == 8

    pool.close()
    reaper.reap(sandbox.run)

    _nothing_left(lab, volumes)


def test_live_run_is_not_swept(lab: Lab) -> None:
    """A sweep leaves a run alone that is in the middle of its work, and that run ends well."""
    started = lab.start_suite(lab.stack("slow", SLOW), "container_matches_file")
    volumes = in_bring_up(lab, started)
    before = lab.ours("container")

    assert reaper.sweep_dead() == []
    assert [found["Id"] for found in engine.inspect("container", before)] == before
    ended = started.wait()
    assert ended.code == 0, ended.output
    _nothing_left(lab, volumes)
