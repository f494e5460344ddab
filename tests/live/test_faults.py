"""Faults do to real containers what they say, and nothing else."""

import pytest
from tests.live.running import Lab, docker, wait_until

from stackproof.engine import engine
from stackproof.errors import Unknown
from stackproof.sandbox.container import Container
from stackproof.sandbox.sandbox import Sandbox
from stackproof.trials.crash import crash
from stackproof.trials.crashing import crash_trial
from stackproof.trials.freeze import frozen
from stackproof.trials.honesty import honesty_trial
from stackproof.trials.kill import kill_trial
from stackproof.trials.standing import WINDOW

# A parent with children and a grandchild, as under supervisord; the busy child counts while it runs.
TREE = """
services:
  tree:
    image: busybox:1.36
    restart: always
    init: true
    stop_grace_period: 1s
    command:
      - sh
      - -c
      - |
        (n=0; while :; do n=$$((n+1)); echo $$n > /tmp/count; sleep 0.1; done) &
        sh -c 'sleep 1000 & wait' &
        wait
    healthcheck: {test: ["CMD-SHELL", "a=$$(cat /tmp/count); sleep 1; [ $$a != $$(cat /tmp/count) ]"],
      interval: 1s, timeout: 5s, retries: 30}
"""


@pytest.fixture
def sandbox(lab: Lab) -> Sandbox:
    """A sandbox of the tree, up and healthy."""
    return lab.sandbox(lab.stack("tree", TREE))


def _states(container: Container) -> dict[str, str]:
    """State of every process of the service, by its pid on the engine's host."""
    rows = docker("top", container.id, "-o", "pid,stat").splitlines()[1:]
    return {pid: state[0] for pid, state in (row.split() for row in rows)}


def test_crash_is_restarted_by_policy(sandbox: Sandbox) -> None:
    """A crash is answered by the policy: one restart of the same container, and no kill event."""
    container = sandbox.container("tree")

    (blow,) = crash_trial(sandbox)["tree"].blows

    after = sandbox.container("tree")
    # Both programs below the init and the shell. Their end is the container's, so process 1 is spared.
    assert blow.words == "its program (sh) and its program (sh)"
    assert (blow.failed, blow.restarts, blow.steady_seconds) == (False, 1, WINDOW)
    assert not blow.operator_kill
    assert (after.id, after.restarts, after.health) == (container.id, 1, "healthy")
    assert after.started > container.started


def test_docker_kill_is_final_under_always(sandbox: Sandbox) -> None:
    """After `docker kill` the service stays down although its policy is `always`, until `up`."""
    trial = kill_trial(sandbox)["tree"]

    assert (trial.policy, trial.status, trial.exit_code, trial.restarts) == ("always", "exited", 137, 0)
    assert trial.back
    assert sandbox.events.seen("tree", "kill")


def test_freeze_stops_the_whole_tree_and_thaws(sandbox: Sandbox) -> None:
    """All processes of a parent and child tree stop together, and all run again afterwards."""
    container = sandbox.container("tree")

    with frozen(container, sandbox.labels) as pids:
        # A health probe that ran before the freeze may still be there; it is not the service.
        service = {pid: state for pid, state in _states(container).items() if int(pid) in pids}
        first = engine.execute(container.id, ["cat", "/tmp/count"]).stdout  # noqa: S108 - in the container
        second = engine.execute(container.id, ["cat", "/tmp/count"]).stdout  # noqa: S108 - in the container
    assert len(service) >= 5
    assert set(service.values()) == {"T"}
    assert first == second

    wait_until("all processes run again", lambda: "T" not in _states(container).values())
    assert container.id == sandbox.look()[0].id


def test_health_check_notices_a_freeze(sandbox: Sandbox) -> None:
    """A health check that asks the frozen service fails; the service is healthy again after the thaw."""
    trial = honesty_trial(sandbox.container("tree"), sandbox)

    assert (trial.asleep, trial.nobody, trial.other) == ("", "", "")
    assert [step["frozen"] for step in trial.steps] == ["all its processes"]
    assert not trial.trouble
    assert sandbox.container("tree").restarts == 0


def test_no_fault_without_a_process(sandbox: Sandbox) -> None:
    """A container that does not run has pid 0, which means everybody: it is unknown, and nobody is hit."""
    container = sandbox.container("tree")
    sandbox.stop(["tree"], grace=0)

    with pytest.raises(Unknown, match="tree-1 is exited, so it has no main process"):
        crash(container, sandbox.labels)
    with pytest.raises(Unknown, match="no main process"), frozen(container, sandbox.labels):
        pass
