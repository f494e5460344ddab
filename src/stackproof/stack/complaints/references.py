"""Complaints about names of what is not there, and about things that exclude each other."""

import re
from collections.abc import Iterator
from pathlib import Path

from stackproof.controls.spelling import hint
from stackproof.stack.complaints.case import Case, Complaint, Message, Place
from stackproof.stack.complaints.endless import left_out
from stackproof.stack.complaints.names import no_name
from stackproof.stack.discovery import FILE_NAMES
from stackproof.stack.dollars import unescape
from stackproof.stack.written import Item

_SERVICES = ("depends_on", "links", "volumes_from", "network_mode", "ipc", "pid")
_KEYS = {
    "network": ("networks",),
    "volume": ("volumes",),
    "secret": ("secrets", "build"),
    "config": ("configs",),
    "service": _SERVICES,
    "model": ("models",),
}


def _undefined(case: Case, hit: re.Match[str]) -> Message:
    service, kind, name = hit["service"], hit["kind"].removeprefix("build "), hit["name"].strip('"')
    keys = ("build",) if hit["kind"].startswith("build ") else _KEYS.get(kind, ())
    place = case.under(keys, lambda item: _says(case, item, name), service)
    place = place or case.under(keys, lambda item: _says(case, item, name)) or case.service(service)
    if not name and not case.lacking(place):
        return _nameless(case, keys, kind, service)
    key = str(place.keys[2]) if len(place.keys) > 2 else kind  # noqa: PLR2004
    words = f"{key} names {kind} {name or repr('')}, which is not defined"
    subject = f"service {service}: "
    if fix := no_name(case, place, kind, name):
        words = f"{key} names {kind} {name}, which is no name of a {kind}"
        return Message(place=place, subject=subject, words=words, fix=fix)
    if kind != "service":
        fix = f"add `{name}:` under a top-level `{kind}s:`"
        return Message(place=place, subject=subject, words=words + hint(name, _top(case, kind)), fix=fix)
    if profiles := profiles_of(case, name):
        words = f"{key} names service {name}, which is behind profile {' or '.join(profiles)}"
        fix = f"--compose-profile {profiles[0]}, or `{name}: {{condition: service_started, required: false}}`"
        return Message(place=place, subject=subject, words=words, fix=fix)
    return _no_service(case, place, service, name)


def _no_service(case: Case, place: Place, service: str, name: str) -> Message:
    key, subject = str(place.keys[2]) if len(place.keys) > 2 else "service", f"service {service}: "  # noqa: PLR2004
    other = next((file for file in case.written if file.extended and ("services", name) in file.items), None)
    if other:
        words = (
            f"{key} names service {name}, which extends does not bring along from {case.short(other.path)}"
        )
        fix = f"include that file, or add service {name} here"
        return Message(place=place, subject=subject, words=words, fix=fix)
    known = sorted(set(case.services()) - {service})
    there = f"; there is {', '.join(known)}" if known else ""
    words = f"{key} names service {name or repr('')}, which is not defined{hint(name, known)}"
    fix = f"add service {name}, or take it out of {key}{there}"
    return Message(place=place, subject=subject, words=words, fix=fix)


def _top(case: Case, kind: str) -> list[str]:
    """Return the names of all networks, volumes, secrets ... that are declared."""
    return sorted({str(item.keys[1]) for file in case.written for item in file.below(f"{kind}s")})


def _nameless(case: Case, keys: tuple[str, ...], kind: str, service: str) -> Message:
    """Tell of an entry that is blank, or that has no `source:`."""

    def here(item: Item) -> bool:
        entry = isinstance(item.keys[-1], int) and len(item.keys) > 3  # noqa: PLR2004 - of a list of the service
        blank = item.kind in ("a text", "empty") and not case.filled(item.text)
        lacks = item.kind == "a mapping" and not any(
            case.filled(one.text)
            for file in case.written
            if file.path == item.file
            for one in file.below(*item.keys)
            if one.keys[-1] == "source"
        )
        return entry and (blank or lacks)

    place = case.under(keys, here, service) or case.under(keys, here) or case.service(service)
    key = place.key or f"{kind}s"
    known = sorted(set(case.services()) - {service}) if kind == "service" else _top(case, kind)
    there = f" (there is {', '.join(known)})" if known else ""
    fix = f"write the name of a {kind}{there}, or take the entry out"
    if place.item and place.item.kind == "a mapping":
        fix = f"add `source:` with the name of a {kind}{there}"
    return Message(place=place, words=f"an entry of {key} names no {kind}", fix=fix)


