"""What was chosen to judge a stack by: its profile, and the controls that run on it."""

from stackproof.controls import profile as profiles
from stackproof.controls.catalogue import Entry
from stackproof.controls.profile import Profile
from stackproof.controls.selection import Selection, checked
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
    select, ignore = (
        tuple(pattern.strip() for text in several for pattern in text.split(","))
        for several in (settings.select, settings.ignore)
    )
    found = Selection(
        select=select,
        ignore=ignore,
        only_observe=settings.attach is not None,
        profile=profile(settings, stack) if stack else None,
    )
    return checked(found, controls)
