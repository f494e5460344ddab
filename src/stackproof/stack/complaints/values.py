"""Complaints about values that Compose cannot read: ports, sizes, durations, numbers and other words."""

import re
from collections.abc import Callable

from stackproof.controls.spelling import hint
from stackproof.stack.complaints.case import DOTTED, Case, Complaint, Message, Place
from stackproof.stack.complaints.entries import twice
from stackproof.stack.written import Item

_PORT_FIX = 'write "HOST:CONTAINER", such as "8080:80" or "127.0.0.1:8080:80/udp"'
# Why a value cannot be read: Go's words, what it must be, and how that is written.
_WHYS = (
    (r"invalid boolean", "true or false", "write true or false"),
    (r"strconv\.(?:Atoi|ParseInt|ParseUint)", "a whole number", "write a number without a unit"),
    (r"strconv\.ParseFloat", "a number", "write a number, such as 0.5"),
    (r"missing unit in duration|invalid duration|unknown unit|duration", "a duration with a unit",
     "write a number with its unit, such as 30s or 1m30s"),
    (r"invalid size|invalid suffix", "a size", "write a number with b, k, m or g, such as 512m"),
    (r"invalid command line string", "a command with all its quotes closed",
     "close the quote, or write a list of words"),
    (r"invalid additional host", "NAME:ADDRESS or NAME=ADDRESS", 'write "db:10.0.0.1"'),
    (r"only value allowed is 'all' or a number", "all or a number", "write all, or how many"),
)  # fmt: skip


def _value(case: Case, hit: re.Match[str]) -> Message:
    why, dotted = hit["why"], hit["key"]
    value = _quoted(why)
    place = case.at(dotted, fits=lambda item: value is None or case.filled(item.text) == value)
    _, wanted, fix = next((row for row in _WHYS if re.search(row[0], why)), ("", "", ""))
    if place.item and place.item.kind in ("a list", "a mapping"):  # of which one entry is wrong
        place = _entry_of(case, place, why) or place
    shown = case.filled(place.item.text if place.item else "") or value or ""
    name = place.key or dotted
    if not wanted:
        words = f"{name} {case.quote(shown)} cannot be read: {case.hide(why)}"
        return Message(place=place, words=words, fix=f"write {name} as the Compose specification has it")
    if not shown:
        return Message(place=place, words=f"{name} is blank, and must be {wanted}", fix=fix)
    return Message(place=place, words=f"{name} {case.quote(shown)} is not {wanted}", fix=fix)


def _entry_of(case: Case, place: Place, why: str) -> Place | None:
    def quoted(item: Item) -> bool:
        inside = item.keys[: len(place.keys)] == place.keys and bool(item.text)
        return inside and case.filled(item.text) in why

    return case.find(quoted)


def _quoted(why: str) -> str | None:
    """Return the value that Compose quotes in full; a part of it does not tell."""
    if re.search(r"invalid suffix|invalid command line|additional host", why):
        return None
    hit = re.search(r"\"([^\"]*)\"|'([^']*)'|invalid boolean: ?(.*)$", why)
    return next((group for group in hit.groups() if group is not None), None) if hit else None


def _port(case: Case, hit: re.Match[str]) -> Message:
    what, value = hit["what"].lower(), hit["value"].strip()
    if what == "ip address" and (message := _host_ip(case, hit["key"] or "", value)):
        return message
    if what == "proto" and not value:
        return _blank_port(case, hit)
    fits = {
        "containerport": lambda text: re.split(r"[:/]", text)[-1 if "/" not in text else -2] == value,
        "hostport": lambda text: value in re.split(r"[:/]", text)[:-1],
        "proto": lambda text: text.endswith(f"/{value}"),
        "ip address": lambda text: text.startswith(value),
    }[what]
    place = _among(case, ("ports", "expose"), fits)
    text = case.filled(place.item.text) if place.item else value
    name = f"port {case.quote(text)}: {value!r}"
    words, fix = {
        "proto": (f"{name} is no protocol", "write tcp, udp or sctp behind the /"),
        "ip address": (f"{name} is no address", "write the address in numbers, such as 127.0.0.1"),
    }.get(what, (f"{name} is no number from 1 to 65535, nor a range", _PORT_FIX))
    return Message(place=place, words=words, fix=fix)


