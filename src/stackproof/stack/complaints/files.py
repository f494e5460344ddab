"""Complaints about files: env files, includes, and what services extend."""

import re
from pathlib import Path

from stackproof.controls.spelling import hint
from stackproof.engine import limited
from stackproof.engine.project import absolute
from stackproof.files import disk
from stackproof.stack.complaints.case import Case, Complaint, Message, Place
from stackproof.stack.complaints.endless import endless, merge_circle
from stackproof.stack.complaints.references import circle
from stackproof.stack.written import File, Item, leads

_ALIAS = re.compile(rb"(?<=[\s,\[{])\*[^\s,\]}]+")
_MANY_ALIASES = 16
_PROBLEMS = {
    "no such file or directory": "is not there",
    "is a directory": "is a folder",
    "permission denied": "cannot be read by this user",
    "not a directory": "is not there",
    "too many levels of symbolic links": "is a symbolic link that leads to itself",
    "file name too long": "has a name that is too long",
}


def _names(case: Case, file: File, item: Item, path: Path) -> bool:
    return bool(item.text) and absolute(file.base / case.filled(item.text)) == path


def _who_names(case: Case, path: Path, *keys: str) -> Place | None:
    """Return the item of services with one of these keys that names a file."""
    named = [
        (file, item)
        for file in case.written
        for item in file.items.values()
        if len(item.keys) > 2 and item.keys[2] in keys and item.text  # noqa: PLR2004
    ]
    exact = (item for file, item in named if _names(case, file, item, path))
    alike = (item for _, item in named if Path(case.filled(item.text)).name == path.name)
    return next(map(Place.of, (*exact, *alike)), None)


def _env_file(case: Case, hit: re.Match[str]) -> Message:
    path, kind = Path(hit["path"]), hit["kind"]
    key = "label_file" if kind == "label" else "env_file"
    place = _who_names(case, path, key) or case.start
    example = _example_of(path)
    fix = f"copy {case.short(example)} to {case.short(path)}" if example else f"create {case.short(path)}"
    if key == "env_file":
        fix += f", or write `- {{path: {_as_written(place, case.short(path))}, required: false}}`"
    return Message(place=place, words=f"{key} {case.short(path)} is not there", fix=fix)


def _as_written(place: Place, otherwise: str) -> str:
    return place.item.text if place.item else otherwise


def _example_of(path: Path) -> Path | None:
    """Return the example that lies beside a file that is missing."""
    endings = (".example", ".sample", ".dist", ".template", "-example", "-sample", ".tmpl", ".default")
    names = [f"{path.name}{ending}" for ending in endings]
    names += [f"{path.stem}{ending}{path.suffix}" for ending in endings if path.suffix]
    names += [f"{word}{path.name}" for word in ("example", "sample", "example.", "sample.")]
    names += [path.name.removeprefix(".") + ending for ending in endings if path.name.startswith(".")]
    return next((there for name in names if disk.is_file(there := path.with_name(name))), None)


def _not_a_pair(case: Case, hit: re.Match[str]) -> Message:
    path = Path(hit["path"]) if hit["path"] else _env_file_with(case, int(hit["line"]))
    place = (_who_names(case, path, "env_file", "label_file") if path else None) or Place(
        file=case.start.file
    )
    line = _line_of_quote(path, int(hit["line"])) if path and "quote" in hit["why"] else int(hit["line"])
    why = "a quote is opened and not closed" if "quote" in hit["why"] else "this is no `NAME=value`"
    return Message(
        place=Place(file=path or place.file, line=line),
        subject=place.subject,
        words=why,
        fix="close the quote" if "quote" in hit["why"] else "write NAME=value, or # before a remark",
    )


def _line_of_quote(path: Path, line: int) -> int:
    """Compose counts the lines that the open quote swallows: go back to the one that opens it."""
    lines = disk.text(path).splitlines()
    opened = [n for n, text in enumerate(lines, 1) if re.search(r"=\s*(['\"])(?:(?!\1).)*$", text)]
    return max((number for number in opened if number <= line), default=line)


def _env_file_with(case: Case, line: int) -> Path | None:
    """Return the env file of a service that has something strange in a line: Compose names none."""
    for file in case.written:
        for item in file.items.values():
            if len(item.keys) > 2 and item.keys[2] == "env_file" and item.text:  # noqa: PLR2004
                path = absolute(file.base / case.filled(item.text))
                lines = disk.text(path).splitlines()
                if line <= len(lines) and not re.match(
                    r"\s*(#|$|(export\s+)?[\w.-]+\s*[=:])", lines[line - 1]
                ):
                    return path
    return None


