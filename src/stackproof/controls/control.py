"""The `@control` decorator and what it declares."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NoReturn, TypeVar

import pytest

from stackproof.controls.severity import Severity

MARK: Final = "control"
LONGEST_TITLE: Final = 80
Test = TypeVar("Test", bound=Callable[..., None])
_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")


class Lane(StrEnum):
    """Tests that may share one sandbox. Each lane of a stack owns one."""

    OBSERVE = "observe"  # changes nothing
    FAULTS = "faults"  # crashes, kills, freezes and stops, and mends each time
    PERSISTENCE = "persistence"  # goes down and up
    OUTAGES = "outages"  # takes dependencies away
    SCALE = "scale"  # changes the number of replicas


@dataclass(frozen=True, kw_only=True)
class Control:
    """One requirement.

    Raises ValueError when its words break the house rules (from prowler's and repo-review's metadata checks).
    """

    id: str
    title: str
    severity: Severity
    lane: Lane
    key: str | None = None
    """The compose key that a finding is about; its line is where the finding points."""
    judges_unready: bool = False
    """Whether what it looks at is true of a container that is up and did not become ready."""

    def __post_init__(self) -> None:
        """Check the words."""
        if not _ID.fullmatch(self.id):
            msg = f"control id {self.id!r} is not kebab-case of two words or more"
            raise ValueError(msg)
        if len(self.title) > LONGEST_TITLE or "\n" in self.title or self.title.endswith("."):
            msg = f"title of {self.id}: one line of at most {LONGEST_TITLE} characters without a full stop"
            raise ValueError(msg)
        if self.title.startswith("Ensure"):
            msg = f"title of {self.id}: state the good state, not 'Ensure ...'"
            raise ValueError(msg)


def control(  # noqa: PLR0913 - what a control declares
    id: str,  # noqa: A002 - it reads as the catalogue does
    title: str,
    *,
    severity: Severity,
    lane: Lane = Lane.OBSERVE,
    key: str | None = None,
    judges_unready: bool = False,
) -> Callable[[Test], Test]:
    """Declare a control on its test. The test's docstring says why, how to mend, and for what it is decided.

    The second stands behind `Fix:`, the third behind `Applies to:`.
    """
    declared = Control(
        id=id, title=title, severity=severity, lane=lane, key=key, judges_unready=judges_unready
    )

    def declare(test: Test) -> Test:
        marked: Test = getattr(pytest.mark, MARK)(declared)(test)
        return marked

    return declare


def of_item(item: pytest.Item) -> Control | None:
    """Return the control that a test decides, or None for any other test."""
    mark = item.get_closest_marker(MARK)
    return _declared(mark.args) if mark else None


def of_function(function: Any) -> Control | None:  # noqa: ANN401 - any object of a module
    """Return the control declared on a function."""
    marks = getattr(function, "pytestmark", [])
    return next((found for mark in marks if mark.name == MARK and (found := _declared(mark.args))), None)


def _declared(args: tuple[object, ...]) -> Control | None:
    return args[0] if args and isinstance(args[0], Control) else None


class NotApplicable(pytest.skip.Exception):  # type: ignore[misc,name-defined]  # pytest sets it at run time
    """Raised by `not_applicable`; an ordinary skip in a control is not accepted as an outcome."""


def not_applicable(reason: str) -> NoReturn:
    """End the control: it does not apply to this subject, and why."""
    raise NotApplicable(reason, _use_item_location=True)
