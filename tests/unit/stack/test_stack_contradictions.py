"""What moby 26.1 and Compose 2.26 and 2.40 said of keys of one service beside each other."""

from typing import Any

import pytest

from stackproof.stack.conflicts import conflicts
from stackproof.stack.model import Model

BESIDE: dict[str, Any] = {
    "ports": [{"target": 80}],
    "expose": ["80"],
    "hostname": "it",
    "links": ["other"],
    "external_links": ["elsewhere:it"],
    "dns": ["10.0.0.1"],
    "extra_hosts": ["db=10.0.0.5"],
}
TAKEN: dict[str, Any] = {
    "dns_search": ["example.test"],
    "dns_opt": ["ndots:1"],
    "domainname": "example.test",
    "mac_address": "02:42:ac:11:00:99",
    "sysctls": {"net.ipv4.ip_forward": "1"},
    "uts": "host",
}


def of(made: dict[str, Any] | None = None, other: dict[str, Any] | None = None, **it: Any) -> list[str]:  # noqa: ANN401
    """Return what is refused of a service beside another one, and nothing else."""
    services = {"it": it, "other": other or {}}
    found = conflicts(Model(raw={"services": services, "networks": made or {}}))
    return [f"{conflict.at[0]}: {conflict.words}" for conflict in found.get("it", ())]


@pytest.mark.parametrize("mode", ["service:other", "container:gluetun"])
@pytest.mark.parametrize("key", BESIDE)
def test_network_of_another_container(mode: str, key: str) -> None:
    """What belongs to its owner is refused."""
    name = mode.partition(":")[2]

    assert of(network_mode=mode, **{key: BESIDE[key]}) == [
        f"{key}: no engine takes `{key}` beside `network_mode: {mode}`: that is {name}'s to say"
    ]
    assert of(network_mode=mode) == []


@pytest.mark.parametrize("key", TAKEN)
def test_what_is_taken_beside_it(key: str) -> None:
    """Some other keys of the network have no effect, or one on what is shared."""
    assert of(network_mode="service:other", **{key: TAKEN[key]}) == []


@pytest.mark.parametrize("mode", ["host", "none"])
@pytest.mark.parametrize("key", [key for key in BESIDE if "links" not in key])
def test_host_and_no_network_take_all(mode: str, key: str) -> None:
    """They ignore what means nothing there."""
    assert of(network_mode=mode, **{key: BESIDE[key]}) == []


def test_links() -> None:
    """Not on the host's network, and on the default bridge to what is there only."""
    assert of(network_mode="host", links=["other"]) == [
        "links: no engine takes `links` beside `network_mode: host`"
    ]
    assert of(network_mode="none", links=["other"]) == []
    assert of(network_mode="bridge", links=["other:db"]) == [
        "links: on the engine's default bridge it cannot link other, which is not there"
    ]
    assert of(network_mode="bridge", links=["other"], other={"network_mode": "bridge"}) == []
    assert of(links=["other"]) == []


@pytest.mark.parametrize(
    ("service", "setting", "what"),
    [
        ({"network_mode": "host"}, "net.ipv4.ip_forward", "network"),
        ({"network_mode": "service:other"}, "net.core.somaxconn", "network"),
        ({"ipc": "host"}, "kernel.shmmax", "shared memory"),
        ({"ipc": "host"}, "fs.mqueue.msg_max", "shared memory"),
        ({"uts": "host"}, "kernel.domainname", "name"),
    ],
)
def test_settings_of_the_host(service: dict[str, Any], setting: str, what: str) -> None:
    """Through a container nobody sets what is the host's; what is its own anybody does."""
    other = {"network_mode": "host"}

    assert of(other=other, sysctls={setting: "1"}, **service) == [
        f"sysctls: no engine sets {setting} where a container has the host's {what}"
    ]
    assert of(other=other, sysctls={setting: "1"}) == []


def test_name_of_the_host() -> None:
    """It cannot be given another one."""
    assert of(uts="host", hostname="it") == ["hostname: no engine takes `hostname` beside `uts: host`"]
    assert of(uts="host") == []


@pytest.mark.parametrize("name", ["host", "bridge", "none"])
def test_networks_of_the_engine_itself(name: str) -> None:
    """Compose gives a service names on each network, and these take none; nor is there a second one."""
    theirs = {"lan": {"external": True, "name": name}}
    words = f"lan is the engine's own network {name}, on which no service has a name"
    assert of(theirs, networks={"lan": None}) == [
        f"networks: {words}: only `network_mode: {name}` leads there"
    ]
    assert of({"lan": {"name": f"shop_{name}"}}, networks={"lan": None}) == []


@pytest.mark.parametrize("driver", ["host", "none", "null"])
def test_driver_of_which_there_is_one(driver: str) -> None:
    """An engine has its own."""
    assert of({"lan": {"driver": driver}}, networks={"lan": None}) == [
        f"networks: no engine makes a network of the driver {driver} for lan"
    ]
    assert of({"lan": {"driver": driver}}) == []


@pytest.mark.parametrize(
    ("said", "certain"),
    [({}, False), ({"ipc": "private"}, True), ({"ipc": "none"}, True), ({"ipc": "shareable"}, None)],
)
def test_shared_memory_that_is_not_handed_on(said: dict[str, Any], certain: bool | None) -> None:  # noqa: FBT001
    """By default an engine gives each container its own; one may be set up otherwise."""
    raw = {"services": {"it": {"ipc": "service:other"}, "other": said}}
    found = conflicts(Model(raw=raw)).get("it", [])

    assert [(one.words, one.certain) for one in found] == (
        []
        if certain is None
        else [("the shared memory of other is its own: it needs `ipc: shareable`", certain)]
    )
