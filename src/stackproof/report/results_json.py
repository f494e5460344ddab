"""`results.json`: the finished run, from which every other report can be made again."""

import json
from pathlib import Path

from stackproof.outcomes.model import Results
from stackproof.report.text import encodable, plain
from stackproof.report.view import Overview


def render(results: Results) -> str:
    """Results as JSON text: by alias, outcomes in the order of stacks, controls and services."""
    ordered = [entry.outcome for entry in Overview.of(results).entries]
    data = plain(results.model_copy(update={"outcomes": tuple(ordered)}).model_dump(by_alias=True), encodable)
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def read(path: Path) -> Results:
    """The results of an earlier run; a file of another schema or shape is an error."""
    return Results.model_validate_json(path.read_text(encoding="utf-8"))
