"""`stackproof schema`: the JSON Schema of the contract, for editors."""

import click

from stackproof.stack import schema as schemas


@click.command()
def schema() -> None:
    """Print the JSON Schema of stackproof.yml."""
    click.echo(schemas.text(), nl=False)
