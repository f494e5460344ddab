"""Compose's complaints, told with their place, in the author's words and with a fix.

Compose says why it refuses a file in words of its own (Go's): mostly without a line, at times without the
file, and never with what to do. `TABLE` has a row for each kind; the rest is told in Compose's words.
"""

from stackproof.errors import UsageError
from stackproof.stack.complaints import files, keys, references, syntax, types, values, variables
from stackproof.stack.complaints.case import Case, Complaint, Message, Place
from stackproof.stack.complaints.endless import endless
from stackproof.stack.discovery import Source

TABLE: tuple[Complaint, ...] = (
    syntax.DEEP,
    *variables.TABLE,
    *syntax.TABLE,
    *files.TABLE,
    *references.TABLE,
    *keys.TABLE,
    *types.TABLE,
    *values.TABLE,
)

__all__ = ["TABLE", "Case", "Complaint", "Message", "Place", "ends", "explain"]


def ends(source: Source) -> None:
    """See that Compose comes to an end with the files of a stack, before it takes time and memory for them.

    Raises UsageError where it would not.
    """
    case = Case(source=source, stderr="")
    if message := endless(case):
        raise UsageError(case.render(message))


def explain(case: Case) -> str:
    """Return the whole message for what Compose said: place, subject, cause and fix."""
    for complaint in TABLE:
        if (hit := complaint.regex.search(case.said)) and (message := complaint.tell(case, hit)):
            return case.render(message)
    return case.render(_unknown(case))


def _unknown(case: Case) -> Message:
    """Tell what no row knows; a key that Compose names gives the place all the same."""
    place = case.at(case.named_key) if case.named_key else case.start
    return Message(
        place=place,
        words=f"Compose cannot read it: {case.hide(case.plain)}",
        fix="correct it until `docker compose config` takes it",
    )
