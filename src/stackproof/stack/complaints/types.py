"""Complaints about the kind of what stands somewhere: a list where a mapping is wanted, and the like."""

import re

from stackproof.stack.complaints.case import DOTTED, Case, Complaint, Message, Place
from stackproof.stack.complaints.entries import how, one_text
from stackproof.stack.complaints.values import equal

# Where one of several kinds is right, Compose names the one that it tried first.
_RIGHT = {
    "command": "a text or a list of texts", "entrypoint": "a text or a list of texts",
    "test": "a text or a list of texts", "build": "a text or a mapping", "extends": "a text or a mapping",
    "environment": "a mapping or a list of NAME=value", "labels": "a mapping or a list of NAME=value",
    "args": "a mapping or a list of NAME=value", "sysctls": "a mapping or a list of NAME=value",
    "extra_hosts": "a mapping or a list of NAME:ADDRESS", "annotations": "a mapping or a list of NAME=value",
    "depends_on": "a list or a mapping", "networks": "a list or a mapping", "env_file": "a text or a list",
    "tmpfs": "a text or a list", "dns": "a text or a list",
    "nofile": "a number, or a mapping of soft and hard",
}  # fmt: skip
_SERVICES = "write each service as `NAME:` below `services:`, with `image:` or `build:` indented below it"
_WORDS = {
    "string": "a text", "array": "a list", "list": "a list", "mapping": "a mapping", "object": "a mapping",
    "number": "a number", "integer": "a number", "boolean": "true or false", "null": "empty",
}  # fmt: skip
_DURATIONS = (
    "interval",
    "timeout",
    "start_period",
    "start_interval",
    "stop_grace_period",
    "delay",
    "window",
    "monitor",
)
_SINGLE = (
    "ports", "expose", "volumes", "depends_on", "profiles", "cap_add", "cap_drop", "secrets", "configs",
    "networks", "devices", "security_opt", "links", "volumes_from", "group_add", "external_links",
)  # fmt: skip
_NUMBERS = ("oom_score_adj", "cpu_count", "cpu_percent", "cpus", "replicas", "retries", "pids_limit")


def _wrong(case: Case, hit: re.Match[str]) -> Message | None:
    right = _WORDS.get(re.findall(r"\w+", hit["kinds"])[0])
    place = case.at(hit["key"], fits=lambda item: item.kind != right)
    if place.item is None:
        words = "there is no `services:` in it"
        return Message(place=place, words=words, fix=_SERVICES) if hit["key"] == "services" else None
    key, kind, text = str(place.keys[-1]), place.item.kind, case.hide(place.item.text)
    if len(place.keys) == 2 and place.keys[0] == "services":  # noqa: PLR2004
        return _service(case, place)
    if place.keys == ("services",):
        there = "is empty" if kind == "empty" else f"is {kind}"
        return Message(
            place=place,
            words=f"services {there}, and must be a mapping of names",
            fix=_SERVICES,
        )
    if place.keys[2:3] == ("ulimits",) and kind == "a mapping":
        return Message(place=place, words=f"{place.key} needs both soft and hard", fix="add the other one")
    if kind == "a number" and key in _NUMBERS:
        words = f"{place.key} is {text}, which is out of its range"
        return Message(place=place, words=words, fix="write a number that the Compose specification allows")
    wanted = _wanted(place, hit["kinds"])
    name = place.key or ("it" if place.subject else key)
    shown = f" ({text!r})" if text and "NAME=value" not in wanted else ""  # it may be a password
    there = "is empty" if kind == "empty" else f"is {kind}{shown}"
    if isinstance(place.keys[-1], int):
        name = f"an entry of {name}"
    meant = _meant(case, place, wanted)
    fix = meant or _fix(place, wanted, text)
    return Message(place=place, words=f"{name} {there}, and must be {wanted}", fix=fix)


def _equal(case: Case, hit: re.Match[str]) -> Message | None:
    """Tell of two equal entries, of which newer versions say that there must be a mapping."""
    place = case.at(hit["key"])
    right = place.item and place.item.kind == "a list" and "a list" in _wanted(place, hit["kinds"])
    return equal(case, place) if right else None


def _meant(case: Case, place: Place, wanted: str) -> str:
    """Return the fix for a mapping where a list or an entry of one was meant, or the other way round."""
    kind = place.item.kind if place.item else ""
    if kind == "a mapping" and isinstance(place.keys[-1], int):
        return how(case, place)
    if kind == "a mapping" and "a list" in wanted and (text := one_text(case, place)):
        return f"write a list: `{text}`"
    if (
        kind == "a list"
        and wanted == "a mapping"
        and len(place.keys) > 1
        and (first := _first_key(case, place))
    ):
        return f"write `{first}: ...` below it, without hyphens"
    return ""


def _first_key(case: Case, place: Place) -> str:
    """Return the key that begins the first entry of a list."""
    keys = (*place.keys, 0)
    below = (item for file in case.written if file.path == place.file for item in file.below(*keys))
    return next((str(item.keys[-1]) for item in below), "")


