"""Complaints about what is no YAML, or no text at all."""

import re
import warnings
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError

from stackproof.engine.nodes import DEEPEST
from stackproof.files import disk
from stackproof.stack.complaints.case import Case, Complaint, Message, Place

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CONFLICT = re.compile(r"(?:<{7}|={7}|>{7})(?: |$)")
_BINARY = 8  # control characters that no slip of the hand makes
_AT_START = {"@": "an @", "`": "a `", "%": "a %"}


@dataclass(frozen=True)
class Broken:
    """Where a file stops being YAML, as our own reader sees it, which tells better than Compose's."""

    line: int
    problem: str
    opened: int | None
    """Line where begins what is not finished."""
    text: str
    column: int


def broken(path: Path) -> Broken | None:
    """Return where a file stops being YAML; None for one that is, or that cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            deque(YAML().compose_all(disk.content(path)), maxlen=0)
    except MarkedYAMLError as error:
        if error.problem_mark is None:
            return None
        mark, opened = error.problem_mark, error.context_mark
        lines = disk.text(path).splitlines()
        text = lines[mark.line] if mark.line < len(lines) else ""
        before = opened.line + 1 if opened else None
        return Broken(mark.line + 1, str(error.problem), before, text, mark.column)
    except (YAMLError, ValueError, ArithmeticError, AssertionError, RecursionError):
        return None
    return None


def _too_deep(case: Case, _hit: re.Match[str]) -> Message | None:
    """Tell of it whatever Compose says, which reads a hundred times as many levels."""
    fix = "write it flat, or in a file of its own that the service mounts"
    for file in case.written:
        if line := file.too_deep:
            words = f"it is nested more than {DEEPEST} levels deep, and so it is not read"
            return Message(place=Place(file=file.path, line=line), words=words, fix=fix)
    if f"nested more than {DEEPEST} levels" in case.said:
        words = (
            f"with its aliases filled in it is nested more than {DEEPEST} levels deep, and so it is not read"
        )
        return Message(place=case.start, words=words, fix=fix)
    return None


DEEP = Complaint("", _too_deep)


def _not_yaml(case: Case, hit: re.Match[str]) -> Message | None:
    for file in [case.file] if case.file else case.written:
        path = file.path
        if disk.is_file(path) and (found := _slip(path) or _of_reader(path)):
            line, words, fix = found
            return Message(place=Place(file=path, line=line), words=words, fix=fix)
    number = re.search(r"line ([0-9]{1,9}): ", hit[0])
    place = Place(file=case.start.file, line=int(number[1]) if number else None)
    words = f"this is no YAML: {case.hide(re.sub(r'^yaml: (?:line [0-9]+: )?', '', case.plain))}"
    return Message(
        place=place, words=words, fix="compare the line, and the one above it, with a file that works"
    )


def _slip(path: Path) -> tuple[int | None, str, str] | None:
    """Return what no reader of YAML names, because it goes on and fails elsewhere."""
    data = disk.content(path)
    if len(_CONTROL.findall(data)) >= _BINARY:
        return None, "this is no text file", "name the compose file itself"
    if found := _CONTROL.search(data):
        words = f"there is a control character (code {found[0][0]}) in the line"
        return data[: found.start()].count(b"\n") + 1, words, "remove it"
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return line, "the line has letters that are not UTF-8", "save the file as UTF-8"
    return next(_slips_of_lines(text.splitlines()), None)


def _slips_of_lines(lines: list[str]) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(lines, 1):
        if _CONFLICT.match(line) and any(other.startswith("<<<<<<<") for other in lines):
            yield number, "a merge conflict of git's is not resolved", "choose one side and remove the marks"
        elif line.startswith("```"):
            yield number, "a fence of Markdown is no YAML", "remove the lines that begin with ```"
        elif re.search(r":\s*\{\{|^\s*\{[{%]", line):
            yield (
                number,
                "{{ and {% of a template are no YAML",
                "render the template first, or put the text in quotes",
            )
        elif line.startswith("%YAML"):
            yield number, "Compose does not read this version of YAML", "remove the line"


def _of_reader(path: Path) -> tuple[int, str, str] | None:
    found = broken(path)
    if found is None:
        return None
    if "found '<stream end>'" in found.problem:
        line = _last_open(disk.text(path)) or found.line
        return line, "a bracket that is opened here is not closed", "close it"
    for pattern, words, fix in _PROBLEMS:
        if hit := re.search(pattern, found.problem):
            values = {"opened": found.opened, "what": hit[1] if hit.groups() else ""}
            return found.line, words.format(**values), fix.format(**values)
    return (found.line, *_token(found))


def _last_open(text: str) -> int | None:
    """Return the line of the last bracket that nothing closes."""
    opened: list[int] = []
    for number, line in enumerate(text.splitlines(), 1):
        for letter in re.sub(r"\"[^\"]*\"|'[^']*'|(?:^|\s)#.*", "", line):
            if letter in "[{":
                opened.append(number)
            elif letter in "]}" and opened:
                opened.pop()
    return opened[-1] if opened else None


def _token(found: Broken) -> tuple[str, str]:
    """Tell of a character that nothing may begin with, or of what our reader says."""
    letter = found.text[found.column : found.column + 1]
    if "\t" in found.text[: len(found.text) - len(found.text.lstrip())]:
        return "a tab indents the line, and YAML takes blanks only", "put blanks in place of the tab"
    if letter in _AT_START:
        return f"no text begins with {_AT_START[letter]} unless it is quoted", "put the text in quotes"
    return (
        f"this is no YAML: {found.problem}",
        "compare the line, and the one above it, with a file that works",
    )


_QUOTE_IT = "put the whole text in quotes"
# What our reader says, and what the author reads.
_PROBLEMS = (
    (r"found undefined alias '?([^']+)", "the alias *{what} stands for nothing: no anchor above has its name",
     "write &{what} at what it shall stand for, above this line; a text that begins with * needs quotes"),
    (r"expected ',' or '([\]}])'", "the bracket that is opened in line {opened} is not closed",
     "close it with {what}"),
    (r"expected the node content, but found '([^<>])", "there is a {what} where a value is expected",
     "write the value, or remove the {what}"),
    (r"mapping values are not allowed", "a colon makes this a key where none can stand",
     "put the text in quotes, or indent the line like its neighbours"),
    (r"expected a comment or a line break|expected chomping",
     "text stands behind a | or >, which begin a block of lines",
     "write it in the next line, or put the whole text in quotes"),
    (r"could not find expected ':'", "this line is no `key: value`",
     "write a colon and a blank behind the key; a blank behind the - of an item"),
    (r"found unexpected end of stream", "the quote that is opened in line {opened} is not closed",
     "close it"),
    (r"expected <block end>, but found '<?scalar", "there is text behind a quote that is closed", _QUOTE_IT),
    (r"expected <block end>", "the indentation fits no line above", "indent all keys of one mapping alike"),
    (r"expected alphabetic or numeric", "a text that begins with * or & is taken for an alias", _QUOTE_IT),
    (r"found unknown escape character", "a backslash in double quotes begins an escape that is none",
     "put the text in single quotes, or write two backslashes"),
)  # fmt: skip


def _empty(case: Case, _hit: re.Match[str]) -> Message:
    file = next((file for file in case.written if file.root == "empty"), None)
    place = Place(file=file.path) if file else case.start
    return Message(
        place=place, words="the file is empty", fix="write `services:` in it, or name the file that is meant"
    )


def _no_mapping(case: Case, _hit: re.Match[str]) -> Message | None:
    for file in case.written:
        name = file.items.get(("name",))
        if file.root == "a mapping" and name and name.kind in ("a list", "a mapping"):
            words = f"name is {name.kind}, and must be a text"
            return Message(place=Place.of(name), words=words, fix="write `name: shop`, or leave it out")
        if file.root != "a mapping" and disk.is_file(file.path):
            words = f"the file is {file.root}, and must be a mapping"
            return Message(
                place=Place(file=file.path, line=1),
                words=words,
                fix="begin it with `services:`, and indent the rest",
            )
    return None


def _twice(case: Case, hit: re.Match[str]) -> Message:
    key, line, first = hit["key"], int(hit["line"]), int(hit["first"])
    place = case.find(lambda item: item.line in (line, first) and item.keys[-1] == key)
    file = place.file if place else case.start.file
    keys = place.keys if place else ()
    if keys[:1] == ("services",) and len(keys) == 2:  # noqa: PLR2004
        keys = ()
    return Message(
        place=Place(file=file, line=line, keys=keys),
        words=f"{key} is written twice, first in line {first}",
        fix="keep one of them",
    )


def _merge_of_no_mapping(case: Case, _hit: re.Match[str]) -> Message | None:
    for file in [case.file] if case.file else case.written:
        for item in file.items.values():
            alone = item.keys[-1] == "<<" and item.kind != "a mapping"
            inside = len(item.keys) > 1 and item.keys[-2] == "<<" and item.kind != "a mapping"
            if inside or (alone and item.kind != "a list"):
                words = f"the merge key << takes mappings, and {case.quote(item.text)} is {item.kind}"
                fix = f"write `<<: *{item.text}`, with &{item.text} at a mapping above"
                return Message(place=Place.of(item), words=words, fix=fix)
    return None


def _alias_of_itself(case: Case, hit: re.Match[str]) -> Message:
    place = case.at(hit["inside"])
    words = f"the alias at {place.key} stands inside what it stands for"
    return Message(place=place, words=words, fix="let it name another anchor, or write the values out")


TABLE = (
    Complaint(r"^empty compose file", _empty),
    Complaint(r"[Tt]op-level object must be a mapping|cannot unmarshal !!", _no_mapping),
    Complaint(
        r'line (?P<line>[0-9]{1,9}): mapping key "(?P<key>.+)" already defined at line (?P<first>[0-9]{1,9})',
        _twice,
    ),
    Complaint(r"map merge requires map", _merge_of_no_mapping),
    Complaint(r"cycle detected: node at path (?P<inside>\S+)\.[^.\s]+ references", _alias_of_itself),
    Complaint(r"^yaml: .*", _not_yaml),
)
