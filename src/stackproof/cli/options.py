"""Options of the commands that bring sandboxes up, made of what is declared in `stackproof.settings`."""

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from stackproof.cli import defaults
from stackproof.controls.severity import Severity
from stackproof.isolation import mistakes
from stackproof.settings import Declared, Settings, declared
from stackproof.stack.discovery import nearest

Function = TypeVar("Function", bound=Callable[..., Any])


STATIC = frozenset(
    {
        *("profiles", "env_files", "project_directory", "no_contract", "workers", "fail_on", "profile"),
        *("contract", "baseline", "fail_on_new", "select", "ignore", "rules", "report_dir"),
        "documentation",
        *("quiet", "verbose"),
    }
)
"""The options of a command that runs nothing."""


def add(
    *, check: bool = False, only: Collection[str] = (), told: Mapping[str, str] | None = None
) -> Callable[[Function], Function]:
    """Return a decorator that adds options to a command: `check` has all, others fewer or `only` some.

    What is `told` of an option stands in place of its help and its default.
    """
    found = [
        one
        for one in declared()
        if one.option.command and (one.name in only if only else check or not one.option.check_only)
    ]

    def decorate(command: Function) -> Function:
        for one in reversed(found):
            command = _option(one, (told or {}).get(one.name))(command)
        files = "Compose file; several make one stack, as in Compose."
        return click.option("-f", "--file", "files", multiple=True, help=files)(command)

    return decorate


def _option(one: Declared, told: str | None) -> Callable[[Function], Function]:
    """Return an option of which nothing typed is None, or no word of a repeated one."""
    text = told or one.option.help
    more: dict[str, Any] = {"multiple": True} if one.is_many else {"default": None}
    if one.type is Severity:
        more["type"] = click.Choice([severity.value for severity in Severity])
    elif one.type is bool and not any("/" in name for name in one.option.command):
        more |= {"is_flag": True, "flag_value": True}
    elif one.type is int:
        more["type"] = click.IntRange(min=0)
    return click.option(
        *one.option.command,
        one.name,
        metavar=one.option.metavar,
        show_default=(not told and one.shown_default) or False,
        help=f"{text[0].upper()}{text[1:]}.",
        **more,
    )


def settings(typed: Mapping[str, Any], here: Path, reports: str | None = None) -> Settings:
    """Return what was typed, completed by the table of the team and then by our own defaults.

    `reports` is where reports go unless that is typed, whatever the table says. Raises UsageError for what
    makes no sense.
    """
    said = {name: value for name, value in typed.items() if value not in (None, ())}
    if reports is not None:
        said.setdefault("report_dir", reports)
    table = defaults.load(here)
    origins = {name: table.told for name in table.values if name not in said}
    found = Settings(**{**table.values, **said}, origins=origins)
    mistakes.check(found)
    return found


def stack_of(paths: Iterable[str], files: Iterable[str], found: Settings, here: Path) -> tuple[str, ...]:
    """Return the stacks that were typed; else, unless a project is attached, the one that Compose would take.

    Raises UsageError when there is none.
    """
    joined = os.pathsep.join(files)
    typed = (*paths, *((joined,) if joined else ()))
    if typed or found.attach is not None:
        return typed
    return (nearest(here, found.compose(here)),)