def _says(case: Case, item: Item, name: str) -> bool:
    """Whether an item names something: as its text, its source, its key, or before or behind a colon."""
    text = case.filled(item.text)
    if isinstance(item.keys[-1], str) and len(item.keys) == 4:  # noqa: PLR2004 - services, name, key, this
        return item.keys[-1] == name
    if not name:
        return not text and item.text != ""
    return name in (text, unescape(text)) or name in unescape(text).split(":")


def profiles_of(case: Case, service: str) -> list[str]:
    """Return the profiles of a service as they are written."""
    items = case.written.items(
        lambda item: item.keys[:3] == ("services", service, "profiles") and bool(item.text)
    )
    return list(dict.fromkeys(case.filled(item.text) for item in items))


def _circle(case: Case, hit: re.Match[str]) -> Message:
    names = circle(hit["way"].strip().split(" -> "))
    place = case.under(_SERVICES, lambda item: _says(case, item, names[1]), names[0]) or case.service(
        names[0]
    )
    words = f"services wait for each other: {' -> '.join(names)}"
    return Message(place=place, words=words, fix="take one of these out of depends_on")


def circle(names: list[str]) -> list[str]:
    """Return the same way round from its first name: Compose begins anywhere."""
    way = names[:-1]
    first = way.index(min(way))
    return [*way[first:], *way[:first], way[first]]


def _no_image(case: Case, hit: re.Match[str]) -> Message:
    name = hit["service"]
    place = case.service(name)
    if image := case.find(lambda item: item.keys == ("services", name, "image")):
        last = list(case.written.items(lambda item: item.keys == image.keys))[-1]
        if not case.filled(last.text):
            blank = "its image is blank" if last.kind != "empty" else "its image is taken away"
            return Message(place=Place.of(last), words=blank, fix="write the image's name")
    words = "it has neither `image:` nor `build:`"
    if base := _base_beside(case, name):
        files = [*map(case.short, (base, *case.source.files))]
        fix = f"give the base file, too: -f {' -f '.join(files)}"
        return Message(place=place, words=f"{words} in this file", fix=fix)
    alone = not any(_has_image(case, other) for other in case.services())
    if alone and len(case.source.files) == 1:
        fix = (
            f"if this overrides another file, give that one, too: -f compose.yml -f {case.short(place.file)}"
        )
        return Message(place=place, words=words, fix=f"{fix}; else write `image:` or `build:`")
    return Message(place=place, words=words, fix="write `image:` or `build:`")


def _has_image(case: Case, name: str) -> bool:
    return any(("services", name, key) in file.items for file in case.written for key in ("image", "build"))


def _base_beside(case: Case, name: str) -> Path | None:
    """Return the usual file beside the one that was given, if it says more of the service."""
    from stackproof.stack.written import File  # noqa: PLC0415

    for folder in dict.fromkeys(path.parent for path in case.source.files):
        for path in (folder / usual for usual in FILE_NAMES):
            keys = File(path, folder).items if path not in case.source.files else {}
            if any(("services", name, key) in keys for key in ("image", "build")):
                return path
    return None


def _exclusive(case: Case, hit: re.Match[str]) -> Message:
    first, second = hit["first"], hit["second"]
    service = hit["service"].strip('"')
    place = case.under([second], lambda item: len(item.keys) == 3, service)  # noqa: PLR2004
    place = place or case.find(lambda item: item.service == service and item.keys[-1] == second)
    words = f"{first} and {second} exclude each other"
    return Message(place=place or case.service(service), words=words, fix="keep one of the two")


def _exclusive_keys(case: Case, hit: re.Match[str]) -> Message:
    keys = [key for key in re.findall(r"[\w.]+", hit["keys"]) if key != "and"]
    place = case.at(hit["key"], keys[-1])
    words = f"{' and '.join(keys)} exclude each other"
    return Message(place=place, words=words, fix="keep one of them")


