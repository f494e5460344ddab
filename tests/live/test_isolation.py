"""A sandbox joins nothing of the engine that it was not given: proven beside a live stack."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.live.running import LOOKS, Lab, docker

from stackproof.engine import engine
from stackproof.errors import StackError
from stackproof.sandbox.sandbox import Sandbox
from stackproof.settings import Settings

SLEEPER = "image: 'busybox:1.36', command: [sleep, '1000'], init: true"


@dataclass(frozen=True)
class Live:
    """A live network with one container on it."""

    network: str
    container: str

    def members(self) -> set[str]:
        """Names of all containers on the network."""
        (found,) = engine.inspect("network", [self.network])
        return {member["Name"] for member in found["Containers"].values()}


@pytest.fixture
def live(lab: Lab) -> Iterator[Live]:
    """A container that answers to `db` on a network of its own, as a live stack's does."""
    name = f"stackproof-live-{lab.id}-net"
    docker("network", "create", name)
    lab.undo("network", "rm", name)
    container = f"{name}-db"
    docker("run", "-d", "--name", container, "--network", name, "--network-alias", "db",
           "redis:7-alpine")  # fmt: skip
    lab.undo("rm", "-fv", container)
    found = Live(network=name, container=container)
    yield found
    assert found.members() == {container}, "somebody stayed on the live network"


def says(sandbox: Sandbox, command: str) -> str:
    """Run a shell command in the first container; return what it says, on both streams."""
    container = sandbox.containers()[0].id
    done = engine.execute(container, ["sh", "-c", command], check=False)
    return (done.stdout + done.stderr).strip()


ASK = "echo PING | nc -w 2 db 6379"


def test_external_network_is_joined_only_when_it_is_named(lab: Lab, live: Live) -> None:
    """By default the sandbox has a network of its own; `--allow-network` with its name joins the live one."""
    compose = (
        f"services: {{app: {{{SLEEPER}, networks: [theirs]}}}}\n"
        f"networks: {{theirs: {{external: true, name: {live.network}}}}}\n"
    )
    folder = lab.stack("app", compose)

    assert "+PONG" not in says(lab.sandbox(folder), ASK)
    assert live.members() == {live.container}
    joined = lab.sandbox(folder, opened=Settings(allow_network=(live.network,)))
    assert "+PONG" in says(joined, ASK)
    assert len(live.members()) == 2
    joined.close()


def test_network_by_name_as_mode(lab: Lab, live: Live) -> None:
    """Compose hands any word on to the engine; the message names the network and the option."""
    folder = lab.stack("app", f"services: {{app: {{{SLEEPER}, network_mode: {live.network}}}}}\n")

    with pytest.raises(StackError, match=f"--allow-network {live.network}"):
        lab.sandbox(folder)
    assert lab.left().keys() <= {"run folder"}
    sandbox = lab.sandbox(folder, opened=Settings(allow_network=(live.network,)))
    # Aliases of a user's network need the container's own endpoint; its address is enough.
    address = engine.inspect("container", [live.container])[0]["NetworkSettings"]["Networks"][live.network]
    assert "+PONG" in says(sandbox, f"echo PING | nc -w 2 {address['IPAddress']} 6379")
    sandbox.close()


def test_engines_own_bridge_is_not_joined(lab: Lab) -> None:
    """Everybody without a network is on docker0; a sandbox is on a network of its own."""
    folder = lab.stack("app", f"services: {{app: {{{SLEEPER}, network_mode: bridge}}}}\n")

    (container,) = lab.sandbox(folder).containers()

    networks = container.data["NetworkSettings"]["Networks"]
    assert [name for name in networks if name == "bridge"] == []
    assert [name.startswith("stackproof-") for name in networks] == [True]


def test_nested_binds_share_their_files(lab: Lab) -> None:
    """What one service writes below its folder, another finds; the author's folder stays as it was."""
    compose = f"""
services:
  writer: {{{SLEEPER}, volumes: ["./app:/app"]}}
  reader: {{{SLEEPER}, volumes: ["./app/public:/pub:ro"]}}
"""
    folder = lab.stack("nested", compose)
    (folder / "app" / "public").mkdir(parents=True)
    sandbox = lab.sandbox(folder)

    engine.execute(sandbox.container("writer").id, ["sh", "-c", "echo hello > /app/public/page"])

    assert engine.execute(sandbox.container("reader").id, ["cat", "/pub/page"]).stdout == "hello\n"
    assert list((folder / "app" / "public").iterdir()) == []


def test_discovery_that_an_image_brings(lab: Lab) -> None:
    """Labels and variables by which proxies find containers are empty or gone in the sandbox."""
    dockerfile = (
        "FROM busybox:1.36\nLABEL traefik.enable=true traefik.http.routers.x.rule=PathPrefix(`/`) owner=me\n"
        "ENV VIRTUAL_HOST=shop.example.com OTHER=1\n"
    )
    compose = "services: {app: {build: ., command: [sleep, '1000'], init: true}}\n"
    folder = lab.stack("image", compose, Dockerfile=dockerfile)

    (container,) = lab.sandbox(folder).containers()

    config = container.data["Config"]
    assert config["Labels"]["traefik.enable"] == "false"
    assert config["Labels"]["traefik.http.routers.x.rule"] == ""
    assert config["Labels"]["owner"] == "me"
    # Without a value: the engine sets none, and proxies take none for no host.
    assert [word for word in config["Env"] if "VIRTUAL" in word] == ["VIRTUAL_HOST"]
    assert "OTHER=1" in config["Env"]


def test_key_that_is_not_known_ends_the_run(lab: Lab) -> None:
    """A driver option that nobody knows: exit code 4, the place and the option; `--allow-key` passes it."""
    compose = (
        f"services:\n  app: {{{SLEEPER}, networks: [n]}}\nnetworks:\n  n:\n    driver_opts:\n"
        "      com.example.tomorrow: '1'\n"
    )
    folder = lab.stack("unknown", compose)
    key = "networks.n.driver_opts.com.example.tomorrow"

    refused = lab.check(folder, "--select", LOOKS, workers=0)
    allowed = lab.check(folder, "--select", LOOKS, "--allow-key", key, workers=0)

    assert refused.code == 4
    place = f"{folder}/compose.yml:6: n (driver_opts.com.example.tomorrow)"
    assert f"{place} is an option of networks" in refused.output
    assert f"--allow-key {key}" in refused.output
    assert allowed.code == 0, allowed.output
    (stack,) = allowed.results["stacks"]
    assert any(note.startswith(f"open by --allow-key {key}") for note in stack["notes"])
