"""The JSON Schema of `results.json`. `results.schema.json` beside this file is its text.

What it promises stands in docs/results.md: within a number of `schema` nothing is removed, renamed or given
another meaning, and new fields may come. So the published schema allows fields that it does not know.
"""

import json
from typing import Any

from stackproof.outcomes.model import Results

FILE = "results.schema.json"


def text() -> str:
    """Return the schema as it is published.

    After a change of the results: `stackproof schema results > src/stackproof/report/results.schema.json`.
    """
    found = _open(Results.model_json_schema(by_alias=True, mode="serialization"))
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:stackproof:{FILE}:1",
        "title": "results.json of stackproof, schema 1",
    }
    return json.dumps({**found, **head}, indent=2, ensure_ascii=False) + "\n"


def _open(part: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a part of a schema without what closes it against new fields."""
    if isinstance(part, dict):
        closed = part.get("additionalProperties") is False
        return {
            key: _open(item) for key, item in part.items() if not (closed and key == "additionalProperties")
        }
    return [_open(item) for item in part] if isinstance(part, list) else part
