"""`stackproof lint`: judge files as they are written, without an engine."""

import gc
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from stackproof.cli import options
from stackproof.cli.ending import in_one_message
from stackproof.settings import Settings

EPILOG = """
Fixes: --fix prints a unified diff and changes nothing; --fix --write changes the files and judges what is
left. What has one right answer is fixed, of the findings that the profile and --select ask for: style is in
--profile hygiene. What is waived stays.

Exit codes: 0 nothing at or above the gate failed; 1 something did, or was unknown; 2 usage or contract error,
or a file that could not be judged (the others were); 3 no Compose to resolve files with; 130 interrupted.
With --fix alone: 0 nothing to change, 1 there is a diff.
"""
# Objects that come to be between two searches for garbage in circles (default of Python: 700).
_SELDOM = 1_000_000

_REPORTS = (
    "where index.html, results.json and the other reports are written; without it none is, whatever "
    "[tool.stackproof] says"
)


@click.command(epilog=EPILOG)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--explain", metavar="ID", help="Explain a control and judge nothing; the id may be another tool's."
)
@click.option(
    "--fix", is_flag=True, help="Print a diff that fixes what has one right answer; no file is changed."
)
@click.option("--write", is_flag=True, help="With --fix: change the files, and judge what is left.")
@click.option(
    "--with-override",
    is_flag=True,
    help="Judge a compose file with the override file beside it, as Compose does.",
)
@click.option(
    "--coverage", is_flag=True, help="Say of published standards how many requirements were assessed."
)
@options.add(only=options.STATIC, told={"report_dir": _REPORTS})
def lint(  # noqa: PLR0913 - click hands over each option
    paths: tuple[str, ...],
    files: tuple[str, ...],
    *,
    explain: str | None,
    fix: bool,
    write: bool,
    with_override: bool,
    coverage: bool,
    **typed: Any,  # noqa: ANN401 - click hands them as they were declared
) -> None:
    """Judge compose files without running anything.

    PATH is a compose file, several joined with ':' as in COMPOSE_FILE, a folder, which is searched with all
    below it, or - for standard input. An override file means the stack of its folder. When none is given, the
    stack is the one that Compose would take here; where it finds none, all below this folder.
    Images are looked at where this engine has them; nothing is fetched, built or started.
    """
    if explain is not None:
        from stackproof.cli.controls import controls  # noqa: PLC0415 - help must not wait for it

        click.get_current_context().invoke(controls, control_id=explain, rules=typed["rules"], as_json=False)
        return
    if write and not fix:
        msg = "--write goes with --fix: nothing else is written to compose files"
        raise click.UsageError(msg)
    if fix:
        sys.exit(fixed(paths, files, typed, write=write, with_override=with_override))
    sys.exit(judged(paths, files, typed, coverage=coverage, with_override=with_override))


def judged(
    paths: tuple[str, ...],
    files: tuple[str, ...],
    typed: Mapping[str, Any],
    *,
    coverage: bool = False,
    with_override: bool = False,
) -> int:
    """Judge what was typed; return the exit code, or end with one message where nothing can be judged."""
    # What is read of a stack has no circles: looking for some takes a fifth of the time.
    gc.set_threshold(_SELDOM)
    from stackproof.lint import command  # noqa: PLC0415 - help must not wait for it

    gc.freeze()
    here = Path.cwd()
    with in_one_message():
        settings = _settings(paths, files, typed, here)
        return command.lint(
            settings, here, coverage=coverage, with_override=with_override, search=bool(paths or files)
        )


def fixed(
    paths: tuple[str, ...],
    files: tuple[str, ...],
    typed: Mapping[str, Any],
    *,
    write: bool,
    with_override: bool = False,
) -> int:
    """Fix what was typed, or say how; return the exit code, or end with one message."""
    from stackproof.lint import command  # noqa: PLC0415 - help must not wait for it

    here = Path.cwd()
    with in_one_message():
        settings = _settings(paths, files, typed, here)
        return command.fix(
            settings, here, write=write, with_override=with_override, search=bool(paths or files)
        )


def _settings(
    paths: tuple[str, ...], files: tuple[str, ...], typed: Mapping[str, Any], here: Path
) -> Settings:
    found = options.settings(typed, here, reports="")
    return found.model_copy(update={"stacks": options.stack_of(paths, files, found, here)})
