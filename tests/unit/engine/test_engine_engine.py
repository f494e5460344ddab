"""Who the engine is."""

from typing import Any

import pytest

from stackproof.engine import engine
from stackproof.engine.engine import Engine

INFO: dict[str, Any] = {
    "OperatingSystem": "Debian GNU/Linux 12",
    "KernelVersion": "6.1.0",
    "Driver": "overlay2",
    "CgroupVersion": "2",
    "LoggingDriver": "json-file",
    "LiveRestoreEnabled": False,
    "Swarm": {"LocalNodeState": "inactive"},
    "SecurityOptions": ["name=seccomp,profile=builtin"],
    "HttpProxy": "http://user:password@proxy:3128",
}


def of(api: str = "1.45", **info: Any) -> Engine:  # noqa: ANN401 - docker info
    """Return an engine."""
    return Engine(version={"Server": {"Version": "26.1.5", "ApiVersion": api}}, info=info, compose="2.26.1")


@pytest.mark.parametrize(
    ("api", "knows"), [("1.41", False), ("1.43", False), ("1.44", True), ("1.50", True), ("2.0", True)]
)
def test_api_compares_as_numbers(api: str, knows: bool) -> None:  # noqa: FBT001 - a case
    """1.9 is older than 1.44."""
    assert of(api).knows_start_intervals is knows


def test_environment() -> None:
    """What the report's environment block shows."""
    found = of(**INFO).environment()

    assert found["version"] == "26.1.5"
    assert found["api"] == "1.45"
    assert found["swarm"] == "inactive"
    assert found["security options"] == ["name=seccomp,profile=builtin"]


def test_environment_of_an_engine_that_says_little() -> None:
    """Podman leaves out much."""
    found = of().environment()

    assert found["security options"] == []
    assert found["swarm"] is None


def test_secrets_of_the_engine_are_not_shown() -> None:
    """`docker info` holds proxies with passwords."""
    found = of(**INFO)

    assert "password" not in repr(found)
    assert "password" not in str(found.environment())


def test_nothing_to_ask_costs_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty list of names would make docker complain."""
    monkeypatch.setenv("PATH", "")

    assert engine.inspect("container", []) == []
    engine.remove("volume", [])


@pytest.mark.parametrize(
    ("address", "elsewhere"),
    [
        ("unix:///var/run/docker.sock", False),
        ("unix:///home/me/.docker/run/docker.sock", False),
        ("npipe:////./pipe/docker_engine", False),
        ("tcp://127.0.0.1:2375", False),
        ("tcp://localhost:2375", False),
        ("tcp://[::1]:2376", False),
        ("", False),
        ("tcp://10.1.2.3:2376", True),
        ("tcp://[fd00::1]:2376", True),
        ("tcp://docker:2375", True),
        ("ssh://me@build.example:22", True),
    ],
)
def test_engine_elsewhere(address: str, elsewhere: bool) -> None:  # noqa: FBT001 - a case
    """Only an engine of this machine publishes on our loopback."""
    assert engine.is_elsewhere(address) is elsewhere
