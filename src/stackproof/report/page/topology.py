"""A stack as it was measured: what listens, what answers outside, whose data survives, who reaches whom.

The files say what is declared (`ServiceInfo`); what was seen is in the outcomes and their evidence, which
anybody may have written: whatever has another shape is not used.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from stackproof.outcomes.model import OutcomeKind, ServiceInfo
from stackproof.report.entry import Entry
from stackproof.report.page import layout
from stackproof.report.page.layout import Layout
from stackproof.report.text import one_line
from stackproof.report.view import StackView

MOST = 40  # services; more cannot be read in a picture, and have the table
WIDE, HIGH, LOW = 176, 62, 34  # of a box, in pixels; `LOW` is the height of what is no service
OUTSIDE = "outside"
_FROM_NETWORK = re.compile(r"port (\d+) from network (\S+)")
_FELT = re.compile(r"(\S+) .*: (?:status (\d{3})|no answer)")
_ASKED_OUTSIDE = ("published-port-reachable", "no-sensitive-service-answers", "http-contract-met")
_SERVER_ERRORS = 500


@dataclass(frozen=True, kw_only=True)
class Part:
    """One service: what its files declare, and what was seen of it."""

    info: ServiceInfo
    listens: tuple[str, ...] | None
    """Such as `tcp 5432`; None where nobody looked."""
    answers: OutcomeKind | None
    """What was said of its published ports, asked from outside; None where nobody asked."""
    hidden: OutcomeKind | None
    """What was said of its other ports, tried on the addresses of the host."""
    keeps: OutcomeKind | None
    """What was said of a value written into it, after `down` and `up`."""
    asked_from: tuple[str, ...]
    """Networks from which a port of it was seen to answer."""
    feels: tuple[str, ...]
    """Services without which it was seen to fail."""
    reaches: tuple[str, ...]
    """Services that it shares a network with."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """A box of the picture: a service, a volume, or what is outside."""

    kind: str
    name: str
    point: layout.Point
    part: Part | None = None


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the picture, and the words on it."""

    kind: str
    label: str
    points: tuple[layout.Point, ...]
    state: OutcomeKind | None = None

    @property
    def path(self) -> str:
        """Return it as SVG draws it."""
        return "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in self.points)

    @property
    def middle(self) -> layout.Point:
        """Where its words stand."""
        first, last = self.points[len(self.points) // 2 - 1], self.points[len(self.points) // 2]
        return ((first[0] + last[0]) / 2, (first[1] + last[1]) / 2)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """All that is drawn of a stack."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: float
    height: float


def parts(stack: StackView) -> list[Part]:
    """Return the services of a stack with what was seen of each."""
    said: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in stack.entries:
        said[entry.outcome.service or "", entry.control.id].append(entry)
    infos = stack.info.topology
    return [
        Part(
            info=info,
            listens=_listens(said[info.name, "only-needed-ports-published"]),
            answers=_worst(entry for control in _ASKED_OUTSIDE for entry in said[info.name, control]),
            hidden=_worst(said[info.name, "internal-port-not-reachable"]),
            keeps=_worst(said[info.name, "volume-data-survives-down-up"]),
            asked_from=tuple(dict.fromkeys(_asked(said[info.name, "datastore-requires-credentials"]))),
            feels=tuple(dict.fromkeys(_felt(stack.entries, info.name))),
            reaches=tuple(other.name for other in infos if other != info and _meet(info, other, infos)),
        )
        for info in infos
    ]


def picture(found: Sequence[Part]) -> Picture | None:
    """Draw who is published, who waits for whom, and where data is; nothing for more than can be read."""
    if not 1 <= len(found) <= MOST:
        return None
    names = [part.info.name for part in found]
    volumes = sorted({name for part in found for name in part.info.volumes.values()})
    published = [part for part in found if part.info.ports]
    keys = [*(("service", name) for name in names), *(("volume", name) for name in volumes)]
    keys += [(OUTSIDE, OUTSIDE)] if published else []
    number = {key: index for index, key in enumerate(keys)}
    ties = list(_ties(found, number))
    drawn = layout.arrange(len(keys), list(dict.fromkeys((a, b) for a, b, *_words in ties)))
    of = {part.info.name: part for part in found}
    return Picture(
        boxes=tuple(
            Box(kind=kind, name=name, point=drawn.boxes[at], part=of.get(name) if kind == "service" else None)
            for at, (kind, name) in enumerate(keys)
        ),
        lines=tuple(
            Line(
                kind=kind,
                label=label,
                points=_edged(_points(drawn, a, b), keys[a][0], keys[b][0]),
                state=state,
            )
            for a, b, kind, label, state in ties
        ),
        width=drawn.width,
        height=drawn.height,
    )


Tie = tuple[int, int, str, str, OutcomeKind | None]


def _ties(found: Iterable[Part], number: dict[tuple[str, str], int]) -> Iterator[Tie]:
    for part in found:
        own = number["service", part.info.name]
        if part.info.ports:
            label = ", ".join(part.info.ports)
            yield number[OUTSIDE, OUTSIDE], own, "published", label, part.answers
        for other, condition in part.info.depends_on.items():
            if ("service", other) in number and other != part.info.name:
                label = "" if condition == "started" else condition.replace("_", " ")
                kind = "felt" if other in part.feels else "waits"
                yield own, number["service", other], kind, label, None
        for other in part.feels:
            if other not in part.info.depends_on and ("service", other) in number:
                yield own, number["service", other], "felt", "", None
        for target, name in part.info.volumes.items():
            yield own, number["volume", name], "stores", target, part.keeps


def _points(drawn: Layout, a: int, b: int) -> tuple[layout.Point, ...]:
    if (a, b) in drawn.lines:
        return drawn.lines[a, b]
    back = drawn.lines.get((b, a))  # of a circle, which is laid out with one line turned
    return tuple(reversed(back)) if back else (drawn.boxes[a], drawn.boxes[b])


def _edged(points: tuple[layout.Point, ...], *kinds: str) -> tuple[layout.Point, ...]:
    """Let a line begin and end at the edges of boxes, and not in their middles."""
    (x, y), *between, (to_x, to_y) = points
    down = 1 if to_y > y else -1
    start, end = (HIGH / 2 if kind == "service" else LOW / 2 for kind in kinds)
    return ((x, y + down * start), *between, (to_x, to_y - down * end))


def _listens(entries: Iterable[Entry]) -> tuple[str, ...] | None:
    seen = [entry.outcome.evidence.get("listening") for entry in entries]
    if not any(isinstance(value, list | str) for value in seen):
        return None
    words = (word for value in seen if isinstance(value, list) for word in value if isinstance(word, str))
    return tuple(dict.fromkeys(map(one_line, words)))


def _worst(entries: Iterable[Entry]) -> OutcomeKind | None:
    kinds = {entry.outcome.outcome for entry in entries} - {OutcomeKind.NOT_APPLICABLE}
    return next((kind for kind in OutcomeKind if kind in kinds), None)


def _asked(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        for key in entry.outcome.evidence:
            if match := _FROM_NETWORK.search(str(key)):
                yield f"{match[2]} ({match[1]})"


def _felt(entries: Iterable[Entry], name: str) -> Iterator[str]:
    """Yield the services without which an endpoint of this one was seen to fail, as its contract foretold."""
    for entry in entries:
        evidence: dict[str, Any] = entry.outcome.evidence
        stopped, during = evidence.get("stopped"), evidence.get("during")
        if (
            entry.control.id == "tolerates-missing-dependency"
            and isinstance(during, list)
            and stopped != name
        ):
            said = (_FELT.match(line) for line in during if isinstance(line, str))
            if any(m and m[1] == name and int(m[2] or _SERVER_ERRORS) >= _SERVER_ERRORS for m in said):
                yield str(stopped)


def _meet(one: ServiceInfo, other: ServiceInfo, infos: Iterable[ServiceInfo]) -> bool:
    of = {info.name: info for info in infos}
    return bool(_networks(one, of) & _networks(other, of))


def _networks(info: ServiceInfo, of: dict[str, ServiceInfo]) -> set[str]:
    """Return the networks that a service is in, those of the one whose network it uses included."""
    joined: set[str] = set()
    for name in info.networks:
        owner = of.get(name.removeprefix("service:"))
        if name.startswith("service:") and owner and owner != info:
            joined |= {name for name in owner.networks if not name.startswith("service:")}
        elif name != "none":
            joined.add(name)
    return joined
