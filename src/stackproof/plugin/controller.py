"""What only the controller does: begin a run, show progress, write reports, sweep."""

import os
import time
from contextlib import suppress
from functools import partial
from typing import Any, TextIO, cast

import pytest
from _pytest.terminal import TerminalReporter
from rich.console import Console

from stackproof.errors import INTERRUPTED, CommandError, EngineGoneError, StackError, StackproofError
from stackproof.isolation import outside_policy
from stackproof.outcomes.model import Results
from stackproof.plugin import finish, options
from stackproof.plugin.board import Board, seconds_last_time
from stackproof.plugin.collection import own_tests_only, read_plan
from stackproof.plugin.display import Display, Log, Screen
from stackproof.plugin.session import KEY, Session
from stackproof.report import files, terminal
from stackproof.report.complaint import complain, told
from stackproof.report.foreign import Guard, foreign, obey_nothing, under_github
from stackproof.report.text import one_line
from stackproof.runs import reaper
from stackproof.runs.signals import Signals
from stackproof.sandbox.progress import Follower, Phase

RESULTS: pytest.StashKey[Results] = pytest.StashKey()
# Why stacks did not come up: a run of a team's own tests alone has no table that says it.
BROKEN: pytest.StashKey[list[str]] = pytest.StashKey()

_LEFT = (
    "  left:   what this run had brought up\n"
    "  fix: start the engine, then `stackproof clean`; the next run removes it, too"
)
LOG_WIDTH = 140
NAME = "stackproof-controller"

# The exit code of the `stackproof` command when a run did not begin; plain pytest has its own.
EXIT_CODE: pytest.StashKey[int] = pytest.StashKey()
# Set once the sweep at the end was tried.
SWEPT: pytest.StashKey[bool] = pytest.StashKey()


def begin(config: pytest.Config) -> None:
    """Prepare the run and start to show progress and to collect outcomes.

    Raises pytest.UsageError, which pytest shows as one message without a traceback.
    """
    try:
        session = Session.prepare(config)
    except StackproofError as error:
        config.stash[EXIT_CODE] = error.exit_code
        if options.handed(config):  # our own command: pytest shows nothing without a word
            complain(str(error))
            raise pytest.UsageError from None
        raise pytest.UsageError(foreign(str(error))) from None
    config.stash[KEY] = session
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        _guard(config, reporter)
    signals = Signals(partial(_shout, reporter))
    signals.install()
    config.add_cleanup(signals.restore)
    config.add_cleanup(signals.say_last)  # a key may have been pressed while pytest summed up
    # Whatever else fails at the end, or before it is reached: this comes last but for these two.
    config.add_cleanup(lambda: _sweep_unless_tried(session, signals))
    if reporter is not None and not session.settings.quiet:
        reporter.write_line(headline(session))
        _tell_warnings(session, reporter)
        if session.attached is None:
            list_outside(session, reporter)
    config.pluginmanager.register(Controller(session, _display(session, reporter), signals), NAME)


def _guard(config: pytest.Config, reporter: TerminalReporter) -> None:
    """Let no CI server obey what containers say, in whichever part of pytest's output that is."""
    writer = reporter._tw  # noqa: SLF001 - pytest has no public way to its terminal file
    if under_github(os.environ):
        config.add_cleanup(obey_nothing(writer._file.write))  # noqa: SLF001
    writer._file = cast("TextIO", Guard(writer._file, plain=not writer._file.isatty()))  # noqa: SLF001


def list_outside(session: Session, reporter: TerminalReporter) -> None:
    """Say which hosts outside the stacks are named, before anything starts."""
    for stack in session.stacks:
        for line in outside_policy.lines(session.outside(stack)):
            reporter.write_line(f"{one_line(stack.name)}: {foreign(line)}")


