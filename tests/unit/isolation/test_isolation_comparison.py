"""The comparison that the examples rely on finds what differs."""

from typing import Any

import pytest
from tests.comparison import compare, leaves

from stackproof.isolation.plan import Plan
from stackproof.isolation.walk import isolate
from stackproof.stack.model import Model

RAW: dict[str, Any] = {
    "services": {
        "web": {
            "environment": {"A": "1"},
            "ulimits": {"core": 0},
            "develop": {"watch": []},
            "external_links": ["live:db"],
            "volumes": [{"type": "volume", "source": "data", "target": "/d"}],
            "networks": {"front": None},
        }
    },
    "networks": {"front": {"internal": True}},
    "volumes": {"data": None},
}
PLAN = Plan(project="p", labels={"ours": "1"}, images={"web": "ours/web"})


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("services", "web", "environment", "A"), 1, "services.web.environment.A: '1' has become 1"),
        (("services", "web", "ulimits"), {}, "services.web.ulimits.core: 0 has become '<missing>'"),
        (("services", "web", "ulimits", "core"), False, "services.web.ulimits.core: 0 has become False"),
        (("services", "web", "develop"), {"a": 1}, "services.web.develop should be left out, and is there"),
        (("services", "web", "environment", "B"), "2", "services.web.environment.B: '2' is new"),
        (("services", "web", "user"), "0", "services.web.user: '0' is new"),
        (("services", "web", "volumes", 0, "target"), 1, "services.web.volumes.0.target: '/d' has become 1"),
        (("networks", "front", "internal"), False, "networks.front.internal: True has become False"),
        (("networks", "front", "name"), "live", "networks.front.name: 'live' is new"),
        (("volumes", "data", "external"), True, "volumes.data.external: True is new"),
    ],
)  # fmt: skip
def test_planted_difference(place: tuple[str | int, ...], value: object, said: str) -> None:
    """One difference that nothing explains is said, with its place."""
    model = Model(raw=RAW)
    isolated = isolate(model, PLAN)
    assert compare(model, PLAN, isolated).unexplained == []
    inner: Any = isolated.file
    for part in place[:-1]:
        inner = inner[part]
    inner[place[-1]] = value

    assert said in compare(model, PLAN, isolated).unexplained


def test_items_after_one_that_is_gone() -> None:
    """They move up, and are compared with what they were."""
    raw = {"services": {"web": {"cap_add": ["SYS_ADMIN", "CHOWN", "ALL", "KILL"]}}}
    model = Model(raw=raw)
    isolated = isolate(model, PLAN)

    assert isolated.file["services"]["web"]["cap_add"] == ["CHOWN", "KILL"]
    assert compare(model, PLAN, isolated).unexplained == []


def test_leaves() -> None:
    """Empty mappings and lists are values, too."""
    assert dict(leaves({"a": {}, "b": [{"c": None}, []]})) == {
        ("a",): {}, ("b", 0, "c"): None, ("b", 1): [],
    }  # fmt: skip
