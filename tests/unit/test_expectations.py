"""The expectation files of tests/live/stacks say one thing of every control and service."""

import pytest
from tests.live import expectations
from tests.live.expectations import Project

PROJECTS = expectations.projects()


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.folder.name)
def test_each_expectation_once(project: Project) -> None:
    """One that is there twice, is of no live control, or corrects nothing would be compared with nothing."""
    written = project.written()

    assert written
    assert {control for _service, control in written} <= expectations.live()
    assert {cell: len(outcomes) for cell, outcomes in written.items() if len(outcomes) > 1} == {}
    for cell, row in project.corrections().items():
        assert row.was != row.now
        assert written.get(cell, ["pass"]) == [row.was]


def test_what_a_run_said() -> None:
    """Several outcomes of a service are all told; a row without one may only say that there is nothing."""
    rows = [
        {"service": "web", "control": "crash-restart", "outcome": "pass"},
        {"service": "web", "control": "crash-restart", "outcome": "fail"},
        {"service": None, "control": "graceful-stop", "outcome": "not applicable"},
    ]
    assert expectations.said({"outcomes": rows}) == {("web", "crash-restart"): "fail, pass"}
    with pytest.raises(AssertionError):
        expectations.said({"outcomes": [{"service": None, "control": "graceful-stop", "outcome": "unknown"}]})
