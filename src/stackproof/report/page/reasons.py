"""What did not apply, by its reason: many rows say few things."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from stackproof.outcomes.model import ControlInfo, OutcomeKind
from stackproof.report.entry import Entry
from stackproof.report.text import clean, one_line

_SUBJECT = "…"


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One reason, and all for which it was given."""

    text: str
    controls: tuple[ControlInfo, ...]
    subjects: tuple[str, ...]
    """Stack and subject of each outcome."""


def reasons(entries: Iterable[Entry]) -> list[Reason]:
    """Return the reasons for which controls did not apply, the most frequent first.

    The name of the subject does not tell reasons apart: it is left out of them where it stands as a word.
    """
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.outcome.outcome is OutcomeKind.NOT_APPLICABLE:
            found[_without_subject(entry)].append(entry)
    listed = [
        Reason(
            text=text,
            controls=tuple({entry.control.id: entry.control for entry in those}.values()),
            subjects=tuple(
                dict.fromkeys(one_line(f"{entry.outcome.stack} / {entry.subject}") for entry in those)
            ),
        )
        for text, those in found.items()
    ]
    return sorted(listed, key=lambda reason: (-len(found[reason.text]), reason.text))


def _without_subject(entry: Entry) -> str:
    """Return the reason without the names of what it is about."""
    names = {entry.outcome.container, entry.outcome.service} - {None, ""}
    words = clean(entry.outcome.message).strip().split(" ")
    return " ".join(_word(word, names) for word in words)


def _word(word: str, names: set[str | None]) -> str:
    bare = word.strip(",;:.()`'\"")
    return word.replace(bare, _SUBJECT, 1) if bare and bare in names else word
