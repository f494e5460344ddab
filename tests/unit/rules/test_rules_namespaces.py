"""Whose namespaces a service has, by way of others and of containers that nobody knows."""

from typing import Any

import pytest
from tests.unit.conftest import MakeStack
from tests.unit.rules.conftest import Found

from stackproof.controls import catalogue
from stackproof.stack.model import Model
from stackproof.stack.namespaces import network

KEYS = {"no-host-network": "network_mode", "no-host-pid": "pid", "no-host-ipc": "ipc"}


@pytest.mark.parametrize("rule", KEYS)
def test_namespace_of_a_stranger(make_stack: MakeStack, found: Found, rule: str) -> None:
    """Whose that is, its own stack says; one of the stack that is named by its container is none."""
    services = {
        "web": {KEYS[rule]: "container:elsewhere"},
        "side": {KEYS[rule]: "container:here"},
        "here": {"container_name": "here"},
    }

    said = {o.service: o for o in found(make_stack(services), rule)}

    outcomes = {name: o.outcome for name, o in said.items()}
    assert outcomes == {"web": "not applicable", "side": "pass", "here": "pass"}
    assert "the container elsewhere of another stack" in said["web"].message


@pytest.mark.parametrize("rule", KEYS)
def test_way_is_told(make_stack: MakeStack, found: Found, rule: str) -> None:
    """Whoever reads of the last must know where it comes from; a circle, which Compose refuses, ends."""
    key = KEYS[rule]
    services = {
        "a": {key: "service:b"},
        "b": {key: "service:c"},
        "c": {key: "host"},
        "x": {key: "service:y"},
        "y": {key: "service:x"},
        "z": {key: "service:gone"},
    }

    said = {o.service: o for o in found(make_stack(services), rule)}

    assert {name for name, o in said.items() if o.outcome == "fail"} == {"a", "b", "c"}
    assert said["a"].message.endswith(", by that of b, by that of c")
    assert said["c"].message.startswith("c has the host's")


@pytest.mark.parametrize(
    ("networks", "joined", "mode"),
    [
        ({"n": {"name": "host", "external": True}}, {"n": None}, "host"),
        ({"n": {"name": "bridge", "external": True}}, {"n": None}, "bridge"),
        ({"n": {"name": "shop_host"}}, {"n": None}, ""),
        ({"host": {"name": "shop_host"}}, {"host": None}, ""),
        ({}, {"n": None}, ""),
        ({"n": None}, None, ""),
    ],
)
def test_network_of_the_engine_by_its_name(
    networks: dict[str, Any], joined: dict[str, Any] | None, mode: str
) -> None:
    """What counts is the name on the engine, and not that in the file."""
    model = Model(raw={"services": {"web": {"networks": joined}}, "networks": networks})

    assert network(model, model.services["web"]).mode == mode


@pytest.mark.parametrize(
    ("service", "severity"),
    [
        ({"uts": "host"}, "low"),
        ({"uts": "host", "cap_add": ["SYS_ADMIN"]}, "medium"),
        ({"uts": "host", "privileged": True}, "medium"),
        ({"uts": "host", "cap_add": ["NET_ADMIN"]}, "low"),
    ],
)
def test_host_name(make_stack: MakeStack, found: Found, service: dict[str, Any], severity: str) -> None:
    """Only who may rename the host can do something with it."""
    (said,) = found(make_stack({"web": service}), "no-host-uts")

    assert (said.outcome, said.severity) == ("fail", severity)


def test_fix_speaks_of_each_key(make_stack: MakeStack, found: Found) -> None:
    """Whoever wrote `cgroup: host` has no `cgroup_parent` to remove."""
    service = {"cgroup": "host", "cgroup_parent": "work.slice"}

    outcomes = found(make_stack({"web": service}), "cgroup-parent-default")

    fix = catalogue.entries()["cgroup-parent-default"].fix
    assert sorted(o.aspect for o in outcomes) == ["cgroup", "cgroup_parent"]
    assert all(f"`{key}" in fix for key in ("cgroup_parent`", "cgroup: host`"))
