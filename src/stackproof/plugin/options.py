"""Command-line options and ini settings of the plugin."""

import os
from argparse import ArgumentTypeError
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from stackproof.controls import catalogue
from stackproof.controls.catalogue import Entry
from stackproof.engine.project import ComposeSettings
from stackproof.errors import UsageError
from stackproof.isolation import outside_policy
from stackproof.isolation.binds import LARGEST
from stackproof.isolation.treatment import Permits
from stackproof.outcomes.model import Severity
from stackproof.plugin.selection import Selection, checked

# Each worker has a sandbox up; the engine's default address pools hold about 30 networks in all.
MOST_WORKERS = 8
STACKS_INI = "stackproof_stacks"


def add_options(parser: pytest.Parser) -> None:
    """Declare the options; nothing is looked at here."""
    group = parser.getgroup("stackproof", "prove Docker Compose stacks")
    _add_subjects(group)
    _add_compose(group)
    _add_judgement(group)
    _add_limits(group)
    parser.addini(STACKS_INI, "stacks to prove when no --stack is given: paths or globs", type="linelist")


def _add_subjects(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--stack",
        action="append",
        dest="stackproof_stack",
        metavar="PATH",
        help="compose project to prove: a folder, a compose file, or several files joined with ':' as in "
        "COMPOSE_FILE; may be given again for another stack",
    )
    group.addoption(
        "--attach",
        dest="stackproof_attach",
        type=_project,
        metavar="PROJECT",
        help="look at a compose project that runs, read-only: only controls that disturb nothing are run; "
        "--stack names its compose files where its labels do not",
    )
    group.addoption(
        "--no-contract",
        action="store_true",
        dest="stackproof_no_contract",
        help="judge without the stackproof.yml beside the compose file",
    )


def _add_compose(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--compose-profile",
        action="append",
        dest="stackproof_profiles",
        default=[],
        metavar="NAME",
        help="Compose profile to enable; may be given again",
    )
    group.addoption(
        "--compose-env-file",
        action="append",
        dest="stackproof_env_files",
        default=[],
        metavar="FILE",
        help="env file for interpolation in place of .env; may be given again",
    )
    group.addoption(
        "--project-directory",
        dest="stackproof_project_directory",
        metavar="DIR",
        help="folder that relative paths of the compose files start from",
    )


def _add_judgement(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--report-dir",
        dest="stackproof_report_dir",
        default="reports",
        metavar="DIR",
        help="where index.html, results.json and junit.xml are written (default: reports); empty for none",
    )
    group.addoption(
        "--fail-on",
        dest="stackproof_fail_on",
        default=Severity.HIGH.value,
        choices=[severity.value for severity in Severity],
        help="lowest severity whose findings fail the run; lower ones are advisory (default: high)",
    )
    for verb, effect in (("select", "run only these controls"), ("ignore", "do not run these controls")):
        group.addoption(
            f"--control-{verb}",
            action="append",
            dest=f"stackproof_{verb}",
            default=[],
            metavar="IDS",
            help=f"{effect}: ids or patterns, separated by commas; may be given again",
        )


def _add_limits(group: pytest.OptionGroup) -> None:
    group.addoption(
        "--allow-host-access",
        action="store_true",
        dest="stackproof_allow_host_access",
        help="also start stacks that reach the host (engine socket, privileged, host network)",
    )
    group.addoption(
        "--allow-network",
        action="append",
        dest="stackproof_allow_networks",
        default=[],
        metavar="NAME",
        help="network of this engine that sandboxes join themselves, with all that is live on it; may be "
        "given again",
    )
    group.addoption(
        "--allow-key",
        action="append",
        dest="stackproof_allow_keys",
        default=[],
        metavar="KEY",
        help="key of a compose file that is passed as it is written, such as services.web.new_key; patterns; "
        "may be given again",
    )
    group.addoption(
        "--allow-outside",
        action="append",
        type=_outside,
        dest="stackproof_allow_outside",
        default=[],
        metavar="HOST",
        help="let sandboxes reach this host outside the stack: a name, a pattern such as *.example.com, an "
        "address or a network; may be given again",
    )
    group.addoption(
        "--offline",
        action="store_true",
        dest="stackproof_offline",
        help="let sandboxes reach nothing outside the stack at all",
    )
    group.addoption(
        "--copy-limit",
        type=int,
        dest="stackproof_copy_limit",
        default=LARGEST,
        metavar="MIB",
        help=f"largest writable bind that is copied, in MiB (default: {LARGEST})",
    )


