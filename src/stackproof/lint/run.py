"""One run: resolve and judge all stacks, several at a time, and gather what was found."""

import os
import platform
import shlex
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Final, TypeVar

from stackproof import __version__
from stackproof.controls import profile
from stackproof.controls.catalogue import Entry
from stackproof.controls.control import Needs
from stackproof.controls.documentation import Documentation
from stackproof.engine import plugin
from stackproof.errors import UsageError
from stackproof.lint import comments
from stackproof.lint.alone import Alone, Unread
from stackproof.lint.images import LocalImages
from stackproof.lint.judging import MOST_SERVICES, judge, rules_of
from stackproof.lint.reading import READING
from stackproof.lint.sources import STDIN, Found
from stackproof.outcomes import chosen, provenance
from stackproof.outcomes.causes import fold
from stackproof.outcomes.model import FileInfo, Outcome, OutcomeKind, Results, RunInfo, Scope, StackInfo
from stackproof.outcomes.provenance import Revisions, shown, sources, with_links
from stackproof.outcomes.stale import stale_waivers
from stackproof.rules.running import subjects
from stackproof.settings import Settings
from stackproof.stack.discovery import Source
from stackproof.stack.stack import Reading, Stack

T = TypeVar("T")
MOST_REPORTED: Final = 2000
"""Stacks of one report, which has all that was said of each: about 1 MB in all formats for each."""
_ONLY_COUNT = (OutcomeKind.PASS, OutcomeKind.NOT_APPLICABLE)
_RUNS_NOTHING = "only files and images were looked at: nothing ran (lint)"


@dataclass
class Judged:
    """A stack that was judged."""

    stack: Stack
    outcomes: list[Outcome]


@dataclass
class _Told:
    """What is kept of a stack in a run that may have thousands."""

    info: StackInfo
    outcomes: list[Outcome]
    directory: Path
    stack: Stack | None
    """It takes most of the memory: kept for what has waivers, and the first of each profile."""


@dataclass
class Done:
    """A finished run."""

    results: Results
    unread: list[Unread]
    directories: dict[str, Path] = field(default_factory=dict)
    """By stack, the folder where the files of its outcomes start."""
    gone: int = 0
    """Findings that the baseline knows, and that are not there any more."""

    @property
    def code(self) -> int:
        """The exit code: what could not be read says more than what was found elsewhere."""
        if self.unread:
            return UsageError.exit_code
        return 0 if self.results.passed else 1


def reportable(found: Found, settings: Settings) -> None:
    """See that a report of the stacks can be written and read. Raises UsageError for too many of them."""
    if settings.report_dir and len(found.sources) > MOST_REPORTED:
        msg = (
            f"one report is of no more than {MOST_REPORTED} stacks, and here are {len(found.sources)}\n"
            "  fix: leave out --report-dir, or judge fewer at a time, each with a --report-dir of its own"
        )
        raise UsageError(msg)


def run(
    found: Found, settings: Settings, controls: dict[str, Entry], here: Path, reading: Reading = READING
) -> Done:
    """Judge all stacks.

    Raises EngineError where no Compose is here to resolve them.
    """
    began, started = time.monotonic(), datetime.now(UTC)
    with ThreadPoolExecutor(1) as aside:  # it takes as long as resolving one stack
        version = aside.submit(plugin.version) if found.sources and settings.report_dir else None
        judged, unread = judged_of(found, settings, controls, reading, _telling(settings, here))
    run_info = RunInfo(
        id=started.strftime("lint-%Y%m%d-%H%M%S"),
        started=started,
        seconds=round(time.monotonic() - began, 1),
        stackproof=__version__,
        documentation=Documentation.known(settings.documentation).home,
        compose=version.result() if version else "",
        contexts={
            "python": platform.python_version(),
            "platform": platform.platform() if settings.report_dir else "",  # it starts a process
            "workers": workers(settings),
        },
        fail_on=settings.fail_on,
        command=shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        scope=_scope([one.stack for one in judged if one.stack], settings, controls),
        baseline=settings.baseline or "",
        fail_on_new=settings.fail_on_new,
    )
    done = Done(
        results=_results(run_info, judged, settings, controls, here),
        unread=unread,
        directories={one.info.name: one.directory for one in judged},
    )
    return _as_typed(done, found.stdin) if found.stdin else done


