"""What the report says of a copy that is not as written."""

from typing import Any

from stackproof.sandbox.differences import notes
from stackproof.stack.model import Model

SUBNETS = (
    "networks have another subnet in each copy; addresses in the compose file follow, those in mounted "
    "files do not"
)


def test_stack_that_uses_all(everything: dict[str, Any]) -> None:
    """Every replacement is named."""
    assert notes(Model(raw=everything)) == [
        f"{SUBNETS}: front",
        "external volumes are empty in a copy: dbdata",
        "volumes of these drivers are plain local ones in a copy: nas (nfs)",
        "links to containers outside the stack are left out: web (other_stack_db:db)",
        "labels and variables by which others would take a copy for the live service are left out: web",
    ]


def test_networks_and_logs() -> None:
    """External ones, other drivers, and a service that is not started."""
    raw = {
        "services": {"web": {"logging": {"driver": "gelf"}, "scale": 0}},
        "networks": {"live": {"external": True}, "mac": {"driver": "macvlan"}, "plain": {"driver": "bridge"}},
    }

    assert notes(Model(raw=raw)) == [
        "external networks are replaced by ones of the copy, without what else is on them: live",
        "networks of these drivers are replaced by bridges: mac (macvlan)",
        "logs stay on the engine in place of the author's driver: web (gelf)",
        "no container is started, as written (replicas: 0): web",
    ]


def test_plain_stack() -> None:
    """Nothing to say."""
    raw = {"services": {"web": {"networks": {"default": None}}}, "networks": {"default": {"ipam": {}}},
           "volumes": {"data": {"driver": "local"}}}  # fmt: skip

    assert notes(Model(raw=raw)) == []
