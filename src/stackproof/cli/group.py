"""The group of our commands: what click finds wrong is told as we tell all else."""

import sys
from typing import Any

import click
from click.exceptions import Abort, NoArgsIsHelpError

from stackproof.errors import INTERRUPTED
from stackproof.report.complaint import complain


class Program(click.Group):
    """A group whose mistakes of usage have one shape, and whose interruption ends with 130."""

    def main(self, *words: Any, **more: Any) -> Any:  # noqa: ANN401 - as click has it
        """Run a command; end the process, unless told otherwise."""
        if not more.get("standalone_mode", True):
            return super().main(*words, **more)
        try:
            code: object = super().main(*words, **{**more, "standalone_mode": False})
        except NoArgsIsHelpError as error:
            error.show()
            sys.exit(error.exit_code)
        except click.ClickException as error:
            complain(_told(error))
            sys.exit(error.exit_code)
        except Abort:
            complain("interrupted")
            sys.exit(INTERRUPTED)
        sys.exit(code if isinstance(code, int) else 0)


def _told(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    fix = f"\n  fix: see `{context.command_path} --help`" if context else ""
    return f"{error.format_message()}{fix}"