def _as_typed(done: Done, stdin: Path) -> Done:
    """Call standard input by the name that it has on the command line, and not by that of a file of ours."""
    outcomes = tuple(
        one.model_copy(update={"file": STDIN})
        if one.file and done.directories[one.stack] / one.file == stdin
        else one
        for one in done.results.outcomes
    )
    stacks = tuple(
        one.model_copy(
            update={
                "files": (STDIN,),
                "sources": tuple(_typed(file, stdin) for file in one.sources),
            }
        )
        if one.name == STDIN
        else one
        for one in done.results.stacks
    )
    done.results = done.results.model_copy(update={"outcomes": outcomes, "stacks": stacks})
    done.unread = [replace(one, message=one.message.replace(str(stdin), STDIN)) for one in done.unread]
    return done


def _typed(file: FileInfo, stdin: Path) -> FileInfo:
    return file.model_copy(update={"path": STDIN}) if file.path == str(stdin) else file


def _telling(settings: Settings, here: Path) -> Callable[[Judged], _Told]:
    """Return what keeps of a stack what a run needs."""
    revisions = Revisions(here)
    first: dict[str, Stack] = {}
    said: set[tuple[str, OutcomeKind]] = set()

    def tell(judged: Judged) -> _Told:
        stack, info = judged.stack, _info(judged, settings, here, revisions)
        needed = first.setdefault(chosen.profile(settings, stack).name, stack) is stack
        return _Told(
            info=info,
            outcomes=judged.outcomes if stack.contract.waivers else list(_shared(judged.outcomes, said)),
            directory=stack.source.directory,
            stack=stack if needed or stack.contract.waivers else None,
        )

    return tell


def _shared(outcomes: Iterable[Outcome], known: set[tuple[str, OutcomeKind]]) -> Iterator[Outcome]:
    """Yield outcomes, of those of a stack that only count the first of its kind in place of each.

    Of thousands of stacks these are nearly all, and would take most of the memory. What controls are `known`
    to have said of any stack stays told.
    """
    first: dict[OutcomeKind, Outcome] = {}
    for outcome in outcomes:
        said = outcome.control, outcome.outcome
        counts = outcome.outcome in _ONLY_COUNT and not outcome.message
        counted = first.setdefault(outcome.outcome, outcome) if counts else outcome
        yield counted if said in known else outcome
        known.add(said)


def judged_of(
    found: Found,
    settings: Settings,
    controls: dict[str, Entry],
    reading: Reading,
    keep: Callable[[Judged], T],
) -> tuple[list[T], list[Unread]]:
    """Return what to `keep` of all stacks that could be judged, and those that could not.

    Raises EngineError where no Compose is here to resolve them.
    """
    if found.sources:
        plugin.program()
        chosen.selection(settings, controls)
    images = LocalImages()
    kept: dict[int, T] = {}

    def one(number: int, source: Source) -> Unread | None:
        with Alone(source.name) as attempt:
            kept[number] = keep(_judged(source, settings, controls, images, reading))
        return attempt.unread

    # One more than there are processors: while one is judged, the others are resolved.
    with ThreadPoolExecutor(workers(settings)) as pool:
        unread = list(filter(None, pool.map(one, count(), found.sources)))
    return [kept[number] for number in sorted(kept)], [*found.unread, *unread]


def workers(settings: Settings) -> int:
    """Return how many stacks are read at a time."""
    if settings.workers == "auto":
        return (os.cpu_count() or 1) + 1
    return max(1, int(settings.workers))


def _judged(
    source: Source, settings: Settings, controls: dict[str, Entry], images: LocalImages, reading: Reading
) -> Judged:
    stack = Stack.load(source, controls=controls, reading=reading)
    if len(stack.services) > MOST_SERVICES:
        msg = (
            f"{source.files[0]}: it has {len(stack.services)} services, and no more than {MOST_SERVICES} "
            "are judged\n  fix: split it"
        )
        raise UsageError(msg)
    return Judged(stack, list(comments.waived(stack, judge(stack, settings, controls, images))))


