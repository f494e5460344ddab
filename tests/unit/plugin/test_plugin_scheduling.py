"""All tests of one sandbox go to one worker."""

import json
from pathlib import Path
from typing import Any

import pytest
from xdist.remote import Producer

from stackproof.plugin.scheduling import LaneScheduling, lanes

ROWS: list[dict[str, Any]] = [
    {"node": "a.py::t[shop-web]", "stack": "shop", "lane": "observe"},
    {"node": "b.py::t[shop-web]", "stack": "shop", "lane": "observe"},
    {"node": "a.py::f[shop-web]", "stack": "shop", "lane": "faults"},
    {"node": "a.py::t[blog-web]", "stack": "blog", "lane": "observe"},
]


@pytest.fixture
def scheduling(tmp_path: Path, request: pytest.FixtureRequest) -> LaneScheduling:
    """A scheduler with a plan."""
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"rows": ROWS, "controls": []}))
    config = Config(request.config)
    found = LaneScheduling(config, Producer("test", enabled=False), plan)  # type: ignore[arg-type]
    assert config.option.loadscopereorder is False
    return found


class Config:
    """The part of pytest's configuration that a scheduler asks for."""

    def __init__(self, config: pytest.Config) -> None:
        self.option = type("Option", (), {"loadscopereorder": True})()
        self.hook = config.hook

    def getvalue(self, name: str) -> object:
        """Two workers."""
        return {"tx": ["popen", "popen"]}[name]


def scopes(scheduling: LaneScheduling) -> list[str]:
    """The group of each planned test."""
    return [scheduling._split_scope(row["node"]) for row in ROWS]  # noqa: SLF001 - what xdist calls


def test_group_is_a_lane_of_a_stack(scheduling: LaneScheduling) -> None:
    """Whatever file a test stands in."""
    assert scopes(scheduling) == ["shop:observe", "shop:observe", "shop:faults", "blog:observe"]


def test_other_tests_are_grouped_as_xdist_does(scheduling: LaneScheduling) -> None:
    """A team's own tests without a stack."""
    assert scheduling._split_scope("own/test_x.py::test_y") == "own/test_x.py"  # noqa: SLF001


@pytest.mark.parametrize(
    ("workers", "groups"),
    [
        (2, {"shop:faults", "shop:observe", "blog:outages"}),
        (3, {"shop:faults", "shop:observe", "blog:outages"}),
        (4, {"shop:faults", "shop:stops", "shop:observe", "blog:outages", "blog:scale"}),
    ],
)
def test_kin_share_a_sandbox_unless_a_worker_would_be_idle(workers: int, groups: set[str]) -> None:
    """A sandbox more costs its bring-up."""
    places = [
        ("shop", "faults"),
        ("shop", "stops"),
        ("shop", "observe"),
        ("blog", "outages"),
        ("blog", "scale"),
    ]
    rows = [{"node": f"{stack}-{lane}", "stack": stack, "lane": lane} for stack, lane in places]

    assert {*lanes(rows, workers).values()} == groups  # type: ignore[arg-type]
