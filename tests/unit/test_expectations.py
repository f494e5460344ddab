"""The expectation files of tests/live/stacks say one thing of every control and service."""

import pytest
from tests.live import expectations
from tests.live.expectations import Project

from stackproof.controls import catalogue

PROJECTS = expectations.projects()


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.folder.name)
def test_each_control_once_per_service(project: Project) -> None:
    """A cell that is missing, twice there or of no control would be compared with nothing."""
    written = project.written()
    services = {service for service, _control in written}

    assert {cell: len(outcomes) for cell, outcomes in written.items()} == {
        (service, control): 1 for service in services for control in catalogue.entries()
    }
    assert not project.corrections().keys() - written.keys()
    for cell, row in project.corrections().items():
        assert written[cell] == [row.was] != [row.now]


def test_what_a_run_said() -> None:
    """Several outcomes of a service are all told; a row without one may only say that there is nothing."""
    rows = [
        {"service": "web", "control": "a-b", "outcome": "pass"},
        {"service": "web", "control": "a-b", "outcome": "fail"},
        {"service": None, "control": "c-d", "outcome": "not applicable"},
    ]
    assert expectations.said({"outcomes": rows}) == {("web", "a-b"): "fail, pass"}
    with pytest.raises(AssertionError):
        expectations.said({"outcomes": [{"service": None, "control": "c-d", "outcome": "unknown"}]})