def _results(
    run_info: RunInfo, judged: list[_Told], settings: Settings, controls: dict[str, Entry], here: Path
) -> Results:
    # Stack by stack: the keys of all outcomes of thousands would take more than they themselves.
    outcomes = [
        outcome
        for one in sorted(judged, key=lambda one: one.info.name)
        for outcome in sorted(one.outcomes, key=_order)
    ]
    if stale := _stale(judged, settings, controls, outcomes):
        outcomes = sorted([*outcomes, *stale], key=_order)
    kept, causes = fold(outcomes)
    used = {outcome.control for outcome in kept}
    found = Results(
        run=run_info,
        stacks=tuple(one.info for one in judged),
        controls=tuple(
            Documentation.known(settings.documentation).linked(
                entry.info() for name, entry in controls.items() if name in used
            )
        ),
        outcomes=kept,
        causes=causes,
    )
    return with_links(found, here)


def _stale(
    judged: list[_Told], settings: Settings, controls: dict[str, Entry], outcomes: Iterable[Outcome]
) -> list[Outcome]:
    """Return the waivers of what was judged that waive nothing.

    That a rule of images does not apply is mostly for want of an image, and no reason to remove a waiver.
    """
    stacks = [one.stack for one in judged if one.stack and one.stack.contract.waivers]
    if not stacks:
        return []
    seen = [one for one in outcomes if not _unseen(one, controls)]
    services = {
        (stack.name, entry.control.id): [case.service for case in subjects(entry, stack) if case.service]
        for stack in stacks
        for entry in rules_of(stack, settings, controls)
    }
    return list(stale_waivers(stacks, services, seen, controls))


def _unseen(outcome: Outcome, controls: Mapping[str, Entry]) -> bool:
    needs = controls[outcome.control].control.needs
    return outcome.outcome is OutcomeKind.NOT_APPLICABLE and needs is not Needs.MODEL


def _info(judged: Judged, settings: Settings, here: Path, revisions: Revisions) -> StackInfo:
    stack = judged.stack
    reported = bool(settings.report_dir)  # the terminal says nothing of it, and it takes time
    revision = revisions.around(stack.source.directory) if reported else None
    untold = provenance.untold(stack.source.directory, revision) if reported else []
    return StackInfo(
        name=stack.name,
        files=tuple(shown(path, here) for path in stack.source.files),
        directory=shown(stack.source.directory, here),
        services=tuple(stack.services),
        profile=chosen.profile(settings, stack).name,
        notes=(
            *map(stack.redactor.text, (*stack.warnings, *stack.not_counted, *untold)),
            *comments.notes(judged.outcomes),
        ),
        sources=sources(stack, here) if reported else (),
        revision=revision,
    )


def _scope(stacks: list[Stack], settings: Settings, controls: dict[str, Entry]) -> Scope:
    profiles = {profile.name: profile for profile in (chosen.profile(settings, stack) for stack in stacks)}
    if not stacks:  # none could be judged, and how they would have been only their contracts may say
        first = profile.load(settings.profile or profile.DEFAULT)
        profiles = {first.name: first}
    known = {name for name, e in controls.items() if any(one.has(e.control) for one in profiles.values())}
    of_each = {chosen.profile(settings, stack).name: stack for stack in stacks}
    asked = {entry.control.id for stack in of_each.values() for entry in rules_of(stack, settings, controls)}
    narrowed = [
        f"{name} {', '.join(patterns)} ({settings.origins.get(name, 'command line')})"
        for name in ("select", "ignore")
        if (patterns := getattr(settings, name))
    ]
    return Scope(
        profile=", ".join(sorted(profiles)),
        catalogue=len(controls),
        known=len(known | asked),
        chosen=len(asked),
        narrowed=(_RUNS_NOTHING, *narrowed),
    )


def _order(outcome: Outcome) -> tuple[str, ...]:
    return outcome.stack, outcome.control, outcome.service or "", outcome.aspect, outcome.message
