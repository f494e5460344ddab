"""Which ports the engine publishes of those that are written, as tried with moby 26."""

from typing import Any

import pytest

from stackproof.stack import clients, networks, public
from stackproof.stack.model import Model
from stackproof.stack.publishing import published, reachable, why_none

PORT = {"target": 80, "published": "8080"}
NETWORKS: dict[str, Any] = {
    "open": {},
    "made": None,
    "back": {"internal": True},
    "lan": {"driver": "macvlan", "driver_opts": {"parent": "eth0"}},
    "vlan": {"driver": "ipvlan", "driver_opts": {"parent": "eth0.7", "ipvlan_mode": "l2"}},
    "routed": {"driver": "ipvlan", "driver_opts": {"parent": "eth0", "ipvlan_mode": "l3s"}},
    "nowhere": {"driver": "macvlan"},
    "apart": {"driver": "macvlan", "internal": True, "driver_opts": {"parent": "eth0"}},
    "many": {"driver": "overlay"},
    "inside": {"driver": "overlay", "internal": True},
    "theirs": {"external": True, "name": "theirs"},
    "host": {"external": True, "name": "host"},
    "nothing": {"external": True, "name": "none"},
    "docker0": {"external": True, "name": "bridge"},
}

STRANGER = (
    "publishes no port: it has the network of the container gluetun of another stack, and what is open there "
    "stands where that one is written"
)


def model_of(more: dict[str, Any] | None = None, **service: Any) -> Model:  # noqa: ANN401 - any compose key
    """Return a stack in which `it` writes a port; `vpn` and `on_host` are there for others."""
    services = {"it": {"ports": [PORT], **service}, "vpn": {}, "on_host": {"network_mode": "host"}}
    return Model(raw={"services": services, "networks": {**NETWORKS, **(more or {})}})


def on(*names: str) -> dict[str, Any]:
    """Return what a service on these networks says."""
    return {"networks": dict.fromkeys(names)}


@pytest.mark.parametrize(
    "service",
    [
        {},
        on("open"),
        on("made"),
        on("back", "open"),
        on("lan", "open"),
        on("many"),
        on("theirs"),
        on("docker0"),
        {"network_mode": "bridge"},
        {"network_mode": "default"},
        {"network_mode": "a-network-of-this-engine"},
        {"network_mode": ""},
    ],
)
def test_published(service: dict[str, Any]) -> None:
    """On a bridge, beside whatever else; what an external network is, nobody knows."""
    model = model_of(**service)

    assert [str(port) for port in published(model, model.services["it"])] == ["8080:80/tcp"]
    assert why_none(model, model.services["it"]) == ""


@pytest.mark.parametrize(
    ("service", "why"),
    [
        (on("back"), "publishes no port, whatever `ports` says: back is internal"),
        (on("inside"), "publishes no port, whatever `ports` says: inside is internal"),
        (on("apart"), "publishes no port, whatever `ports` says: apart is internal"),
        (on("nowhere"), "publishes no port, whatever `ports` says: nowhere is of the driver macvlan"),
        (
            on("routed", "back"),
            "publishes no port, whatever `ports` says: back is internal, routed is of the driver ipvlan",
        ),
        (on("host"), "is on the host's network, where only a sandbox shows what listens"),
        (on("nothing"), "publishes no port: it has no network"),
        ({"network_mode": "none"}, "publishes no port: it has no network"),
        ({"network_mode": "host"}, "is on the host's network, where only a sandbox shows what listens"),
        (
            {"network_mode": "service:vpn"},
            "publishes no port: it has the network of vpn, and what is open there is judged there",
        ),
        (
            {"network_mode": "service:on_host"},
            "is on the host's network, where only a sandbox shows what listens",
        ),
        (
            {"network_mode": "container:gluetun"},
            STRANGER,
        ),
        ({"ports": []}, "publishes no port"),
    ],
)
def test_written_and_not_published(service: dict[str, Any], why: str) -> None:
    """The engine says nothing of it; where a network is another container's, it refuses them."""
    model = model_of(**service)

    assert published(model, model.services["it"]) == ()
    assert reachable(model, model.services["it"]) == ()
    assert why_none(model, model.services["it"]) == why


def test_default_network_of_the_stack() -> None:
    """It is joined by who says nothing, and may be internal, too."""
    model = model_of({"default": {"internal": True}})

    assert published(model, model.services["it"]) == ()
    assert published(model_of({"default": {}}), model.services["it"]) != ()


def test_port_written_twice_is_one() -> None:
    """So Compose has it."""
    model = model_of(ports=[PORT, PORT])

    assert len(published(model, model.services["it"])) == 1


@pytest.mark.parametrize(
    ("names", "around"),
    [
        (("lan",), "lan"),
        (("back", "vlan"), "vlan"),
        (("routed",), None),
        (("nowhere",), None),
        (("apart",), None),
        (("open",), None),
        (("theirs",), None),
    ],
)
def test_networks_around_the_host(names: tuple[str, ...], around: str | None) -> None:
    """With a parent its members are the host's neighbours; by way of another service, too."""
    model = Model(
        raw={
            "services": {"it": {"ports": [PORT], **on(*names)}, "side": {"network_mode": "service:it"}},
            "networks": NETWORKS,
        }
    )
    found = [networks.around_the_host(model, service) for service in model.services.values()]

    assert [network.key if network else None for network in found] == [around, around]
    assert (len(reachable(model, model.services["it"])) == 1) is bool(
        around or published(model, model.services["it"])
    )
    assert reachable(model, model.services["side"]) == ()
    assert clients.joined(model, model.services["side"]) == frozenset(names)


@pytest.mark.parametrize(
    ("service", "why"),
    [
        ({"image": "app", **on("lan")}, "it is on lan, a network around the host (macvlan)"),
        ({"image": "app", "ports": [], **on("lan")}, "it is on lan, a network around the host (macvlan)"),
        ({"image": "postgres", **on("lan")}, None),
        ({"ports": [{"target": 5432}], **on("lan")}, None),
        ({"image": "app", **on("back")}, None),
        ({"image": "app", **on("open")}, "publishes 8080:80/tcp"),
        ({"image": "app", **on("host")}, "it is on the host's network"),
        ({"image": "app", "ports": [], "network_mode": "service:on_host"}, None),
        ({"image": "app", "network_mode": "none"}, None),
    ],
)
def test_taken_as_public(service: dict[str, Any], why: str | None) -> None:
    """By what others reach, and not by what is only written; a datastore never is."""
    assert public.taken(model_of(**service)).get("it") == why


def test_circle_of_networks_ends() -> None:
    """Compose refuses one; nothing here runs for ever."""
    services = {"a": {"network_mode": "service:b"}, "b": {"network_mode": "service:a"}}
    model = Model(raw={"services": services})

    assert networks.owner(model, model.services["a"]).name == "b"
    assert why_none(model, model.services["a"]).startswith("publishes no port: it has the network of b")
