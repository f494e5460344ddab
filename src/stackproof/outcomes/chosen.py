"""What was chosen to judge a stack by: its profile, and the controls that run on it."""

from collections.abc import Iterable

from stackproof.controls import profile as profiles
from stackproof.controls.catalogue import Entry
from stackproof.controls.profile import Profile
from stackproof.controls.selection import Selection, checked
from stackproof.errors import UsageError
from stackproof.settings import Settings
from stackproof.stack.stack import Stack


def profile(settings: Settings, stack: Stack) -> Profile:
    """Return how a stack is judged: as was typed, as its contract says, as the team's table says."""
    typed = settings.profile if "profile" not in settings.origins else None
    return profiles.load(typed or stack.contract.profile or settings.profile or profiles.DEFAULT)


def selection(settings: Settings, controls: dict[str, Entry], stack: Stack | None = None) -> Selection:
    """Return which controls run on a stack; without one, those that may run on any.

    Raises UsageError for a pattern that names none.
    """
    select, ignore = (_patterns(name, getattr(settings, name)) for name in ("select", "ignore"))
    found = Selection(
        select=select,
        ignore=ignore,
        only_observe=settings.attach is not None,
        profile=profile(settings, stack) if stack else None,
    )
    return checked(found, controls)


def _patterns(name: str, several: Iterable[str]) -> tuple[str, ...]:
    """Return the patterns in texts that separate them by commas.

    Raises UsageError where there are texts and no pattern in them: a variable may have been empty.
    """
    several = tuple(several)
    found = tuple(pattern.strip() for text in several for pattern in text.split(",") if pattern.strip())
    if several and not found:
        msg = f"--{name} names no control\n  fix: leave it out, or name one; `stackproof controls` lists them"
        raise UsageError(msg)
    return found
