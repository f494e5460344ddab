"""What a contract says of published ports."""

from typing import Any

import pytest
from tests.unit.conftest import MakeStack

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
