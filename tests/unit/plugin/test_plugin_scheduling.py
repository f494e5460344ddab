"""All tests of one sandbox go to one worker."""

import json
from pathlib import Path
from typing import Any

import pytest
from xdist.remote import Producer

from stackproof.controls.control import Lane
from stackproof.plugin.scheduling import LaneScheduling, grouped

ROWS: list[dict[str, Any]] = [
    {"node": "a.py::t[shop-web]", "stack": "shop", "lane": "observe", "control": "a"},
    {"node": "b.py::t[shop-web]", "stack": "shop", "lane": "observe", "control": "b"},
    {"node": "a.py::f[shop-web]", "stack": "shop", "lane": "faults", "control": "f"},
    {"node": "a.py::t[zoo-web]", "stack": "zoo", "lane": "observe", "control": "a"},
    {"node": "a.py::t[blog-web]", "stack": "blog", "lane": "observe", "control": "a"},
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
    assert scopes(scheduling) == [
        "shop:observe",
        "shop:observe",
        "shop:faults",
        "zoo:observe",
        "blog:observe",
    ]


def test_other_tests_are_grouped_as_xdist_does(scheduling: LaneScheduling) -> None:
    """A team's own tests without a stack."""
    assert scheduling._split_scope("own/test_x.py::test_y") == "own/test_x.py"  # noqa: SLF001


PLACES = [
    *[("shop", "faults", "crash-restart")] * 3,
    *[("shop", "freezes", "healthcheck-not-vacuous")] * 3,
    *[("shop", "stops", "graceful-stop")] * 3,
    ("shop", "observe", "container-healthy"),
    ("blog", "outages", "tolerates-missing-dependency"),
    ("blog", "scale", "scales-without-conflict"),
]


@pytest.mark.parametrize(
    ("workers", "groups"),
    [
        (1, ["shop: faults freezes stops", "shop: observe", "blog: outages scale"]),
        (2, ["shop: faults freezes", "shop: observe", "shop: stops", "blog: outages scale"]),
        (3, ["shop: faults freezes", "shop: observe", "shop: stops", "blog: outages scale"]),
        (5, ["shop: observe", "shop: stops", "shop: faults", "shop: freezes", "blog: outages scale"]),
        (
            9,
            ["shop: observe", "shop: stops", "shop: faults", "shop: freezes", "blog: outages", "blog: scale"],
        ),
    ],
)
def test_kin_share_a_sandbox_unless_a_worker_would_be_idle_or_the_last(
    workers: int, groups: list[str]
) -> None:
    """A sandbox more costs its bring-up; what takes longest comes first."""
    rows = [{"stack": stack, "lane": lane, "control": control} for stack, lane, control in PLACES]
    found = grouped(rows, workers)  # type: ignore[arg-type]

    assert [f"{group.stack}: {' '.join(group.lanes)}" for group in found] == groups


def test_every_lane_has_a_length_and_no_group_two_names() -> None:
    """Of each lane there may be a test."""
    rows = [{"stack": "shop", "lane": lane, "control": "some"} for lane in Lane]

    for workers in range(1, 9):
        names = [group.name for group in grouped(rows, workers)]  # type: ignore[arg-type]
        assert len({*names}) == len(names)


class Node:
    """A worker, as far as a scheduler knows it."""

    shutting_down = False

    def __init__(self, name: str) -> None:
        self.gateway = type("Gateway", (), {"id": name})()
        self.config = type("Config", (), {})()
        self.sent: list[int] = []

    def send_runtest_some(self, indices: list[int]) -> None:
        """Note what it is to run."""
        self.sent += indices

    def shutdown(self) -> None:
        """Nothing more comes."""
        self.shutting_down = True


def test_a_worker_gets_more_only_when_it_cannot_go_on(scheduling: LaneScheduling) -> None:
    """Who has two tests can run the first; the lane that takes longest is the next to be given."""
    nodes = [Node("gw0"), Node("gw1")]
    nodeids = ["own.py::t", *(row["node"] for row in ROWS)]
    for node in nodes:
        scheduling.add_node(node)  # type: ignore[arg-type]
        scheduling.add_node_collection(node, nodeids)  # type: ignore[arg-type]
    scheduling.schedule()

    sent = [[nodeids[index] for index in node.sent] for node in nodes]
    shop = ["a.py::t[shop-web]", "b.py::t[shop-web]"]
    assert sent == [["own.py::t", *shop], ["a.py::t[blog-web]", "a.py::t[zoo-web]"]]
    scheduling.mark_test_complete(nodes[0], nodes[0].sent[0])  # type: ignore[arg-type]
    assert len(nodes[0].sent) == len(sent[0])
    scheduling.mark_test_complete(nodes[1], nodes[1].sent[0])  # type: ignore[arg-type]
    assert [nodeids[index] for index in nodes[1].sent][2:] == ["a.py::f[shop-web]"]
