"""Which controls run: those of the profile or of `--select`, without `--ignore`, by id or pattern."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from stackproof.controls import peers
from stackproof.controls.catalogue import Entry
from stackproof.controls.control import Control, Lane
from stackproof.controls.profile import Profile
from stackproof.controls.spelling import hint
from stackproof.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Patterns of control ids. Nothing selected means all of the profile; without one, everything."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    only_observe: bool = False
    """Whether tests that disturb are left out."""
    profile: Profile | None = None
    """How a stack is judged; what is selected is judged, whatever the profile says of it."""

    def check(self, known: Iterable[str]) -> None:
        """Refuse a pattern that names no control: a typing error must not silently prove less.

        Raises UsageError.
        """
        known = list(known)
        for pattern in (*self.select, *self.ignore):
            if not any(fnmatchcase(name, pattern) for name in known):
                where = "`stackproof controls` lists those that there are"
                meant = peers.answer(pattern) or hint(pattern, known)
                msg = f"no control matches {pattern!r}{meant}\n  fix: {where}"
                raise UsageError(msg)

    def wants(self, name: str) -> bool:
        """Whether a control runs."""
        chosen = not self.select or any(fnmatchcase(name, pattern) for pattern in self.select)
        return chosen and not any(fnmatchcase(name, pattern) for pattern in self.ignore)

    def runs(self, control: Control) -> bool:
        """Whether a control is wanted and may be run here."""
        judges = bool(self.select) or self.profile is None or self.profile.has(control)
        return judges and self.wants(control.id) and (control.lane is Lane.OBSERVE or not self.only_observe)

    def graded(self, control: Control) -> Control:
        """Return a control with the severity that it has in the profile."""
        return self.profile.graded(control) if self.profile else control


def checked(selection: Selection, controls: dict[str, Entry]) -> Selection:
    """Return the selection if every pattern names a control, and one at least may be run.

    Raises UsageError otherwise.
    """
    selection.check(controls)
    if any(selection.runs(entry.control) for entry in controls.values()):
        return selection
    msg = "no control is left to run: what is selected is ignored, too\n  fix: ignore less, or select more"
    if selection.only_observe:
        msg = "an attached stack is only looked at, and no control that only looks is selected"
    raise UsageError(msg)
