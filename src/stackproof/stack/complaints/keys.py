"""Complaints about keys: unknown, too new for this Compose, in the wrong place, or missing."""

import re
from functools import partial

from stackproof.controls.spelling import hint
from stackproof.stack.complaints.case import DOTTED, Case, Complaint, Message, Place
from stackproof.stack.complaints.entries import how, is_list, one_text
from stackproof.stack.complaints.syntax import broken
from stackproof.stack.written import File, Item

# Keys of the specification that are young: where they stand (`*` is any name or index), and the version of
# Compose that its documentation says brought them; empty where it does not say.
SINCE: dict[tuple[str, ...], str] = {
    ("models",): "2.38.0",
    ("include",): "2.20.0",
    ("services", "*", "models"): "2.38.0",
    ("services", "*", "provider"): "2.36.0",
    ("services", "*", "use_api_socket"): "",
    ("services", "*", "post_start"): "2.30.0",
    ("services", "*", "pre_stop"): "2.30.0",
    ("services", "*", "pre_start"): "",
    ("services", "*", "gpus"): "2.30.0",
    ("services", "*", "label_file"): "2.32.2",
    ("services", "*", "develop"): "2.22.0",
    ("services", "*", "develop", "watch", "*", "initial_sync"): "",
    ("services", "*", "develop", "watch", "*", "exec"): "",
    ("services", "*", "develop", "watch", "*", "include"): "",
    ("services", "*", "networks", "*", "interface_name"): "2.36.0",
    ("services", "*", "networks", "*", "gw_priority"): "2.33.1",
    ("services", "*", "networks", "*", "driver_opts"): "2.27.1",
    ("services", "*", "volumes", "*", "image"): "2.35.0",
    ("services", "*", "volumes", "*", "volume", "subpath"): "",
    ("services", "*", "volumes", "*", "volume", "labels"): "",
    ("services", "*", "volumes", "*", "bind", "recursive"): "",
    ("services", "*", "depends_on", "*", "required"): "2.20.0",
    ("services", "*", "env_file", "*", "required"): "2.24.0",
    ("services", "*", "env_file", "*", "format"): "2.30.0",
    ("services", "*", "healthcheck", "start_interval"): "2.20.2",
    ("services", "*", "build", "entitlements"): "2.27.1",
    ("services", "*", "build", "dockerfile_inline"): "2.17.0",
    ("services", "*", "build", "additional_contexts"): "2.17.0",
    ("services", "*", "build", "provenance"): "2.39.0",
    ("services", "*", "build", "sbom"): "2.39.0",
    ("networks", "*", "enable_ipv4"): "2.33.1",
    ("configs", "*", "content"): "2.23.1",
    ("configs", "*", "environment"): "2.23.1",
}
_TOP = ("name", "services", "networks", "volumes", "secrets", "configs", "include", "models", "version")
# What people mean most often, to guess from.
_COMMON = (
    "image", "build", "command", "entrypoint", "environment", "env_file", "ports", "expose", "volumes",
    "networks", "depends_on", "restart", "healthcheck", "deploy", "labels", "user", "working_dir",
    "container_name", "hostname", "secrets", "configs", "profiles", "privileged", "read_only",
    "cap_add", "cap_drop", "security_opt", "ulimits", "network_mode", "extra_hosts", "tmpfs", "logging",
    "stop_grace_period", "stop_signal", "init", "platform", "pull_policy", "sysctls", "shm_size",
    "mem_limit", "cpus", "pids_limit", "stdin_open", "tty", "links", "extends",
)  # fmt: skip
_BELOW = {
    "build": ("context", "dockerfile", "args", "target", "cache_from", "labels", "network", "secrets", "ssh"),
    "healthcheck": ("test", "interval", "timeout", "retries", "start_period", "start_interval", "disable"),
    "deploy": ("replicas", "resources", "restart_policy", "update_config", "labels", "mode", "placement"),
    "limits": ("cpus", "memory", "pids"),
    "reservations": ("cpus", "memory", "devices"),
    "ports": ("target", "published", "protocol", "host_ip", "mode", "name"),
    "volumes": ("type", "source", "target", "read_only", "bind", "volume", "tmpfs"),
    "depends_on": ("condition", "required", "restart"),
    "secrets": ("source", "target", "uid", "gid", "mode"),
    "configs": ("source", "target", "uid", "gid", "mode"),
    "logging": ("driver", "options"),
}  # fmt: skip
_NAMED = {
    "services": "service",
    "networks": "network",
    "volumes": "volume",
    "secrets": "secret",
    "configs": "config",
}