def _host_ip(case: Case, key: str, value: str) -> Message | None:
    """Tell of an address of the long form, which Compose names without the number of the entry."""
    service = re.match(r"services\.(.+)\.ports\b", key)

    def here(item: Item) -> bool:
        return item.keys[-1] == "host_ip" and case.filled(item.text) == value and item.kind != "a mapping"

    place = case.under(("ports",), here, service[1] if service else "") or case.under(("ports",), here)
    if place is None:
        return None
    words = f"ports.host_ip {case.quote(value)} is no address" if value else "ports.host_ip is blank"
    fix = "write the address in numbers, such as 127.0.0.1"
    return Message(place=place, words=words, fix=fix if value else f"{fix}, or leave host_ip out")


def _among(case: Case, keys: tuple[str, ...], fits: Callable[[str], bool]) -> Place:
    def here(item: Item) -> bool:
        return bool(item.text) and fits(case.filled(item.text))

    return case.under(keys, here) or case.start


def _blank_port(case: Case, _hit: re.Match[str]) -> Message:
    place = _among(case, ("ports",), lambda text: text == "" or text.endswith(":"))
    if not place.keys:
        found = case.under(("ports",), lambda item: bool(item.text) and case.filled(item.text) == "")
        place = found or case.under(("ports",), lambda item: item.kind == "a text" and not item.text) or place
    text = case.filled(place.item.text) if place.item else ""
    return Message(place=place, words=f"port {case.quote(text)} has no container port", fix=_PORT_FIX)


def _ranges(case: Case, hit: re.Match[str]) -> Message:
    place = _among(case, ("ports",), lambda text: hit["host"] in text and hit["container"] in text)
    text = case.quote(place.item.text if place.item else "")
    words = f"port {text}: the ranges {hit['host']} and {hit['container']} differ in length"
    return Message(place=place, words=words, fix="make both ranges equally long")


def _port_of_wrong_kind(case: Case, hit: re.Match[str]) -> Message:
    place = case.at(f"{hit['key']}.[]", fits=lambda item: item.kind == "a number" and not item.text.isdigit())
    text = place.item.text if place.item else ""
    return Message(place=place, words=f"port {text} is not a whole number", fix=_PORT_FIX)


def _volume(case: Case, hit: re.Match[str]) -> Message:
    spec = hit["spec"] or ""
    place = _among(case, ("volumes",), lambda text: text == spec)
    if not spec:
        place = (
            case.under(
                ("volumes",), lambda item: item.kind in ("a text", "empty") and not case.filled(item.text)
            )
            or place
        )
    words = f"volume {case.quote(spec)} has a blank part"
    if "too many" in (hit["why"] or ""):
        words = f"volume {case.quote(spec)} has too many colons"
    return Message(
        place=place, words=words, fix='write "SOURCE:TARGET", such as "./data:/data" or "data:/data:ro"'
    )


def _choice(case: Case, hit: re.Match[str]) -> Message:
    place = case.at(hit["key"])
    choices = re.findall(r"[\"']([^\"']+)[\"']", hit["choices"])
    text = case.filled(place.item.text) if place.item else ""
    words = f"{place.key} is {case.quote(text)}, and must be one of {', '.join(choices)}"
    return Message(place=place, words=words + hint(text, choices), fix="write one of these")


def _pattern(case: Case, hit: re.Match[str]) -> Message:
    place = case.at(hit["key"])
    text = case.filled(place.item.text) if place.item else ""
    if place.key == "pull_policy":
        choices = "always, missing, never, build, daily, weekly or every_12h"
        return Message(
            place=place,
            words=f"pull_policy is {case.quote(text)}, and must be {choices}",
            fix="write one of these",
        )
    if place.key == "container_name":
        words = f"{case.quote(text)} is no name of a container"
        return Message(
            place=place,
            words=words,
            fix="use letters, digits, dots, hyphens and underscores; begin with one of the first two",
        )
    words = f"{place.key} {case.quote(text)} is not written as it must be"
    return Message(place=place, words=words, fix=f"it must match {hit['pattern']}")


def _bound(case: Case, hit: re.Match[str]) -> Message:
    place = case.at(hit["key"])
    text = case.filled(place.item.text) if place.item else ""
    side = "at least" if hit["side"] == "greater" else "at most"
    words = f"{place.key} is {text}, and must be {side} {hit['limit']}"
    return Message(place=place, words=words, fix=f"write a number of {side} {hit['limit']}")


def _equal(case: Case, hit: re.Match[str]) -> Message:
    """Tell of two equal entries. Compose numbers them as it has put the files together."""
    place = case.at(hit["key"])
    if message := equal(case, place):
        return message
    return Message(place=place, words=f"{place.key} has an entry twice", fix="keep one of them")


