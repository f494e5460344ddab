"""The sinkhole of a sandbox: what it is given, and what it must be seen to do."""

from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from stackproof.errors import StackError
from stackproof.isolation import routing, sinkhole, subnets
from stackproof.isolation.outside import find
from stackproof.isolation.outside_policy import Decision, decide
from stackproof.isolation.plan import Plan
from stackproof.isolation.sinkhole import Means, Sinkhole
from stackproof.isolation.walk import isolate
from stackproof.stack.model import Model

Raw = dict[str, Any]
BY_NAME = {"Q": "redis://:x@queue.example.com"}
BY_ADDRESS = {"Q": "redis://:x@172.17.0.1:6391"}


def decision_of(raw: Raw) -> Decision:
    """Return what is cut of a resolved stack."""
    model = Model(raw=raw)
    return decide(model, find(model), ())


def added(raw: Raw) -> Sinkhole:
    """Return the sandbox of a resolved stack with its sinkhole."""
    decision = decision_of(raw)
    moves = subnets.choose(Model(raw=raw), "seed", roomy=bool(decision.addresses))
    plan = Plan(project="p", labels={"ours": "1"}, images=dict.fromkeys(raw["services"], "i"), moves=moves)
    means = Means(image="busybox", labels={"ours": "1"}, seed="seed", moves=moves)
    return sinkhole.add(isolate(Model(raw=raw), plan).file, decision, means)


def stack(networks_: Raw | None = None, /, **worker: Any) -> Raw:  # noqa: ANN401 - keys of a service
    """Return a resolved stack of a worker and a database."""
    return {
        "services": {
            "worker": {"networks": {"default": None}, **worker},
            "db": {"networks": {"default": None}},
        },
        "networks": networks_ or {"default": {}},
    }


def test_names() -> None:
    """It has them as aliases, the networks stay as they are, and all services start after it."""
    sink = added(stack(environment=BY_NAME))
    service = sink.compose["services"][sink.service]

    assert "queue.example.com" in service["networks"]["default"]["aliases"]
    assert "acme-v02.api.letsencrypt.org" in service["networks"]["default"]["aliases"]
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert sink.compose["networks"]["default"] == {"labels": {"ours": "1"}}
    assert not sink.gateways
    for name in ("worker", "db"):
        edge = sink.compose["services"][name]["depends_on"][sink.service]
        assert edge == {"condition": "service_started", "required": True}


def test_addresses() -> None:
    """It is the way out, by an address that the engine gives to nobody, and takes that one last."""
    sink = added(stack(environment=BY_ADDRESS))
    (pool,) = sink.compose["networks"]["default"]["ipam"]["config"]
    service = sink.compose["services"][sink.service]
    script = service["command"][2]
    ours = pool["aux_addresses"]["DefaultGatewayIPv4"]

    assert ip_network(pool["subnet"]).prefixlen == 24
    assert ours == str(ip_network(pool["subnet"])[-2])
    assert sink.gateways == {"default": (ip_address(ours),)}
    assert service["cap_add"] == ["NET_ADMIN"]
    lines = script.splitlines()
    closed = next(i for i, line in enumerate(lines) if "addr add 172.17.0.1/32 dev lo" in line)
    assert closed < next(i for i, line in enumerate(lines) if f"addr add {ours}/24" in line)
    assert "$$dev" in script


def test_networks_do_not_reach_each_other_through_it() -> None:
    """It forwards out of the network that a packet came from, and into no other one."""
    networks: Raw = {"front": {}, "back": {}}
    raw = stack(networks, environment=BY_ADDRESS)
    raw["services"]["worker"]["networks"] = {"front": None, "back": None}
    raw["services"]["db"]["networks"] = {"back": None}

    sink = added(raw)

    script = sink.compose["services"][sink.service]["command"][2]
    for key in networks:
        subnet = sink.compose["networks"][key]["ipam"]["config"][0]["subnet"]
        assert script.count(f"unreachable {subnet} ") == 1


def test_internal_network_has_no_way_out_anyway() -> None:
    """The sinkhole is not on it."""
    raw = stack({"default": {}, "back": {"internal": True}}, environment=BY_ADDRESS)
    raw["services"]["db"]["networks"] = {"back": None}

    sink = added(raw)

    assert list(sink.compose["services"][sink.service]["networks"]) == ["default"]
    assert "ipam" not in sink.compose["networks"]["back"]


