"""What a pass says: the good state that the control names, and what was seen of it. Pure."""

from collections.abc import Mapping
from typing import Any

FACTS, ITEMS, WORD, LONGEST = 3, 5, 60, 200  # facts, items of one, characters of a word and of all


def passed(title: str, evidence: Mapping[str, Any]) -> str:
    """Return one sentence.

    >>> passed("Every process runs as a non-root user", {"uids": [999, 1000], "processes": 6})
    'Every process runs as a non-root user: uids 999, 1000; processes 6'
    >>> passed("Not privileged", {})
    'Not privileged'
    """
    told = [f"{name} {said}" for name, value in evidence.items() if (said := _said(value))][:FACTS]
    text = f"{title}: {'; '.join(told)}" if told else title
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 4]} ..."


def _said(value: Any) -> str:  # noqa: ANN401 - evidence is JSON-like
    """Return a value that fits into a sentence; of a table how many rows it has."""
    match value:
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return f"{value:g}" if isinstance(value, float) else str(value)
        case str():
            line = value.strip()
            return line if line and "\n" not in line and len(line) <= WORD else ""
        case list() | tuple() | set() | frozenset():
            items = sorted(value, key=str) if isinstance(value, set | frozenset) else list(value)
            whole = len(items) <= ITEMS and all(isinstance(one, str | int | float) for one in items)
            words = list(map(_said, items)) if whole else []
            return ", ".join(words) if all(words) and words else f"{len(items)} entries" * bool(items)
        case Mapping():
            return f"{len(value)} entries" if value else ""
    return ""
