"""The `@rule` decorator: a control that is a pure function of what it asks for."""

import inspect
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from stackproof.controls.control import Control, Needs, declare
from stackproof.controls.severity import Severity
from stackproof.outcomes.finding import Finding

Rule = TypeVar("Rule", bound=Callable[..., Iterator[Finding]])
# What a rule may ask for, the most particular subject first; the last two come along with any.
SUBJECTS: Final = ("port", "mount", "service", "stack")
PARAMETERS: Final = frozenset({*SUBJECTS, "image", "evidence"})


def rule(  # noqa: PLR0913 - what a rule declares
    id: str,  # noqa: A002 - it reads as the catalogue does
    title: str,
    *,
    severity: Severity,
    needs: Needs = Needs.MODEL,
    key: str | None = None,
    proven_by: str | None = None,
) -> Callable[[Rule], Rule]:
    """Declare a control on a generator of findings. Its parameters name the subject; none found is a pass.

    `service` is judged once for each service, `port` and `mount` for each of a service's; `image` is what the
    service's image says, and goes with `needs=IMAGE`. The docstring is that of a control. `proven_by` names
    the control that decides the same on running containers: beside it a finding is one of low severity.
    Raises ValueError for a parameter that no rule has, and as `Control` does.
    """
    declared = Control(id=id, title=title, severity=severity, needs=needs, key=key, proven_by=proven_by)

    def note(function: Rule) -> Rule:
        if wrong := _mistake(set(inspect.signature(function).parameters), needs):
            msg = f"rule {id} {wrong}"
            raise ValueError(msg)
        marked: Rule = declare(declared)(function)
        return marked

    return note


def _mistake(asked: set[str], needs: Needs) -> str:
    """Say what is wrong with what a rule asks for; empty for nothing."""
    if strange := sorted(asked - PARAMETERS):
        return f"asks for {', '.join(strange)}; there are {', '.join(sorted(PARAMETERS))}"
    if not asked & set(SUBJECTS):
        return f"asks for no subject: {', '.join(SUBJECTS)}"
    if needs is Needs.SANDBOX:
        return "needs a sandbox, and so is a test with `@control`"
    if {"port", "mount"} <= asked or ("image" in asked and asked & set(SUBJECTS) == {"stack"}):
        return "asks for too much: it is about a port or a mount, and an image is that of a service"
    if ("image" in asked) is not (needs is Needs.IMAGE):
        return "must say both or neither: `image` and `needs=IMAGE` go together"
    return ""
