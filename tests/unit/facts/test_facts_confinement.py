"""What a container may take, and what its file gives it."""

from collections.abc import Mapping
from math import inf
from typing import Any

import pytest
from tests.infra.test_confinement import _limits, _logs
from tests.unit.conftest import MakeContainer, MakeStack

from stackproof.facts import cgroups
from stackproof.facts.model import Facts, MountPoint

V2 = {"memory.max": "67108864", "pids.max": "50", "cpu.max": "50000 100000"}
V1 = {
    "memory/memory.limit_in_bytes": "67108864",
    "pids/pids.max": "50",
    "cpu/cpu.cfs_quota_us": "50000",
    "cpu/cpu.cfs_period_us": "100000",
}
DEPLOYED = {"deploy": {"resources": {"limits": {"memory": "67108864", "pids": 50, "cpus": "0.5"}}}}
GIVEN = {"mem_limit": "67108864", "pids_limit": 50, "cpus": 0.5}


def facts(files: dict[str, str], *roots: str) -> Facts:
    """Return what a probe saw of a cgroup and of the mounts at the root, the lowest first."""
    mounts = tuple(
        MountPoint(target="/", kind="overlay", source="overlay", options=frozenset({root})) for root in roots
    )
    return Facts(all_processes=(), probe=1, sockets=(), mounts=mounts, users={}, limits=files)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (V2, (67108864, 50, 0.5)),
        (V1, (67108864, 50, 0.5)),
        ({"memory.max": "max", "pids.max": "max", "cpu.max": "max 100000"}, (inf, inf, inf)),
        ({"memory/memory.limit_in_bytes": "9223372036854771712", "pids/pids.max": "max"}, (inf, inf, None)),
        ({"cpu/cpu.cfs_quota_us": "-1"}, (None, None, inf)),
        ({"cpu/cpu.cfs_quota_us": "50000"}, (None, None, None)),
        ({"cpu.max": "", "memory.max": "?", "pids.max": ""}, (None, None, None)),
        ({}, (None, None, None)),
    ],
)
def test_files_of_a_cgroup(files: Mapping[str, str], expected: tuple[float | None, ...]) -> None:
    """Of both versions; what none of them says is unknown."""
    assert (cgroups.memory(files), cgroups.processes(files), cgroups.processors(files)) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ((GIVEN, V2, {}), []),
        ((GIVEN, V1, {}), []),
        ((DEPLOYED, V2, {}), []),
        # Confined more than the file says, and no limit at all where it asks for none.
        (({"mem_limit": "134217728", "cpus": 1.5}, V2, {}), []),
        (({"mem_limit": "0", "pids_limit": -1, "cpus": 0}, {"memory.max": "max", "pids.max": "max"}, {}), []),
        # A page is the smallest part of memory, and a microsecond of time.
        (({"mem_limit": "67108870", "cpus": 0.333}, V2 | {"cpu.max": "33300 100000"}, {}), []),
        ((GIVEN, V2 | {"memory.max": "max"}, {}), ["memory"]),
        ((DEPLOYED, V2 | {"memory.max": "max"}, {}), ["memory"]),
        ((GIVEN, V2 | {"pids.max": "max", "cpu.max": "max 100000"}, {}), ["processors", "processes"]),
        ((GIVEN, V1 | {"cpu/cpu.cfs_quota_us": "-1"}, {}), ["processors"]),
        ((GIVEN, V2 | {"cpu.max": "200000 100000", "memory.max": "134217728"}, {}), ["memory", "processors"]),
        # Where no file tells, the engine does.
        ((GIVEN, {}, {"Memory": 67108864, "PidsLimit": 50, "NanoCpus": 500000000}), []),
        ((GIVEN, {}, {"Memory": 0, "PidsLimit": None}), ["memory", "processors", "processes"]),
    ],
)
def test_more_than_the_file_gives(
    make_stack: MakeStack,
    make_container: MakeContainer,
    said: tuple[dict[str, Any], dict[str, str], dict[str, Any]],
    expected: list[str],
) -> None:
    """Is a finding for each limit."""
    service, files, engine = said
    container = make_container(HostConfig={"RestartPolicy": {"Name": "no"}, **engine})
    container.facts = facts(files, "rw")
    read = make_stack({"web": {"image": "a", **service}}).services["web"]

    assert [found.aspect for found in _limits(container, read)] == expected


@pytest.mark.parametrize(
    ("read_only", "roots", "expected"),
    [
        (True, ["rw", "ro"], []),
        (False, ["rw"], []),
        (True, ["ro", "rw"], ["read_only"]),
        (True, [], []),  # nobody could look
    ],
)
def test_root_that_can_be_written_to(
    make_stack: MakeStack,
    make_container: MakeContainer,
    read_only: bool,  # noqa: FBT001 - of a table
    roots: list[str],
    expected: list[str],
) -> None:
    """The mount on top counts."""
    container = make_container()
    container.facts = facts({}, *roots)
    read = make_stack({"web": {"image": "a", "read_only": read_only}}).services["web"]

    assert [found.aspect for found in _limits(container, read)] == expected


def test_words(make_stack: MakeStack, make_container: MakeContainer) -> None:
    """They say how much of what, and name the key."""
    container = make_container()
    container.facts = facts(V2 | {"memory.max": "max"})
    read = make_stack({"web": {"image": "a", "mem_limit": "67108864"}}).services["web"]

    (found,) = _limits(container, read)

    assert "has no limit of memory, and its file gives it 67108864" in found.message
    assert found.at == ("mem_limit",)


ROTATED = {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}


@pytest.mark.parametrize(
    ("logging", "has", "expected"),
    [
        (ROTATED, {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3", "mode": "x"}}, []),
        (ROTATED, {"Type": "k8s-file", "Config": {"max-size": "10m", "max-file": "3"}}, []),
        (ROTATED, {"Type": "json-file", "Config": {}}, ["log max-size", "log max-file"]),
        (ROTATED, {"Type": "json-file", "Config": None}, ["log max-size", "log max-file"]),
        (ROTATED, {"Type": "json-file", "Config": {"max-size": "1g", "max-file": "3"}}, ["log max-size"]),
        (ROTATED, {"Type": "none", "Config": {}}, ["log driver"]),
        ({"driver": "local", "options": {"tag": "$$x"}}, {"Type": "local", "Config": {"tag": "$x"}}, []),
        # What the file leaves open is the engine's, and what nobody tells is no difference.
        (None, {"Type": "syslog", "Config": {}}, []),
        ({"options": {"max-size": "10m"}}, {"Type": "local", "Config": {}}, []),
        (ROTATED, {}, []),
        (ROTATED, None, []),
    ],
)
def test_logs_that_are_kept_otherwise(
    make_stack: MakeStack,
    make_container: MakeContainer,
    logging: dict[str, Any] | None,
    has: dict[str, Any] | None,
    expected: list[str],
) -> None:
    """Are a finding for the driver, or for each option."""
    container = make_container(HostConfig={"RestartPolicy": {"Name": "no"}, "LogConfig": has})
    read = make_stack({"web": {"image": "a", **({"logging": logging} if logging else {})}}).services["web"]

    assert [found.aspect for found in _logs(container, read)] == expected