def headline(session: Session) -> str:
    """Say what is going to be done, before anything takes time."""
    services = sum(len(stack.services) for stack in session.stacks)
    names = ", ".join(one_line(stack.name) for stack in session.stacks)
    workers = session.config.getoption("numprocesses", None) or 1
    side = f"up to {workers} sandboxes side by side" if workers > 1 else "one sandbox after the other"
    stacks = f"{_counted(len(session.stacks), 'stack')} ({names})"
    return f"{stacks}, {_counted(services, 'service')}, {_counted(chosen(session), 'control')}, {side}"


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def chosen(session: Session) -> int:
    """Return how many controls are to be decided."""
    runs = options.selection(session.config).runs
    return sum(1 for entry in session.controls.values() if runs(entry.control))


def _display(session: Session, reporter: TerminalReporter | None) -> Display | None:
    """Return what shows progress: replaced lines where nobody else writes, a growing log elsewhere."""
    if reporter is None or session.settings.quiet:
        return None
    names = [stack.name for stack in session.stacks]
    folder = options.report_folder(session.config)
    guess = seconds_last_time(folder / files.RESULTS, names, chosen(session)) if folder else None
    board = Board(time.time, guess)
    writer = reporter._tw  # noqa: SLF001 - pytest has no public way to its terminal file
    alone = options.handed(session.config) and os.environ.get("TERM", "dumb") != "dumb"
    if alone and writer._file.isatty():  # noqa: SLF001
        return Screen(board, writer._file, writer.fullwidth)  # noqa: SLF001
    return Log(board, reporter)


def _tell_warnings(session: Session, reporter: TerminalReporter) -> None:
    """Show what Compose warned of before anything starts: what follows may come of it."""
    for stack in session.stacks:
        for text in stack.warnings:
            reporter.write_line(f"{one_line(stack.name)}: {foreign(stack.redactor.text(text))}", yellow=True)


def _shout(reporter: TerminalReporter | None, message: str) -> None:
    """Write from a signal handler, which may have broken in upon any other writing."""
    with suppress(OSError, ValueError):  # nobody listens any more, or it is no real file
        where = reporter._tw._file.fileno() if reporter else 2  # noqa: SLF001 - pytest has no public way to it
        os.write(where, f"\n{message}\n".encode())


def _sweep_unless_tried(session: Session, signals: Signals) -> None:
    """Sweep a run whose end was never reached, as when another plugin broke; unless its user has enough."""
    if SWEPT not in session.config.stash and not signals.broken_off:
        with suppress(CommandError):  # the next run tries again, and says it
            _sweep(session)


def _sweep(session: Session) -> None:
    """Leave nothing behind: on an engine where there was one, and here."""
    if session.engine is None:
        session.run.forget()
    else:
        reaper.reap(session.run)


class Controller:
    """Collects outcomes as they come, and talks to the terminal."""

    def __init__(self, session: Session, display: Display | None, signals: Signals) -> None:
        """Show nothing meanwhile without a display."""
        self._session = session
        self._signals = signals
        self._display = display
        self._follower = Follower(session.progress, self._show, self._tick).start()

    @property
    def broken_off(self) -> bool:
        """Whether a signal broke off the teardown."""
        return self._signals.broken_off

    def _show(self, phase: Phase) -> None:
        if self._display is not None:
            self._display.take(phase)

    def _tick(self) -> None:
        if self._display is not None:
            if not self._display.board.planned:
                self._display.board.plan(read_plan(self._session.plan)["rows"])
            self._display.tick()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take an outcome."""
        self._session.collection.add(report)
        if self._display is not None and report.when == "teardown":
            self._display.board.ended(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Show the last steps before pytest's own summary; from here on nothing breaks off the teardown."""
        self._signals.ending()
        self._follower.stop()
        if self._display is not None:
            self._display.stop()

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter, config: pytest.Config) -> None:
        """End with a table per stack, and why one did not come up, unless that stands there."""
        found = config.stash.get(RESULTS, None)
        for text in terminal.untold(config.stash.get(BROKEN, []), found):
            terminalreporter.write_line(f"did not come up: {foreign(text)}", red=True)
        if found:
            writer = terminalreporter._tw  # noqa: SLF001 - pytest has no public way to its terminal file
            # A log file is no 80 columns wide terminal, and a terminal without colours is one none the less.
            terminal_file = writer._file.isatty()  # noqa: SLF001
            console = Console(
                file=writer._file,  # noqa: SLF001
                force_terminal=terminal_file or writer.hasmarkup,
                color_system="auto" if writer.hasmarkup else None,
                width=writer.fullwidth if terminal_file else LOG_WIDTH,
            )
            terminal.print_summary(found, console, detail=_detail(config))
            if folder := options.report_folder(config):
                page = files.place(found, folder) / "index.html"
                terminalreporter.write_line(f"report: {page}")
        self._signals.say_last(partial(terminalreporter.write_line, red=True))


