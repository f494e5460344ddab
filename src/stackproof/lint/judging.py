"""Judge one stack by its rules."""

from collections.abc import Iterable, Iterator

from stackproof.controls.catalogue import Entry
from stackproof.controls.severity import Severity
from stackproof.lint.images import LocalImages
from stackproof.outcomes import chosen, judging
from stackproof.outcomes.model import Outcome
from stackproof.rules.running import rulings
from stackproof.settings import Settings
from stackproof.stack.stack import Stack

MOST_SERVICES = 1000
"""Services of one stack. A larger one was made by a program, and nobody reads its findings."""


def rules_of(stack: Stack, settings: Settings, controls: dict[str, Entry]) -> list[Entry]:
    """Return the rules that judge a stack."""
    selection = chosen.selection(settings, controls, stack)
    return [entry for entry in controls.values() if entry.is_rule and selection.runs(entry.control)]


def judge(
    stack: Stack, settings: Settings, controls: dict[str, Entry], images: LocalImages
) -> Iterator[Outcome]:
    """Yield what the rules say of a stack, as much of it as is shown: the rest takes its time."""
    brief = not settings.report_dir and not settings.verbose
    yield from judge_by(rules_of(stack, settings, controls), stack, settings, images, brief=brief)


def judge_by(
    rules: Iterable[Entry], stack: Stack, settings: Settings, images: LocalImages, *, brief: bool = False
) -> Iterator[Outcome]:
    """Yield what some rules say of a stack; `brief` as in `judging.judge`."""
    profile = chosen.profile(settings, stack)
    for ruling in rulings(stack, rules, images.of, brief=brief):
        yield from judging.judge(
            profile.graded(ruling.control),
            ruling.subject,
            ruling.said,
            fail_on=settings.fail_on,
            evidence=ruling.evidence,
            seconds=ruling.seconds,
            # A container may have it right all the same, as one whose entrypoint drops to a user of its own.
            at_most=Severity.MEDIUM if ruling.control.proven_by else Severity.CRITICAL,
            brief=brief,
        )