def _unknown(case: Case, hit: re.Match[str]) -> Message | None:
    names = [hit["one"]] if hit["one"] else re.findall(r"'([^']+)'", hit["many"])
    above = "" if (hit["above"] or "").strip() in ("", "(root)") else hit["above"]
    if not above:
        return _at_the_top(case, names)
    place = _of_key(case, above, names)
    key = str(place.keys[-1]) if place.keys and str(place.keys[-1]) in names else names[0]
    kind = _NAMED.get(above)
    if kind:
        words = f"{key!r} is no name of a {kind}"
        fix = "use letters, digits, dots, hyphens and underscores only"
        return Message(place=place, subject="", words=words, fix=fix)
    if above.startswith("services.") and above.partition(".")[2] in _TOP and above.count(".") == 1:
        return _top_inside(case, place, above.partition(".")[2])
    if newer := _newer(case, place, key):
        return newer
    where = place.keys[-2] if len(place.keys) > 1 else ""
    parent = next((str(k) for k in reversed(place.keys[2:-1]) if isinstance(k, str)), "")
    inside = f" in {parent}" if parent and place.keys[-1] == key else ""
    if parent in ("secrets", "configs") and isinstance(where, int) and not hint(key, _BELOW[parent]):
        entry = case.at(above)
        if meant := one_text(case, entry):
            words = f"an entry of {parent} is a mapping, and must be a text or have `source:`"
            return Message(place=entry, words=words, fix=f"write `{meant}`")
    known = _COMMON if len(place.keys) == 3 else _BELOW.get(str(where), _BELOW.get(parent, ()))  # noqa: PLR2004
    words = f"unknown key {key!r}{inside}{hint(key, known)}"
    return Message(place=place, words=words, fix="correct its spelling or its indentation, or remove it")


def _of_key(case: Case, above: str, names: list[str]) -> Place:
    """Return where the key is written that comes first; that of a service may come from one it extends."""
    places = [case.at(above, name) for name in names]
    exact = [
        place for place, name in zip(places, names, strict=True) if place.keys and place.keys[-1] == name
    ]
    if exact:
        return min(exact, key=lambda place: (str(place.file), place.line or 0))
    depth = len(places[0].keys) + 1
    extended = case.find(lambda item: item.keys[-1] == names[0] and len(item.keys) == depth)
    return extended or places[0]


def _newer(case: Case, place: Place, key: str) -> Message | None:
    """Tell of a key that the specification knows and this Compose does not, yet."""
    keys = place.keys if place.keys and place.keys[-1] == key else (*place.keys, key)
    for pattern, version in SINCE.items():
        if len(pattern) == len(keys) and all(p in ("*", k) for p, k in zip(pattern, keys, strict=True)):
            found = case.version()
            if version and _number(found) >= _number(version):
                return None
            came = f"came with Compose {version}" if version else "came with a newer Compose"
            words = f"the key {key!r} {came}, and this is Compose {found}"
            return Message(place=place, words=words, fix="update Compose, or remove the key")
    return None


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(word) for word in re.findall(r"[0-9]{1,9}", version)[:3])


def _at_the_top(case: Case, names: list[str]) -> Message:
    file = case.file or case.written.files[0]
    places = [Place.of(file.items[(name,)]) for name in names if (name,) in file.items]
    unread = broken(file.path)  # Compose's reader takes some files that ours does not
    whole = Place(file=file.path, line=unread.line if unread else None)
    place = min(places, key=lambda place: place.line or 0, default=whole)
    key = str(place.keys[-1]) if place.keys else names[0]
    if newer := _newer(case, place, key):
        return newer
    services = [str(item.keys[0]) for item in file.below() if _is_service(file, str(item.keys[0]))]
    if services and ("services",) not in file.items:
        words = f"there is no `services:`, as in files of Compose v1: {', '.join(services)} stand at the top"
        first = Place.of(file.items[(services[0],)])
        return Message(
            place=first, words=words, fix="write `services:` in the first line, and indent the rest below it"
        )
    if key in services:
        words = f"service {key} stands at the top, beside `services:`"
        return Message(place=place, words=words, fix="indent it below `services:`")
    known = _TOP if key not in _COMMON or key in ("service", "volume", "network") else ()
    words = f"unknown key {key!r} at the top of the file{hint(key, known)}"
    fix = "correct its spelling or its indentation; a key of your own begins with x-"
    return Message(place=place, words=words, fix=fix)