def _not_opened(case: Case, hit: re.Match[str]) -> Message:
    path, problem = Path(hit["path"]), _PROBLEMS[hit["why"]]
    for file in case.written:
        for item in leads(file):
            if _names(case, file, item, path):
                key = "extends" if item.service else "include"
                words = f"{key} names {case.short(path)}, which {problem}"
                return Message(place=Place.of(item), words=words, fix=_fix_of(hit["why"], key))
    if place := _who_names(case, path, "env_file", "label_file"):
        words = f"{place.key.partition('.')[0]} {case.short(path)} {problem}"
        return Message(place=place, words=words, fix=_fix_of(hit["why"], "env_file"))
    for file in case.written:
        for item in file.items.values():
            if item.keys[0] == "include" and _names(case, file, item, path):
                words = f"include names {case.short(path)}, which {problem}"
                return Message(place=Place.of(item), words=words, fix=_fix_of(hit["why"], "include"))
    return Message(place=Place(file=path), words=f"the file {problem}", fix=_fix_of(hit["why"], ""))


def _fix_of(why: str, key: str) -> str:
    if why == "is a directory":
        return (
            "name the file in it, such as FOLDER/compose.yml"
            if key in ("include", "extends", "")
            else "name a file"
        )
    if why == "file name too long":
        return "name a file"
    if why == "permission denied":
        return "make it readable: chmod +r"
    return f"create it, or take it out of {key}" if key else "create it, or name another one"


def _include_cycle(case: Case, hit: re.Match[str]) -> Message:
    names = [Path(name) for name in re.findall(r"^\s*(?:include )?(\S.*)$", hit["files"], re.MULTILINE)]
    last = case.written.file(str(names[-2])) if len(names) > 1 else None
    items = [item for item in leads(last) if _names(case, last, item, names[-1])] if last else []
    way = " -> ".join(case.short(name) for name in names)
    place = Place.of(items[0]) if items else case.start
    return Message(place=place, words=f"the files include each other: {way}", fix="take one include out")


def _include_no_list(case: Case, _hit: re.Match[str]) -> Message:
    place = case.find(lambda item: item.keys == ("include",) and item.kind != "a list") or case.start
    kind, text = (place.item.kind, place.item.text) if place.item else ("no list", "FILE")
    return Message(
        place=place,
        words=f"include is {kind}, and must be a list",
        fix=f"write `include: [{text or 'FILE'}]`",
    )


def _included_twice(case: Case, hit: re.Match[str]) -> Message:
    place = case.at(hit["key"])
    others = [file for file in case.written if place.keys in file.items and file.path != place.file]
    also = f" and in {case.short(others[0].path)}:{others[0].items[place.keys].line}" if others else ""
    words = f"it is written here{also}, which is included"
    fix = "rename one; or change the included one in a file of its own: `include: [{path: [FILE, OVERRIDE]}]`"
    return Message(place=place, words=words, fix=fix)


def _extends(case: Case, hit: re.Match[str]) -> Message:
    service, file, why = hit["service"], Path(hit["file"]), hit["why"]
    place = (
        case.under(["extends"], lambda item: item.keys[3:] == ("service",), service)
        or case.under(["extends"], lambda item: len(item.keys) == 3, service)  # noqa: PLR2004
        or case.service(service)
    )
    missing = re.match(r'service "(?P<name>[^"]*)" not found(?: in (?P<file>.+))?', why)
    if missing is None:
        words = f"extends names {case.short(file)}, which has no `services:`"
        if "must be a mapping" in why:
            words = f"extends names {case.short(file)}, where `services:` is no mapping"
        return Message(place=place, words=words, fix="put its services under `services:`")
    where = absolute(place.file.parent / missing["file"]) if missing["file"] else file
    other = case.written.file(str(where))
    names = sorted({str(item.keys[1]) for item in other.below("services")} - {service}) if other else []
    if not missing["name"]:
        return Message(place=place, words="extends names no service", fix="write `extends: {service: NAME}`")
    words = f"extends names service {missing['name']}, which is not in {case.short(where)}"
    words += hint(missing["name"], names)
    return Message(
        place=place, words=words, fix=f"name one that is there: {', '.join(names) or 'there is none'}"
    )


def _extends_circle(case: Case, hit: re.Match[str]) -> Message:
    steps = re.findall(r"^\s*(?:extends )?(\S+) in (.+)$", hit["steps"], re.MULTILINE)
    names = circle([name for name, _ in steps]) if steps[0] == steps[-1] else [name for name, _ in steps]
    place = case.under(["extends"], lambda _: True, names[0]) or case.start
    way = " -> ".join(names)
    return Message(place=place, words=f"the services extend each other: {way}", fix="take one `extends:` out")


