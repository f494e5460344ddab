"""One outcome as reports show it, and the name by which they link to it."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from stackproof.outcomes.model import ControlInfo, Outcome, OutcomeKind, Results, RevisionInfo, StackInfo

WHOLE_STACK = "whole stack"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One outcome with its control, and the name by which a page links to it."""

    anchor: str
    outcome: Outcome
    control: ControlInfo
    run_date: date
    info: StackInfo
    """The stack that it is an outcome of."""

    @property
    def subject(self) -> str:
        """What the outcome is about, within its stack: container, service or all of it, and the aspect."""
        of = self.outcome.container or self.outcome.service or WHOLE_STACK
        return f"{of} {self.outcome.aspect}" if self.outcome.aspect else of

    @property
    def path(self) -> str:
        """The file where it can be repaired, from where the command was called or in full; empty for none."""
        return self.info.path_of(self.outcome.file) if self.outcome.file else ""

    def named(self, file: str) -> str:
        """Return a file of the stack as scanners look for it, see `scanned`."""
        return scanned(self.info, self.info.path_of(file))

    @property
    def main(self) -> str:
        """The first file of the stack as scanners look for it; empty for a stack without files."""
        return scanned(self.info, next(iter(self.info.files), ""))

    @property
    def place(self) -> str:
        """Where the finding can be repaired, as editors understand it; no folder of the machine is named."""
        return place(self.info, self.outcome)

    @property
    def fix(self) -> str:
        """What to do about just this, or else what the control says, which of an unknown knows nothing."""
        unknown = self.outcome.outcome is OutcomeKind.UNKNOWN
        return self.outcome.fix or ("" if unknown else self.control.fix)

    @property
    def days_left(self) -> int | None:
        """Days from the run, not from today, to the end of the waiver: an old page must not change."""
        return (self.outcome.waiver.expires - self.run_date).days if self.outcome.waiver else None


def place(info: StackInfo, outcome: Outcome) -> str:
    """Return where a finding can be repaired, see `located`."""
    return located(info, outcome.file, outcome.line, outcome.column)


def located(info: StackInfo, named: str | None, line: int | None, column: int | None = None) -> str:
    """Return a place in a stack's files, as editors understand it; no folder of the machine is named."""
    path = info.path_of(named) if named else ""
    file = named if path.startswith("/") else path
    parts = (file or None, line, column)
    return ":".join(str(part) for part in parts if part is not None)


def places(results: Results) -> Callable[[Outcome], str]:
    """Return what says of outcomes of a run where they can be repaired, see `place`."""
    infos = {info.name: info for info in results.stacks}
    return lambda one: place(infos.get(one.stack, StackInfo(name=one.stack, files=(), services=())), one)


def in_repository(revision: RevisionInfo | None, path: str) -> str:
    """Return a path as the repository around a stack has it, and so who shows its files: from its top.

    In full for what lies outside of it, and as it came where no repository is known. `path` starts where
    the command was called, or is in full.
    """
    return _from_top(revision, revision, path) if revision else path


def scanned(info: StackInfo, path: str) -> str:
    """Return a path as `in_repository` does, for who has a whole checkout: a submodule is a folder of it."""
    return _from_top(info.revision, info.revision.scanned, path) if info.revision else path


def _from_top(revision: RevisionInfo, whole: RevisionInfo, path: str) -> str:
    if not path or not whole.root:
        return path
    full, top = PurePosixPath(revision.full(path)), PurePosixPath(whole.root)
    return str(full.relative_to(top) if full.is_relative_to(top) else full)


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
