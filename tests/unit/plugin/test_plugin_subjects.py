"""What each case of a test is about."""

from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.conftest import MakeStack

from stackproof.controls.control import Lane, control
from stackproof.outcomes.model import Severity
from stackproof.outcomes.subject import Subject
from stackproof.plugin import subjects
from stackproof.plugin.declared import lane_of
from stackproof.plugin.subjects import LONGEST_FIRST, SUBJECTS, services_of
from stackproof.stack.stack import Stack

CONTRACT = """
http:
  - {service: web, path: /}
  - {service: api, path: /health}
outages:
  - stop: api
    expect: [{service: web, path: /, status: 503}]
"""
SERVICES: dict[str, Any] = {"web": {"deploy": {"replicas": 2}}, "api": {}, "job": {"deploy": {"replicas": 0}}}


def ids(fixture: str, stack: Stack) -> list[str]:
    """Ids of the cases of a test that asks for a fixture."""
    return [subject.id for subject in SUBJECTS[fixture](stack)]


@pytest.mark.parametrize(
    ("fixture", "expected"),
    [
        ("stack", ["shop"]),
        ("service", ["shop-api", "shop-job", "shop-web"]),
        ("container", ["shop-api-1", "shop-web-1", "shop-web-2"]),
        ("endpoint", ["shop-web-endpoint1", "shop-api-endpoint2"]),
        ("outage", ["shop-api-outage1"]),
    ],
)
def test_cases(make_stack: MakeStack, fixture: str, expected: list[str]) -> None:
    """From model and contract alone, sorted, the same for every worker."""
    one, other = make_stack(SERVICES, CONTRACT), make_stack(dict(reversed(SERVICES.items())), CONTRACT)

    assert ids(fixture, one) == ids(fixture, one) == ids(fixture, other) == expected


@pytest.mark.parametrize("fixture", ["endpoint", "outage"])
def test_contract_that_names_none(make_stack: MakeStack, fixture: str) -> None:
    """One case for the whole stack, which then is not applicable with a reason."""
    (subject,) = SUBJECTS[fixture](make_stack({"web": {}}))

    assert (subject.service, subject.entry, subject.id) == (None, None, "shop")


def test_ids_are_unique_per_fixture(make_stack: MakeStack) -> None:
    """Two endpoints of one service are two cases."""
    stack = make_stack({"web": {}}, "http: [{service: web, path: /}, {service: web, path: /x}]")

    for fixture in SUBJECTS:
        found = ids(fixture, stack)
        assert len(set(found)) == len(found)


def test_container_name(make_stack: MakeStack) -> None:
    """As in `docker compose ps`; none for a subject that is no container."""
    stack = make_stack({"web": {}})

    assert Subject(stack=stack, service="web", number=2).container == "web-2"
    assert Subject(stack=stack, service="web").container is None


def test_lane() -> None:
    """A team's own test only observes."""

    class Item:
        function = staticmethod(control("a-b", "x", severity=Severity.LOW, lane=Lane.SCALE)(lambda: None))

    class Own:
        function = staticmethod(lambda: None)

    assert lane_of(Item()) is Lane.SCALE  # type: ignore[arg-type]
    assert lane_of(Own()) is Lane.OBSERVE  # type: ignore[arg-type]


def test_aspects_of_the_contract(make_stack: MakeStack) -> None:
    """An endpoint is known by its path, an outage by what is asked meanwhile; never by its place."""
    text = (
        "http: [{service: web, path: /}, {service: web, path: /x}, {service: web, path: /x, status: 404}]\n"
        "outages: [{stop: db, expect: [{service: web, path: /x}, {service: web, path: /y}]}]"
    )
    stack = make_stack({"web": {}, "db": {}}, text)

    assert [subject.aspect for subject in SUBJECTS["endpoint"](stack)] == ["/", "/x", "/x#2"]
    assert [subject.aspect for subject in SUBJECTS["outage"](stack)] == ["web/x, web/y"]


def test_every_lane_has_a_place_in_the_order() -> None:
    """Sorting would fail for one that has not."""
    assert sorted(LONGEST_FIRST) == sorted(Lane)


@pytest.mark.parametrize(
    ("fixtures", "expected"),
    [
        (["endpoint", "http"], ["api", "web"]),
        (["outage", "sandbox"], ["api"]),
        (["container"], ["api", "job", "web"]),
        (["service"], ["api", "job", "web"]),
        (["sandbox"], []),
        (["tmp_path"], []),
    ],
)
def test_services_that_a_control_can_be_about(
    make_stack: MakeStack, fixtures: list[str], expected: list[str]
) -> None:
    """Of the contract only those that an entry is about."""

    class Item:
        fixturenames = fixtures

    assert services_of(Item(), make_stack(SERVICES, CONTRACT)) == expected  # type: ignore[arg-type]


def test_order_within_a_lane(make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who watches comes after the others, and last who asks what a service may take amiss."""
    stack = make_stack({"web": {}})

    def item(name: str, *, watches: bool = False, greets: bool = False) -> Any:  # noqa: ANN401 - a test
        declare = control(f"it-{name}", "x", severity=Severity.LOW, watches=watches, greets=greets)
        function = declare(lambda: None)
        return SimpleNamespace(function=function, name=name)

    items = [item("greets", greets=True), item("watches", watches=True), item("looks")]
    monkeypatch.setattr(subjects, "subject_of", lambda _item: Subject(stack=stack, service="web"))
    subjects.sort(items)

    assert [one.name for one in items] == ["looks", "watches", "greets"]
