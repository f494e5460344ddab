"""`results.json`: the finished run, from which every other report can be made again."""

from pathlib import Path

from pydantic import BaseModel
from pydantic_core import to_json

from stackproof.files import disk
from stackproof.outcomes.model import Results
from stackproof.report.text import encodable, plain
from stackproof.report.view import Overview

_EMPTY, _DEEP = '\n  "outcomes": []', " " * 4
_MOST = 1 << 30  # bytes of results that are read
_OPEN, _CLOSE = f'\n  "outcomes": [\n{_DEEP}', "\n  ]"


def render(results: Results) -> str:
    """Results as JSON text: by alias, outcomes in the order of stacks, controls and services."""
    outcomes = [entry.outcome for entry in Overview.of(results).entries]
    frame = _text(results.model_copy(update={"outcomes": ()}))
    if not outcomes:
        return f"{frame}\n"
    # One by one: as plain data all of a large run takes many times the memory that its text does.
    listed = (_text(one).replace("\n", f"\n{_DEEP}") for one in outcomes)
    before, after = frame.split(_EMPTY)  # no text has a line break in it: JSON writes it as two signs
    return "".join((before, _OPEN, f",\n{_DEEP}".join(listed), _CLOSE, after, "\n"))


def _text(part: BaseModel) -> str:
    # Not by json, which indents in Python.
    return to_json(plain(part.model_dump(by_alias=True), encodable), indent=2).decode()


def read(path: Path) -> Results:
    """The results of an earlier run; a file of another schema or shape is an error."""
    return Results.model_validate_json(text_of(path))


def text_of(path: Path) -> str:
    """Return what somebody typed as a file, or had a shell put there (`<(...)`).

    Raises OSError for what cannot be read, such as a device, which may never end.
    """
    return disk.read(path, _MOST, fifo=True).decode()
