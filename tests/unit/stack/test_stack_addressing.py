"""What moby 26.1 said of each of these addresses and subnets."""

from typing import Any

import pytest

from stackproof.stack.conflicts import conflicts
from stackproof.stack.model import Model

OLD = {"subnet": "10.1.0.0/24"}
NEW = {"subnet": "fd42:1::/64"}
Raw = dict[str, Any]


def of(pools: list[Raw], joined: Raw | None = None, count: int = 1, **network: Any) -> list[str]:  # noqa: ANN401
    """Return the conflicts of services on one network of these subnets."""
    services = {f"web{number}": {"networks": {"lan": joined}} for number in range(count)}
    raw = {"services": services, "networks": {"lan": {"ipam": {"config": pools}, **network}}}
    return [conflict.words for conflict in conflicts(Model(raw=raw)).get("web0", ())]


@pytest.mark.parametrize(
    ("pools", "address"),
    [
        ([OLD], "10.1.0.5"),
        ([OLD], "10.1.0.254"),
        ([OLD | {"gateway": "10.1.0.254"}], "10.1.0.1"),
        ([OLD | {"ip_range": "10.1.0.0/25"}], "10.1.0.200"),
        ([OLD | {"ip_range": "10.1.0.128/25"}], "10.1.0.1"),
        ([OLD | {"aux_addresses": {"router": "10.1.0.9"}}], "10.1.0.10"),
        ([{"subnet": "10.1.0.0/30"}], "10.1.0.2"),
        ([{"subnet": "10.1.0.0/31"}], "10.1.0.1"),
        ([{"subnet": "no subnet"}], "10.1.0.1"),
    ],
)
def test_address_that_the_engine_gives(pools: list[Raw], address: str) -> None:
    """Inside of a subnet, and nobody else's."""
    assert of(pools, {"ipv4_address": address}) == []


@pytest.mark.parametrize(
    ("pools", "address", "words"),
    [
        ([OLD], "10.2.0.5", "outside of its subnet 10.1.0.0/24"),
        ([OLD], "10.1.0.1", "the gateway's"),
        ([OLD | {"gateway": "10.1.0.254"}], "10.1.0.254", "the gateway's"),
        ([OLD], "10.1.0.0", "that of the subnet itself"),
        ([OLD], "10.1.0.255", "the subnet's broadcast address"),
        ([OLD | {"aux_addresses": {"r": "10.1.0.9"}}], "10.1.0.9", "kept for r (`aux_addresses`)"),
        ([NEW], "10.1.0.5", "of IPv4, for which no subnet is written"),
        ([OLD], "fd42:1::5", "none of IPv4"),
        ([OLD], "abc", "no address"),
    ],
)
def test_address_that_the_engine_refuses(pools: list[Raw], address: str, words: str) -> None:
    """Outside of all subnets, or the engine's own."""
    assert of(pools, {"ipv4_address": address}) == [f"address {address} on lan is {words}"]


@pytest.mark.parametrize("more", [{}, {"internal": True}, {"driver": "bridge"}])
def test_gateway_of_a_bridge(more: Raw) -> None:
    """An internal one has it, too; other drivers and modes need none unless it is written."""
    assert of([OLD], {"ipv4_address": "10.1.0.1"}, **more) == ["address 10.1.0.1 on lan is the gateway's"]
    assert of([OLD], {"ipv4_address": "10.1.0.1"}, driver="macvlan") == []
    isolated = {"com.docker.network.bridge.gateway_mode_ipv4": "isolated"}
    assert of([OLD], {"ipv4_address": "10.1.0.1"}, driver_opts=isolated) == []
    written = OLD | {"gateway": "10.1.0.1"}
    assert of([written], {"ipv4_address": "10.1.0.1"}, driver="macvlan") != []


@pytest.mark.parametrize(
    ("address", "on", "off"),
    [
        ("fd42:1::5", "", ""),
        ("fd42:2::5", "outside of its subnet fd42:1::/64", "outside of its subnet fd42:1::/64"),
        ("fd42:1::1", "the gateway's", ""),
        ("fd42:1::", "that of the subnet itself", ""),
        ("10.1.0.5", "none of IPv6", "none of IPv6"),
    ],
)
def test_address_of_ipv6(address: str, on: str, off: str) -> None:
    """On a network without IPv6 the engine only looks whether it is inside."""
    for enabled, words in ((True, on), (False, off)):
        said = of([OLD, NEW], {"ipv6_address": address}, enable_ipv6=enabled)

        assert said == ([f"address {address} on lan is {words}"] if words else [])


