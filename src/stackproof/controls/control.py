"""The `@control` decorator and what it declares."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NoReturn, TypeVar

from stackproof.controls.severity import Severity

LONGEST_TITLE: Final = 80
Test = TypeVar("Test", bound=Callable[..., Any])
# Of a function, what it declares: decorators that keep a function's attributes keep it, too.
_DECLARED: Final = "__stackproof_control__"
_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")


class Lane(StrEnum):
    """Tests that share one sandbox. Each lane of a stack has one, or takes over its kin's."""

    OBSERVE = "observe"  # changes nothing
    FAULTS = "faults"  # crashes, behind the back of the engine, and restores each time
    FREEZES = "freezes"  # keeps processes from running, behind its back, and lets them go on
    STOPS = "stops"  # kills and stops, as an operator does, and restores each time
    PERSISTENCE = "persistence"  # goes down and up
    OUTAGES = "outages"  # takes dependencies away
    SCALE = "scale"  # changes the number of replicas

    @property
    def kin(self) -> "Lane":
        """The first of the lanes that may follow each other in one sandbox, as long as none spoils it.

        They have sandboxes of their own where workers would be idle otherwise, or all would wait for one.
        """
        kin = {Lane.FREEZES: Lane.FAULTS, Lane.STOPS: Lane.FAULTS, Lane.SCALE: Lane.OUTAGES}
        return kin.get(self, self)


class Needs(StrEnum):
    """What must be there before a control can be decided; the order is from least to most."""

    MODEL = "model"  # the resolved compose file; no engine
    IMAGE = "image"  # an engine that has the image; no container
    SANDBOX = "sandbox"  # something that runs

    @property
    def engine(self) -> bool:
        """Whether an engine must be there."""
        return self is not Needs.MODEL


class Stage(StrEnum):
    """How far a service has come in a sandbox; the order is from least to most."""

    MADE = "made"  # its containers were made: what inspect and the events tell is true
    UP = "up"  # it runs, ready or not: what its processes are and do is true
    READY = "ready"  # it is healthy, or does what it is there for


@dataclass(frozen=True, kw_only=True)
class Control:
    """One requirement.

    Raises ValueError when its words break the house rules (from prowler's and repo-review's metadata checks).
    """

    id: str
    title: str
    severity: Severity
    lane: Lane = Lane.OBSERVE
    needs: Needs = Needs.SANDBOX
    key: str | None = None
    """The compose key that a finding is about; its line is where the finding points."""
    judges: Stage = Stage.READY
    """How far a service must have come before what the control looks at is true of it."""
    watches: bool = False
    """Whether it judges what was seen over the lane, and so comes after those of it that do not greet."""
    greets: bool = False
    """Whether it asks services in protocols that they may not know, and so comes after who watches them."""
    proven_by: str | None = None
    """Of a rule, the control that decides the same on what runs, and has the last word where it is judged."""

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
    judges: Stage = Stage.READY,
    watches: bool = False,
    greets: bool = False,
) -> Callable[[Test], Test]:
    """Declare a control on its test, which asks for what runs: a container, a service, a sandbox.

    The test's docstring says why, the fix behind `Fix:`, and for what it is decided behind `Applies to:`.
    `judges` says how far a service must have come; `watches`, that what was seen over the lane is judged;
    `greets`, that services are asked in protocols that they may take amiss. Raises ValueError, see `Control`.
    """
    return declare(
        Control(
            id=id,
            title=title,
            severity=severity,
            lane=lane,
            key=key,
            judges=judges,
            watches=watches,
            greets=greets,
        )
    )


def declare(control: Control) -> Callable[[Test], Test]:
    """Return a decorator that notes a control on the function that decides it."""

    def note(function: Test) -> Test:
        setattr(function, _DECLARED, control)
        return function

    return note


def of_function(function: Any) -> Control | None:  # noqa: ANN401 - any object of a module
    """Return the control declared on a function, or None."""
    found = getattr(function, _DECLARED, None)
    return found if isinstance(found, Control) else None


class NotApplicable(Exception):  # noqa: N818 - it names an outcome, not a mistake
    """A control has nothing to say of this subject; the message says why."""


def not_applicable(reason: str) -> NoReturn:
    """End the control: it does not apply to this subject, and why."""
    raise NotApplicable(reason)
