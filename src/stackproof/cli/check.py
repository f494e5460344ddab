"""`stackproof check`: run the suite with pytest and turn the result into an exit code."""

import sys
from collections.abc import Generator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click
import pytest

from stackproof import __version__
from stackproof.cli import lint, options
from stackproof.cli.defaults import Table
from stackproof.cli.ending import in_one_message
from stackproof.controls import catalogue
from stackproof.errors import INTERRUPTED
from stackproof.plugin import controller
from stackproof.plugin.options import Handed
from stackproof.report.foreign import foreign
from stackproof.settings import Settings, declared

# Keeps the user's own pytest configuration out of the run.
_INI = Path(__file__).parents[1] / "suite.ini"

EPILOG = f"""
Examples: `stackproof check`; `stackproof check shop/compose.yml -v`;
`stackproof check --baseline stackproof-baseline.json --fail-on-new -q`.

[tool.stackproof] in pyproject.toml sets {", ".join(Table.model_fields)} for a team; the command line
wins. It is looked for in this folder and above it, up to the root of the repository, outside of one only
here; the first file with such a table counts, and report_dir starts from its folder.

Exit codes: 0 nothing at or above the gate failed; 1 something did, or was unknown, or no control applied
to a stack (NOTHING PROVEN); 2 usage or contract error; 3 no engine; 4 a stack did not come up, or not all
of it; 130 interrupted.
"""


class _Observer:
    """Reads from the finished run why it ended."""

    def __init__(self) -> None:
        self.code: int | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Say in one word that a run was interrupted, at its very beginning, too."""
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:  # else it points into pytest's own files
            reporter._report_keyboardinterrupt = partial(reporter.write_line, "interrupted", red=True)  # noqa: SLF001

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Keep out what xdist says of itself; it has no option for that."""
        plugins = session.config.pluginmanager
        nodes = plugins.get_plugin("terminaldistreporter")
        if nodes is not None:  # a log file gets it twice, and on a terminal it comes between our own lines
            nodes.ensure_show_status = nodes.rewrite = lambda *_words, **_more: None

    @pytest.hookimpl(tryfirst=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Take the exit code that the controller chose, if it chose one."""
        self.code = config.stash.get(controller.EXIT_CODE, None)

    @pytest.hookimpl(wrapper=True)
    def pytest_report_teststatus(
        self,
    ) -> Generator[None, tuple[str, object, object], tuple[str, str, str]]:
        """Keep pytest's letters out: progress and the table at the end say more."""
        category, _letter, _word = yield
        return category, "", ""


@click.command(epilog=EPILOG)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--static", is_flag=True, help="Run nothing and judge the files alone, as `stackproof lint` does."
)
@options.add(check=True)
def check(paths: tuple[str, ...], files: tuple[str, ...], *, static: bool, **typed: Any) -> None:  # noqa: ANN401 - click hands them as they were declared
    """Bring compose projects up in sandboxes, isolated from all else, and prove them.

    PATH is a folder, a compose file, or several files joined with ':' as in COMPOSE_FILE. When
    none is given, the files are those that Compose would take here: what COMPOSE_FILE says, else the
    nearest compose file in this folder or above it. With --attach nothing is brought up: only controls
    that disturb nothing look at the project, and PATH is needed only where its compose files have moved.
    """
    if static:
        sys.exit(lint.judged(paths, files, _static(typed)))
    here = Path.cwd()
    if typed["attach"] is not None and typed["workers"] is None:
        typed["workers"] = "0"  # one lane looks at one project
    with in_one_message():
        settings = options.settings(typed, here)
        stacks = options.stack_of(paths, files, settings, here)
        if not settings.quiet:  # the first word: pytest and its plugins take a while to come up
            what = ", ".join(stacks) or str(settings.attach)
            click.echo(f"stackproof {__version__}: reads {foreign(what)}")
        code = run(settings.model_copy(update={"stacks": stacks}))
    sys.exit(code)


def _static(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed, if all of it makes sense where nothing runs.

    Raises click.UsageError otherwise.
    """
    given = {name for name, value in typed.items() if value not in (None, ())}
    if strange := sorted(given - options.STATIC):
        typed_as = {
            one.name: one.option.command[-1].partition("/")[0] for one in declared() if one.option.command
        }
        listed = ", ".join(sorted(typed_as[name] for name in strange))
        msg = f"--static runs nothing, so that {listed} would have no effect"
        raise click.UsageError(msg)
    return {name: value for name, value in typed.items() if name in options.STATIC}


def run(settings: Settings, *plugins: object) -> int:
    """Run the suite with more plugins; return our exit code."""
    quiet = ["-qq", "--tb=no", "-rN", "--disable-warnings", "-p", "no:cacheprovider"]
    if str(settings.workers) == "0":  # else what is shown while a test runs is taken for what it prints
        quiet.append("--capture=sys")
    words = ["-c", str(_INI), "--rootdir", ".", *quiet, f"-n={settings.workers}"]
    observer = _Observer()
    tests = [*catalogue.suite_folders(), *catalogue.packaged_tests(), *settings.own(Path.cwd())]
    status = pytest.main([*words, *map(str, tests)], plugins=[Handed(settings), observer, *plugins])
    return exit_code(pytest.ExitCode(status), observer.code)


def exit_code(status: pytest.ExitCode, chosen: int | None) -> int:
    """Return the documented exit code for pytest's status and what the controller chose."""
    if chosen is not None:
        return chosen
    return {
        pytest.ExitCode.OK: 0,
        pytest.ExitCode.TESTS_FAILED: 1,
        pytest.ExitCode.INTERRUPTED: INTERRUPTED,
        pytest.ExitCode.INTERNAL_ERROR: 1,
        pytest.ExitCode.USAGE_ERROR: 2,
        pytest.ExitCode.NO_TESTS_COLLECTED: 2,
    }[status]
