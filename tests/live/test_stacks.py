"""Stacks that nobody of us wrote: every control says of every service what their authors expected."""

import pytest
from tests.live import expectations
from tests.live.expectations import Project
from tests.live.running import Lab

PROJECTS = expectations.projects()
# Images are built, databases made, and half of the services do not come back and are waited for.
DEADLINE = 900.0


def test_all_twelve_are_there() -> None:
    """None was lost."""
    assert len(PROJECTS) == 12


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.folder.name)
def test_every_outcome_is_as_expected(project: Project, lab: Lab) -> None:
    """The tool as its users run it says what the author of the stack expected."""
    words = ["check", str(project.folder), "-n", "2", "--fail-on", "low"]
    ended = lab.start("stackproof", *words).wait(DEADLINE)

    assert ended.code in (0, 1), ended.output
    found = expectations.differences(project, ended.results)
    assert not found, "\n".join([*found, ended.output])
    assert expectations.judging() == {row["control"] for row in ended.results["outcomes"]}
    assert lab.left() == {}
