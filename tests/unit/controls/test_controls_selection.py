"""Which controls run."""

import re

import pytest

from stackproof.controls import catalogue
from stackproof.controls.control import Control, Lane
from stackproof.controls.selection import Selection, checked
from stackproof.errors import UsageError
from stackproof.outcomes.model import Severity


@pytest.mark.parametrize("lane", list(Lane))
def test_attached_stack_is_only_observed(lane: Lane) -> None:
    """Beside an attached stack no control of a disruptive lane runs, not even one that was selected."""
    control = Control(id="a-b", title="x", severity=Severity.LOW, lane=lane)

    assert Selection(select=("a-*",)).runs(control)
    assert Selection(select=("a-*",), only_observe=True).runs(control) is (lane is Lane.OBSERVE)
    assert not Selection(ignore=("a-*",), only_observe=True).runs(control)


def test_nothing_is_left() -> None:
    """Whoever ignores all that is selected, or all that there is, would prove nothing."""
    entries = catalogue.entries()
    for select in ((), ("no-privileged",), ("no-*",)):
        with pytest.raises(UsageError, match="no control is left to run"):
            checked(Selection(select=select, ignore=select or ("*",)), entries)
    kept = Selection(select=("no-*",), ignore=("no-privileged",))
    assert checked(kept, entries) is kept


def test_attached_stack_with_nothing_to_look_at() -> None:
    """A selection of disruptive controls alone is a mistake beside an attached stack, and none elsewhere."""
    entries = catalogue.entries()
    disruptive = tuple(
        entry.control.id for entry in entries.values() if entry.control.lane is not Lane.OBSERVE
    )

    with pytest.raises(UsageError, match="no control that only looks is selected"):
        checked(Selection(select=disruptive, only_observe=True), entries)
    assert checked(Selection(select=disruptive), entries).select == disruptive


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("CL-0002", "compose-lint CL-0002 is answered by no-privileged"),
        ("CIS 5.5", "CIS Docker 1.6.0 5.5 is answered by no-privileged"),
        ("CIS-DI-0005", "Dockle CIS-DI-0005 is answered by none: it is a variable of the client"),
        ("DL3008", "rules of hadolint are answered as far as"),
        ("NO-PRIVILEGED", "did you mean 'no-privileged'?"),
    ],
)
def test_pattern_that_is_another_tools_id(pattern: str, said: str) -> None:
    """What answers it is told, so that it can be selected."""
    with pytest.raises(UsageError, match=f"no control matches .*{re.escape(said)}"):
        Selection(select=(pattern,)).check(["no-privileged"])
