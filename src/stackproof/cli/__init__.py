"""The `stackproof` command. What a subcommand needs is imported when it is called."""

import gc
import importlib
from typing import Final

import click

from stackproof.cli.group import Program
from stackproof.controls.spelling import hint

COMMANDS: Final = {
    "baseline": (
        "Write down what fails now, so that `check --baseline FILE --fail-on-new` fails for more only."
    ),
    "check": "Bring compose projects up in sandboxes, isolated from all else, and prove them.",
    "clean": "Remove what runs left when they were killed; a run that is still alive is not touched.",
    "completion": 'Print the completion script for SHELL, as in `eval "$(stackproof completion bash)"`.',
    "controls": "List the controls, or explain one, also by the id that another tool has for it.",
    "diff": "Say which findings are new, fixed or as before between two finished runs.",
    "doctor": "Say what this machine and engine can do, and which controls suffer from what they cannot.",
    "init": "Write a starter stackproof.yml beside the compose file, from what a running sandbox shows.",
    "lint": "Judge compose files without running anything.",
    "report": "Make reports again from finished runs, byte for byte as `check` wrote them.",
    "schema": "Print the JSON Schema of stackproof.yml, or with `results` that of results.json.",
}
"""Each subcommand that help lists, with what its own help begins with."""
_HIDDEN: Final = ("github",)
# Those that stand in a module of another name.
_MODULES: Final = {"baseline": "report"}


class _Group(Program):
    """Knows its commands by name, and reads the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Return all names, sorted."""
        return sorted((*COMMANDS, *_HIDDEN))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Return a command; None where there is none of that name."""
        if cmd_name not in COMMANDS and cmd_name not in _HIDDEN:
            return None
        # What modules are made of stays: looking for garbage in it takes a twentieth of the time to start.
        gc.disable()
        module = importlib.import_module(f"stackproof.cli.{_MODULES.get(cmd_name, cmd_name)}")
        gc.enable()
        found = getattr(module, cmd_name)
        return found if isinstance(found, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is called; what none is called has the nearest name beside it."""
        if args[0] not in self.list_commands(ctx) and not args[0].startswith("-"):
            ctx.fail(f"no command {args[0]!r}{hint(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without reading any of them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="stackproof", prog_name="stackproof")
def main() -> None:
    """Prove in a running sandbox that a Docker Compose stack keeps its promises."""
    from stackproof.cli import output  # noqa: PLC0415 - tests read this module without it

    output.survive()
