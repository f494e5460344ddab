"""What a contract says of published ports."""

from typing import Any

import pytest
from tests.unit.conftest import MakeStack
from tests.unit.rules.conftest import Found

from stackproof.controls import catalogue
from stackproof.outcomes.judging import judge
from stackproof.outcomes.model import Severity
from stackproof.rules.running import rulings
from stackproof.stack.stack import Stack


def failing(stack: Stack) -> set[str]:
    """Return the services that publish what they should not."""
    entry = catalogue.entries()["no-sensitive-port-published"]
    outcomes = (
        outcome
        for ruling in rulings(stack, [entry], NotImplemented)
        for outcome in judge(ruling.control, ruling.subject, ruling.said, fail_on=Severity.INFO)
    )
    return {str(outcome.service) for outcome in outcomes if outcome.outcome == "fail"}


def publishing(image: str, target: int) -> dict[str, Any]:
    """Return a service that publishes one port."""
    return {"image": image, "ports": [{"target": target, "published": str(target)}]}


@pytest.mark.parametrize(
    ("service", "declarable"),
    [
        (publishing("minio/minio", 9000), True),
        (publishing("eclipse-mosquitto", 1883), True),
        (publishing("atmoz/sftp", 22), True),
        (publishing("postgres", 5432), True),
        (publishing("grafana/grafana", 3000), True),
        ({"image": "redis", "network_mode": "host"}, True),
        (publishing("adminer", 8080), False),
        (publishing("prom/prometheus", 9090), False),
        (publishing("tecnativa/docker-socket-proxy", 2375), False),
        (publishing("app", 9229), False),
    ],
)
def test_what_a_contract_may_call_public(
    make_stack: MakeStack, service: dict[str, Any], *, declarable: bool
) -> None:
    """What asks for a login where it runs; not what is open to whoever reaches it."""
    assert failing(make_stack({"it": service})) == {"it"}
    assert failing(make_stack({"it": service, "web": {}}, "public: [web]")) == {"it"}
    assert failing(make_stack({"it": service}, "public: [it]")) == (set() if declarable else {"it"})


@pytest.mark.parametrize(
    ("host_ip", "contract", "fails"),
    [
        (None, "", True),
        ("", "", True),
        ("localhost", "", True),
        ("::1%lo", "", True),
        ("0000::", "", True),
        ("::ffff:127.0.0.1", "", False),
        ("2001:db8::7", "", False),
        (None, "public: [web]", False),
        ("0.0.0.0", "public: [web]", False),  # noqa: S104 - as an author writes it
        (None, "public: [other]", True),
    ],
)
def test_what_is_bound_to_an_address(
    make_stack: MakeStack, found: Found, host_ip: str | None, contract: str, *, fails: bool
) -> None:
    """To what the engine takes for one; and what a contract calls public need not be."""
    port = {"target": 80, "published": "8080", **({"host_ip": host_ip} if host_ip is not None else {})}
    stack = make_stack({"web": {"ports": [port]}, "other": {}}, contract)

    said = {o.service: o.outcome for o in found(stack, "ports-bound-to-interface")}

    assert said == {"web": "fail" if fails else "pass", "other": "not applicable"}


@pytest.mark.parametrize(
    ("published", "contract", "fails"),
    [
        ("80", "", False),
        ("80", "public: []", True),
        ("443", "public: [web]", False),
        ("8", "", True),
        ("1023-1030", "", True),
        ("1024-1030", "", False),
        ("0", "", False),
        ("", "", False),
    ],
)
def test_port_below_1024(
    make_stack: MakeStack, found: Found, published: str, contract: str, *, fails: bool
) -> None:
    """Of a range the engine takes the first that is free; the web's are for public services."""
    stack = make_stack({"web": {"ports": [{"target": 8080, "published": published}]}}, contract)

    assert [o.outcome == "fail" for o in found(stack, "no-privileged-host-ports")] == [fails]


@pytest.mark.parametrize(
    ("app", "uses"),
    [
        ({"environment": {"URL": "postgres://u:p@db:5432/x"}}, True),
        ({"environment": {"HOSTS": "one,db"}}, True),
        ({"environment": {"HOST": "pg"}}, True),
        ({"environment": {"HOST": "store"}}, True),
        ({"environment": {"HOST": "shop-db-1"}}, True),
        ({"command": ["serve", "--db=db"]}, True),
        ({"links": ["db:database"]}, True),
        ({"depends_on": {"db": {"condition": "service_started"}}}, True),
        (
            {"environment": {"FILE": "/data/my.db", "ADAPTER": "mongodb", "NAME": "db-old", "NONE": None}},
            False,
        ),
        ({}, False),
    ],
)
def test_who_says_that_it_uses_a_datastore(
    make_stack: MakeStack, found: Found, app: dict[str, Any], *, uses: bool
) -> None:
    """By any name that the datastore has; where nobody does, nothing is said."""
    services = {
        "proxy": {"ports": [{"target": 80, "published": "80"}], "networks": {"all": None}},
        "app": {"networks": {"all": None}, **app},
        "db": {
            "image": "postgres",
            "container_name": "shop-db-1",
            "hostname": "pg",
            "networks": {"all": {"aliases": ["store"]}},
        },
    }

    said = {o.service: o for o in found(make_stack(services), "network-segmentation-declared")}

    assert said["db"].outcome == ("fail" if uses else "pass")
    assert said["db"].aspect == ("proxy" if uses else "")


def test_network_of_another_service_counts(make_stack: MakeStack, found: Found) -> None:
    """Who lives in the network of a public service is reached there."""
    services = {
        "proxy": {"ports": [{"target": 80, "published": "80"}], "networks": {"front": None}},
        "app": {"networks": {"back": None}, "environment": {"HOST": "db"}},
        "db": {"image": "postgres", "network_mode": "service:proxy"},
    }

    (said,) = [o for o in found(make_stack(services), "network-segmentation-declared") if o.service == "db"]

    assert said.message == "db is on front with proxy, which is public and does not use it"