def _wanted(place: Place, said: str) -> str:
    key = place.keys[-1]
    if isinstance(key, int):
        return {"ports": "a text, a number or a mapping"}.get(str(place.keys[-2]), _kinds(said))
    inside = place.keys[0] == "services" and (len(place.keys) == 3 or key in ("args", "test", "nofile"))  # noqa: PLR2004
    return _RIGHT.get(key, _kinds(said)) if inside else _kinds(said)


def _kinds(said: str) -> str:
    """Return the kinds that Compose names, in one order: its own differs by version."""
    named = {_WORDS[word] for word in re.findall(r"\w+", said) if word in _WORDS}
    words = [word for word in dict.fromkeys(_WORDS.values()) if word in named]
    words = [word for word in words if word != "empty" or len(words) == 1]
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)


def _service(case: Case, place: Place) -> Message:
    kind, text = (place.item.kind, case.hide(place.item.text)) if place.item else ("", "")
    if place.keys[1] in ("volumes", "networks", "secrets", "configs"):
        words = f"{place.keys[1]} stands below `services:`, so it is taken for a service"
        return Message(
            place=place, subject="", words=words, fix=f"move `{place.keys[1]}:` to the left margin"
        )
    if kind == "empty":
        return Message(
            place=place, words="there is nothing in it", fix="write `image:` or `build:`, indented below it"
        )
    if re.match(r"\w+:\S", text) and text.partition(":")[0] in ("image", "build"):
        key, _, value = text.partition(":")
        return Message(
            place=place,
            words=f"{text!r} has no blank behind the colon, so it is a text",
            fix=f"write `{key}: {value}`",
        )
    shown = f" ({case.quote(text)})" if text else ""
    fix = f"write `image: {text}`, indented below it" if text else "write its keys without the hyphen"
    return Message(place=place, words=f"it is {kind}{shown}, and must be a mapping", fix=fix)


def _fix(place: Place, wanted: str, text: str) -> str:
    """Return what to write instead: the first row that fits."""
    item = place.item
    key, kind = place.keys[-1], item.kind if item else ""
    label = f"{key}: " if isinstance(key, str) else ""
    top = len(place.keys) == 2 and place.keys[0] in ("secrets", "configs")  # noqa: PLR2004
    name, equals, _ = text.partition("=")
    rows = (
        (kind == "empty" and "depends_on" in place.keys[2:3],
         f"write `{key}: {{condition: service_started}}`"),
        (top and kind in ("empty", "a text"), f"write `{key}: {{file: {text or 'FILE'}}}`"),
        (kind == "empty", "remove it, or write what it shall hold"),
        (kind == "a number" and key in _DURATIONS, f"write {key}: {text}s"),
        (kind == "a number" and "a text" in wanted, f'put it in quotes: {label}"{text}"'),
        ("a list" in wanted and bool(text) and key in _SINGLE, f'write `{key}: ["{text}"]`'),
        (wanted == "a mapping" and kind == "a list" and len(place.keys) == 1,
         "write each name with a colon behind it, and no hyphen before it"),
        (key == "healthcheck", f'write `test: ["CMD-SHELL", "{text}"]` below it'),
        ("NAME=value" in wanted and bool(equals), f"write `{name}: ...` below it"),
        (kind == "a mapping" and "list" in wanted, "write each entry with a hyphen before it"),
    )  # fmt: skip
    return next((fix for fits, fix in rows if fits), f"write {wanted} there")


def _entry(case: Case, hit: re.Match[str]) -> Message:
    place = case.at(hit["key"])
    parent = place.key or "the list"
    kind = "a mapping" if "map[" in hit["type"] else "empty"
    fix = how(case, place) or ("write each entry as one text" if kind == "a mapping" else "remove the hyphen")
    return Message(place=place, words=f"an entry of {parent} is {kind}, and must be a text", fix=fix)


def _override(case: Case, hit: re.Match[str]) -> Message | None:
    found: list[Place] = []
    for file in case.written:
        keys = [keys for keys in file.resolve(hit["key"]) if keys in file.items]
        found += [Place.of(file.items[keys[0]])] if keys else []
    if len(found) < 2:  # noqa: PLR2004 - the one that overrides, and the one that is overridden
        return None
    last, base = found[-1], found[0]
    kind, wanted = (place.item.kind if place.item else "" for place in (last, base))
    words = f"{last.key} is {kind}, and {wanted} in {case.short(base.file)}:{base.line}"
    return Message(place=last, words=words, fix=f"write {wanted} here, too")


_KIND = rf"^(?P<key>{DOTTED}) must be an? (?P<kinds>[a-z, ]+)$"
TABLE = (
    Complaint(_KIND, _equal),
    Complaint(_KIND, _wrong),
    Complaint(r"^(?P<key>\S+): unexpected type (?P<type>.*)", _entry),
    Complaint(r"^(?P<key>\S+): unsupported expose value (?P<type>map\[|.*)", _entry),
    Complaint(r"^cannot override (?P<key>\S+)", _override),
)
