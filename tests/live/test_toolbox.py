"""Programs of ours beside a sandbox run one by one in one container, and never in one that is gone."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from tests.live.running import docker

from stackproof.engine import engine
from stackproof.errors import CommandError

pytestmark = pytest.mark.usefixtures("room")
OWN = {"stackproof.test": "toolbox"}
ID = ["sh", "-c", "cat /etc/hostname"]  # of its container
HELD = ["sh", "-c", "grep CapEff /proc/self/status | cut -f 2"]
SYS_PTRACE = 19  # capability.h


def _standing() -> list[str]:
    return docker("ps", "--quiet", "--filter", "label=stackproof.test=toolbox").split()


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    yield
    with suppress(CommandError):
        engine.remove("container", _standing())


def test_programs_share_a_container_which_is_replaced_when_it_was_removed() -> None:
    first, second = (engine.from_outside(ID, own=OWN) for _ in range(2))
    assert first == second
    assert _standing() == [first.strip()]
    engine.remove("container", _standing())
    assert engine.from_outside(ID, own=OWN).strip() in _standing()
    assert first.strip() not in _standing()


def test_a_program_sees_the_host_and_has_no_more_rights_than_it_asked_for() -> None:
    plain, more = (
        int(engine.from_outside(HELD, own=OWN, capabilities=names), 16) for names in ((), ("SYS_PTRACE",))
    )
    assert more == plain | 1 << SYS_PTRACE != plain
    assert int(engine.from_outside(["sh", "-c", "ls -d /proc/[0-9]* | wc -l"], own=OWN)) > len(_standing())
    pids = engine.from_outside(["sh", "-c", "cat /proc/[0-9]*/comm"], own=OWN).split()
    assert "dockerd" in pids


def test_what_fails_says_so_and_what_takes_too_long_is_ended_with_its_container() -> None:
    with pytest.raises(CommandError, match="failed with exit code 3:\nno such thing"):
        engine.from_outside(["sh", "-c", "echo no such thing >&2; exit 3"], own=OWN)
    before = _standing()
    with pytest.raises(CommandError, match=r"gave no answer within 0\.5 s"):
        engine.from_outside(["sleep", "60"], own=OWN, deadline=0.5)
    assert before
    assert not _standing()
    commands = engine.from_outside(["sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"], own=OWN)
    assert "sleep 60 " not in commands
    assert engine.from_outside(["echo", "again"], own=OWN) == "again\n"
