"""Which entry of a written list became which entry of the resolved one.

Compose sorts, spreads ranges of ports, writes short forms out and turns lists into mappings: so entries are
told by what they mean. Written ones come as Compose reads them (variables filled in, scalars as texts).
"""

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stackproof.stack import interpolation
from stackproof.stack.dollars import unescape
from stackproof.stack.numbers import whole

Written = Sequence[tuple[int, Any]]
"""Written entries with the number of the layer in which each stands; a higher number wins."""

_PORT = re.compile(
    r"(?:(?P<host>.*?):)??(?:(?P<published>\d+(?:-\d+)?)?:)?(?P<target>\d+(?:-\d+)?)(?:/(?P<protocol>\w+))?"
)
_HOST = re.compile(r"[=:]")
# What a short form stands for, of a value that has more to it than one word can say.
_SHORT: dict[str, tuple[str, ...]] = {
    "build": ("context",), "depends_on": ("condition", "required"), "networks": (), "models": (),
}  # fmt: skip

# What Compose leaves in its order, though not as it is written: a command becomes a list of words.
_IN_ORDER = frozenset({"pre_start", "post_start", "pre_stop", "watch"})


def name_of(written: Any, kind: str) -> str | None:  # noqa: ANN401 - YAML may hold anything
    """Return the key that an entry of a list has in the mapping that the list became."""
    if not isinstance(written, str):
        return None
    return (_HOST.split(written, maxsplit=1) if kind == "extra_hosts" else written.split("=", 1))[0]


def value_of(written: str) -> str | None:
    """Return what stands behind the name in an entry such as `NAME=value`, before variables are filled in."""
    # The default of a variable may have an equals sign of its own.
    plain = interpolation.replaced(written, lambda one: "x" * (one.end - one.start))
    name, equals, _ = plain.partition("=")
    return written[len(name) + 1 :] if equals else None


def says(kind: str, key: str) -> bool:
    """Whether a short form says a key of the long one."""
    return key in _SHORT.get(kind, (key,))


def choose(kind: str, resolved: Sequence[Any], index: int, written: Written) -> int | None:
    """Return the index of the written entry that an entry of the resolved list `kind` comes from.

    Of those that fit as well, the last one counts: a later file, or a later entry, replaces an earlier one.
    None when nothing written fits.
    """
    if kind in _IN_ORDER and len(written) == len(resolved):
        return index
    scores = [(_score(kind, value, resolved[index]), layer) for layer, value in written]
    best = max(scores, default=(0, 0))
    if best[0]:
        found = [place for place, score in enumerate(scores) if score == best]
        same = [place for place, value in enumerate(resolved) if value == resolved[index]]
        return found[-len(same) :][min(same.index(index), len(found) - 1)]
    return _left_over(kind, resolved, index, written)


def _left_over(kind: str, resolved: Sequence[Any], index: int, written: Written) -> int | None:
    """Return the only entry that nothing else comes from, if the only one without an origin is this.

    Only Compose knows all values of variables. Of ports, those to another one inside are out of question.
    """
    likely = _port_inside if kind == "ports" else _any
    others = [value for place, value in enumerate(resolved) if place != index]
    orphans = [other for other in others if not any(_score(kind, value, other) for _, value in written)]
    if any(likely(value, resolved[index]) for value in orphans):
        return None
    free = [
        place
        for place, (_, value) in enumerate(written)
        if likely(value, resolved[index]) and not any(_score(kind, value, other) for other in others)
    ]
    return free[0] if len(free) == 1 else None


def _any(_written: Any, _resolved: Any) -> bool:  # noqa: ANN401 - YAML may hold anything
    return True


def _score(kind: str, written: Any, resolved: Any) -> int:  # noqa: ANN401 - YAML may hold anything
    """Return how well two entries fit; 0 when one did not become the other."""
    return _SCORES.get(kind, _alike)(written, resolved)


# -- by kind -------------------------------------------------------------------------------------------


def _port(written: Any, resolved: Any) -> int:  # noqa: ANN401 - YAML may hold anything
    if not isinstance(resolved, Mapping):
        return _alike(written, resolved)
    if not _port_inside(written, resolved):
        return 0
    parts = _port_of(written)
    if parts["host"].strip("[]") != str(resolved.get("host_ip") or "").strip("[]"):
        return 0
    first, last = _range(parts["target"])
    offset = (whole(str(resolved["target"])) or 0) - first
    return int(_published(parts["published"], offset, last > first, str(resolved.get("published") or "")))


