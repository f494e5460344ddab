"""`stackproof clean`: remove what killed runs left."""

import sys

import click

from stackproof.engine import engine
from stackproof.errors import StackproofError
from stackproof.sandbox import reaper


@click.command()
def clean() -> None:
    """Remove what runs of yours left when they were killed; a run that is still alive is not touched."""
    try:
        engine.connect()
        swept = reaper.sweep_dead()
    except StackproofError as error:
        click.echo(f"stackproof: {error}", err=True)
        sys.exit(error.exit_code)
    for run_id in swept:
        click.echo(f"removed what run {run_id} left")
    if not swept:
        click.echo("nothing to remove")
