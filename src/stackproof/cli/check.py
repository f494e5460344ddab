"""`stackproof check`: run the suite with pytest and turn the result into an exit code."""

import os
import sys
from collections.abc import Callable, Generator, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click
import pytest

from stackproof.cli import defaults
from stackproof.cli.ending import INTERRUPTED, in_one_message
from stackproof.controls import catalogue
from stackproof.engine.project import ComposeSettings
from stackproof.isolation.treatment import Permits
from stackproof.outcomes.model import Severity
from stackproof.plugin import controller
from stackproof.stack.discovery import nearest

# Keeps the user's own pytest configuration out of the run.
_INI = Path(__file__).parents[1] / "suite.ini"

Function = TypeVar("Function", bound=Callable[..., Any])

EPILOG = """
[tool.stackproof] in pyproject.toml sets fail_on, select, ignore, report_dir, allow_host_access,
allow_network, allow_key, allow_outside, offline and workers for a team; the command line wins. It is
looked for in this folder and above it, up to the root of the repository, outside of one only here; the
first file with such a table counts, and report_dir starts from its folder.

Exit codes: 0 nothing at or above the gate failed; 1 something did, or was unknown, or no control applied
to a stack (NOTHING PROVEN); 2 usage or contract error; 3 no engine; 4 a stack did not come up, or not all
of it; 130 interrupted.
"""


class _Observer:
    """Reads from the finished run why it ended."""

    def __init__(self) -> None:
        self.code: int | None = None

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Keep out what pytest and xdist say of themselves; they have no option for it."""
        plugins = session.config.pluginmanager
        reporter = plugins.get_plugin("terminalreporter")
        if reporter is not None:  # else it points into pytest's own files
            reporter._report_keyboardinterrupt = partial(reporter.write_line, "interrupted", red=True)  # noqa: SLF001
        nodes = plugins.get_plugin("terminaldistreporter")
        if nodes is not None:  # a log file gets it twice; a terminal shows it in a line that is replaced
            nodes.ensure_show_status = lambda: None

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


_COPIES = (
    click.option(
        "-f", "--file", "files", multiple=True, help="Compose file; several make one stack, as in Compose."
    ),
    click.option("--profile", "profiles", multiple=True, help="Compose profile to enable."),
    click.option(
        "--env-file", "env_files", multiple=True, help="Env file for interpolation in place of .env."
    ),
    click.option("--project-directory", help="Folder that relative paths of the compose files start from."),
    click.option(
        "--allow-host-access/--no-host-access", default=None, help="Also start stacks that reach the host."
    ),
    click.option(
        "--allow-network",
        multiple=True,
        metavar="NAME",
        help="Network of this engine that sandboxes join themselves, with all that is live on it.",
    ),
    click.option(
        "--allow-key",
        multiple=True,
        metavar="KEY",
        help="Key of a compose file that is passed as written, such as services.web.new_key; patterns.",
    ),
    click.option(
        "--allow-outside",
        multiple=True,
        metavar="HOST",
        help="Let sandboxes reach this host outside the stack: a name, a pattern, an address or a network.",
    ),
    click.option(
        "--offline/--online", default=None, help="Let sandboxes reach nothing outside the stack at all."
    ),
    click.option(
        "--copy-limit",
        type=click.IntRange(min=0),
        metavar="MIB",
        show_default="100",
        help="Largest writable bind that is copied, in MiB.",
    ),
    click.option("-n", "--workers", show_default="auto", help="Sandboxes in parallel; 0 for none."),
)


def compose_options(command: Function) -> Function:
    """Add Compose's own options, and those of every command that brings copies up."""
    for option in reversed(_COPIES):
        command = option(command)
    return command


@click.command(epilog=EPILOG)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--attach", metavar="PROJECT", help="Look at a project that runs, read-only, instead.")
@compose_options
@click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    show_default="high",
    help="Lowest severity whose findings fail the run; lower ones are advisory.",
)
@click.option("--select", multiple=True, metavar="IDS", help="Run only these controls; patterns, commas.")
@click.option("--ignore", multiple=True, metavar="IDS", help="Do not run these controls.")
@click.option("--report-dir", show_default="reports", help="Where the reports are written.")
def check(paths: tuple[str, ...], files: tuple[str, ...], **typed: Any) -> None:  # noqa: ANN401 - click hands them as they were declared
    """Bring up isolated copies of compose projects and prove them.

    PATH is a folder, a compose file, or several files joined with ':' as in COMPOSE_FILE. When
    none is given, the files are those that Compose would take here: what COMPOSE_FILE says, else the
    nearest compose file in this folder or above it. With --attach nothing is brought up: only controls
    that disturb nothing look at the project, and PATH is needed only where its compose files have moved.
    """
    if typed["attach"] is not None and typed["workers"] is None:
        typed["workers"] = "0"  # one lane looks at one project
    stacks = [*paths, *([os.pathsep.join(files)] if files else [])]
    with in_one_message():
        if not stacks and typed["attach"] is None:
            stacks = [nearest(Path.cwd(), _settings(typed))]
        given = defaults.load(Path.cwd()).under(typed)
    sys.exit(run([*options(**given), *(f"--stack={path}" for path in stacks)]))


def permits_of(given: Mapping[str, Any]) -> Permits:
    """Return what the user opened for a sandbox."""
    return Permits(
        host_access=bool(given["allow_host_access"]),
        networks=frozenset(given["allow_network"] or ()),
        keys=frozenset(given["allow_key"] or ()),
    )


def _settings(typed: Mapping[str, Any]) -> ComposeSettings:
    return ComposeSettings.typed(
        Path.cwd(), typed["profiles"], typed["env_files"], typed["project_directory"]
    )


def options(  # noqa: PLR0913 - one for each option of the command
    *,
    profiles: Iterable[str] | None,
    env_files: Iterable[str] | None,
    project_directory: str | None,
    fail_on: str,
    select: Iterable[str],
    ignore: Iterable[str],
    report_dir: str,
    workers: str | int,
    allow_host_access: bool,
    allow_network: Iterable[str] = (),
    allow_key: Iterable[str] = (),
    allow_outside: Iterable[str] = (),
    offline: bool = False,
    copy_limit: int | None = None,
    attach: str | None = None,
) -> list[str]:
    """Say to the plugin what was said to the command."""
    return [
        f"-n={workers}",
        f"--fail-on={fail_on}",
        f"--report-dir={report_dir}",
        *([f"--copy-limit={copy_limit}"] if copy_limit is not None else []),
        *([f"--attach={attach}"] if attach is not None else []),
        *(["--allow-host-access"] if allow_host_access else []),
        *(f"--allow-network={name}" for name in allow_network),
        *(f"--allow-key={key}" for key in allow_key),
        *(f"--allow-outside={host}" for host in allow_outside),
        *(["--offline"] if offline else []),
        *(f"--control-select={text}" for text in select),
        *(f"--control-ignore={text}" for text in ignore),
        *(f"--compose-profile={profile}" for profile in profiles or ()),
        *(f"--compose-env-file={path}" for path in env_files or ()),
        *([f"--project-directory={project_directory}"] if project_directory else []),
    ]


def run(args: list[str], *plugins: object) -> int:
    """Run the suite with the plugin's options and more plugins; return our exit code."""
    quiet = ["-qq", "--tb=no", "-rN", "--disable-warnings", "-p", "no:cacheprovider"]
    observer = _Observer()
    status = pytest.main(
        ["-c", str(_INI), "--rootdir", ".", *quiet, *args, *map(str, catalogue.suite_folders())],
        plugins=[observer, *plugins],
    )
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
