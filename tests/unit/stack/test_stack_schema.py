"""The published schema of the contract."""

import json
from pathlib import Path

from click.testing import CliRunner

from stackproof.cli import main
from stackproof.stack import schema


def test_published_schema_is_up_to_date() -> None:
    """The file in the package is what the contract's own models say (see `stackproof.stack.schema`)."""
    published = Path(schema.__file__).with_name(schema.FILE)

    assert published.read_text(encoding="utf-8") == schema.text()


def test_command_prints_it() -> None:
    """`stackproof schema` prints the same text."""
    assert CliRunner().invoke(main, ["schema"]).output == schema.text()


def test_schema_knows_durations_and_dates() -> None:
    """Editors accept what the checker accepts: `30s` for a duration, a date for an expiry."""
    parts = json.loads(schema.text())["$defs"]

    kinds = {kind["type"] for kind in parts["Outage"]["properties"]["recovers_within"]["anyOf"]}
    assert kinds == {"number", "string"}
    assert parts["Waiver"]["properties"]["expires"]["format"] == "date"
    assert "description" in parts["Waiver"]["properties"]["reason"]
