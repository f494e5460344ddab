"""What to write in place of a mapping where an entry of a list was meant: `- 8080: 80` for `- "8080:80"`."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final

from stackproof.stack.complaints.case import Case, Place
from stackproof.stack.written import Item

# Lists whose entries are one text, by what parts it; behind a colon nothing is a word of ours.
_COLON: Final[Mapping[str, str]] = {
    "ports": ":CONTAINER", "volumes": ":TARGET", "extra_hosts": ":ADDRESS", "devices": "", "links": "",
    "external_links": "", "volumes_from": "", "security_opt": "", "dns_opt": "", "tmpfs": "", "tags": "",
    "cache_from": "", "device_cgroup_rules": "",
}  # fmt: skip
_EQUAL: Final = frozenset(
    {"environment", "args", "labels", "sysctls", "annotations", "additional_contexts", "ssh"}
)
_NAMES: Final = frozenset(
    {"cap_add", "cap_drop", "group_add", "profiles", "dns", "dns_search", "expose", "aliases", "env_file",
     "label_file", "platforms"}
)  # fmt: skip
_NAMES_OR_MAPPING: Final = frozenset({"depends_on", "networks"})
_EXTENDS: Final = (("extends",), ("extends", "service"))
_OBJECTS: Final = frozenset({"secrets", "configs"})
_WORDS: Final = frozenset({"command", "entrypoint", "test"})


def one_text(case: Case, place: Place) -> str:
    """Return the entry that was meant where a mapping stands: in a list, or in place of one.

    Empty for what may have been meant otherwise.
    """
    pair = _pair(case, place)
    name = next((str(key) for key in reversed(place.keys) if isinstance(key, str)), "")
    if pair is None or pair.keys[-1] in ("<<", "target", "source"):
        return ""
    key, value = str(pair.keys[-1]), case.hide(pair.text)
    if name in _EQUAL:
        return f"- {key}=..."  # it may be a password
    if name in _COLON:
        return _joined(case, name, key, pair)
    bare = pair.kind in ("empty", "true or false")
    rows = (
        (name in _OBJECTS and value.startswith("/"), f"- {{source: {key}, target: {value}}}"),
        (name == "constraints" and bool(value), f"- {key} == {value}"),
        (name == "expose" and key[:1].isdigit(), f'- "{key}"'),
        (name in _NAMES | _OBJECTS and bare, f"- {key}"),
    )
    return next((text for fits, text in rows if fits), "")


def is_list(place: Place) -> bool:
    """Whether no mapping may stand here: it is an entry, or a list that cannot be written as one."""
    return isinstance(place.keys[-1], int) or place.keys[-1] not in _EQUAL | {"extra_hosts"}


def _joined(case: Case, name: str, key: str, pair: Item) -> str:
    value = case.hide(pair.text)
    if name == "tmpfs" and pair.kind == "a mapping":
        options = _below(case, pair)
        value = ",".join(f"{one.keys[-1]}={one.text}" for one in options if one.text)
    elif pair.kind in ("a mapping", "a list"):
        return ""
    if name == "volumes" and value and not value.startswith(("/", "$")):
        return ""
    return f'- "{key}:{value}"' if value else f'- "{key}{_COLON[name]}"'


def how(case: Case, place: Place) -> str:
    """Return the fix for a mapping in a list of texts; empty for what may have been meant otherwise."""
    name = next((str(key) for key in reversed(place.keys) if isinstance(key, str)), "")
    if name in _WORDS:
        return "put the whole word in quotes: its colon makes it a mapping"
    if name in _NAMES_OR_MAPPING and (pair := _pair(case, place)):
        written = (
            f"`- {pair.keys[-1]}`" if pair.kind == "empty" else f"`{pair.keys[-1]}: ...`, without hyphens"
        )
        return f"write {written}"
    text = one_text(case, place)
    if not text:
        return ""
    return f"write `{text}`, or no hyphens at all" if name in _EQUAL else f"write `{text}`"


def _pair(case: Case, place: Place) -> Item | None:
    """Return the only key of an entry, or the first of a mapping that is no list."""
    found = _below(case, place.item) if place.item else []
    if isinstance(place.keys[-1], int) and len(found) != 1:
        return None
    return found[0] if found else None


def _below(case: Case, item: Item) -> list[Item]:
    return [one for file in case.written if file.path == item.file for one in file.below(*item.keys)]


def twice(case: Case, place: Place) -> tuple[Item, Item] | None:
    """Return two equal entries of a list: its own, of another file, or of a service that it extends."""
    if len(place.keys) < 2:  # noqa: PLR2004 - it has no name
        return None
    service, inside = str(place.keys[1]), place.keys[2:]
    names = _extended(case, service)
    entries = [
        item
        for file in sorted(case.written.files, key=lambda file: not file.extended)
        for item in file.items.values()
        if item.keys[:1] == place.keys[:1] and item.keys[2:-1] == inside and item.keys[1] in names
    ]
    entries.sort(key=lambda item: item.keys[1] == service)  # what it extends comes first
    lists: dict[tuple[object, ...], list[Item]] = {}
    for item in entries:
        lists.setdefault((item.file, item.keys[1]), []).append(item)
    return next(filter(None, map(partial(_equal, case), (*lists.values(), entries))), None)


def _equal(case: Case, entries: Iterable[Item]) -> tuple[Item, Item] | None:
    seen: dict[tuple[str, str], Item] = {}
    for item in entries:
        first = seen.setdefault((item.kind, case.filled(item.text)), item)
        if first is not item and (item.text or item.kind == "a text"):
            return first, item
    return None


def _extended(case: Case, service: str) -> set[str]:
    """Return a service with all that it extends."""
    found, more = set[str](), {service}
    while more:
        found |= more
        written = (item for file in case.written for item in file.items.values() if item.text)
        more = {item.text for item in written if item.service in more and item.keys[2:] in _EXTENDS} - found
    return found
