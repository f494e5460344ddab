"""Who is an engine itself, and what of an engine's address a stack answers."""

import pytest
from tests.unit.conftest import MakeStack

from stackproof.stack.engine_endpoints import endpoints, runs_engine
from stackproof.stack.stack import Stack

TOLD = {"environment": {"DOCKER_HOST": "unix:///x/eng"}, "volumes": ["/srv/eng:/x/eng"]}


def web(stack: Stack) -> list[str]:
    """Return where its one service is told to find an engine."""
    return [str(one) for one in endpoints(stack.services["web"], stack.model)]


@pytest.mark.parametrize(
    "said",
    [
        {"image": "a", "command": ["sh", "-c", "ls /run/containerd ; agent"]},
        {"image": "a", "command": ["agent", "--runtime", "containerd"]},
        {"image": "a", "command": "agent --of dockerd"},
        {"image": "acme/mindind-agent"},
        {"image": "moby/buildkit-tools"},
        {"image": "a", "healthcheck": {"test": ["CMD", "dockerd", "--validate"]}},
    ],
)
def test_words_make_no_engine(make_stack: MakeStack, said: dict[str, object]) -> None:
    """Only the program that is run does, or the image's own name."""
    stack = make_stack({"web": {**TOLD, **said}})

    assert not runs_engine(stack.services["web"])
    assert web(stack) == ["unix:///x/eng"]


@pytest.mark.parametrize(
    "said",
    [
        {"image": "docker:27-dind"},
        {"image": "docker:dind-rootless"},
        {"image": "acme/runner-dind"},
        {"image": "moby/buildkit:latest"},
        {"image": "a", "command": ["dockerd", "-H", "unix:///x/own"]},
        {"image": "a", "command": ["sh", "-c", "sleep 1 && /usr/bin/dockerd -H unix:///x/own &"]},
        {"image": "a", "command": ["podman", "system", "service", "unix:///x/own"]},
    ],
)
def test_engine_is_told_of_another(make_stack: MakeStack, said: dict[str, object]) -> None:
    """Its command says where it listens; a variable of a client's is a client's there, too."""
    stack = make_stack({"web": {**TOLD, **said}})

    assert runs_engine(stack.services["web"])
    assert web(stack) == ["unix:///x/eng"]