def _one_of(case: Case, hit: re.Match[str]) -> Message:
    keys = hit["keys"].split("|")
    words = f"it says nowhere what it holds: {' or '.join(f'`{key}:`' for key in keys)}"
    return Message(place=case.at(hit["key"]), words=words, fix=f"add `{keys[0]}:`, or `external: true`")


def _external(case: Case, hit: re.Match[str]) -> Message:
    words = f"somebody else makes it (external), so {hit['other']} has no meaning"
    return Message(
        place=case.at(hit["key"], hit["other"]), words=words, fix=f"take out external or {hit['other']}"
    )


def _distinct(case: Case, hit: re.Match[str]) -> Message:
    """Explain two keys of one meaning; an absent one says something else, too, where its block is written."""
    first, second = hit["first"], hit["second"]
    place, other = case.at(hit["key"], first), case.at(hit["key"], second)
    block, _, key = second.rpartition(".")
    if place.item and other.key != second:
        text = case.hide(case.filled(place.item.text))
        words = f"Compose takes no {first} beside `{block}`, which says nothing of it"
        fix = f"write `{key}: {text}` below `{block}`, and take {first} out"
        return Message(place=place, words=words, fix=fix)
    words = f"{first} and {second} say different things"
    return Message(place=place, words=words, fix="keep one of the two")


def _name_of_several(case: Case, hit: re.Match[str]) -> Message:
    name = hit["service"]
    place = case.find(lambda item: item.keys == ("services", name, "container_name")) or case.service(name)
    words = "a fixed container_name and several replicas exclude each other"
    return Message(place=place, words=words, fix="take container_name out")


def _name_twice(case: Case, hit: re.Match[str]) -> Message:
    name = hit["name"]

    def same(item: Item) -> bool:
        return item.keys[-1] == "container_name" and case.filled(item.text) == name

    others = dict.fromkeys(owner for owner in _owners(case, name) if owner != hit["service"])
    place = case.find(lambda item: same(item) and item.service == hit["service"]) or case.service(
        hit["service"]
    )
    words = f"container_name {name} is also that of service {', '.join(others) or 'another one'}"
    return Message(place=place, words=words, fix="rename one, or take container_name out")


def _owners(case: Case, name: str) -> Iterator[str]:
    out = left_out(case)
    for item in case.written.items(lambda item: item.keys[2:] == ("container_name",) and bool(item.service)):
        if case.filled(item.text) == name and item.service not in out:
            yield str(item.service)


TABLE = (
    Complaint(
        r'service "(?P<service>[^"]+)" (?:depends on|refers to) undefined '
        r'(?P<kind>(?:build )?\w+) ?(?P<name>"[^"]*"|.*)',
        _undefined,
    ),
    Complaint(r"^dependency cycle detected: (?P<way>.+)", _circle),
    Complaint(r'service "(?P<service>[^"]+)" has neither an image nor a build context', _no_image),
    Complaint(
        r"service (?P<service>\S+) declares mutual?ly exclusive `?(?P<first>\w+)`? and `?(?P<second>\w+)`?",
        _exclusive,
    ),
    Complaint(r'^(?P<key>\S+): (?P<keys>"\w+" and "\w+") attributes are exclusive', _exclusive_keys),
    Complaint(r"^(?P<key>\S+): (?P<keys>[\w|]+) attributes are mutually exclusive", _exclusive_keys),
    Complaint(r"^(?P<key>\S+): (?P<keys>name and external\.name) conflict", _exclusive_keys),
    Complaint(r"^(?P<key>\S+): one of (?P<keys>[\w|]+) must be set", _one_of),
    Complaint(r'^(?P<key>\S+): conflicting parameters "external" and "(?P<other>\w+)"', _external),
    Complaint(
        r"^(?P<key>\S+): can't set distinct values on '(?P<first>\S+)' and '(?P<second>\S+)'",
        _distinct,
    ),
    Complaint(
        r"can't set container_name and (?P<service>\S+) as container name must be unique",
        _name_of_several,
    ),
    Complaint(
        r'^services\.(?P<service>\S+): container name "(?P<name>[^"]+)" is already in use',
        _name_twice,
    ),
)
