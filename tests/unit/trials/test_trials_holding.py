"""What becomes of processes that are held: the script runs beside processes of the test, their kernel."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.local_streams import LocalHelper
from tests.unit.trials import here
from tests.unit.trials.trees import HTTP, POOL, SANDBOX, TERM, WRAPPED, member, tree

from stackproof.errors import Unknown
from stackproof.trials import holding
from stackproof.trials.holding import Held, read, to_hold


def test_who_is_held() -> None:
    """Programs below process 1 and workers of a pool; not what its supervisor continues itself."""
    s6 = tree(
        member(1, 0, "s6-svscan"),
        member(2, 1, "s6-supervise"),
        member(3, 2, "app", HTTP),
        member(4, 3, "app", HTTP),
    )
    assert [m.pid for m in to_hold(WRAPPED, SANDBOX, "web")] == [2]
    assert [m.pid for m in to_hold(POOL, SANDBOX, "web")] == [2, 3]
    assert [m.pid for m in to_hold(s6, SANDBOX, "web")] == [4]


@pytest.mark.parametrize("name", ["nginx", "apache2", "httpd"])
def test_masters_that_cannot_wait_for_what_is_held(name: str) -> None:
    """Their workers are left alone; the master is held where it is a program below a wrapper."""
    pool = member(2, 1, name, HTTP)

    assert to_hold(tree(member(1, 0, name, HTTP), pool), SANDBOX, "web") == []
    below = tree(member(1, 0, "sh"), member(2, 1, name, HTTP), member(3, 2, name, HTTP))
    assert [m.pid for m in to_hold(below, SANDBOX, "web")] == [2]


def test_what_became_of_them() -> None:
    """Killed without a word, killed after one, told and let go, and waited for."""
    members = [member(pid, 1, f"p{pid}") for pid in range(2, 7)]
    said = "killed 2\ntold 3 16384\nkilled 3\ntold 4 16384\nfreed 4\nwaited 5\nended 6\n"

    assert read(said, members) == Held(
        unheard=("p2",), cut_off=("p3",), told=("p3", "p4"), waited_for=("p5",)
    )


# -- the script ----------------------------------------------------------------------------------------

SLEEPS = "exec sleep 60"
CATCHES = f"{1 << (TERM - 1):x}"


@contextmanager
def held(
    main: int, *pids: int, caught: str = "0", patience: float = 0.5, linger: float = 0.2
) -> Iterator[subprocess.Popen[bytes]]:
    """Hold processes, and say that the container is being stopped."""
    words = ["sh", "-c", holding.HOLD, "hold", here.CGROUP, str(main)]
    words += [f"{seconds * 100:.0f}" for seconds in (patience, linger)]
    words += [f"{pid}:{caught}" for pid in pids]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as script:
        try:
            assert script.stdin
            assert script.stdout
            assert script.stdout.readline() == b"held\n"
            assert {here.state(pid) for pid in pids} == {"T"}
            script.stdin.write(b"told\n")
            script.stdin.flush()
            yield script
        finally:
            script.terminate()


def said(script: subprocess.Popen[bytes]) -> list[str]:
    """Return what the script says until its end, each line by its first word."""
    assert script.stdout
    return [line.split()[0] for line in script.stdout.read().decode().splitlines()]


def ends(main: subprocess.Popen[bytes], pid: int) -> None:
    """Let process 1 end, and do what the kernel does then with another."""
    main.terminate()
    os.waitid(os.P_PID, main.pid, os.WEXITED | os.WNOWAIT)
    os.kill(pid, signal.SIGKILL)


def runs(pid: int) -> bool:
    """Wait until a process is not held."""
    until = time.monotonic() + 10
    while (held := here.state(pid) == "T") and time.monotonic() < until:
        time.sleep(0.05)
    return not held


def test_untold_and_killed_later() -> None:
    """That process 1 lived longer than our patience is no word to anybody."""
    with here.processes(SLEEPS, SLEEPS) as (main, other), held(main.pid, other.pid) as script:
        time.sleep(1.5)
        ends(main, other.pid)

        assert said(script) == ["killed"]


def test_asked_without_a_signal() -> None:
    """It ends while process 1 is there and waits, and is not left held."""
    with here.processes(SLEEPS, "exec sleep 0.3") as (main, other), held(main.pid, other.pid) as script:
        assert said(script) == ["waited"]
        assert runs(main.pid)


def test_told_late(tmp_path: Path) -> None:
    """After our patience, by process 1, which then waits."""
    begun = tmp_path / "begun"
    with here.processes("trap 'exit 0' TERM; echo; while :; do sleep 0.05; done") as (other,):
        assert other.stdout
        other.stdout.readline()  # it has its handler
        with (
            here.processes(
                f"until [ -e {begun} ]; do sleep 0.05; done; sleep 1.2; kill -TERM {other.pid}; {SLEEPS}"
            ) as (main,),
            held(main.pid, other.pid, caught=CATCHES) as script,
        ):
            begun.touch()
            assert said(script) == ["told", "freed"]
            assert other.wait(10) == 0


def test_told_in_time_and_killed_all_the_same() -> None:
    """Process 1 hands the signal on, and does not wait."""
    with (
        here.processes(SLEEPS, SLEEPS) as (main, other),
        held(main.pid, other.pid, caught=CATCHES, patience=30, linger=30) as script,
    ):
        other.terminate()
        assert script.stdout
        assert script.stdout.readline().startswith(b"told ")
        ends(main, other.pid)

        assert said(script) == ["killed"]


def test_several_that_are_asked() -> None:
    """One ends by itself, and the other with process 1."""
    with (
        here.processes(SLEEPS, "exec sleep 0.3", SLEEPS) as (main, first, second),
        held(main.pid, first.pid, second.pid) as script,
    ):
        assert script.stdout
        assert script.stdout.readline().decode() == f"waited {first.pid}\n"
        ends(main, second.pid)

        assert said(script) == ["killed"]


def test_helper_that_is_ended_lets_all_go() -> None:
    """Nobody stays held, the main process neither."""
    with here.processes(SLEEPS, SLEEPS) as (main, other), held(main.pid, other.pid) as script:
        time.sleep(1.0)  # until they run in turn
        script.terminate()
        script.wait(10)

        assert runs(main.pid)
        assert runs(other.pid)


def test_helper_that_does_not_come(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not waited for without end."""
    helper = LocalHelper(["sleep", "60"])
    monkeypatch.setattr("stackproof.engine.engine.start_helper", lambda *_words, **_options: helper)
    monkeypatch.setattr(holding, "_BEGIN", 0.3)
    monkeypatch.setattr(holding, "_END", 0.1)
    stack = SimpleNamespace(services={"web": SimpleNamespace(grace=10.0)})
    sandbox: Any = SimpleNamespace(stack=stack, labels={})
    with pytest.raises(Unknown, match="processes of web-1 cannot be held"):
        holding.stop_held(make_container("web"), 1, [], sandbox)

    assert helper.removed
