"""Command-line options and ini settings of the plugin, and the settings that come of them."""

import os
from argparse import ArgumentTypeError
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import pytest

from stackproof.controls import catalogue
from stackproof.controls.catalogue import Entry
from stackproof.controls.selection import Selection
from stackproof.controls.severity import Severity
from stackproof.errors import UsageError
from stackproof.isolation.mistakes import MISTAKES, check_together
from stackproof.outcomes import chosen
from stackproof.report import files
from stackproof.report.baseline import Baseline
from stackproof.report.baseline import read as read_baseline
from stackproof.settings import Declared, Settings, declared
from stackproof.stack.stack import Stack

# Sandboxes mostly wait; on two processors the five stacks of this project took 218 s with three to a
# processor, some 180 s with four and five, 152 to 169 s with six, and 175 s with seven and eight.
TO_A_PROCESSOR = 6
# More bring no more: what runs in sandboxes is the engine's, and it has other things to do.
MOST_WORKERS = 12
_INI_FILES = ("pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini")
STACKS_INI = "stackproof_stacks"
_SETTINGS: pytest.StashKey[Settings] = pytest.StashKey()
_HANDED: pytest.StashKey[bool] = pytest.StashKey()


def add_options(parser: pytest.Parser) -> None:
    """Declare the options; nothing is looked at here."""
    group = parser.getgroup("stackproof", "prove Docker Compose stacks")
    for one in declared():
        if one.option.pytest:
            group.addoption(one.option.pytest, dest=_dest(one.name), help=_help(one), **_kind(one))
    parser.addini(STACKS_INI, "stacks to prove when no --stack is given: paths or globs", type="linelist")


def _dest(name: str) -> str:
    return f"stackproof_{name}"


def _help(one: Declared) -> str:
    again = "; may be given again" if one.is_many else ""
    default = f" (default: {one.shown_default})" if one.shown_default else ""
    return f"{one.option.help}{again}{default}"


def _kind(one: Declared) -> dict[str, Any]:
    """Return what argparse must know of an option's values."""
    if one.type is bool:
        return {"action": "store_true"}
    found: dict[str, Any] = {"default": one.default, "metavar": one.option.metavar}
    if one.is_many:
        found |= {"action": "append", "default": []}
    if one.type is Severity:
        found |= {"choices": [severity.value for severity in Severity]}
    if one.type is int:
        found |= {"type": _whole}
    if mistake := MISTAKES.get(one.name):
        found |= {"type": partial(_refuse, mistake)}
    return found


def _whole(text: str) -> int:
    if not text.isdecimal():
        msg = f"{text!r} is no whole number from 0 on"
        raise ArgumentTypeError(msg)
    return int(text)


def _refuse(mistake: Callable[[str], str], text: str) -> str:
    if wrong := mistake(text):
        raise ArgumentTypeError(wrong)
    return text


class Handed:
    """A plugin that hands settings over whole, in place of words on pytest's command line."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @pytest.hookimpl(tryfirst=True)
    def pytest_load_initial_conftests(self, early_config: pytest.Config) -> None:
        """Hand them over before anybody asks."""
        take(early_config, self._settings)
        early_config.stash[_HANDED] = True


def handed(config: pytest.Config) -> bool:
    """Whether our own command runs pytest, which says nothing of itself then."""
    return config.stash.get(_HANDED, False)


def take(config: pytest.Config, settings: Settings) -> None:
    """Have these settings count, whatever pytest's own options say."""
    config.stash[_SETTINGS] = settings


def settings_of(config: pytest.Config) -> Settings:
    """Return the settings of this run: those that were handed over, else what pytest's options say."""
    if _SETTINGS not in config.stash:
        named = {one.name: config.getoption(_dest(one.name)) for one in declared() if one.option.pytest}
        take(config, Settings(**named))
    return config.stash[_SETTINGS]


def most_workers() -> int:
    """Return how many sandboxes this machine can have side by side."""
    return min(TO_A_PROCESSOR * (os.cpu_count() or 1), MOST_WORKERS)


def selection(config: pytest.Config, stack: Stack | None = None) -> Selection:
    """Return which controls run on a stack; without one, those that may run on any.

    Raises UsageError for a pattern that names none.
    """
    return chosen.selection(settings_of(config), controls(config), stack)


def controls(config: pytest.Config) -> dict[str, Entry]:
    """Return every control by id, a team's own included."""
    return catalogue.entries(settings_of(config).own(config.invocation_params.dir))


def report_folder(config: pytest.Config) -> Path | None:
    """Where reports go, from where pytest was called; None for no reports."""
    folder = settings_of(config).report_dir
    return config.invocation_params.dir / folder if folder else None


def baseline(config: pytest.Config) -> Baseline | None:
    """Return what is known to fail; None without a baseline.

    Raises UsageError for a file that is none, and where nobody says what is old.
    """
    settings = settings_of(config)
    check_together(settings)
    if settings.baseline is None:
        return None
    return read_baseline(config.invocation_params.dir / settings.baseline)


def check_ini(config: pytest.Config) -> None:
    """See that pytest reads the project's own configuration.

    It takes the word behind `--stack ` for a place to collect from before it knows our options, and goes to
    where all such places lie together. Raises UsageError where that is not the project.
    """
    here = config.invocation_params.dir
    words = [str(word) for word in config.invocation_params.args]
    apart = [word for word in words if word in ("--stack", "--report-dir", "--project-directory", "--rules")]
    named = config.args_source is pytest.Config.ArgsSource.ARGS  # then only that is collected
    if not apart or named or config.inipath is not None:
        return
    if missed := next((here / name for name in _INI_FILES if _configures_pytest(here / name)), None):
        took = f"it took the word behind {apart[0]} for a place to collect from"
        msg = f"pytest does not read {missed.name}: {took}\n  fix: write {apart[0]}=PATH, with an equals sign"
        raise UsageError(msg)


def _configures_pytest(path: Path) -> bool:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return path.name.endswith("pytest.ini") or "[tool.pytest" in text or "[pytest]" in text


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
        raise files.unwritable(folder, error) from None