def _detail(config: pytest.Config) -> terminal.Detail:
    settings = options.settings_of(config)
    if settings.verbose:
        return terminal.Detail.ALL
    return terminal.Detail.VERDICTS if settings.quiet else terminal.Detail.FINDINGS


def end(session: pytest.Session, exitstatus: int) -> int:
    """Write the reports, if any control was to be decided, and sweep; return the exit status."""
    run = session.config.stash[KEY]
    try:
        if not session.config.getoption("collectonly"):
            _note_broken(session.config, run)
            if not own_tests_only(run.plan):
                exitstatus = _report(session.config, run, exitstatus)
    finally:
        try:
            if not _broken_off(session.config):
                _sweep(run)
        except KeyboardInterrupt:  # whoever has enough of it was told what is left, and pytest ends with 130
            session.config.stash.setdefault(EXIT_CODE, INTERRUPTED)
            exitstatus = pytest.ExitCode.INTERRUPTED
        except EngineGoneError as error:
            session.config.stash[EXIT_CODE] = error.exit_code
            _warn(session.config, f"{error}\n{_LEFT}")
            exitstatus = exitstatus or pytest.ExitCode.TESTS_FAILED
        except CommandError as error:
            _warn(session.config, str(error))
            exitstatus = exitstatus or pytest.ExitCode.TESTS_FAILED
        session.config.stash[SWEPT] = True
    return exitstatus


def _broken_off(config: pytest.Config) -> bool:
    """Whether the user broke off that things are taken away: it is not begun again."""
    found = config.pluginmanager.get_plugin(NAME)
    return isinstance(found, Controller) and found.broken_off


def _note_broken(config: pytest.Config, run: Session) -> None:
    if broken := run.run.folder.all_broken():
        config.stash[EXIT_CODE] = StackError.exit_code
        config.stash[BROKEN] = broken


def _report(config: pytest.Config, run: Session, exitstatus: int) -> int:
    """Write the reports of a run that decides controls; failed when nothing was measured, too."""
    found = finish.results(run, interrupted=exitstatus == pytest.ExitCode.INTERRUPTED)
    config.stash[RESULTS] = found
    if exitstatus == pytest.ExitCode.OK and not found.passed:
        exitstatus = pytest.ExitCode.TESTS_FAILED
    if exitstatus == pytest.ExitCode.TESTS_FAILED and _all_known(run, found):
        exitstatus = pytest.ExitCode.OK
    if folder := options.report_folder(config):
        try:
            files.write(found, files.place(found, folder))
        except OSError as error:  # the disk is full, or the folder went away meanwhile
            lost = files.unwritable(folder, error)
            _warn(config, str(lost))
            if exitstatus == pytest.ExitCode.OK:  # what was found, or broke, says more than a lost report
                config.stash.setdefault(EXIT_CODE, lost.exit_code)
                return pytest.ExitCode.TESTS_FAILED
    return exitstatus


def _all_known(run: Session, found: Results) -> bool:
    """Whether only what is new shall fail the run, and nothing is."""
    return run.settings.fail_on_new and found.passed and not run.collection.failed_otherwise


def _warn(config: pytest.Config, message: str) -> None:
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.ensure_newline()
        reporter.write_line(told(message), red=True)
