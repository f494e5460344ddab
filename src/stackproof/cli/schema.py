"""`stackproof schema`: the JSON Schema of the contract, for editors."""

import json

import click

from stackproof.stack.contract import Contract


@click.command()
def schema() -> None:
    """Print the JSON Schema of stackproof.yml."""
    found = Contract.model_json_schema(by_alias=True)
    click.echo(json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **found}, indent=2))
