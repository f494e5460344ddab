"""By which socket a mount gives control of an engine."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.unit.conftest import MakeStack

from stackproof.controls import catalogue
from stackproof.isolation import host_paths
from stackproof.outcomes.judging import judge
from stackproof.outcomes.model import Outcome, Severity
from stackproof.rules.running import rulings
from stackproof.stack.stack import Stack

LATER = " as soon as an engine listens there"
Listen = Callable[[str], None]


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host of its own, on which engines listen below `run`."""
    (tmp_path / "run").mkdir()
    there = (str(tmp_path / "run" / "docker.sock"), str(tmp_path / "run" / "podman" / "podman.sock"))
    monkeypatch.setattr(host_paths, "_LISTENING", there)
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "run").symlink_to(tmp_path / "run")
    return tmp_path


@pytest.fixture
def listen(host: Path) -> Iterator[Listen]:
    """Return a function that has somebody listen on a socket below it."""
    with ExitStack() as opened:

        def start(path: str) -> None:
            (host / path).parent.mkdir(exist_ok=True)
            opened.enter_context(socket.socket(socket.AF_UNIX)).bind(str(host / path))

        yield start


def found(stack: Stack) -> list[Outcome]:
    """Return what the rule says."""
    entry = catalogue.entries()["no-docker-socket"]
    return [
        outcome
        for ruling in rulings(stack, [entry], NotImplemented)
        for outcome in judge(ruling.control, ruling.subject, ruling.said, fail_on=Severity.INFO)
    ]


def mounting(host: Path, source: str) -> dict[str, Any]:
    """Return a service that mounts a path of the host."""
    return {"volumes": [{"type": "bind", "source": str(host / source), "target": "/host"}]}


@pytest.mark.parametrize(
    ("listening", "source", "which"),
    [
        # As case 11 has it: a folder, by the link that everybody writes.
        (["run/docker.sock"], "var/run", "which holds the engine's socket {host}/run/docker.sock"),
        (["run/docker.sock", "run/a.sock"], "run", "which holds the engine's socket {host}/run/docker.sock"),
        (
            ["run/docker.sock", "run/podman/podman.sock"],
            "run",
            "which holds the engine's sockets {host}/run/docker.sock and {host}/run/podman/podman.sock",
        ),
        (["user/crio.sock"], "user", "which holds the engine's socket {host}/user/crio.sock"),
        (["run/docker.sock"], "run/docker.sock", "which is the engine's socket"),
        (["run/docker.sock"], "var/run/docker.sock", "which is the engine's socket {host}/run/docker.sock"),
        ([], "run/docker.sock", "which is the engine's socket"),
        (
            [],
            "run/podman",
            "which holds the engine's socket {host}/run/podman/podman.sock" + LATER,
        ),
        (
            ["run/a.sock"],
            "var/run",
            "which holds the engine's sockets {host}/run/docker.sock and {host}/run/podman/podman.sock"
            + LATER,
        ),
        # Not all of a large folder is looked through.
        (
            ["a/1.sock", "a/2.sock", "a/3.sock", "run/podman/podman.sock"],
            "",
            "which holds the engine's socket {host}/run/podman/podman.sock",
        ),
        (
            ["run/a.sock"],
            "run/a.sock",
            "which is a socket of the host; its name does not tell whether an engine listens there",
        ),
        (["lxd/unix.socket"], "lxd/unix.socket", "which is the engine's socket"),
        (["lxd/unix.socket"], "lxd", "which holds the engine's socket {host}/lxd/unix.socket"),
    ],
)
def test_socket_is_named(  # noqa: PLR0913, PLR0917 - the cases
    make_stack: MakeStack, host: Path, listen: Listen, listening: list[str], source: str, which: str
) -> None:
    """Whoever reads of a folder must know what in it is meant."""
    for path in listening:
        listen(path)

    (outcome,) = found(make_stack({"web": mounting(host, source)}))

    assert outcome.outcome == "fail"
    assert outcome.message == f"web mounts {host / source}, {which.format(host=host)}"
    assert outcome.aspect == str(host / source)


@pytest.mark.parametrize("source", ["data", "var", "run/podman.d"])
def test_folder_that_holds_none(make_stack: MakeStack, host: Path, listen: Listen, source: str) -> None:
    """A link in it leads nowhere from a container, and other sockets are no engine's."""
    listen("data/a.sock")

    assert [one.outcome for one in found(make_stack({"web": mounting(host, source)}))] == ["pass"]


@pytest.mark.parametrize(
    "path",
    [
        "ssh-XyZ/agent.4711", "ssh-auth.sock", "S.gpg-agent.ssh", "mysqld.sock", ".s.PGSQL.5432",
        "redis.sock", "php8.3-fpm.sock",
    ],
)  # fmt: skip
def test_socket_of_a_known_name(make_stack: MakeStack, host: Path, listen: Listen, path: str) -> None:
    """No engine listens there: who uses keys is told by another rule, and datastores ask who comes."""
    listen(path)

    assert [one.outcome for one in found(make_stack({"web": mounting(host, path)}))] == ["pass"]


@pytest.mark.parametrize(
    ("name", "value", "severity"),
    [
        ("DOCKER_HOST", "unix://{host}/run/a.sock", "critical"),
        ("SSH_AUTH_SOCK", "{host}/run/a.sock", None),
        ("DOCKER_HOST", "unix://{host}/run/b.sock", "medium"),
    ],
)
def test_socket_is_what_the_user_takes_it_for(  # noqa: PLR0913, PLR0917 - the cases
    make_stack: MakeStack,
    host: Path,
    listen: Listen,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    severity: str | None,
) -> None:
    """A file that mounts `${SSH_AUTH_SOCK}` has it of the shell."""
    listen("run/a.sock")
    monkeypatch.setenv(name, value.format(host=host))

    (told,) = found(make_stack({"web": mounting(host, "run/a.sock")}))

    assert (told.severity if told.outcome == "fail" else None) == severity


@pytest.mark.parametrize(
    ("environment", "severities"),
    [
        ({}, ["medium"]),
        ({"DOCKER_HOST": "unix:///host"}, ["critical"]),
        ({"CONTAINER_HOST": "unix:///host"}, ["critical"]),
        ({"DOCKER_HOST": "tcp://proxy:2375"}, ["medium"]),
        ({"SSH_AUTH_SOCK": "/host"}, [None]),
        ({"SSH_AUTH_SOCK": "/other"}, ["medium"]),
    ],
)
def test_socket_is_what_a_service_takes_it_for(
    make_stack: MakeStack,
    host: Path,
    listen: Listen,
    environment: dict[str, str],
    severities: list[str | None],
) -> None:
    """Its name says nothing, and the variable by which programs find it does."""
    listen("run/a.sock")
    stack = make_stack({"web": mounting(host, "run/a.sock") | {"environment": environment}})

    told = [one.severity if one.outcome == "fail" else None for one in found(stack)]

    assert told == severities
