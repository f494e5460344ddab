"""Testinfra's process list over a `ps` without times: this machine's stands for the toolbox's."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from testinfra.host import Host

from stackproof.facts.sidecar import ToolboxProcess

WORDS = ("sh", "-c", "read x; : a b")  # short: some `ps` cut a line after 80 characters


@pytest.fixture
def child() -> Iterator[int]:
    """The pid of a process with an argument that holds blanks."""
    with subprocess.Popen(WORDS, stdin=subprocess.PIPE) as process:
        name = Path(f"/proc/{process.pid}/comm")
        while name.read_text() != "sh\n":  # until then it is this program
            time.sleep(0.01)
        yield process.pid


@pytest.fixture
def listed() -> Any:  # noqa: ANN401 - of testinfra, which has no types
    """All processes of this machine."""
    return type("Listed", (ToolboxProcess,), {"_host": Host.get_host("local://")})()


def test_one_by_pid(listed: Any, child: int) -> None:  # noqa: ANN401
    """With whatever is asked of it later, numbers as numbers and the whole command line."""
    found = listed.get(pid=child)

    assert (found.pid, found.ppid) == (child, os.getpid())
    assert (found.comm, found.args) == ("sh", " ".join(WORDS))


def test_those_of_a_user(listed: Any, child: int) -> None:  # noqa: ANN401
    """By any column; the first and the last line of `ps` are processes as well as the others."""
    rows = listed._get_processes(uid=os.getuid())  # noqa: SLF001 - what testinfra asks for
    pids = [row["pid"] for row in rows]

    assert set(rows[0]) == {"lstart", "pid", "comm", "uid", "args"}
    assert rows[0]["lstart"] == ""
    assert {child, os.getpid(), 1} <= set(pids)
    assert all(isinstance(row["uid"], int) for row in rows)
    assert {one.pid for one in listed.filter(pid=child)} == {child}
