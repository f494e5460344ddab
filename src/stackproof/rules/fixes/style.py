"""Fixes of what Compose does not care about: order, quotes, `version`. The model stays as it is."""

import re
from collections.abc import Callable

from stackproof.rules.fixes.entries import without
from stackproof.rules.fixes.fixer import Target
from stackproof.rules.fixes.order import ordered
from stackproof.rules.fixes.text import Edit, NotFixable
from stackproof.rules.fixes.tree import Entry, Node
from stackproof.stack import layout

MERGE = "<<"
_LINES = re.compile(r"[\r\n]")


def version(target: Target) -> list[Edit]:
    """Remove the key."""
    return without(target.tree, target.entry)


def in_quotes(target: Target) -> list[Edit]:
    """Put a port in quotes, in those that its neighbours have."""
    entry, tree = target.entry, target.tree
    node = entry.value
    start = tree.begin(node)
    text = tree.said[start : node.end]
    if node.kind != "scalar" or node.style or _LINES.search(text):
        msg = "it is no text of one line"
        raise NotFixable(msg)
    styles = [one.value.style for one in entry.above.entries]
    quote = "'" if '"' in text or "\\" in text or ("'" in styles and '"' not in styles) else '"'
    if quote in text:
        msg = "it has quotes in itself"
        raise NotFixable(msg)
    return [Edit(start, node.end, f"{quote}{text}{quote}")]


def out_of_quotes(target: Target) -> list[Edit]:
    """Take a volume out of its quotes."""
    entry, tree = target.entry, target.tree
    node = entry.value
    start = tree.begin(node)
    text = node.value
    if node.kind != "scalar" or node.style not in ("'", '"') or _LINES.search(tree.said[start : node.end]):
        msg = "it is no text of one line"
        raise NotFixable(msg)
    if layout.needs_quotes(text) or (entry.above.flow and re.search(r"[,\[\]{}]", text)):
        msg = "YAML would read it otherwise without quotes"
        raise NotFixable(msg)
    return [Edit(start, node.end, text)]


def dependencies(target: Target) -> list[Edit]:
    """Sort what a service depends on."""
    return _sorted(target, lambda entry: layout.alphabetical(_named(target, entry)))


def services(target: Target) -> list[Edit]:
    """Sort the services of a file."""
    return _sorted(target, lambda entry: layout.alphabetical(entry.name))


def service_keys(target: Target) -> list[Edit]:
    """Sort the keys of a service."""
    rank = layout.ranked(layout.SERVICE_KEYS)
    return _sorted(target, lambda entry: rank(entry.name))


def top_level(target: Target) -> list[Edit]:
    """Sort the keys of a file."""
    rank = layout.ranked(layout.TOP_KEYS)
    return _sorted(target, lambda entry: rank(entry.name))


def ports(target: Target) -> list[Edit]:
    """Sort ports by their numbers; what has none keeps its place."""
    return _sorted(target, lambda entry: _port(target, entry.value.meant) or None)


def _sorted(target: Target, by: Callable[[Entry], layout.Key | None]) -> list[Edit]:
    return ordered(target.tree, target.entry.above, lambda one: None if one.name == MERGE else by(one))


def _named(target: Target, entry: Entry) -> str:
    return entry.name or target.filled(entry.value.meant.value)


def _port(target: Target, node: Node) -> int | None:
    if node.kind == "scalar":
        return layout.short_port(target.filled(node.value))
    said = {one.name: target.filled(one.value.meant.value) for one in node.entries}
    return layout.first_number([said.get("published", ""), said.get("target", "")])
