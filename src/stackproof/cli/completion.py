"""`stackproof completion`: what a shell needs to complete our commands."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script for SHELL, as in `eval "$(stackproof completion bash)"`."""
    found = get_completion_class(shell)
    if found is None:
        message = f"no completion for {shell}"
        raise click.UsageError(message)
    click.echo(found(context.find_root().command, {}, "stackproof", "_STACKPROOF_COMPLETE").source())