def _extends_nothing(case: Case, _hit: re.Match[str]) -> Message | None:
    for file in case.written:
        for item in file.items.values():
            lacks = (*item.keys, "service") not in file.items
            if item.service and item.keys[2:] == ("extends",) and item.kind == "a mapping" and lacks:
                words = "extends names a file and no service in it"
                return Message(place=Place.of(item), words=words, fix="add `service: NAME` to it")
    return None


def _env_of_include(case: Case, hit: re.Match[str]) -> Message | None:
    path = Path(hit["path"])
    for file in case.written:
        for item in file.items.values():
            if item.keys[0] == "include" and "env_file" in item.keys and _names(case, file, item, path):
                words = f"env_file {case.short(path)} is not there"
                return Message(
                    place=Place.of(item), words=words, fix=f"create {case.short(path)}, or take it out"
                )
    given = path in case.source.settings.env_files
    words = f"{'--env-file' if given else 'it'} names {case.short(path)}, which is not there"
    return Message(place=case.start, words=words, fix=f"create {case.short(path)}")


def _is_elsewhere(item: Item) -> bool:
    return "://" in item.text and ("include" in item.keys[:1] or "extends" in item.keys)


def _remote(case: Case, hit: re.Match[str]) -> Message:
    place = case.find(_is_elsewhere)
    variable = hit["variable"]
    words = "the file is on another machine, and cannot be fetched"
    fix = "check the address and the network, or name a file that is here"
    if variable:
        words = "the file is on another machine, and this Compose does not fetch it"
        fix = f"set {variable}=1, or name a file that is here"
    return Message(place=place or case.start, words=words, fix=fix)


def _never_ends(case: Case, hit: re.Match[str]) -> Message:
    if message := endless(case) or merge_circle(case):
        return message
    within = f" within {hit['seconds']} s" if hit["seconds"] else ""
    fix = "repeat it, for a busy machine may be why"
    if any(len(_ALIAS.findall(file.text)) >= _MANY_ALIASES for file in case.written):
        fix += "; look for aliases of aliases"
    if case.find(_is_elsewhere):
        fix += "; see whether the other machine answers that has files of it"
    return Message(place=case.start, words=f"Compose did not end{within}", fix=fix)


def _too_much(case: Case, hit: re.Match[str]) -> Message:
    words = f"Compose took more than {limited.MEMORY >> 30} GiB of memory for it, and was ended"
    if hit["printed"]:
        words = f"what Compose makes of it is larger than {hit['printed']}, and so it is not judged"
    fix = (
        "look for aliases, variables and ranges that stand for much, for an env file of many services, "
        "and for files that include each other"
    )
    return Message(place=case.start, words=words, fix=fix)


_PATH = r"(?P<path>/(?:(?!: ).)+)"
_WHY = "|".join(map(re.escape, _PROBLEMS))
TABLE = (
    Complaint(
        r"(?m)^it printed more than (?P<printed>\d+ MiB)$"
        r"|^fatal error: .*(?:out of memory|cannot allocate memory)",
        _too_much,
    ),
    Complaint(r"(?m)took too long|^no answer within (?P<seconds>[\d.]+) s$", _never_ends),
    Complaint(
        r'remote resource is disabled\. "(?P<variable>\w+)"|(?P<failed>failed to (?:pull|fetch) )', _remote
    ),
    Complaint(r"(?P<kind>env|label) file (?P<path>.+) not found: ", _env_file),
    Complaint(
        r"(?:^failed to read (?P<path>.+): )?\bline (?P<line>[0-9]{1,9}): "
        r"(?P<why>key cannot contain|unterminated quoted|unexpected character|invalid)",
        _not_a_pair,
    ),
    Complaint(rf"(?m)(?:open|read) {_PATH}: (?P<why>{_WHY})$", _not_opened),
    Complaint(rf"(?m)(?:^stat|couldn't find env file:) {_PATH}(?:: (?:{_WHY}))?$", _env_of_include),
    Complaint(r"^include cycle detected:\n(?P<files>(?s:.*))", _include_cycle),
    Complaint(r"^`include` must be a list", _include_no_list),
    Complaint(r"^(?P<key>\S+) conflicts with imported resource", _included_twice),
    Complaint(r'cannot extend service "(?P<service>.+?)" in (?P<file>.+?): (?P<why>.*)', _extends),
    Complaint(r"^Circular reference:\n(?P<steps>(?s:.*))", _extends_circle),
    Complaint(
        r"extends\.\S+\.service is required|interface conversion: interface {} is nil, not string",
        _extends_nothing,
    ),
)
