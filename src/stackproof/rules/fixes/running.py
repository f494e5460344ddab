"""Fixes that change how a service runs: each adds or removes what the control names, and no value else."""

import re
from collections.abc import Mapping
from typing import Any

from stackproof.rules.fixes.entries import added, reworded, without
from stackproof.rules.fixes.fixer import Target
from stackproof.rules.fixes.text import Edit, NotFixable
from stackproof.rules.fixes.tree import Entry, Node, Tree
from stackproof.stack import dollars, layout
from stackproof.stack.security_options import NO_NEW_PRIVILEGES, UNCONFINED, switches_on

ON = f"{NO_NEW_PRIVILEGES}:true"
_KEY = "security_opt"
_TOP = 2  # keys that lead to a service
# What mounts of tmpfs have without being asked, and these words take away.
ALLOWS = ("exec", "suid", "dev")
# Options that every driver of the engine that keeps logs in files has.
_OF_FILES = frozenset({"max-size", "max-file"})


def set_no_new_privileges(target: Target) -> list[Edit]:
    """Switch `no-new-privileges` on: in the entry that switches it off, or else in one of its own."""
    entry, tree = target.entry, target.tree
    if entry.key is None:
        _must_be_written(entry.value.meant)
        if _is_on(target.service):  # twice the same is refused; the last one counts
            return _gone(tree, entry)
        return reworded(tree, entry.value, _switched(entry.value.value))
    node = entry.value.meant
    if entry.name == _KEY and entry.path[:-1] != ("services",):
        if node.tag == "!reset":
            msg = "`!reset` takes away whatever is written there"
            raise NotFixable(msg)
        if node.kind != "sequence":
            msg = "`security_opt` is no list there"
            raise NotFixable(msg)
        return added(tree, node, f'"{ON}"' if _has_quotes(node) else ON)
    if node.kind != "mapping":
        msg = "the service has no keys there"
        raise NotFixable(msg)
    return _with_list(tree, node)


def _must_be_written(node: Node) -> None:
    """Raise NotFixable for what a variable brings: its default is the author's, its value somebody else's."""
    if dollars.has_variable(node.value):
        msg = "a variable brings it, and whoever sets that decides"
        raise NotFixable(msg)


def _switched(text: str) -> str:
    return re.sub(r"([:=]).*", r"\1true", text)


def _is_on(service: Mapping[str, Any]) -> bool:
    """Whether an entry switches it on, whatever the others say."""
    return any(map(switches_on, service.get(_KEY) or ()))


def _has_quotes(node: Node) -> bool:
    return node.flow or any(one.value.style for one in node.entries)


def _with_list(tree: Tree, service: Node) -> list[Edit]:
    if service.flow:
        quote = '"' if service.entries and service.entries[0].key and service.entries[0].key.style else ""
        return added(tree, service, f'{quote}{_KEY}{quote}: ["{ON}"]')
    rank = layout.ranked(layout.SERVICE_KEYS)
    ranks = [rank(one.name) for one in service.entries]
    behind = (number for number, other in enumerate(ranks) if other > rank(_KEY))
    place = next(behind, None) if ranks == sorted(ranks) else None
    dash = " " * tree.dashes(service) + "- "
    return added(tree, service, f"{_KEY}:\n{dash}{ON}", before=place)


def switched_on(service: dict[str, Any], target: Target) -> None:
    """Have the option in the model."""
    entry = target.entry
    said = service.setdefault(_KEY, [])
    if entry.key is None:
        was = target.filled(entry.value.value)
        on = () if _is_on(service) else (_switched(was),)
        said[:] = [word for text in said for word in (on if text == was else (text,))]
    else:
        said.append(ON)


def without_option(target: Target) -> list[Edit]:
    """Remove an entry of `security_opt` that takes away what the engine does by itself."""
    entry = target.entry
    _must_be_written(entry.value.meant)
    if entry.key is not None or not _takes_away(entry.value.meant.value):
        msg = "what it should say instead only its author knows"
        raise NotFixable(msg)
    return _gone(target.tree, entry)


def _takes_away(text: str) -> bool:
    name, _, value = text.partition("=" if "=" in text else ":")
    return value == UNCONFINED or (name == "label" and value in ("disable", "type:spc_t"))


def _gone(tree: Tree, entry: Entry) -> list[Edit]:
    """Remove an entry, and the key whose value it is where that would be left empty, up to its service."""
    owner = entry.above.entry
    if (
        len(entry.above.entries) == 1
        and owner is not None
        and owner.key is not None
        and len(entry.path) > _TOP
    ):
        return _gone(tree, owner)
    return without(tree, entry)


def option_gone(service: dict[str, Any], target: Target) -> None:
    """Have one less in the model."""
    was = target.filled(target.entry.value.meant.value)
    service[_KEY] = [text for text in service.get(_KEY) or () if text != was]
    if not service[_KEY]:
        del service[_KEY]


def without_driver(target: Target) -> list[Edit]:
    """Remove the log driver `none`."""
    entry = target.entry
    options = [one for one in entry.above.entries if one.name == "options"]
    if entry.name != "driver":
        msg = "it is not written by itself"
        raise NotFixable(msg)
    if any(_foreign(one.value.meant) for one in options):
        msg = "the options beside it are those of a driver that only its author knows"
        raise NotFixable(msg)
    _must_be_written(entry.value.meant)
    empty = [one for one in options if not one.value.meant.entries]
    whole = entry.above.entry if len(entry.above.entries) == 1 + len(empty) else None
    return _gone(target.tree, whole if whole and whole.key else entry)


def _foreign(options: Node) -> bool:
    return any(one.name not in _OF_FILES for one in options.entries)


def driver_gone(service: dict[str, Any], _target: Target) -> None:
    """Have the engine's own driver in the model."""
    logging = service.get("logging") or {}
    logging.pop("driver", None)
    if not logging:  # as it is once its driver is gone from another place, too
        service.pop("logging", None)


def without_words(target: Target) -> list[Edit]:
    """Remove `exec`, `suid` and `dev` from the options of a tmpfs."""
    node = target.entry.value.meant
    kept = _kept(node.value)
    if any(word in ALLOWS for word in _options(target.filled(kept))[1]):
        _must_be_written(node)
    if kept == node.value:
        msg = "its options stand elsewhere"
        raise NotFixable(msg)
    return reworded(target.tree, node, kept)


def _options(text: str) -> tuple[str, list[str]]:
    """Return the path of a tmpfs and its options."""
    path, *options = dollars.split(text, ":", 1)
    return path, [word for part in options for word in dollars.split(part, ",")]


def _kept(text: str) -> str:
    path, options = _options(text)
    words = [word for word in options if word not in ALLOWS]
    return ":".join(filter(None, (path, ",".join(words))))


def words_gone(service: dict[str, Any], target: Target) -> None:
    """Have the options in the model without them."""
    value = target.entry.value.meant.value
    was, now = target.filled(value), target.filled(_kept(value))
    service["tmpfs"] = [now if text == was else text for text in service["tmpfs"]]
