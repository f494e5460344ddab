"""`stackproof clean`: remove what killed runs left."""

import click

from stackproof.cli.ending import in_one_message
from stackproof.engine import engine
from stackproof.runs import reaper


@click.command()
def clean() -> None:
    """Remove what runs of yours left when they were killed; a run that is still alive is not touched."""
    with in_one_message():
        engine.connect()
        swept = reaper.sweep_dead()
    for run_id in swept:
        click.echo(f"removed what run {run_id} left")
    if not swept:
        click.echo("nothing to remove")
