"""Stacks that fail as people's stacks did: the tool says of each what its README demands, and no more."""

from pathlib import Path

import pytest
from tests.live import cases, expectations
from tests.live.cases import Case
from tests.live.running import Lab

# An image is built with packages, a database is made, and services do not come back and are waited for.
DEADLINE = 600.0
NOT_STARTED = 4


def _parameters() -> list[object]:
    """All runs; one that is not met yet fails here as soon as it is met."""
    return [
        pytest.param(
            case, id=str(case), marks=[pytest.mark.xfail(reason=case.not_met_yet, raises=AssertionError)]
        )
        if case.not_met_yet
        else pytest.param(case, id=str(case))
        for case in cases.cases()
    ]


@pytest.mark.parametrize("case", _parameters())
def test_what_the_readme_demands(case: Case, tmp_path: Path, lab: Lab) -> None:
    """A false outcome of a control is a difference, also of one that the README does not name."""
    project = case.lay_out(tmp_path / case.folder.name)

    ended = lab.start("stackproof", "check", str(project), "-n", "1", *case.run.options).wait(DEADLINE)

    assert case.run.differences(ended.results) == [], ended.output
    assert ended.code == case.run.exit, ended.output
    if ended.code != NOT_STARTED:
        assert expectations.judging() == {row["control"] for row in ended.results["outcomes"]}
    assert lab.left() == {}
