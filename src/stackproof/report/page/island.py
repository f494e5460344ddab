"""The outcomes as the script of the page reads them: columns, with each text once.

What a list needs is one island; evidence and time line of each stack are another, which is read when somebody
looks. Those of a large run are compressed; the others can be read and searched with any tool. No foreign text
ends one: `<` is not in it.
"""

import base64
import gzip
import json
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from markupsafe import Markup

from stackproof.outcomes.model import ControlInfo, OutcomeKind, Severity
from stackproof.report.page import standards
from stackproof.report.page.links import address, repeat_command, source_link
from stackproof.report.page.more import more
from stackproof.report.page.patches import patch
from stackproof.report.page.waivers import accepted
from stackproof.report.text import clean, one_line
from stackproof.report.view import Overview, StackView

_KINDS = {kind: number for number, kind in enumerate(OutcomeKind)}
_SEVERITIES = {severity: number for number, severity in enumerate(Severity)}
_OTHER = "other controls"


@dataclass(frozen=True, kw_only=True)
class Island:
    """Data in a page."""

    name: str
    packed: bool
    body: Markup

    @classmethod
    def of(cls, name: str, data: object, *, packed: bool) -> Self:
        """Write data down; the same data gives the same island."""
        text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        body = _compressed(text) if packed else text.replace("<", "\\u003c")
        return cls(name=name, packed=packed, body=Markup(body))  # noqa: S704 - without markup, as said above


def islands(overview: Overview, *, packed: bool) -> Iterator[Island]:
    """Yield the list of outcomes, and what more there is of each stack."""
    yield Island.of("index", _Index(overview).data(), packed=packed)
    for stack in overview.stacks:
        yield Island.of(stack.anchor, more(stack, overview.results, brief=packed), packed=packed)


def _compressed(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), compresslevel=6, mtime=0)).decode()


class _Index:
    """The list of outcomes, with numbers for what many of them have in common."""

    def __init__(self, overview: Overview) -> None:
        self._overview = overview
        self._controls = {entry.control.id: entry.control for entry in overview.entries}
        self._numbers = {name: number for number, name in enumerate(self._controls)}
        self._standards = list(
            dict.fromkeys(n for one in self._controls.values() for n in standards.names(one))
        )
        self._texts = {"": 0}
        self._known: dict[str, int] = {}
        """Numbers by the text as it came: most come often."""

    def data(self) -> dict[str, Any]:
        """Return all of it as JSON knows it."""
        rows = [
            row for number, stack in enumerate(self._overview.stacks) for row in self._rows(number, stack)
        ]
        return {
            "kinds": list(OutcomeKind),
            "severities": list(Severity),
            "standards": list(map(clean, self._standards)),
            "stacks": list(map(_stack, self._overview.stacks)),
            "controls": [self._control(control) for control in self._controls.values()],
            "rows": {name: [row[name] for row in rows] for name in (rows[0] if rows else ("stack",))},
            "texts": list(self._texts),
        }

    def _text(self, text: str | None) -> int:
        """Return the number of a text, made fit to be read."""
        if (number := self._known.get(text or "")) is None:
            number = self._known[text or ""] = self._texts.setdefault(clean(text or ""), len(self._texts))
        return number

    def _control(self, control: ControlInfo) -> dict[str, Any]:
        return {
            "id": clean(control.id),
            "quoted": shlex.quote(one_line(control.id)),
            "title": clean(control.title),
            "family": clean(control.family) or _OTHER,
            "why": clean(control.why).strip(),
            "fix": clean(control.fix).strip(),
            "references": list(map(clean, control.references)),
            "documentation": address(control.documentation),
            "standards": [self._standards.index(name) for name in standards.names(control)],
        }

    def _rows(self, number: int, stack: StackView) -> Iterable[dict[str, Any]]:
        services = {info.name: info for info in stack.info.topology}
        for entry in stack.entries:
            outcome, cause = entry.outcome, stack.cause_of(entry)
            yield {
                "stack": number,
                "control": self._numbers[entry.control.id],
                "service": self._text(outcome.service),
                "subject": self._text(entry.subject),
                "kind": _KINDS[outcome.outcome],
                "severity": _SEVERITIES[outcome.severity],
                "message": self._text(outcome.message.strip()),
                "place": self._text(entry.place),
                "link": self._text(source_link(stack.info, outcome.file, outcome.line)),
                "anchor": entry.anchor.removeprefix("outcome-"),
                "seconds": round(outcome.seconds, 2),
                "waiver": self._text(accepted(entry)),
                "cause": self._text(cause.anchor if cause else ""),
                "todo": self._text(outcome.fix.strip()),
                "fix": self._text(patch(entry, services.get(outcome.service or ""))),
                "known": int(outcome.known),
            }


def _stack(stack: StackView) -> dict[str, Any]:
    return {
        "name": clean(stack.info.name),
        "anchor": stack.anchor,
        "rows": len(stack.entries),
        "services": [clean(service) if service else "" for service in stack.services],
        "check": repeat_command(stack.info),
    }
