"""Whose processes are whose in a pid namespace that several containers share."""

import pytest

from stackproof.errors import Unknown
from stackproof.facts.model import Process
from stackproof.facts.parsing import _members, _oldest

PROBE = 99
OURS, THEIRS = "0::/", "0::/../theirs"
BLANK = " ".join("0" * 17)


def process(pid: int, parent: int = 0) -> Process:
    """Return a process of which nothing else matters."""
    ids = (0, 0, 0, 0)
    return Process(
        pid=pid, parent=parent, name="app", command="app", state="S", uids=ids, gids=ids, cap_effective=0,
        cap_bounding=0, seccomp=0, no_new_privileges=False,
    )  # fmt: skip


def by_pid(*found: Process) -> dict[int, Process]:
    """Return processes by pid."""
    return {one.pid: one for one in found}


def test_process_whose_cgroup_is_not_known() -> None:
    """It ended while the probe read: it is nobody's. So is process 1, where it hides."""
    found = by_pid(process(2), process(50), process(PROBE))

    assert set(_members(found, {2: THEIRS, 50: OURS, PROBE: f"{OURS}\n"}, PROBE)) == {50, PROBE}
    assert set(_members(found, {50: OURS, PROBE: OURS}, PROBE)) == {50, PROBE}


def test_main_process_is_the_oldest_of_those_without_a_parent_here() -> None:
    """Lines that tell no start are passed over; of two that started together the lower pid is it."""
    members = by_pid(process(50), process(51, 50), process(52), process(60), process(PROBE))
    stats = "\n".join(
        [
            f"50 (a) S 0 {BLANK} 700 0",
            f"51 (a) S 50 {BLANK} 100 0",
            f"52 (a) S 0 {BLANK} 700 0",
            f"60 (a) S 0 {BLANK}",  # cut before its start
            f"self (a) S 0 {BLANK} 1 0",
            f"{PROBE} (sh) S 0 {BLANK} 1 0",
        ]
    )

    assert _oldest(members, stats, PROBE) == 50
    assert (
        _oldest(members, stats.replace("52 (a) S 0 " + BLANK + " 700", "52 (a) S 0 " + BLANK + " 699"), PROBE)
        == 52
    )


def test_nothing_tells_whose_a_process_is() -> None:
    """The probe's own cgroup is not known, or is that of process 1, which is another container's."""
    words = "the container shares its pid namespace, and its processes cannot be told from those of others"
    found = by_pid(process(1), process(2), process(PROBE))
    for cgroups in ({1: THEIRS}, {}, {1: f"{OURS}\n", 2: THEIRS, PROBE: OURS}):
        with pytest.raises(Unknown) as error:
            _members(found, cgroups, PROBE)
        assert str(error.value) == words

    # Only process 1 tells that.
    assert set(_members(found, {1: THEIRS, 2: OURS, PROBE: OURS}, PROBE)) == {2, PROBE}


def test_no_process_of_the_container() -> None:
    """Only our own probe is there."""
    with pytest.raises(Unknown) as error:
        _oldest(by_pid(process(PROBE)), f"{PROBE} (sh) S 0 {BLANK} 1 0", PROBE)

    assert str(error.value) == "the probe saw no process of the container in the shared pid namespace"
