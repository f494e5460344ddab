"""Which services one `up` starts together where profiles are alternatives, and what then conflicts."""

from typing import Any

import pytest

from stackproof.stack.conflicts import conflicts
from stackproof.stack.model import Model

Raw = dict[str, Any]
CPU, GPU = {"profiles": ["cpu"]}, {"profiles": ["gpu"]}
BOTH = {"profiles": ["cpu", "gpu"]}


def model(services: Raw, *default: str, networks: Raw | None = None) -> Model:
    """Return a stack whose profiles are alternatives, and those of a plain `up`."""
    raw = {"services": services, "networks": networks or {}}
    return Model(raw=raw, default_profiles=frozenset(default))


def needing(*names: str, required: bool = True) -> Raw:
    """Return an edge to each service."""
    return {"depends_on": {name: {"condition": "service_started", "required": required} for name in names}}


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ({}, {}, True),
        (CPU, {}, True),
        ({}, GPU, True),
        (CPU, CPU, True),
        (CPU, BOTH, True),
        (CPU, GPU, False),
        (CPU | needing("b"), GPU, True),
        (CPU, GPU | needing("a"), True),
        (CPU | needing("b", required=False), GPU, False),
        (CPU | {"network_mode": "service:b"} | needing("b"), GPU, True),
        (CPU | {"build": {"additional_contexts": {"base": "service:b"}}}, GPU, True),
        (CPU | {"build": {"additional_contexts": {"base": "./b"}}}, GPU, False),
        (CPU | needing("gone"), GPU, False),
    ],
)
def test_two(one: Raw, other: Raw, *, together: bool) -> None:
    """Both have no profile, share one, one has none, or one cannot do without the other."""
    found = model({"a": one, "b": other})

    assert found.together("a", "b") is found.together("b", "a") is together


def test_service_in_between() -> None:
    """What a service needs may be behind a profile that has others, too, and need more itself."""
    found = model({
        "a": CPU | needing("b"),
        "b": {"profiles": ["data"]} | needing("c"),
        "c": {"profiles": ["net"]},
        "beside": {"profiles": ["data"]},
        "far": GPU,
    })  # fmt: skip

    assert [one.services for one in found.starts] == [
        frozenset(),
        {"a", "b", "c", "beside"},
        {"b", "c", "beside"},
        {"far"},
        {"c"},
    ]
    assert found.starts[1].profiles == {"cpu", "data", "net"}


def test_without_a_profile() -> None:
    """A plain `up` of a service without one needs the profile of what it depends on."""
    found = model({"web": needing("db"), "db": {"profiles": ["data"]}, "far": GPU})

    assert [one.services for one in found.starts] == [{"web", "db"}, {"web", "db", "far"}]


def test_first_of_several_profiles() -> None:
    """Any of them would do, unless one is enabled already."""
    services = {"a": CPU | needing("b"), "b": {"profiles": ["x", "y"]}, "x": {"profiles": ["x"]}}

    assert model(services).together("a", "x")
    assert not model(services | {"b": {"profiles": ["cpu", "x"]}}).together("a", "x")


@pytest.mark.parametrize(("default", "together"), [((), False), (("cpu", "gpu"), True), (("*",), True)])
def test_profiles_of_a_plain_up(default: tuple[str, ...], *, together: bool) -> None:
    """COMPOSE_PROFILES in the shell or in .env enables several at once."""
    assert model({"a": CPU, "b": GPU}, *default).together("a", "b") is together


def test_enabled_profiles() -> None:
    """Where they were named, all that is here starts together."""
    assert Model(raw={"services": {"a": CPU, "b": GPU}}).together("a", "b")


def port(published: str) -> Raw:
    """Return what publishes a port."""
    return {"ports": [{"target": 80, "published": published, "protocol": "tcp"}]}


SUBNETS = {
    name: {"ipam": {"config": [{"subnet": "10.5.0.0/24"}, {"subnet": "fd00::/64"}]}} for name in ("x", "y")
}
PAIRS = {
    "port": (port("80"), port("80")),
    "range that is taken": (port("80-81"), {"deploy": {"replicas": 2}} | port("80-81")),
    "range that races": (port("80-89"), port("80")),
    "name": ({"container_name": "one"}, {"container_name": "one"}),
    "address": ({"networks": {"x": {"ipv4_address": "10.5.0.9"}}},) * 2,
    "IPv6 address": ({"networks": {"x": {"ipv6_address": "fd00::9"}}},) * 2,
    "hardware address": ({"networks": {"x": {"mac_address": "02:00:00:00:00:01"}}},) * 2,
    "subnet": ({"networks": {"x": None}}, {"networks": {"y": None}}),
}


@pytest.mark.parametrize("kind", PAIRS)
def test_conflict_of_two(kind: str) -> None:
    """Each kind counts for what one `up` starts, and for no other two."""
    one, other = PAIRS[kind]
    known = conflicts(model({"a": one, "b": other}, networks=SUBNETS))

    assert known
    assert conflicts(model({"a": one | CPU, "b": other}, networks=SUBNETS)) == known
    assert conflicts(model({"a": one | BOTH, "b": other | GPU}, networks=SUBNETS)) == known
    assert conflicts(model({"a": one | CPU, "b": other | GPU}, networks=SUBNETS)) == {}


def test_port_of_two_alternatives() -> None:
    """Who is beside both of them is told of both."""
    services = {"a": CPU | port("80"), "b": GPU | port("80"), "z": port("80")}
    (found,) = conflicts(model(services))["z"]

    assert found.words == "host port 80:80/tcp is also asked for by a, b"


def test_address_of_the_second_owner() -> None:
    """The first one is an alternative, the second is not."""
    fixed = {"networks": {"x": {"ipv4_address": "10.5.0.9"}}}
    services = {"a": CPU | fixed, "b": GPU | fixed, "c": {"profiles": ["gpu"]} | fixed}
    found = conflicts(model(services, networks=SUBNETS))

    assert {name: [one.words for one in several] for name, several in found.items()} == {
        "c": ["address 10.5.0.9 on x is also the address of b"]
    }


def test_scaled() -> None:
    """Replicas leave the profiles what they are."""
    assert not model({"a": CPU, "b": GPU}).scaled("a", 3).together("a", "b")


@pytest.mark.parametrize("key", ["network_mode", "pid", "ipc"])
def test_container_of_an_alternative(key: str) -> None:
    """Of two services with one name the one counts that is beside."""
    named = {"container_name": "vpn"}
    services = {
        "a": CPU | named,
        "b": GPU | named,
        "on-a": CPU | {key: "container:vpn", "volumes_from": ["container:vpn:ro"]},
        "on-b": GPU | {key: "container:vpn", "volumes_from": ["container:vpn"]},
    }
    found = model(services).services

    assert [found[name].raw[key] for name in ("on-a", "on-b")] == ["service:a", "service:b"]
    assert [found[name].raw["volumes_from"] for name in ("on-a", "on-b")] == [["a:ro"], ["b"]]
