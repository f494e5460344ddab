"""Which controls run: `--select` and `--ignore` by id or pattern, as linters do."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

import pytest

from stackproof.controls.catalogue import Entry
from stackproof.controls.control import Control, Lane
from stackproof.controls.spelling import hint
from stackproof.errors import UsageError
from stackproof.plugin.declared import declared, rules_of


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Patterns of control ids. Nothing selected means everything."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    only_observe: bool = False
    """Whether tests that disturb are left out."""

    def check(self, known: Iterable[str]) -> None:
        """Refuse a pattern that names no control: a typing error must not silently prove less.

        Raises UsageError.
        """
        known = list(known)
        for pattern in (*self.select, *self.ignore):
            if not any(fnmatchcase(name, pattern) for name in known):
                msg = f"no control matches {pattern!r}{hint(pattern, known)}"
                raise UsageError(msg)

    def wants(self, name: str) -> bool:
        """Whether a control runs."""
        chosen = not self.select or any(fnmatchcase(name, pattern) for pattern in self.select)
        return chosen and not any(fnmatchcase(name, pattern) for pattern in self.ignore)

    def runs(self, control: Control) -> bool:
        """Whether a control is wanted and may be run here."""
        return self.wants(control.id) and (control.lane is Lane.OBSERVE or not self.only_observe)


def apply(
    selection: Selection, config: pytest.Config, items: list[pytest.Item], controls: dict[str, Entry]
) -> None:
    """Deselect tests whose controls do not run; tests without a control stay."""
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        decided = list(declared(item, controls))
        (kept if not decided or any(map(selection.runs, decided)) else dropped).append(item)
    if dropped:
        items[:] = kept
        config.hook.pytest_deselected(items=dropped)


def rules(selection: Selection, item: pytest.Item, controls: dict[str, Entry]) -> list[Entry]:
    """Return the rules that a test judges in this run: those of its family that are selected."""
    return [entry for entry in rules_of(item, controls) if selection.runs(entry.control)]


def checked(selection: Selection, controls: dict[str, Entry]) -> Selection:
    """Return the selection if every pattern names a control, and one at least may be run.

    Raises UsageError otherwise.
    """
    selection.check(controls)
    if selection.only_observe and not any(selection.runs(entry.control) for entry in controls.values()):
        msg = "an attached stack is only looked at, and no control that only looks is selected"
        raise UsageError(msg)
    return selection
