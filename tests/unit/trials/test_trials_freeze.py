"""Who is frozen, and thawed: the script runs beside processes of the test."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.trials import here

from stackproof.errors import CommandError
from stackproof.sandbox.container import Container
from stackproof.trials import freeze

OWN = {"run": "ours"}
# It has two children from the start, one of them with a child of its own.
FAMILY = "sleep 60 & sh -c 'sleep 60 & wait' & echo; wait"
# It starts one child after the other, each with a child of its own.
FORKS = "echo; while :; do sh -c 'sleep 60 & wait' & sleep 0.005; done"


@pytest.fixture(autouse=True)
def _helper_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def helper(argv: Sequence[str], *, own: Mapping[str, str]) -> str:
        assert own is OWN
        return here.helper(argv)

    monkeypatch.setattr("stackproof.engine.engine.from_outside", helper)


@pytest.fixture
def container(make_container: MakeContainer) -> Container:
    """A container of which the test's processes are."""
    return make_container("web", Id=here.CGROUP)


@contextmanager
def service(program: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Start a service that says when it runs; end all of it."""
    process = subprocess.Popen(["sh", "-c", program], stdout=subprocess.PIPE, start_new_session=True)
    try:
        assert process.stdout
        process.stdout.readline()
        monkeypatch.setattr(freeze, "main_pid", lambda one: {"web": str(process.pid)}[one.service])
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def family(of: int) -> list[int]:
    """Return a process and all that descend from it."""
    rows = Path(f"/proc/{of}/task/{of}/children")
    return [of, *(one for child in rows.read_text().split() for one in family(int(child)))]


def states(pids: list[int]) -> set[str]:
    """Return the states of processes."""
    return {here.state(pid) for pid in pids}


def test_all_are_frozen_and_thawed(container: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    """Children and theirs."""
    with service(FAMILY, monkeypatch) as main:
        time.sleep(0.3)
        with freeze.frozen(container, OWN) as pids:
            assert sorted(pids) == sorted(family(main))
            assert len(pids) == 4
            assert states(pids) == {"T"}

        assert "T" not in states(family(main))


def test_whoever_is_started_meanwhile(container: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that forks all the time has nobody left who runs."""
    with service(FORKS, monkeypatch) as main:
        with freeze.frozen(container, OWN) as pids:
            assert set(family(main)) <= set(pids)
            assert states(pids) <= {"T", "D", "Z"}  # between vfork and exec; a nap that has ended

        assert "T" not in states(pids)


def test_some_of_them(container: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is named, with nobody whom it had started by then."""
    with service(FAMILY, monkeypatch) as main:
        time.sleep(0.3)
        with freeze.frozen(container, OWN, [main]) as pids:
            assert pids == [main]
            assert {pid for pid in family(main) if here.state(pid) == "T"} == {main}


def test_whoever_those_start_meanwhile(container: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that its master starts this moment answers for it."""
    with service(FORKS, monkeypatch) as main:
        for _try in range(20):  # until one is started between the list and the signal
            first = set(family(main)) - {main}
            with freeze.frozen(container, OWN, [main]) as pids:
                assert main in pids
                assert not first & set(pids)
                assert states(pids) <= {"T", "D", "Z"}
            assert "T" not in states(pids)
            if len(pids) > 1:
                break
        assert len(pids) > 1


def test_nobody_is_left(container: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are named have ended: nothing was tried."""
    with here.processes("exit 0") as (ended,), service(FAMILY, monkeypatch):
        ended.wait()
        with (
            pytest.raises(CommandError, match="no process is left to freeze"),
            freeze.frozen(container, OWN, [ended.pid]),
        ):
            pass


def test_main_process_of_somebody_else(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its number is not touched."""
    with service(FAMILY, monkeypatch) as main:
        with (
            pytest.raises(CommandError, match=f"process {main} is not in container elsewhere"),
            freeze.frozen(make_container("web", Id="elsewhere"), OWN),
        ):
            pass

        assert "T" not in states(family(main))
