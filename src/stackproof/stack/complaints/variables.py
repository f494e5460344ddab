"""Complaints about `${...}`: values that are asked for, and mistakes in how they are written."""

import re
from pathlib import Path

from stackproof.files import disk
from stackproof.stack import variables
from stackproof.stack.complaints.case import DOTTED, Case, Complaint, Message, Place
from stackproof.stack.dotenv import entries
from stackproof.stack.interpolation import is_refused


def _required(case: Case, hit: re.Match[str]) -> Message:
    name, why = hit["name"], (hit["why"] or "").strip()
    asked = re.compile(rf"\$\{{{re.escape(name)}:?\?")
    place = case.at(hit["key"], fits=lambda item: bool(asked.search(item.text)))
    said = f": {case.hide(why)}" if why else ""
    key = place.key or str(place.keys[-1] if place.keys else "it")
    words = f"{key} needs variable {name}, which is not set{said}"
    return Message(place=place, words=words, fix=variables.fix(case.source, [name]))


def _format(case: Case, hit: re.Match[str]) -> Message:
    text = hit["text"].strip()
    place = case.at(hit["key"], fits=lambda item: item.text.strip() == text)
    words = f"{place.key or 'it'} has a $ that begins no variable"
    return Message(place=place, words=words, fix="write ${NAME} for a variable, and $$ for a dollar sign")


def _in_env_file(case: Case, hit: re.Match[str]) -> Message | None:
    """Name the value without quoting it; Compose names no file where a service does."""
    named = [Path(hit["path"])] if hit["path"] else []
    for path in named or sorted(variables.env_files(case.source, case.written, case.values)):
        for entry in entries(disk.text(path)):
            if not entry.literal and is_refused(entry.text):
                return Message(
                    place=Place(file=path, line=entry.line),
                    words=f"{entry.name} has a $ with a brace that begins no variable",
                    fix="write ${NAME} for a variable, and single quotes around a value with a dollar sign",
                )
    return None


TABLE = (
    Complaint(r"^(?:failed to read (?P<path>.+): )?Invalid template: ", _in_env_file),
    Complaint(
        rf"interpolating (?P<key>{DOTTED}): "
        r"required variable (?P<name>\w+) is missing a value:?(?P<why>.*)",
        _required,
    ),
    Complaint(rf"invalid interpolation format for (?P<key>{DOTTED}?)\.?\n.*\n(?P<text>(?s:.*))", _format),
)
