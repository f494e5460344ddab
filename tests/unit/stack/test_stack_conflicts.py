"""What two containers of a stack cannot both have."""

from typing import Any

import pytest

from stackproof.stack.conflicts import conflicts
from stackproof.stack.model import Model

Raw = dict[str, Any]
ALL = "0.0.0.0"  # noqa: S104 - compared, not bound


def port(published: str, host_ip: str = "", target: int = 80, protocol: str = "tcp") -> Raw:
    """Return a published port as Compose resolves it."""
    return {"target": target, "published": published, "host_ip": host_ip, "protocol": protocol}


def of(networks: Raw | None = None, **services: Raw) -> dict[str, list[str]]:
    """Return the conflicts of a stack."""
    found = conflicts(Model(raw={"services": services, "networks": networks or {}}))
    return {service: [conflict.words for conflict in several] for service, several in found.items()}


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ([port("80")], [port("80")]),
        ([port("80")], [port("80", "127.0.0.1")]),
        ([port("80", "::")], [port("80")]),
        ([port("80", "10.0.0.1")], [port("80", "10.0.0.1", target=90)]),
        ([port("53", protocol="udp")], [port("53", protocol="udp")]),
        ([port("8000"), port("8001")], [port("8000-8001")]),
        ([port("80", ALL)], [port("80", "127.0.0.1")]),
        ([port("80", ALL)], [port("80")]),
        ([port("80", "::1")], [port("80")]),
        ([port("80", "::")], [port("80", "fd00::1")]),
        ([port("80", "::1")], [port("80", "0:0::1")]),
        ([port("80", "::ffff:127.0.0.1")], [port("80", "127.0.0.1")]),
        ([port("80", "localhost")], [port("80", "10.0.0.1")]),
    ],
)
def test_same_host_port(one: list[Raw], two: list[Raw]) -> None:
    """Every address holds any single one; a range has no room when all its numbers are taken."""
    found = of(one={"ports": one}, two={"ports": two})

    assert len(found) == 1
    assert all("is also asked for by" in words for several in found.values() for words in several)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ([port("80")], [port("81")]),
        ([port("80", "10.0.0.1")], [port("80", "10.0.0.2")]),
        ([port("53", protocol="udp")], [port("53")]),
        ([port("80", ALL)], [port("80", "::")]),
        ([port("80", ALL)], [port("80", "::1")]),
        ([port("80", "::")], [port("80", "127.0.0.1")]),
        ([port("80", "127.0.0.1")], [port("80", "127.0.0.2")]),
        ([port("8001")], [port("8000-8001")]),
        ([port("8000-8001")], [port("8001")]),
        ([port("8000-8001")], [port("8000", protocol="udp")]),
        ([port("")], [port("")]),
        ([port("0")], [port("0")]),
        ([port("80"), port("80")], []),
    ],
)
def test_room_for_both(one: list[Raw], two: list[Raw]) -> None:
    """Another number, address or protocol, a range with room, a number that the engine chooses."""
    assert of(one={"ports": one}, two={"ports": two}) == {}


def test_range_that_may_take_what_another_asks_for() -> None:
    """The engine begins with the first number of a range, for each of its containers."""
    words = "host port 8000-8009:80/tcp may be given {}, which db asks for: whoever starts first has it"
    web = {"ports": [port("8000-8009")]}

    assert of(web=web, db={"ports": [port("8000")]}) == {"web": [words.format(8000)]}
    assert of(web=web | {"scale": 3}, db={"ports": [port("8002")]}) == {"web": [words.format(8002)]}
    assert of(web=web | {"scale": 2}, db={"ports": [port("8002")]}) == {}
    found = conflicts(Model(raw={"services": {"web": web, "db": {"ports": [port("8000")]}}}))
    assert [conflict.certain for conflict in found["web"]] == [False]


def test_hardware_addresses() -> None:
    """The engine takes the same one twice, and then neither container hears the other."""
    mac = {"networks": {"lan": {"mac_address": "02:42:AC:11:00:99"}}}
    old = {"networks": {"lan": None}, "mac_address": "02-42-ac-11-00-99"}

    assert of(one=mac, two=old) == {
        "two": ["mac_address 02:42:ac:11:00:99 on lan is also the address of one"]
    }
    assert of(one=old | {"scale": 2}) == {
        "one": ["mac_address 02:42:ac:11:00:99 can belong to one of 2 containers only"]
    }
    assert of(one=mac, two={"networks": {"wan": {"mac_address": "02:42:ac:11:00:99"}}}) == {}
    assert of(one=old | {"networks": {"lan": None, "wan": None}, "scale": 2}) == {}


def test_replicas_of_one_service() -> None:
    """A single number cannot be had three times; three numbers can."""
    assert of(web={"ports": [port("80")], "scale": 3}) == {
        "web": ["host port 80:80/tcp is also asked for by another container of web"]
    }
    assert of(web={"ports": [port("80-82")], "deploy": {"replicas": 3}}) == {}
    assert len(of(web={"ports": [port("80-81")], "deploy": {"replicas": 3}})) == 1


def test_same_service_twice_on_one_number() -> None:
    """Every address and loopback are the same port to the engine."""
    assert list(of(web={"ports": [port("80"), port("80", "127.0.0.1")]})) == ["web"]


def test_host_network_publishes_nothing() -> None:
    """Compose ignores `ports` there."""
    assert of(one={"ports": [port("80")], "network_mode": "host"}, two={"ports": [port("80")]}) == {}


def test_service_without_containers() -> None:
    """Nothing of it is started."""
    assert of(one={"ports": [port("80")], "scale": 0}, two={"ports": [port("80")]}) == {}


def test_names() -> None:
    """A name is one container's."""
    assert of(one={"container_name": "shop"}, two={"container_name": "shop"}) == {
        "two": ["container_name shop is also the name of one"]
    }
    assert of(web={"container_name": "shop", "scale": 2}) == {
        "web": ["container_name shop can belong to one of 2 containers only"]
    }


def test_what_no_engine_takes() -> None:
    """Compose hands a wrong name on, and comes to grief over a number below zero."""
    for name in ("a b", "a", "-shop", "shöp"):
        assert of(web={"container_name": name}) == {
            "web": [f"container_name {name!r} is no name that an engine takes"]
        }
    assert of(web={"container_name": "shop_web-1.a"}) == {}
    assert of(web={"scale": -1}) == {"web": ["-1 replicas is no number of containers"]}


def test_addresses_and_subnets() -> None:
    """An address is one container's, a subnet one network's."""
    lan = {"lan": {"ipv4_address": "10.1.0.5"}}
    assert of(one={"networks": lan}, two={"networks": lan}) == {
        "two": ["address 10.1.0.5 on lan is also the address of one"]
    }
    assert of(web={"networks": lan, "scale": 2}) == {
        "web": ["address 10.1.0.5 can belong to one of 2 containers only"]
    }
    assert of({"lan": None}, web={"networks": lan}) == {
        "web": ["address 10.1.0.5 on lan, for which no subnet is written"]
    }
    assert of({"lan": {"external": True}}, web={"networks": lan}) == {}
    networks = {
        "a": {"ipam": {"config": [{"subnet": "10.1.0.0/16"}]}},
        "b": {"ipam": {"config": [{"subnet": "10.1.2.0/24"}]}},
        "c": {"ipam": {"config": [{"subnet": "10.2.0.0/24"}]}},
    }
    assert of(networks, web={"networks": {"b": None}}, db={"networks": {"a": None, "c": None}}) == {
        "web": ["subnet 10.1.2.0/24 of network b overlaps 10.1.0.0/16 of a"]
    }
