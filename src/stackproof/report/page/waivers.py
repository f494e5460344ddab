"""Accepted deviations, each with all that it accepts."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from stackproof.outcomes.model import Severity, StackInfo, WaiverUse
from stackproof.report.entry import Entry, located
from stackproof.report.page.links import source_link
from stackproof.report.text import one_line


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """One waiver of one stack, and the outcomes that it accepts."""

    use: WaiverUse
    entries: tuple[Entry, ...]
    link: str
    """Where the repository shows it; empty where that is not known."""

    @property
    def first(self) -> Entry:
        """The first of what it accepts, which tells stack, control and service of all."""
        return self.entries[0]

    @property
    def severity(self) -> Severity:
        """The gravest of what it accepts."""
        return max((entry.outcome.severity for entry in self.entries), key=lambda severity: severity.rank)

    @property
    def place(self) -> str:
        """Return `shop/stackproof.yml:12`; empty where that is not known."""
        return located(self.first.info, self.use.file, self.use.line)


def waivers(entries: Iterable[Entry], infos: Iterable[StackInfo]) -> list[Waiver]:
    """Return the waivers in use: those that end first at the top, of these the gravest."""
    of = {info.name: info for info in infos}
    found: dict[tuple[object, ...], list[Entry]] = defaultdict(list)
    for entry in entries:
        if use := entry.outcome.waiver:
            key = (entry.outcome.stack, entry.control.id, entry.outcome.service, *use.model_dump().values())
            found[key].append(entry)
    listed = [_waiver(those, of.get(those[0].outcome.stack)) for those in found.values()]
    return sorted(listed, key=lambda waiver: (waiver.use.expires, -waiver.severity.rank))


def _waiver(entries: list[Entry], info: StackInfo | None) -> Waiver:
    use = entries[0].outcome.waiver
    assert use is not None  # noqa: S101 - for the type checker
    link = source_link(info, use.file, use.line) if info else ""
    return Waiver(use=use, entries=tuple(entries), link=link)


def accepted(entry: Entry) -> str:
    """Return what the waiver of an outcome says, in one line; empty without one."""
    use = entry.outcome.waiver
    if use is None:
        return ""
    by = f" by {one_line(use.owner)}" if use.owner else ""
    days = "1 day" if entry.days_left == 1 else f"{entry.days_left} days"
    left = "" if use.endless else f" ({days} left)"
    return f"Accepted{by} {use.until}{left}: {one_line(use.reason)}"