def test_written_subnet_keeps_its_addresses() -> None:
    """A narrow one is widened, so that there is room."""
    pool = {"subnet": "10.77.0.0/29"}
    raw = stack({"default": {"ipam": {"config": [pool]}}}, environment=BY_ADDRESS)
    raw["services"]["db"]["networks"] = {"default": {"ipv4_address": "10.77.0.6"}}

    sink = added(raw)

    (found,) = sink.compose["networks"]["default"]["ipam"]["config"]
    subnet = ip_network(found["subnet"])
    assert subnet.prefixlen == 28
    assert sink.compose["services"]["db"]["networks"]["default"]["ipv4_address"] == str(subnet[6])
    assert found["aux_addresses"] == {"DefaultGatewayIPv4": str(subnet[-2])}


def test_gateway_of_the_stacks_own_network() -> None:
    """It is the engine's host: the sinkhole takes the address, and the engine another one."""
    pool = {"subnet": "10.77.0.0/24", "gateway": "10.77.0.1"}
    raw = stack({"default": {"ipam": {"config": [pool]}}}, environment={"Q": "redis://:x@10.77.0.1"})

    sink = added(raw)

    (found,) = sink.compose["networks"]["default"]["ipam"]["config"]
    subnet = ip_network(found["subnet"])
    assert found["gateway"] == str(subnet[-3])
    assert str(subnet[1]) in found["aux_addresses"].values()
    assert f"addr add {subnet[1]}/32 dev lo" in sink.compose["services"][sink.service]["command"][2]
    assert sink.compose["services"]["worker"]["environment"]["Q"] == f"redis://:x@{subnet[1]}"


def test_full_subnet() -> None:
    """Where no address is left, nothing is started."""
    with pytest.raises(StackError, match="is left for the sinkhole"):
        routing.way_of(  # a network that `choose` would have widened
            "n", {"subnet": "10.0.0.0/30"}, {ip_address("10.0.0.2")}, frozenset()
        )


def test_ipv6() -> None:
    """A network with IPv6 has a way of its own for it."""
    raw = stack({"default": {"enable_ipv6": True}}, environment={"Q": "redis://:x@[2001:db8::5]"})

    sink = added(raw)

    (pool,) = sink.compose["networks"]["default"]["ipam"]["config"]
    assert ip_network(pool["subnet"]).version == 6
    assert "DefaultGatewayIPv6" in pool["aux_addresses"]
    assert "ip -6 addr add 2001:db8::5/128 dev lo" in sink.compose["services"][sink.service]["command"][2]


def test_hosts_of_the_authors_are_left_out() -> None:
    """Else they would answer before the alias does."""
    raw = stack(environment=BY_NAME, extra_hosts=["queue.example.com=10.0.0.5", "other=10.0.0.6"])

    assert added(raw).compose["services"]["worker"]["extra_hosts"] == ["other=10.0.0.6"]


def test_search_domains() -> None:
    """A service may complete a name before it asks."""
    raw = stack(environment={"DB_HOST": "pg", "DB_PASSWORD": "x"}, dns_search=["corp.example.com"])

    assert {"pg", "pg.corp.example.com"} <= added(raw).names


def test_srv_names() -> None:
    """The service whose network it is asks nobody outside, and others go on."""
    raw = stack(environment={"M": "mongodb+srv://u:p@c.example.com/x"}, network_mode="service:db")
    del raw["services"]["worker"]["networks"]

    sink = added(raw)

    assert sink.compose["services"]["db"]["dns"] == ["127.0.0.1"]
    assert "dns" not in sink.compose["services"]["worker"]


def test_name_that_the_author_has() -> None:
    """Another one is taken."""
    raw = stack(environment=BY_NAME)
    raw["services"]["stackproof-sinkhole"] = {"networks": {"default": None}}

    assert added(raw).service == "stackproof-sinkhole-2"


def uncuttable(raw: Raw, compose: Raw | None = None, *allowed: str, offline: bool = False) -> list[str]:
    """Return what cannot be cut of a stack whose sandbox is like it, or as given."""
    model = Model(raw=raw)
    return sinkhole.uncuttable(compose or raw, model, decide(model, find(model), allowed, offline=offline))


def test_host_network_is_refused() -> None:
    """Nothing can be cut there; the message names service, host and fix."""
    raw = stack(environment=BY_NAME, network_mode="host", networks=None)

    found = uncuttable(raw)

    assert found == ["service worker (network_mode: host): queue.example.com"]
    assert "--allow-outside" in sinkhole.refusal(found)
    assert uncuttable(raw, None, "queue.example.com") == []


def test_acme_client_on_the_host_network_is_refused() -> None:
    """Unless its authority is opened; a web server that names nobody outside is not."""
    raw = {"services": {"front": {"image": "caddy", "network_mode": "host"}, "web": {"network_mode": "host"}}}

    (found,) = uncuttable(raw)

    assert "service front (network_mode: host): certificate authorities" in found
    assert uncuttable(raw, None, "*.letsencrypt.org") == []