def _is_service(file: File, name: str) -> bool:
    return name not in _TOP and any((name, key) in file.items for key in ("image", "build"))


def _top_inside(case: Case, place: Place, key: str) -> Message:
    of = case.find(lambda item: item.keys == ("services", key)) or place
    words = f"{key} stands below `services:`, so it is taken for a service"
    return Message(place=of, subject="", words=words, fix=f"move `{key}:` to the left margin")


def _missing(case: Case, hit: re.Match[str]) -> Message | None:
    key = hit["one"] or ", ".join(re.findall(r"'([^']+)'", hit["many"] or ""))
    place = case.at(hit["key"])
    inside = f" in {place.key}" if place.key else ""
    return Message(place=place, words=f"the key {key!r} is missing{inside}", fix=f"add `{key}:`")


def _no_target(case: Case, hit: re.Match[str]) -> Message:
    place = case.at(hit["key"])
    items = [str(item.keys[-1]) for file in case.written for item in file.below(*place.keys)]
    short = "`SOURCE:TARGET`" if hit["what"] == "mount" else "`PUBLISHED:TARGET`"
    words = f"the entry has no target: its keys are {', '.join(items) or 'none'}"
    if (
        len(items) == 1
        and items[0] not in _BELOW.get(str(place.keys[-2]), ())
        and (meant := how(case, place))
    ):
        return Message(place=place, words=words, fix=meant)
    return Message(place=place, words=words, fix=f"add `target:`, or write {short} as one text")


def _no_path(case: Case, hit: re.Match[str]) -> Message:
    place = case.at(hit["key"])
    fix = how(case, place) or "write `- FILE` or `- path: FILE`"
    return Message(place=place, words="the entry names no file", fix=fix)


# As Go prints a key that is no text, as its author wrote it, and what to say and do.
_NO_NUMBERS = (
    ("<nil>", r"~|null|Null|NULL|", "empty (null)", "write a name before the colon"),
    ("time.Date", r"\d{4}-\d\d?-\d\d?.*", "a date", "put it in quotes"),
)


def _is_key(written: str, item: Item) -> bool:
    return re.fullmatch(written, str(item.keys[-1])) is not None


def _number_as_key(case: Case, hit: re.Match[str]) -> Message:
    place, name = case.at(hit["key"], hit["name"]), hit["name"]
    words, fix = f"the key {name} is a number, and keys are texts", f'put it in quotes: "{name}"'
    for begin, written, kind, instead in _NO_NUMBERS:
        if name.startswith(begin):
            found = case.find(partial(_is_key, written))
            place, words, fix = found or place, f"a key is {kind}, and keys are texts", instead
    above = case.at(hit["key"]) if hit["key"] else place
    if above.keys and is_list(above) and (meant := one_text(case, above)):
        lead = "write" if isinstance(above.keys[-1], int) else "write a list:"
        return Message(place=place, words=words, fix=f"{lead} `{meant}`")
    return Message(place=place, words=words, fix=fix)


TABLE = (
    Complaint(
        r"^(?P<above>.*?) ?(?:Additional property (?P<one>.+) is not allowed"
        r"|additional properties (?P<many>'.*') not allowed)",
        _unknown,
    ),
    Complaint(
        rf"^(?P<key>{DOTTED}) (?:(?P<one>\w+) is required|missing propert(?:y|ies) (?P<many>'.*'))", _missing
    ),
    Complaint(r"^service \w+ (?P<key>\S+) is missing a (?P<what>mount|target)", _no_target),
    Complaint(r"^environment path attribute (?P<key>\S+) is missing", _no_path),
    Complaint(r"^[Nn]on-string key (?:in (?P<key>\S+)|at top level): (?P<name>.*)", _number_as_key),
)
