"""`stackproof lint`: judge files as they are written, without an engine."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from stackproof.cli import options
from stackproof.cli.ending import in_one_message

EPILOG = """
Exit codes: 0 nothing at or above the gate failed; 1 something did, or was unknown; 2 usage or contract error,
or a file that could not be judged (the others were); 3 no Compose to resolve files with; 130 interrupted.
"""


@click.command(epilog=EPILOG)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--explain", metavar="ID", help="Explain a control and judge nothing; the id may be another tool's."
)
@options.add(only=options.STATIC)
def lint(paths: tuple[str, ...], files: tuple[str, ...], *, explain: str | None, **typed: Any) -> None:  # noqa: ANN401 - click hands them as they were declared
    """Judge compose files without running anything.

    PATH is a compose file, several joined with ':' as in COMPOSE_FILE, a folder, which is searched with all
    below it, or - for standard input. When none is given, the stack is the one that Compose would take here.
    Images are looked at where this engine has them; nothing is fetched, built or started.
    """
    if explain is not None:
        from stackproof.cli.controls import controls  # noqa: PLC0415 - help must not wait for it

        click.get_current_context().invoke(controls, control_id=explain, rules=typed["rules"], as_json=False)
        return
    sys.exit(judged(paths, files, typed))


def judged(paths: tuple[str, ...], files: tuple[str, ...], typed: Mapping[str, Any]) -> int:
    """Judge what was typed; return the exit code, or end with one message where nothing can be judged."""
    from stackproof.lint import command  # noqa: PLC0415 - help must not wait for it

    here = Path.cwd()
    with in_one_message():
        found = options.settings(typed, here, reports="")
        stacks = options.stack_of(paths, files, found, here)
        return command.lint(found.model_copy(update={"stacks": stacks}), here)
