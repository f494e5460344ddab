"""Where a service is told to find a container engine."""

from typing import Any

import pytest

from stackproof.stack.engine_endpoints import endpoints, runs_engine
from stackproof.stack.model import Model


def told(config: str = "", **raw: object) -> list[str]:
    """Return what a service is told, as URLs."""
    used = {"configs": [{"source": "own", "target": "/etc/own"}]} if config else {}
    model = Model(raw={"services": {"web": {**used, **raw}}, "configs": {"own": {"content": config}}})
    return [str(one) for one in endpoints(model.services["web"], model)]


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("DOCKER_HOST", "unix:///e", ["unix:///e"]),
        ("CONTAINER_HOST", "unix:/e", ["unix:///e"]),
        ("CONTAINERD_ADDRESS", "/e", ["unix:///e"]),
        ("CONTAINER_RUNTIME_ENDPOINT", "unix:///e", ["unix:///e"]),
        ("IMAGE_SERVICE_ENDPOINT", "/e", ["unix:///e"]),
        ("TRAEFIK_PROVIDERS_DOCKER_ENDPOINT", "unix:///e", ["unix:///e"]),
        ("DIUN_PROVIDERS_DOCKER_ENDPOINT", "unix:///e", ["unix:///e"]),
        ("WOODPECKER_BACKEND_DOCKER_HOST", "unix:///e", ["unix:///e"]),
        ("DD_CRI_SOCKET_PATH", "/e", ["unix:///e"]),
        ("DOCKER_SOCK", "/e", ["unix:///e"]),
        ("WUD_WATCHER_LOCAL_SOCKET", "/e", ["unix:///e"]),
        ("CADDY_DOCKER_SOCKETS", "unix:///a,unix:///b", ["unix:///a", "unix:///b"]),
        ("JAVA_OPTS", "-Xmx1g -Ddocker.host=unix:///e", ["unix:///e"]),
        ("DOCKER_HOST", "tcp://user@engine.example:2376", ["tcp://engine.example:2376"]),
        ("DOCKER_HOST", "tcp://[fd00::1]:2375", ["tcp://[fd00::1]:2375"]),
        ("DOCKER_HOST", "ssh://ops@engine.example", ["ssh://engine.example"]),
        ("DOZZLE_REMOTE_HOST", "tcp://a:2375|nas,tcp://b:2375", ["tcp://a:2375", "tcp://b:2375"]),
        ("ANY", "http://a:2375/containers/json", ["http://a:2375"]),
        ("DOCKER_HOST", "192.168.1.5", []),
        ("DOCKER_HOST_IP", "192.168.1.5:2375", []),
        ("DOCKER_CONFIG", "/e", []),
        ("DOCKER_CERT_PATH", "/e", []),
        ("DOCKER_DATA_DIR", "/e", []),
        ("CONTAINER_URL", "tcp://store.example:9000", []),
        ("DOCKER_MYSQL_HOST", "tcp://db.example:3306", []),
        ("DOCKER_REGISTRY_URL", "https://registry.example:5000", []),
        ("APP_SOCKET", "unix:///e", []),
        ("DEPLOY_URL", "ssh://ops@prod.example", []),
        ("PORT", "tcp://a:23750", []),
    ],
)
def test_variable(name: str, value: str, found: list[str]) -> None:
    """By its name, and by the numbers of Docker's API."""
    assert told(environment={name: value}) == found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--providers.docker.endpoint=unix:///e"], ["unix:///e"]),
        (["--container-runtime-endpoint", "unix:///e"], ["unix:///e"]),
        (["--containerd=/e.sock"], ["unix:///e.sock"]),
        (["--crio", "unix:///e"], ["unix:///e"]),
        (["sh", "-c", "docker -H unix:///e ps"], ["unix:///e"]),
        (["sh", "-c", "DOCKER_HOST=unix:///e ./deploy"], ["unix:///e"]),
        (["crictl", "-r", "unix:///e", "ps"], ["unix:///e"]),
        (["docker", "-H", "tcp://a:2375", "ps"], ["tcp://a:2375"]),
        (["serve", "--listen", "unix:///e"], []),
        (["serve", "--host", "unix:///e"], []),
        (["dockerd", "-H", "unix:///e", "-H", "tcp://0.0.0.0:2375"], []),
        (["podman", "system", "service", "unix:///e"], []),
        (["buildkitd", "--addr", "unix:///e"], []),
    ],
)
def test_command(words: list[str], found: list[str]) -> None:
    """By the option, or by the program that has it; not where an engine listens itself."""
    assert told(command=words) == found


def test_health_check() -> None:
    """What asks an engine how it is holds it, too."""
    assert told(healthcheck={"test": ["CMD-SHELL", "docker -H unix:///e info"]}) == ["unix:///e"]


def test_image_tells_what_an_option_means() -> None:
    """`--host` is an engine's address to Portainer, and nobody knows what to others."""
    assert told(image="portainer/portainer-ce:2", command=["-H", "unix:///e"]) == ["unix:///e"]
    assert told(image="acme/app:1.4", command=["-H", "unix:///e"]) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('[[inputs.docker]]\n  endpoint = "unix:///e"\n', ["unix:///e"]),
        ("- docker_sd_configs:\n  - host: unix:///e\n", ["unix:///e"]),
        ("container:\n  docker_host: unix:///e\n", ["unix:///e"]),
        ("sources:\n  it: {type: docker_logs, docker_host: 'tcp://a:2375'}\n", ["tcp://a:2375"]),
        ("listen:\n  host: unix:///e\n", []),
    ],
)
def test_config(text: str, found: list[str]) -> None:
    """What a config that it mounts says, where an engine is named."""
    assert told(text) == found


@pytest.mark.parametrize(
    ("raw", "is_one"),
    [
        ({"image": "docker:27-dind"}, True),
        ({"image": "moby/buildkit:v0.19"}, True),
        ({"image": "acme/engine", "command": ["/usr/bin/dockerd", "--tls=false"]}, True),
        ({"image": "quay.io/podman/stable", "command": ["podman", "system", "service"]}, True),
        ({"image": "docker:27-cli"}, False),
        ({"image": "acme/app", "command": ["--containerd=/e.sock"]}, False),
    ],
)
def test_engine_itself(raw: dict[str, Any], *, is_one: bool) -> None:
    """What it is told is where it listens."""
    assert runs_engine(Model(raw={"services": {"web": raw}}).services["web"]) is is_one
