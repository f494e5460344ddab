"""The `stackproof` command. It runs the suite with pytest and turns the result into an exit code."""

import sys
from pathlib import Path

import click
import pytest

from stackproof import __version__, controller
from stackproof.controls import catalogue
from stackproof.outcomes.model import Severity

# Keeps the user's own pytest configuration out of the run.
_INI = Path(__file__).with_name("suite.ini")

EXIT_CODES = """
Exit codes: 0 nothing at or above the gate failed; 1 something did, or was unknown; 2 usage or contract
error; 3 no engine; 4 a stack could not be brought up; 130 interrupted.
"""


class _Observer:
    """Reads from the finished run why it ended."""

    def __init__(self) -> None:
        self.code: int | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Take the exit code that the controller chose, if it chose one."""
        self.code = config.stash.get(controller.EXIT_CODE, None)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str]:
        """Keep pytest's dots out: progress and the table at the end say more."""
        return report.outcome, "", ""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="stackproof")
def main() -> None:
    """Prove on a running copy that a Docker Compose stack keeps its promises."""


@main.command(epilog=EXIT_CODES)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    default=Severity.HIGH.value,
    show_default=True,
    help="Lowest severity whose findings fail the run; lower ones are advisory.",
)
@click.option("--report-dir", default="reports", show_default=True, help="Where the reports are written.")
@click.option("--allow-host-access", is_flag=True, help="Also start stacks that reach the host.")
@click.option("-n", "--workers", default="auto", show_default=True, help="Sandboxes in parallel; 0 for none.")
def check(
    paths: tuple[str, ...], fail_on: str, report_dir: str, workers: str, *, allow_host_access: bool
) -> None:
    """Bring up isolated copies of compose projects and prove them.

    PATH is a folder, a compose file, or several files joined with ':' as in COMPOSE_FILE; the
    current folder when none is given.
    """
    args = ["-c", str(_INI), "--rootdir", ".", "-p", "no:cacheprovider", "-n", workers]
    args += [
        "-qq",
        "--tb=no",
        "-rN",
        "--disable-warnings",
        f"--fail-on={fail_on}",
        f"--report-dir={report_dir}",
    ]
    args += ["--allow-host-access"] if allow_host_access else []
    args += [f"--stack={path}" for path in paths or (".",)]
    observer = _Observer()
    status = pytest.main([*args, *map(str, catalogue.suite_folders())], plugins=[observer])
    sys.exit(exit_code(pytest.ExitCode(status), observer.code))


def exit_code(status: pytest.ExitCode, chosen: int | None) -> int:
    """Return the documented exit code for pytest's status and what the controller chose."""
    if chosen is not None:
        return chosen
    return {
        pytest.ExitCode.OK: 0,
        pytest.ExitCode.TESTS_FAILED: 1,
        pytest.ExitCode.INTERRUPTED: 130,
        pytest.ExitCode.INTERNAL_ERROR: 1,
        pytest.ExitCode.USAGE_ERROR: 2,
        pytest.ExitCode.NO_TESTS_COLLECTED: 2,
    }[status]
