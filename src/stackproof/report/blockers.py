"""What fails the run, gravest first: each finding, and each cause once."""

from collections.abc import Iterator
from dataclasses import dataclass

from stackproof.outcomes.model import OutcomeKind, Severity
from stackproof.report.text import first_line, gist
from stackproof.report.view import Overview, StackView

_KINDS = list(OutcomeKind)


@dataclass(frozen=True, kw_only=True)
class Blocker:
    """One thing to see to, and where the page tells of it."""

    kind: OutcomeKind
    severity: Severity
    anchor: str
    title: str
    subject: str
    stack: str
    gist: str
    control: str = ""
    """Its id; empty for a cause, which is no control's."""


def blockers(overview: Overview) -> list[Blocker]:
    """Return what fails the run, gravest first."""
    found = (blocker for stack in overview.stacks for blocker in _of_stack(stack))
    return sorted(found, key=lambda blocker: (_KINDS.index(blocker.kind), -blocker.severity.rank))


def _of_stack(stack: StackView) -> Iterator[Blocker]:
    for cause in stack.causes:
        yield Blocker(
            kind=OutcomeKind.UNKNOWN,
            severity=cause.severity,
            anchor=cause.anchor,
            title=cause.title,
            subject=cause.subject,
            stack=stack.info.name,
            gist=gist(cause.cause.message),
        )
    for entry in stack.entries:
        if entry.outcome.outcome.gates and stack.cause_of(entry) is None:
            yield Blocker(
                kind=entry.outcome.outcome,
                severity=entry.outcome.severity,
                anchor=entry.anchor,
                title=entry.control.title,
                subject=entry.subject,
                stack=stack.info.name,
                gist=first_line(entry.outcome.message),
                control=entry.control.id,
            )