@pytest.mark.parametrize(
    ("pools", "words"),
    [
        ([OLD | {"gateway": "10.2.0.1"}], "gateway 10.2.0.1 is outside of its subnet 10.1.0.0/24"),
        (
            [OLD | {"gateway": "10.1.0.0"}],
            "gateway 10.1.0.0 is the first or last address of 10.1.0.0/24, which is nobody's",
        ),
        ([OLD | {"ip_range": "10.2.0.0/25"}], "ip_range 10.2.0.0/25 is no part of its subnet 10.1.0.0/24"),
        ([OLD | {"ip_range": "10.0.0.0/8"}], "ip_range 10.0.0.0/8 is no part of its subnet 10.1.0.0/24"),
        ([OLD | {"ip_range": "fd42::/64"}], "ip_range fd42::/64 is no part of its subnet 10.1.0.0/24"),
        (
            [OLD | {"aux_addresses": {"r": "10.2.0.9"}}],
            "aux_addresses r 10.2.0.9 is outside of its subnet 10.1.0.0/24",
        ),
        (
            [OLD | {"gateway": "10.1.0.1", "aux_addresses": {"r": "10.1.0.1"}}],
            "gateway 10.1.0.1 is kept for something else (`aux_addresses`)",
        ),
        (
            [OLD, {"subnet": "10.2.0.0/24"}],
            "a bridge has one subnet of IPv4, and not 10.1.0.0/24 and 10.2.0.0/24",
        ),
        (
            [{"subnet": "10.1.0.7/24"}],
            "subnet 10.1.0.7/24 is refused since Docker 25: it should be 10.1.0.0/24",
        ),
    ],
)
def test_network_that_no_engine_makes(pools: list[Raw], words: str) -> None:
    """Whoever joins it hears of it; of an external one the file says nothing."""
    assert of(pools) == [f"network lan: {words}"]
    assert of(pools, external=True) == []


def test_several_subnets() -> None:
    """One of each family is what a bridge has; macvlan has several."""
    assert of([OLD, NEW], enable_ipv6=True) == []
    assert of([OLD, {"subnet": "10.2.0.0/24"}], driver="macvlan") == []
    more = [OLD, NEW, {"subnet": "fd42:3::/64"}]
    assert of(more) == []
    assert of(more, enable_ipv6=True) == [
        "network lan: a bridge has one subnet of IPv6, and not fd42:1::/64 and fd42:3::/64"
    ]


def test_only_the_engine_before_25_takes_host_bits() -> None:
    """So it is not certain."""
    raw = {
        "services": {"web": {"networks": {"lan": None}}},
        "networks": {"lan": {"ipam": {"config": [{"subnet": "10.1.0.7/24"}]}}},
    }

    assert [conflict.certain for conflict in conflicts(Model(raw=raw))["web"]] == [False]


def test_room() -> None:
    """Subnet, gateway and broadcast are nobody's, and neither is what is kept."""
    small = {"subnet": "10.1.0.0/29"}

    assert of([small], count=5) == []
    assert of([small], count=6) == ["network lan has room for 5 of 6 containers"]
    assert of([small | {"aux_addresses": {"r": "10.1.0.6"}}], count=5) != []
    assert of([small | {"ip_range": "10.1.0.0/30"}], count=6) == []
    assert of([small], count=6, driver="macvlan") == []


@pytest.mark.parametrize(
    ("pool", "address", "others", "named"),
    [
        (OLD, "10.1.0.2", {"a": {}}, "a"),
        (OLD, "10.1.0.3", {"a": {}}, ""),
        (OLD, "10.1.0.3", {"a": {"scale": 2}}, "a"),
        (OLD, "10.1.0.3", {"a": {}, "b": {}}, "a, b"),
        (OLD, "10.1.0.3", {"a": {}, "c": {"networks": {"lan": {"ipv4_address": "10.1.0.2"}}}}, "a"),
        (OLD, "10.1.0.2", {"a": {"depends_on": {"it": {"condition": "service_started"}}}}, ""),
        (OLD, "10.1.0.2", {"a": {"networks": {"other": None}}}, ""),
        (OLD, "10.1.0.2", {"a": {"network_mode": "none"}}, ""),
        (OLD | {"gateway": "10.1.0.254"}, "10.1.0.1", {"a": {}}, "a"),
        (OLD | {"aux_addresses": {"r": "10.1.0.2"}}, "10.1.0.3", {"a": {}}, "a"),
        (OLD | {"ip_range": "10.1.0.128/25"}, "10.1.0.2", {"a": {}}, ""),
        (OLD | {"ip_range": "10.1.0.128/25"}, "10.1.0.129", {"a": {}}, "a"),
    ],
)
def test_address_that_another_container_may_have(
    pool: Raw, address: str, others: dict[str, Raw], named: str
) -> None:
    """The engine begins with the first that is free; one that waits for the service starts after it."""
    joined = {"networks": {"lan": None}}
    more = {name: one if "network_mode" in one else joined | one for name, one in others.items()}
    services = {"it": {"networks": {"lan": {"ipv4_address": address}}}, **more}
    networks = {"lan": {"ipam": {"config": [pool]}}, "other": {}}
    found = conflicts(Model(raw={"services": services, "networks": networks})).get("it", [])

    words = f"address {address} on lan may be given to {named}: whoever starts first has it"
    assert [(one.words, one.certain) for one in found] == ([(words, False)] if named else [])


def test_room_is_for_what_stays() -> None:
    """A job that others wait for has ended by then; replicas count each."""
    job = {"networks": {"lan": None}}
    waits = {
        "depends_on": {"job": {"condition": "service_completed_successfully"}},
        "networks": {"lan": None},
    }
    networks = {"lan": {"ipam": {"config": [{"subnet": "10.1.0.0/30"}]}}}

    raw = {"services": {"job": job, "web": waits}, "networks": networks}
    assert conflicts(Model(raw=raw)) == {}
    raw = {"services": {"web": {"networks": {"lan": None}, "scale": 2}}, "networks": networks}
    assert list(conflicts(Model(raw=raw))) == ["web"]
