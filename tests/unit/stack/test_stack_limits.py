"""What a compose file limits."""

from typing import Any

import pytest

from stackproof.stack import limits
from stackproof.stack.keys import KeyPath
from stackproof.stack.service import Service


def service(**raw: Any) -> Service:  # noqa: ANN401 - a service
    """Return a service of a model."""
    return Service(name="app", raw=raw)


def deploy(**limited: Any) -> dict[str, Any]:  # noqa: ANN401 - limits
    """Return limits of a deployment."""
    return {"resources": {"limits": limited}}


@pytest.mark.parametrize(
    ("raw", "places", "expected"),
    [
        ({}, limits.MEMORY, None),
        ({"mem_limit": "536870912"}, limits.MEMORY, 536870912),
        ({"mem_limit": "0"}, limits.MEMORY, None),
        ({"mem_limit": "1.5g"}, limits.MEMORY, 1.5),
        ({"mem_limit": "0m"}, limits.MEMORY, None),
        ({"mem_limit": -1}, limits.MEMORY, None),
        ({"deploy": deploy(memory="1024"), "mem_limit": "512"}, limits.MEMORY, 1024),
        ({"deploy": {"resources": None}}, limits.MEMORY, None),
        ({"deploy": {"resources": {"reservations": {"memory": "5"}}}}, limits.MEMORY, None),
        ({"cpus": 0.5}, limits.CPUS, 0.5),
        ({"cpu_quota": 50000}, limits.CPUS, 50000),
        ({"cpu_quota": -1, "cpu_shares": 512, "cpuset": "0"}, limits.CPUS, None),
        ({"deploy": deploy(cpus="1.5")}, limits.CPUS, 1.5),
        ({"pids_limit": 0}, limits.PIDS, None),
        ({"pids_limit": -1, "deploy": deploy(pids=10)}, limits.PIDS, 10),
    ],
)
def test_limit(raw: dict[str, Any], places: tuple[KeyPath, ...], expected: float | None) -> None:
    """Only what is positive is one; what was reserved or shared is none."""
    assert limits.limit(service(**raw), places) == expected


def test_limit_in_evidence() -> None:
    """Bytes are counted, and have no part behind a point."""
    assert str(limits.limit(service(mem_limit="536870912"), limits.MEMORY)) == "536870912"
    assert str(limits.limit(service(cpus=0.5), limits.CPUS)) == "0.5"


@pytest.mark.parametrize(
    ("raw", "below"),
    [
        ({}, ""),
        ({"deploy": {}}, ""),
        ({"deploy": {"resources": None}}, ""),
        ({"deploy": {"resources": {"reservations": {"memory": "5"}}}}, ""),
        ({"deploy": {"resources": {"limits": {}}}}, "deploy.resources.limits"),
        ({"deploy": deploy(cpus="1")}, "deploy.resources.limits"),
    ],
)
def test_where_a_limit_belongs(raw: dict[str, Any], below: str) -> None:
    """Beside the block of limits Compose takes none, also where it is empty."""
    assert limits.belongs_below(service(**raw)) == below


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"restart": "on-failure"}, (None, ("restart",))),
        ({"restart": "on-failure:3"}, (3, ("restart",))),
        ({"restart": "on-failure:0"}, (None, ("restart",))),
        ({"deploy": {"restart_policy": {"condition": "on-failure"}}}, (None, ("deploy", "restart_policy"))),
        (
            {"restart": "on-failure:3", "deploy": {"restart_policy": {"max_attempts": 7}}},
            (7, ("deploy", "restart_policy", "max_attempts")),
        ),
    ],
)
def test_retries(raw: dict[str, Any], expected: tuple[int | None, KeyPath]) -> None:
    """Of two that of `deploy` counts; 0 is as often as it fails."""
    assert limits.retries(service(**raw)) == expected


def test_ulimits() -> None:
    """One number is both."""
    found = limits.ulimits(service(ulimits={"nofile": 10, "nproc": {"soft": 1, "hard": -1}}))

    assert [(one.name, one.soft, one.hard) for one in found] == [("nofile", 10, 10), ("nproc", 1, -1)]
