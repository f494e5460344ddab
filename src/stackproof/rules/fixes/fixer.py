"""What a fix is: how it changes the text of a file, and what it changes in the model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stackproof.rules.fixes.text import Edit, NotFixable
from stackproof.rules.fixes.tree import Entry, Tree


@dataclass(frozen=True, kw_only=True)
class Target:
    """A finding, as far as its fix must know it."""

    tree: Tree
    line: int
    column: int
    filled: Callable[[str], str] = str
    """Puts the values of variables into a text."""
    service: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The resolved service as it is without the fix."""

    @property
    def entry(self) -> Entry:
        """The key or the entry of a list that the finding names. Raises NotFixable where there is none."""
        if found := self.tree.entry(self.line, self.column):
            return found
        msg = "its place in the text was not found"
        raise NotFixable(msg)


Effect = Callable[[dict[str, Any], Target], None]
"""Changes the resolved service as the fix does."""


@dataclass(frozen=True, kw_only=True)
class Fixer:
    """The fix of one rule's findings."""

    edits: Callable[[Target], list[Edit]]
    """Raises NotFixable where a finding has no one right answer, or none that is safe to write."""
    effect: Effect | None = None
    """What becomes of a service with such a finding; None where the model stays as it is."""
    changes: str = ""
    """What is another when it runs, in words."""
    one_by_one: bool = False
    """Whether the fix of one finding decides how another of the same service is fixed."""
