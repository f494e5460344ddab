"""One outcome as reports show it, and the name by which they link to it."""

import hashlib
import posixpath
from collections import Counter
from dataclasses import dataclass
from datetime import date

from stackproof.outcomes.model import ControlInfo, Outcome, OutcomeKind

WHOLE_STACK = "whole stack"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One outcome with its control, and the name by which a page links to it."""

    anchor: str
    outcome: Outcome
    control: ControlInfo
    run_date: date
    folder: str = ""
    """Where the paths of its stack start, from where the command was called or in full."""

    @property
    def subject(self) -> str:
        """What the outcome is about, within its stack: container, service or all of it, and the aspect."""
        of = self.outcome.container or self.outcome.service or WHOLE_STACK
        return f"{of} {self.outcome.aspect}" if self.outcome.aspect else of

    @property
    def path(self) -> str:
        """The file where it can be repaired, from where the command was called or in full; empty for none."""
        return self.beside(self.outcome.file) if self.outcome.file else ""

    def beside(self, file: str) -> str:
        """Return the path of another file of the stack, from where the command was called or in full."""
        return posixpath.normpath(posixpath.join(self.folder, file))

    @property
    def place(self) -> str:
        """Where the finding can be repaired, as editors understand it; no folder of the machine is named."""
        file = self.outcome.file if self.path.startswith("/") else self.path
        parts = (file or None, self.outcome.line, self.outcome.column)
        return ":".join(str(part) for part in parts if part is not None)

    @property
    def fix(self) -> str:
        """What to do about it, as the control says; of an unknown about what stood in the way."""
        unknown = self.outcome.outcome is OutcomeKind.UNKNOWN
        return self.outcome.fix if unknown else self.control.fix

    @property
    def days_left(self) -> int | None:
        """Days from the run, not from today, to the end of the waiver: an old page must not change."""
        return (self.outcome.waiver.expires - self.run_date).days if self.outcome.waiver else None


class Anchors:
    """Names that are the same from run to run, each of them given once."""

    def __init__(self) -> None:
        self._given: Counter[str] = Counter()

    def outcome(self, outcome: Outcome) -> str:
        """Name an outcome by its fingerprint; one that has none by what a fingerprint is made of."""
        parts = (outcome.stack, outcome.service, outcome.container, outcome.control, outcome.aspect)
        return self._once(f"outcome-{_word(outcome.fingerprint, *parts)}")

    def cause(self, fingerprint: str) -> str:
        """Name a cause."""
        return self._once(f"cause-{_word(fingerprint, fingerprint)}")

    def _once(self, name: str) -> str:
        self._given[name] += 1
        return name if self._given[name] == 1 else f"{name}-{self._given[name]}"


def _word(fingerprint: str, *parts: str | None) -> str:
    """Return a fingerprint, or one of the parts where there is none that can stand in a link."""
    if fingerprint.isascii() and fingerprint.isalnum():
        return fingerprint
    text = "\0".join(part or "" for part in parts)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]
