"""`lint --fix`: what would be changed, as a diff, or the change itself."""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from stackproof.controls.catalogue import Entry
from stackproof.errors import EngineError, StackproofError, UsageError
from stackproof.lint import patches, text, writing
from stackproof.lint.alone import Unread
from stackproof.lint.fixing import Asked, Fixed, fixed
from stackproof.lint.mirror import real_files
from stackproof.lint.reading import READING
from stackproof.lint.run import judged_of, workers
from stackproof.lint.sources import STDIN, Found
from stackproof.outcomes.model import Outcome
from stackproof.outcomes.provenance import repository
from stackproof.report.baseline import Baseline
from stackproof.report.foreign import foreign
from stackproof.report.text import one_line
from stackproof.rules.fixes import FIXERS, Text
from stackproof.settings import Settings
from stackproof.stack import written_secrets
from stackproof.stack.redaction import Redactor
from stackproof.stack.stack import Stack


class Rewriting:
    """Fixes the stacks that were found, as their author's rules ask for it."""

    def __init__(
        self, found: Found, settings: Settings, controls: dict[str, Entry], here: Path, known: Baseline | None
    ) -> None:
        judged, self._unread = judged_of(found, settings, controls, READING, lambda one: one.stack)
        self._here = here
        self._stdin = found.stdin
        self._base = self._resolved_here = here.resolve()
        """Where the names in the diff start."""
        stacks = [(stack, real_files(stack.source)) for stack in judged]
        counts = Counter(path for _, files in stacks for path in files)
        shared = frozenset(path for path, count in counts.items() if count > 1)
        self._asked = Asked(settings=settings, controls=controls, known=known, shared=shared)
        self._was: dict[Path, bytes] = {}
        self._flaws: dict[str, str] = {}
        """Why the diff of a file is not to be applied."""
        alone = [[stack] for stack, files in stacks if shared.isdisjoint(files)]
        sharing = [stack for stack, files in stacks if not shared.isdisjoint(files)]
        with ThreadPoolExecutor(workers(settings)) as pool:
            self._done = [one for done in pool.map(self._in_turn, [*alone, sharing]) for one in done]

    def _in_turn(self, stacks: list[Stack]) -> list[Fixed]:
        """Fix stacks one after the other: one may have files of another."""
        pending: dict[Path, bytes] = {}
        done = []
        for stack in stacks:
            try:
                done.append(one := fixed(stack, self._asked, pending))
            except EngineError:
                raise
            except (StackproofError, OSError) as error:
                self._unread.append(Unread(stack.name, f"{stack.name}: nothing was fixed: {error}"))
            else:
                for path in one.texts:
                    self._was.setdefault(path, one.was[path])
                pending |= one.texts
        return done

    def write(self) -> None:
        """Write the files, those of one stack all or none."""
        for one in self._done:
            try:
                writing.write(one.texts, {path: self._was[path] for path in one.texts})
            except UsageError as error:
                self._unread.append(Unread(one.stack.name, str(error)))
                one.texts.clear()
                one.made.clear()
            self._was |= one.texts

    def diff(self, *, seen: bool) -> Iterator[str]:
        """Yield the lines of the diff, each file once; `seen` as in `patches.diff`."""
        now = {path: said for one in self._done for path, said in one.texts.items()}
        self._base = self._start([path for path in now if not self._is_stdin(path)])
        for path in sorted(now):
            owners = [one.stack for one in self._done if path in one.texts]
            called = STDIN if self._is_stdin(path) else os.path.relpath(path, self._base)
            masked = partial(self._shown, called, self._secrets(owners, self._was[path]))
            yield from patches.diff(called, self._was[path], now[path], masked, seen=seen)
            if why := patches.flaw(self._was[path], now[path]):
                self._flaws[called] = why

    def _start(self, paths: list[Path]) -> Path:
        """Return the folder where the names in the diff start: all of them lie below it.

        It is the one of the call, or else the top of the repository, as for git, or else the nearest.
        """
        here = self._resolved_here
        if all(path.is_relative_to(here) for path in paths):
            return here
        nearest = Path(os.path.commonpath([here, *(path.parent for path in paths)]))
        return repository(nearest) or nearest

    def _is_stdin(self, path: Path) -> bool:
        """Whether a file is the one that standard input was written to."""
        return self._stdin is not None and path.resolve() == self._stdin.resolve()

    def _where(self, stack: Stack, outcome: Outcome) -> str:
        """Return the place of a finding."""
        directory = stack.source.directory
        if outcome.file and self._is_stdin(directory / outcome.file):
            outcome = outcome.model_copy(update={"file": STDIN})
        return text.where(text.place(directory, outcome, self._here))

    def _secrets(self, owners: list[Stack], data: bytes) -> Redactor:
        """Return what hides the secrets of a file, and of the stacks that have it; all else is shown."""
        found = written_secrets.of_text(Text.of(data).said)
        for stack in owners:
            found |= written_secrets.of_model(stack.model)
        # A URL's password may be a variable there, which everybody may see; others have been found.
        return Redactor(found - {name for stack in owners for name in stack.services}, in_urls=False)

    def _shown(self, called: str, secrets: Redactor, line: str) -> str:
        shown = secrets.text(line)
        if shown != line:
            self._flaws[called] = "secrets are masked in it"
        return shown

    def told(self, verb: str) -> Iterator[str]:
        """Yield what a person must know beside it."""
        made = [outcome for one in self._done for outcome in one.made]
        counts = Counter(outcome.control for outcome in made)
        for name in (name for name in FIXERS if counts[name]):
            changes = f" (changes what runs: {FIXERS[name].changes})" if FIXERS[name].changes else ""
            yield f"{verb} {counts[name]} of {name}{changes}"
        for one in self._done:
            for outcome, why in one.left:
                at = self._where(one.stack, outcome)
                yield foreign(one_line(f"not fixed: {at}: {why} [{outcome.control}]"))
        if self._base != self._resolved_here:
            yield foreign(one_line(f"the names in the diff start in {self._base}: apply it there"))
        for called, why in sorted(self._flaws.items()):
            words = f"is not to be applied: {why}; --write changes the file itself"
            yield foreign(f"the diff of {one_line(called)} {words}")
        files = len({path for one in self._done for path in one.texts})
        yield f"{verb} {_count(len(made), 'finding')} in {_count(files, 'file')}"

    @property
    def unread(self) -> list[Unread]:
        """What could not be judged, fixed or written."""
        stdin = str(self._stdin or STDIN)
        return [replace(one, message=one.message.replace(stdin, STDIN)) for one in self._unread]

    @property
    def changed(self) -> bool:
        """Whether a file says something else now."""
        return any(one.texts for one in self._done)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def show(work: Rewriting) -> int:
    """Print the diff, and beside it what it is; return the exit code."""
    sys.stdout.flush()
    for line in work.diff(seen=sys.stdout.isatty()):
        sys.stdout.buffer.write(line.encode(errors="replace"))
    sys.stdout.buffer.flush()
    _tell(work, "would fix")
    if work.unread:
        return UsageError.exit_code
    return 1 if work.changed else 0


def write(work: Rewriting) -> bool:
    """Write the files and say what was done; return whether all went well."""
    work.write()
    _tell(work, "fixed")
    return not work.unread


def _tell(work: Rewriting, verb: str) -> None:
    for line in text.unread(work.unread):
        click.echo(line, err=True)
    for line in work.told(verb):
        click.echo(line, err=True)
