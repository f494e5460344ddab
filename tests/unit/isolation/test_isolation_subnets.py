"""Other subnets for sandboxes."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

import pytest

from stackproof.errors import StackError
from stackproof.isolation.subnets import POOLS, Move, choose, moved, pool_config
from stackproof.stack.model import Model

Raw = dict[str, Any]
MOVE = Move(old=IPv4Network("172.28.0.0/16"), new=IPv4Network("198.18.8.0/21"))
MOVE6 = Move(old=IPv6Network("2001:db8::/48"), new=IPv6Network("fd01::/64"))
MOVES = {"lan": (MOVE, MOVE6)}


def network(*config: dict[str, Any], **addresses: str) -> Raw:
    """Return a stack with one network and services with fixed addresses in it."""
    services = {name: {"networks": {"lan": {"ipv4_address": text}}} for name, text in addresses.items()}
    return {"services": {"web": {}, **services}, "networks": {"lan": {"ipam": {"config": list(config)}}}}


@pytest.mark.parametrize(
    ("raw", "length"),
    [
        (network({"subnet": "10.5.0.0/24"}), 24),
        (network({"subnet": "10.5.0.0/29"}, a="10.5.0.2"), 29),
        (network({"subnet": "172.20.0.0/16"}, a="172.20.0.5"), 24),
        (network({"subnet": "172.20.0.0/16"}, a="172.20.1.5"), 23),
        (network({"subnet": "172.20.0.0/16"}, a="172.20.0.255"), 23),
        (network({"subnet": "172.20.0.0/16", "ip_range": "172.20.5.0/24"}), 21),
        (network({"subnet": "172.20.0.0/16", "gateway": "172.20.255.254"}), 16),
        (network({"subnet": "172.20.0.0/16", "aux_addresses": {"x": "172.20.2.1"}}), 22),
        (network(a="10.9.8.7"), 24),
        (network(a="10.9.8.7", b="10.9.9.7"), 23),
    ],
)
def test_length_of_the_new_subnet(raw: Raw, length: int) -> None:
    """The author's own, or as much of a wide one as the written addresses need."""
    (move,) = choose(Model(raw=raw), "seed")["lan"]

    assert move.new.prefixlen == length
    assert IPv4Network(str(move.new)).subnet_of(IPv4Network("198.18.0.0/15"))


def test_version_6() -> None:
    """In the range for local use."""
    raw = network({"subnet": "2001:db8::/48", "gateway": "2001:db8::1"})
    raw["networks"]["lan"]["ipam"]["config"].append({"subnet": "10.5.0.0/24"})
    six, four = choose(Model(raw=raw), "seed")["lan"]

    assert six.new.version == 6
    assert six.new.prefixlen == 64
    assert IPv6Network(str(six.new)).subnet_of(IPv6Network(str(POOLS[6])))
    assert four.new.version == 4


def test_nothing_to_choose() -> None:
    """The engine chooses where the author did not."""
    assert choose(Model(raw=network()), "seed") == {}
    assert choose(Model(raw={"services": {"web": None}, "networks": {"lan": None}}), "seed") == {}
    assert choose(Model(raw={"services": {}}), "seed") == {}


def test_seeds_give_other_subnets() -> None:
    """Sandboxes at once rarely meet, and the next try is another."""
    raw = network({"subnet": "10.5.0.0/24"})
    found = {choose(Model(raw=raw), f"sandbox/{number}")["lan"][0].new for number in range(20)}

    assert len(found) > 15
    assert choose(Model(raw=raw), "same") == choose(Model(raw=raw), "same")


def test_networks_of_a_sandbox_do_not_overlap() -> None:
    """Nor does one overlap what the author has."""
    raw = {
        "services": {},
        "networks": {f"n{i}": {"ipam": {"config": [{"subnet": f"198.18.{i}.0/24"}]}} for i in range(40)},
    }
    found = [move.new for moves in choose(Model(raw=raw), "seed").values() for move in moves]

    assert len(found) == len(set(found)) == 40
    assert not [n for n in found if n.overlaps(ip_network("198.18.0.0/19"))]


def test_addresses_too_far_apart() -> None:
    """Refused with the network's name."""
    with pytest.raises(StackError, match=r"network lan: the addresses in 10\.0\.0\.0/8 lie too far apart"):
        choose(Model(raw=network({"subnet": "10.0.0.0/8"}, a="10.200.0.1")), "seed")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("172.28.5.10", "198.18.13.10"),
        ("http://172.28.5.10:80/x", "http://198.18.13.10:80/x"),
        ("a=172.28.5.10,172.28.0.0/16;b", "a=198.18.13.10,198.18.8.0/21;b"),
        ("user@172.28.5.10", "user@198.18.13.10"),
        ("172.28.5.0/24", "198.18.13.0/24"),
        ("at 172.28.5.10.", "at 198.18.13.10."),
        ("h=2001:db8::1", "h=fd01::1"),
        ("[2001:db8::1]:80", "[fd01::1]:80"),
        ("2001:db8::/48", "fd01::/64"),
    ],
)
def test_text_follows(text: str, expected: str) -> None:
    """Addresses of the author's subnets, alone or in a text."""
    assert moved(text, MOVES) == expected


@pytest.mark.parametrize(
    "text",
    ["192.0.2.1", "1172.28.5.10", "172.28.5.10.4", "v172.28.5.10", "172.28.200.1", "12:30:45", "db:5432",
     "999.1.1.1", "", "::1", "2001:db8:1::1"],
)  # fmt: skip
def test_other_text_stays(text: str) -> None:
    """Versions, times, names, and addresses that are not in the subnet or have no place in the new one."""
    assert moved(text, MOVES) == text


def test_data_follows() -> None:
    """All the way down; nothing but text is touched."""
    data = {"a": ["172.28.0.5", 5, None], "b": {"c": True}}

    assert moved(data, MOVES) == {"a": ["198.18.8.5", 5, None], "b": {"c": True}}
    assert moved(data, {}) is data


def test_pool() -> None:
    """Gateway, range and reserved addresses keep their host part."""
    entry = {
        "subnet": "172.28.0.0/16", "gateway": "172.28.5.254", "ip_range": "172.28.5.0/24",
        "aux_addresses": {"router": "172.28.1.5"},
    }  # fmt: skip

    assert pool_config(entry, MOVES["lan"]) == {
        "subnet": "198.18.8.0/21", "gateway": "198.18.13.254", "ip_range": "198.18.13.0/24",
        "aux_addresses": {"router": "198.18.9.5"},
    }  # fmt: skip


def test_pool_whose_range_is_all_of_it() -> None:
    """Then the range says nothing."""
    entry = {"subnet": "172.28.0.0/16", "ip_range": "172.28.0.0/16"}

    assert pool_config(entry, MOVES["lan"]) == {"subnet": "198.18.8.0/21"}
