"""`stackproof schema`: the JSON Schemas of what people write, and of what programs read."""

import click

from stackproof.report import schema as results
from stackproof.stack import schema as contract

_TEXTS = {"contract": contract.text, "results": results.text}


@click.command()
@click.argument("what", type=click.Choice(list(_TEXTS)), default="contract", metavar="[contract|results]")
def schema(what: str) -> None:
    """Print the JSON Schema of stackproof.yml, or with `results` that of results.json."""
    click.echo(_TEXTS[what](), nl=False)
