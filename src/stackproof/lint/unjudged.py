"""What could not be judged, as reports tell it: a report without it would read as if all was judged."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from stackproof.controls.catalogue import Entry
from stackproof.lint.alone import Unread
from stackproof.lint.sources import STDIN
from stackproof.outcomes import fixes
from stackproof.outcomes.judging import name_of
from stackproof.outcomes.model import ControlInfo, Outcome, OutcomeKind, Results, Severity, StackInfo
from stackproof.outcomes.provenance import Revisions, shown

# The rule that is about reading the files; what it says of one that cannot be read fails every run.
_RULE: Final = "compose-file-valid"
_PLACE: Final = re.compile(r"(?P<path>.+?):(?:(?P<line>\d+):)?(?:(?P<column>\d+):)? (?P<said>.+)", re.DOTALL)


def told(results: Results, unread: Iterable[Unread], controls: Mapping[str, Entry], here: Path) -> Results:
    """Return the results with a stack for each that could not be judged, of which all is undecided."""
    missing = {one.path: one for one in unread}
    if not missing:
        return results
    revisions = Revisions(here)
    found = [_stack(one, here, revisions) for one in missing.values()]
    known = {control.id for control in results.controls}
    return results.model_copy(
        update={
            "stacks": (*results.stacks, *(info for info, _ in found)),
            "outcomes": (*results.outcomes, *(outcome for _, outcome in found)),
            "controls": (*results.controls, *_infos(controls, known)),
        }
    )


def _infos(controls: Mapping[str, Entry], known: set[str]) -> Iterator[ControlInfo]:
    if _RULE not in known:
        yield controls[_RULE].info()


def _stack(one: Unread, here: Path, revisions: Revisions) -> tuple[StackInfo, Outcome]:
    message, fix = fixes.apart(one.told)
    place = _place(message)
    path = here / place["path"] if place else None
    folder = path.parent if path else here
    info = StackInfo(
        name=one.path,
        files=(shown(path, here),) if path else (),
        directory=shown(folder, here),
        services=(),
        revision=revisions.around(folder),
    )
    outcome = Outcome(
        stack=one.path,
        service=None,
        container=None,
        control=_RULE,
        aspect="not judged",
        outcome=OutcomeKind.UNKNOWN,
        severity=Severity.HIGH,
        message=f"not judged: {_said(message, place, here)}",
        fix=fix,
        fingerprint=name_of(one.path, "", _RULE, "not judged"),
        file=path.name if path else None,
        line=int(place["line"]) if place and place["line"] else None,
        column=int(place["column"]) if place and place["column"] else None,
    )
    return info, outcome


def _place(message: str) -> re.Match[str] | None:
    """Return the place with which a message begins, and what it says behind it."""
    found = _PLACE.fullmatch(message)
    return found if found and (found["path"] == STDIN or Path(found["path"]).is_file()) else None


def _said(message: str, place: re.Match[str] | None, here: Path) -> str:
    """Return the message without the place, which reports name; of several mistakes each line has its own."""
    alone = place["said"] if place and "\n" not in message else message
    return alone.replace(f"{here}/", "")