def test_live_network_is_refused() -> None:
    """One that the user opened may lead anywhere, and a sinkhole on it would answer live services."""
    raw = stack({"default": {}, "live": {}}, environment=BY_NAME)
    raw["services"]["worker"]["networks"] = {"default": None, "live": None}
    compose = {**raw, "networks": {"default": {}, "live": {"name": "shared", "external": True}}}

    assert uncuttable(raw, compose) == ["service worker (live network live): queue.example.com"]
    made = sinkhole.add(compose, decision_of(raw), Means(image="b", labels={}, seed="s"))
    assert list(made.compose["services"][made.service]["networks"]) == ["default"]


def test_offline_is_refused_beside_a_way_out() -> None:
    """It would be a word that is not kept."""
    raw = stack(network_mode="host", networks=None)

    assert uncuttable(raw, offline=True) == [
        "service worker (network_mode: host): everything, which --offline shall cut off"
    ]


def test_own_network_is_not_refused() -> None:
    """Nor is one that is shared, or none."""
    raw = stack(environment=BY_NAME)
    raw["services"]["db"] = {"network_mode": "none", "environment": BY_NAME}
    raw["services"]["third"] = {"network_mode": "service:worker", "environment": BY_NAME}

    assert uncuttable(raw) == []


def test_offline() -> None:
    """Every network is internal, whatever its author wrote."""
    networks = {"a": None, "b": {"internal": False, "labels": {}}}
    found = sinkhole.offline({"services": {}, "networks": networks}, Decision(offline=True), {})

    assert found["networks"] == {"a": {"internal": True}, "b": {"internal": True, "labels": {}}}


# -- what must be seen of it ---------------------------------------------------------------------------


def inspected(service: str, gateway: str = "198.18.1.254", *, status: str = "running", **more: Any) -> Raw:  # noqa: ANN401 - inspect data
    """What inspect says of a container."""
    joined = {"Gateway": gateway, "IPv6Gateway": "", "Aliases": ["queue.example.com"], **more}
    return {
        "Config": {"Labels": {"com.docker.compose.service": service}},
        "State": {"Status": status},
        "RestartCount": more.pop("RestartCount", 0),
        "NetworkSettings": {"Networks": {"p_default": joined}},
    }


@pytest.mark.parametrize(
    ("containers", "expected"),
    [
        ([inspected("hole"), inspected("worker")], ""),
        ([inspected("hole"), inspected("job", "", status="exited")], ""),
        ([inspected("worker")], "hole does not run"),
        ([inspected("hole", status="restarting")], "hole does not run"),
        ([inspected("hole", RestartCount=1)], "hole does not run"),
        ([inspected("hole", Aliases=None)], "network default does not answer for queue.example.com"),
        ([inspected("hole"), inspected("worker", "198.18.1.1")], "worker has another gateway than hole"),
    ],
)
def test_problem(containers: list[Raw], expected: str) -> None:
    """A cut that does not hold is told: no such sandbox is used."""
    sink = Sinkhole(
        service="hole",
        compose={},
        names=frozenset({"queue.example.com"}),
        gateways={"default": (ip_address("198.18.1.254"),)},
    )

    assert sink.problem("p", containers) == expected


@pytest.mark.parametrize(
    ("entry", "kept"),
    [
        ("mine=127.0.0.1", True),
        ("mine:[::1]", True),
        ("queue.example.com=10.77.0.9", True),
        ("queue.example.com=10.1.1.1", False),
        ("other=10.1.1.1", False),
        ("other=::ffff:10.1.1.1", False),
        ("queue.example.com=host-gateway", False),
        ("mirror=10.2.2.2", True),
    ],
)
def test_entries_for_what_is_inside_stay(entry: str, kept: bool) -> None:  # noqa: FBT001 - a row of a table
    """Only what leads to what is cut goes."""
    networks = {"default": {"ipam": {"config": [{"subnet": "10.77.0.0/24"}]}}}
    raw = stack(networks, extra_hosts=[entry])
    raw["services"]["db"]["environment"] = {**BY_NAME, "B": "redis://10.1.1.1"}

    assert bool(added(raw).compose["services"]["worker"]["extra_hosts"]) is kept


def test_opened_name_keeps_its_address() -> None:
    """Without its entry it would not be found."""
    raw = stack(environment={"Q": "redis://pg.corp", "R": "redis://r.corp"}, extra_hosts=["pg.corp=10.1.1.1"])
    model = Model(raw=raw)
    decision = decide(model, find(model), ["pg.corp"])
    plan = Plan(project="p", labels={}, images=dict.fromkeys(raw["services"], "i"))
    means = Means(image="busybox", labels={}, seed="seed")

    sink = sinkhole.add(isolate(model, plan).file, decision, means)

    assert sink.compose["services"]["worker"]["extra_hosts"] == ["pg.corp=10.1.1.1"]
    assert "r.corp" in sink.names
