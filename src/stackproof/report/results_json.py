"""`results.json`: the finished run, from which every other report can be made again."""

import json
import stat
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
    return Results.model_validate_json(text_of(path))


def text_of(path: Path) -> str:
    """Return what somebody typed as a file; raises OSError for a device too, which may never end."""
    mode = path.stat().st_mode
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        msg = "it is a device"
        raise OSError(msg)
    return path.read_text(encoding="utf-8")
