"""Who is killed, of those that are named: scripts run beside processes of the test."""

import signal
from collections.abc import Sequence
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.trials import here

from stackproof.errors import CommandError, Unknown
from stackproof.sandbox.container import Container
from stackproof.trials import crash

OWN = {"io.stackproof.run": "1"}
SLEEPS = "exec sleep 60"


@pytest.fixture(autouse=True)
def _helper_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def helper(argv: Sequence[str], *, own: object) -> str:
        assert own is OWN
        return here.helper(argv)

    monkeypatch.setattr("stackproof.engine.engine.from_outside", helper)


@pytest.fixture
def ours(make_container: MakeContainer) -> Container:
    """A container of which the test's processes are."""
    return make_container("web", Id=here.CGROUP)


@pytest.mark.parametrize(
    ("said", "pid"),
    [
        ([{"State": {"Status": "running", "Pid": 2}}, {}], "2"),
        ([{"State": {"Status": "running", "Pid": 1}}], ""),
        ([{"State": {"Status": "running", "Pid": 0}}], ""),
        ([{"State": {"Status": "exited", "Pid": 4321}}], ""),
        ([], ""),
    ],
)
def test_main_process(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, said: list[dict[str, Any]], pid: str
) -> None:
    """The engine says 0 of what does not run, and kill(2) takes that for everybody."""

    def inspect(kind: str, names: list[str]) -> list[dict[str, Any]]:
        assert (kind, names) == ("container", ["web1"])
        return said

    monkeypatch.setattr("stackproof.engine.engine.inspect", inspect)
    if pid:
        assert crash.main_pid(make_container("web")) == pid
    else:
        status = said[0]["State"]["Status"] if said else "gone"
        with pytest.raises(Unknown, match=f"^web-1 is {status}, so it has no main process to disturb$"):
            crash.main_pid(make_container("web"))


def test_those_that_are_named(ours: Container) -> None:
    """They, and nobody else; a worker that ended by itself is no reason to stop."""
    with here.processes(SLEEPS, "exit 0", SLEEPS, SLEEPS) as (first, ended, second, other):
        ended.wait()
        crash.crash(ours, OWN, [first.pid, ended.pid, second.pid])

        assert [first.wait(10), second.wait(10)] == [-signal.SIGKILL] * 2
        assert other.poll() is None


def test_main_process_alone(ours: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the one that is killed where none is named."""
    with here.processes(SLEEPS, SLEEPS) as (main, other):
        monkeypatch.setattr(crash, "main_pid", {ours: str(main.pid)}.__getitem__)
        crash.crash(ours, OWN)

        assert main.wait(10) == -signal.SIGKILL
        assert other.poll() is None


def test_first_that_is_gone(ours: Container) -> None:
    """Then nobody is killed, and it is said: nothing was tried."""
    with here.processes("exit 0", SLEEPS) as (ended, other):
        ended.wait()
        with pytest.raises(CommandError, match=f"process {ended.pid} is not in its container"):
            crash.crash(ours, OWN, [ended.pid, other.pid])

        assert other.poll() is None


def test_number_that_is_somebody_elses(make_container: MakeContainer) -> None:
    """A pid that is in no cgroup of the container is not touched."""
    with (
        here.processes(SLEEPS) as (other,),
        pytest.raises(CommandError, match="is not in its container"),
    ):
        crash.crash(make_container("web", Id="elsewhere"), OWN, [other.pid])


def test_several_containers_at_once(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that had ended by themselves are told from those that were killed."""
    with here.processes(SLEEPS, "exit 0", SLEEPS) as (first, ended, other):
        ended.wait()
        pids = {"one": first.pid, "two": ended.pid, "three": other.pid}

        def main(container: Any) -> str:  # noqa: ANN401 - stands in for one
            if container.service not in pids:
                raise Unknown(container.service)
            return str(pids[container.service])

        monkeypatch.setattr(crash, "main_pid", main)
        several = [make_container(name, Id=here.CGROUP) for name in ("one", "two", "gone")]
        several.append(make_container("three", Id="elsewhere"))

        assert [c.service for c in crash.crash_each(several, OWN)] == ["one"]
        assert first.wait(10) == -signal.SIGKILL
        assert other.poll() is None
        assert crash.crash_each(several[2:3], OWN) == []
