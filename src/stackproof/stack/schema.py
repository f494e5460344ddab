"""The JSON Schema of the contract, for editors. `stackproof.schema.json` beside this file is its text."""

import json

from stackproof.stack.contract import Contract

FILE = "stackproof.schema.json"


def text() -> str:
    """Return the schema as it is published.

    After a change of the contract: `stackproof schema > src/stackproof/stack/stackproof.schema.json`.
    """
    found = Contract.model_json_schema(by_alias=True)
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}
    return json.dumps(schema, indent=2) + "\n"
