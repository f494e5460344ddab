"""What reports draw of a stack."""

from tests.unit.conftest import MakeStack

from stackproof.plugin.topology import topology


def test_ports_are_those_that_others_reach(make_stack: MakeStack) -> None:
    """What is only written leads nowhere, and is drawn as no way in."""
    ports = {"ports": [{"target": 80, "published": "8080"}]}
    stack = make_stack({"job": {**ports, "network_mode": "none"}, "web": ports})

    assert {service.name: service.ports for service in topology(stack)} == {
        "job": (),
        "web": ("8080:80/tcp",),
    }