def equal(case: Case, place: Place) -> Message | None:
    """Tell of two equal entries of a list, if there are."""
    found = twice(case, place)
    if found is None:
        return None
    first, second = found
    words = f"{place.key} has {case.quote(case.filled(second.text))} twice"
    if (first.file, first.keys[:-1]) != (second.file, second.keys[:-1]):
        words += f", first in {case.short(first.file)}:{first.line}"
    return Message(place=Place.of(second), words=words, fix="keep one of them")


def _test(case: Case, _hit: re.Match[str]) -> Message:
    starts = ("CMD", "CMD-SHELL", "NONE")

    def here(item: Item) -> bool:
        return item.keys[3:] == ("test", 0) and case.filled(item.text) not in starts

    place = case.under(("healthcheck",), here) or case.start
    text = place.item.text if place.item else ""
    words = f"healthcheck.test begins with {case.quote(text)}, and must begin with CMD, CMD-SHELL or NONE"
    return Message(
        place=place, words=words, fix='begin it with "CMD", or with "CMD-SHELL" for a line of shell'
    )


def _device(case: Case, hit: re.Match[str]) -> Message:
    place = _among(case, ("devices",), lambda text: text == hit["spec"].strip())
    words = f"device {case.quote(hit['spec'].strip())} has too many parts"
    return Message(place=place, words=words, fix='write "SOURCE:TARGET:rwm"')


def _pair(case: Case, hit: re.Match[str]) -> Message:
    place = case.at(hit["key"])
    items = case.written.items(lambda item: item.keys[:-1] == place.keys and item.text == hit["value"])
    place = next(map(Place.of, items), place)
    return Message(
        place=place,
        words=f"{place.key} has {case.quote(hit['value'])}, which is no NAME=value",
        fix="write NAME=value",
    )


def _project_name(case: Case, _hit: re.Match[str]) -> Message:
    place = case.find(lambda item: item.keys == ("name",)) or case.start
    text = place.item.text if place.item else case.source.directory.name
    where = "the name" if place.item else "the name of the folder"
    words = f"{where} {case.quote(text)} gives no name for a project"
    return Message(
        place=place, words=words, fix="write `name:` with lower-case letters, digits, hyphens and underscores"
    )


TABLE = (
    Complaint(
        r"^(?:(?P<key>\S+): )?[Ii]nvalid (?P<what>containerPort|hostPort|proto|(?:ip|IP) address): ?"
        r"(?P<value>.*)",
        _port,
    ),
    Complaint(r"^[Nn]o port specified: (?P<spec>.*)<empty>", _blank_port),
    Complaint(
        r"^[Ii]nvalid ranges specified for .* Ports: (?P<container>\S+) and (?P<host>\S+)",
        _ranges,
    ),
    Complaint(r"^(?P<key>\S+): invalid type \S+ for port", _port_of_wrong_kind),
    Complaint(r"^invalid spec: (?P<spec>.*): (?P<why>empty section|too many).*", _volume),
    Complaint(r"^invalid empty volume spec(?P<spec>)(?P<why>)", _volume),
    Complaint(
        rf"^(?P<key>{DOTTED})(?: {DOTTED})? (?:value )?must be one of (?:the following: )?(?P<choices>.*)",
        _choice,
    ),
    Complaint(
        rf"^(?P<key>{DOTTED}) (?:.*[Dd]oes|'.*' does) not match (?:pattern|format) '?(?P<pattern>.*?)'?$",
        _pattern,
    ),
    Complaint(
        rf"^(?P<key>{DOTTED}):? [Mm]ust be (?P<side>greater|less) than or equal to (?P<limit>[\d.-]+)",
        _bound,
    ),
    Complaint(
        rf"^(?P<key>{DOTTED}) (?:(?:array items\[\d+,|items at \d+ and )(?P<second>\d+))",
        _equal,
    ),
    Complaint(r"^healthcheck\.test must start", _test),
    Complaint(r"^confusing device mapping, .*: (?P<spec>/.*)", _device),
    Complaint(r"^(?P<key>\S+): invalid value (?P<value>.*), expected key=value", _pair),
    Complaint(r"^(?:project name must not be empty|invalid project name)", _project_name),
    Complaint(rf"interpolating (?P<key>{DOTTED}): failed to cast to expected type: (?P<why>.*)", _value),
    Complaint(rf"^(?:error decoding )?'(?P<key>{DOTTED})':? (?P<why>.*)", _value),
)