def auto_workers() -> int | None:
    """Return how many workers `-n auto` means; None leaves it to xdist, as when its own variable is set."""
    if os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS"):
        return None
    return min(3 * (os.cpu_count() or 1), MOST_WORKERS)


def _project(text: str) -> str:
    """Refuse an empty name: a variable that is not set must not turn a look into a whole run."""
    if not text.strip():
        msg = "a project must have a name"
        raise ArgumentTypeError(msg)
    return text


def _outside(text: str) -> str:
    if wrong := outside_policy.mistake(text):
        raise ArgumentTypeError(wrong)
    return text


def allow_outside(config: pytest.Config) -> tuple[str, ...]:
    """Return the hosts that are opened for all stacks of this run."""
    return tuple(config.getoption("stackproof_allow_outside"))


def offline(config: pytest.Config) -> bool:
    """Whether sandboxes shall reach nothing outside."""
    return bool(config.getoption("stackproof_offline"))


def attached(config: pytest.Config) -> str | None:
    """Return the project to look at in place of copies, if one is given."""
    project: str | None = config.getoption("stackproof_attach")
    return project


def compose_settings(config: pytest.Config) -> ComposeSettings:
    """Read Compose's own options; paths start where pytest was called."""
    return ComposeSettings.typed(
        config.invocation_params.dir,
        config.getoption("stackproof_profiles"),
        config.getoption("stackproof_env_files"),
        config.getoption("stackproof_project_directory"),
    )


def permits(config: pytest.Config) -> Permits:
    """Return what the user opened."""
    return Permits(
        host_access=bool(config.getoption("stackproof_allow_host_access")),
        networks=frozenset(config.getoption("stackproof_allow_networks")),
        keys=frozenset(config.getoption("stackproof_allow_keys")),
    )


def selection(config: pytest.Config) -> Selection:
    """Return which controls run.

    Raises UsageError for a pattern that names none.
    """
    select, ignore = (
        tuple(
            pattern.strip() for text in config.getoption(f"stackproof_{verb}") for pattern in text.split(",")
        )
        for verb in ("select", "ignore")
    )
    selection = Selection(select=select, ignore=ignore, only_observe=attached(config) is not None)
    return checked(selection, controls(config))


def controls(config: pytest.Config) -> dict[str, Entry]:
    """Return every control by id."""
    del config
    return catalogue.entries()


def report_folder(config: pytest.Config) -> Path | None:
    """Where reports go, from where pytest was called; None for no reports."""
    folder = str(config.getoption("stackproof_report_dir"))
    return config.invocation_params.dir / folder if folder else None


def check_report_folder(config: pytest.Config) -> None:
    """Try whether reports can be written, and leave nothing there: a run may take minutes before it does.

    Raises UsageError.
    """
    folder = report_folder(config)
    if folder is None or config.getoption("collectonly"):
        return
    nearest = next(path for path in (folder, *folder.parents) if os.path.lexists(path))
    try:
        with TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        raise unwritable(folder, error) from None


def unwritable(folder: Path, error: OSError) -> UsageError:
    """Say that reports cannot be written, in one line."""
    remedy = "name a folder that you may write in with --report-dir"
    return UsageError(f"reports cannot be written to {folder}: {error.strerror or error}; {remedy}")


def fail_on(config: pytest.Config) -> Severity:
    """The gate."""
    return Severity(config.getoption("stackproof_fail_on"))
