"""Which tests run: those of the controls that do."""

from collections.abc import Callable

import pytest

from stackproof.controls.catalogue import Entry
from stackproof.controls.selection import Selection
from stackproof.plugin.declared import declared, rules_of, subject_of
from stackproof.stack.stack import Stack

Selections = Callable[[Stack | None], Selection]
"""Returns what runs on a stack; of None, what may run on any."""


def of_item(selections: Selections, item: pytest.Item) -> Selection:
    """Return what runs on the stack of a test."""
    subject = subject_of(item)
    return selections(subject.stack if subject else None)


def apply(
    selections: Selections, config: pytest.Config, items: list[pytest.Item], controls: dict[str, Entry]
) -> None:
    """Deselect tests whose controls do not run; tests without a control stay."""
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        decided = list(declared(item, controls))
        runs = of_item(selections, item).runs
        (kept if not decided or any(map(runs, decided)) else dropped).append(item)
    if dropped:
        items[:] = kept
        config.hook.pytest_deselected(items=dropped)


def rules(selection: Selection, item: pytest.Item, controls: dict[str, Entry]) -> list[Entry]:
    """Return the rules that a test judges in this run: those of its family that are selected."""
    return [entry for entry in rules_of(item, controls) if selection.runs(entry.control)]
