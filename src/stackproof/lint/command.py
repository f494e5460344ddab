"""The command: from paths to lines, reports and an exit code."""

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stackproof.controls import catalogue
from stackproof.controls.catalogue import Entry
from stackproof.engine.project import ComposeSettings, absolute
from stackproof.errors import UsageError
from stackproof.files import disk
from stackproof.lint import left_out, sources, text
from stackproof.lint.reading import ahead
from stackproof.lint.run import Done, reportable, run, workers
from stackproof.lint.sources import STDIN, Found
from stackproof.report.foreign import foreign
from stackproof.settings import Settings
from stackproof.stack.discovery import parts, under_contract

if TYPE_CHECKING:
    from stackproof.report.baseline import Baseline

_STDIN_NAME = "compose.yml"


def lint(
    settings: Settings,
    here: Path,
    *,
    coverage: bool = False,
    with_override: bool = False,
    search: bool = True,
) -> int:
    """Judge the stacks of the settings, say what was found, write reports; return the exit code.

    `with_override` takes a compose file as Compose does in its folder. `search` is as in `sources.find`.
    Raises StackproofError for what keeps all of it from being judged.
    """
    with (
        _found(settings, here, with_override=with_override, search=search) as found,
        ahead(found.sources[: workers(settings)]) as reading,
    ):
        reportable(found, settings)
        controls = catalogue.outline(settings.own(here))
        done = run(found, settings, controls, here, reading)
        aside = () if _only_verdicts(settings) else tuple(left_out.told(found, here))
    _mark_known(done, settings, here, found)
    for line in text.unread(done.unread):
        click.echo(line, err=True)
    for line in chain(_said(done, settings, here), text.standards(done) if coverage else (), aside):
        click.echo(line)
    _write(done, settings, controls, here)
    return done.code


def _said(done: Done, settings: Settings, here: Path) -> Iterator[str]:
    """Yield what the terminal shows, as much of it as was asked for."""
    if _only_verdicts(settings):
        return text.verdicts(done)
    return text.lines(done, here, whole=settings.verbose)


def _only_verdicts(settings: Settings) -> bool:
    return settings.quiet and not settings.verbose


def fix(
    settings: Settings, here: Path, *, write: bool, with_override: bool = False, search: bool = True
) -> int:
    """Fix what has one right answer: print the diff, or `write` it and judge what is left.

    Returns the exit code.
    Raises StackproofError as `lint` does, UsageError for standard input that should be written.
    """
    from stackproof.lint import rewriting  # noqa: PLC0415 - judging must not wait for it

    if write and STDIN in settings.stacks:
        msg = "standard input has no file to write to\n  fix: leave --write out; the diff says what to change"
        raise UsageError(msg)
    if settings.report_dir and not write:
        click.echo("note: no report is written: --fix by itself only says what it would change", err=True)
    controls = catalogue.outline(settings.own(here))
    with _found(settings, here, with_override=with_override, search=search) as found:
        work = rewriting.Rewriting(found, settings, controls, here, _known(settings, here, found))
        if not write:
            code = rewriting.show(work)
            for line in () if _only_verdicts(settings) else left_out.told(found, here):
                click.echo(line, err=True)  # a diff is on the other
            return code
    went_well = rewriting.write(work)
    code = lint(settings, here, with_override=with_override, search=search)
    return code if went_well else UsageError.exit_code


@contextmanager
def _found(settings: Settings, here: Path, *, with_override: bool, search: bool) -> Iterator[Found]:
    """Find the stacks of the settings. Standard input is a file as long as this is open."""
    _must_stand_alone(settings.stacks, here)
    compose = settings.compose(here)
    if not compose.profiles:  # what is started by request only is judged, too
        compose = compose.with_every_profile()
    with ExitStack() as open_folders:
        paths = [path for path in settings.stacks if path != STDIN]
        found = sources.find(paths, here, compose, with_override=with_override, search=search)
        if STDIN in settings.stacks:
            folder = Path(open_folders.enter_context(tempfile.TemporaryDirectory(prefix="stackproof-")))
            _take_stdin(found, folder, replace(compose, project_directory=compose.project_directory or here))
        found.sources = under_contract(found.sources, settings.contract, here)
        yield found


def _must_stand_alone(stacks: Iterable[str], here: Path) -> None:
    """Refuse standard input as one of several files of a stack, as Compose takes it.

    Raises UsageError.
    """
    for names in stacks:
        if names != STDIN and STDIN in parts(names, here) and not os.path.lexists(here / STDIN):
            msg = (
                f"standard input is a stack of its own, and not one file of {foreign(names)}\n"
                "  fix: write it to a file, and name that with -f"
            )
            raise UsageError(msg)


def _take_stdin(found: Found, folder: Path, compose: ComposeSettings) -> None:
    """Read standard input as one compose file, whose paths start where `compose` says."""
    path = folder / _STDIN_NAME
    path.write_bytes(_read_stdin())
    found.stdin = path
    one = sources.find([str(path)], folder, compose)
    found.sources += [replace(source, called=STDIN) for source in one.sources]
    found.unread += one.unread


def _read_stdin() -> bytes:
    """Return standard input, or as much of it as says that it is too large.

    Raises UsageError where it cannot be read.
    """
    why = "it is closed"
    if sys.stdin is not None:
        try:
            return sys.stdin.buffer.read(disk.MOST + 1)
        except OSError as error:
            why = error.strerror or str(error)
    msg = f"standard input cannot be read: {why}\n  fix: hand a compose file to it, or name a path"
    raise UsageError(msg)


def _mark_known(done: Done, settings: Settings, here: Path, found: Found) -> None:
    if known := _known(settings, here, found):
        from stackproof.report import baseline  # noqa: PLC0415 - it knows every format of a report

        done.results = done.results.model_copy(
            update={"outcomes": baseline.marked(done.results.outcomes, known)}
        )
        if not settings.select and not settings.ignore:  # else nobody looked for all of them
            done.gone = baseline.gone(known, done.results)


def _known(settings: Settings, here: Path, found: Found) -> "Baseline | None":
    if settings.baseline is None:
        return None
    from stackproof.report import baseline  # noqa: PLC0415 - it knows every format of a report

    path = absolute(here / settings.baseline)
    known = baseline.read(path)
    return baseline.renamed(known, sources.names_before(known.top, found.sources, path.parent))


def _write(done: Done, settings: Settings, controls: Mapping[str, Entry], here: Path) -> None:
    if not settings.report_dir:
        return
    from stackproof.lint import unjudged  # noqa: PLC0415 - only who wants reports waits for it
    from stackproof.report import files  # noqa: PLC0415 - templates take a tenth of a second

    folder = here / settings.report_dir
    try:
        files.write(unjudged.told(done.results, done.unread, controls, here), folder)
    except OSError as error:
        raise files.unwritable(folder, error) from None
    click.echo(f"report: {folder / 'index.html'}")
