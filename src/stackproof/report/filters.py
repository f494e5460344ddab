"""What the templates ask of a value."""

import re
from typing import Any

from markupsafe import Markup, escape

from stackproof.report.text import clean

_CODE = re.compile("`([^`]+)`")


def prose(text: str) -> Markup:
    """Text from a docstring: `code` between backticks becomes code, the rest stays text."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(clean(text).strip()))))  # noqa: S704 - escaped before


def word(value: object) -> str:
    """A scalar of the evidence, in the words of JSON."""
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case float():
            return f"{value:.6g}"
    return str(value)


def tabular(value: object) -> bool:
    """Whether evidence is a list of records of one shape, which reads best as a table."""
    if not isinstance(value, list) or not value or not all(isinstance(row, dict) and row for row in value):
        return False
    rows: list[dict[str, Any]] = value
    nested = any(isinstance(item, dict | list) for row in rows for item in row.values())
    return not nested and all(row.keys() == rows[0].keys() for row in rows)