def _port_inside(written: Any, resolved: Any) -> bool:  # noqa: ANN401 - YAML may hold anything
    """Whether two entries are of the same port, or range of them, inside the container."""
    parts, target = _port_of(written), whole(str(resolved.get("target", "")))
    if not parts or target is None:
        return False
    first, last = _range(parts["target"])
    protocols = [(text or "tcp").lower() for text in (parts["protocol"], str(resolved.get("protocol") or ""))]
    return first <= target <= last and protocols[0] == protocols[1]


def _port_of(written: Any) -> Mapping[str, str]:  # noqa: ANN401 - YAML may hold anything
    if isinstance(written, Mapping):
        named = {"host": "host_ip", "published": "published", "target": "target", "protocol": "protocol"}
        parts = {key: str(written.get(name) or "") for key, name in named.items()}
        return parts if re.fullmatch(r"\d+", parts["target"]) else {}
    found = _PORT.fullmatch(str(written))
    return found.groupdict(default="") if found else {}


def _range(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return whole(first) or 0, whole(last or first) or 0


def _published(written: str, offset: int, spread: bool, wanted: str) -> bool:  # noqa: FBT001 - both are facts
    """Whether a written host port, or range of them, is the one of the entry with this place in the range."""
    if written == wanted:
        return True
    return spread and "-" in written and str(_range(written)[0] + offset) == wanted


def _target(written: Any, resolved: Any) -> int:  # noqa: ANN401 - YAML may hold anything
    """Tell by the path inside the container: volumes and devices (not those that are reserved)."""
    if isinstance(resolved, Mapping) and not {"source", "target"} & set(resolved):
        return _alike(written, resolved)
    return int(_path_inside(written) == _path_inside(resolved))


def _path_inside(value: Any) -> str:  # noqa: ANN401 - YAML may hold anything
    if isinstance(value, Mapping):
        path = str(value.get("target") or value.get("source") or "")
    else:
        parts = str(value).split(":")
        path = parts[1] if len(parts) > 1 else parts[0]
    return posixpath.normpath(unescape(path))


def _source(written: Any, resolved: Any) -> int:  # noqa: ANN401 - YAML may hold anything
    """Tell secrets and configs by their name, and by their file where one is used twice."""
    one, other = (value if isinstance(value, Mapping) else {"source": value} for value in (written, resolved))
    name = str(one.get("source"))
    places = [str(value.get("target") or name).removeprefix("/run/secrets/") for value in (one, other)]
    return int(name == str(other.get("source")) and places[0].lstrip("/") == places[1].lstrip("/"))


def _tmpfs(written: Any, resolved: Any) -> int:  # noqa: ANN401 - YAML may hold anything
    """Tell by the path; two files may have one with other options."""
    one, other = (posixpath.normpath(str(value).partition(":")[0]) for value in (written, resolved))
    return int(one == other) + int(str(written) == str(resolved))


def _host(written: Any, resolved: Any) -> int:  # noqa: ANN401 - YAML may hold anything
    one, other = (_HOST.split(str(value), maxsplit=1) for value in (written, resolved))
    return int([part.strip("[]") for part in one] == [part.strip("[]") for part in other])


def _same_path(written: str, resolved: str) -> bool:
    """Whether a path may be what another one became when it was made absolute."""
    end = re.sub(r"^(?:\.{1,2}/)+", "", posixpath.normpath(written))
    return resolved == written or resolved.endswith("/" + end) or end == "."


def _alike(written: Any, resolved: Any) -> int:  # noqa: ANN401 - YAML may hold anything
    """Tell texts by what they say, and mappings by how much of what is written they say, too."""
    if isinstance(written, Mapping) and isinstance(resolved, Mapping):
        return sum(_alike(value, resolved[key]) for key, value in written.items() if key in resolved)
    if isinstance(written, list) and isinstance(resolved, list):
        return sum(any(_alike(value, other) for other in resolved) for value in written)
    if isinstance(written, Mapping | list) or isinstance(resolved, Mapping | list):
        return 0
    one, other = _text(written), _text(resolved)
    return int(one == other or (one.startswith(".") and _same_path(one, other)))


def _text(value: Any) -> str:  # noqa: ANN401 - YAML may hold anything
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else unescape(str(value))


_SCORES: dict[str, Callable[[Any, Any], int]] = {
    "ports": _port,
    "volumes": _target,
    "devices": _target,
    "secrets": _source,
    "configs": _source,
    "tmpfs": _tmpfs,
    "extra_hosts": _host,
}
