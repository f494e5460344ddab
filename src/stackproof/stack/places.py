"""Where a part of the resolved model stands as its author wrote it; the resolved model does not say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from stackproof.stack import entries
from stackproof.stack.discovery import Source
from stackproof.stack.keys import KeyPath
from stackproof.stack.layers import Layer, Layers, Variables
from stackproof.stack.written import Item, relative

_SERVICE = 2  # keys that name a service
_REPLACED = ("command", "entrypoint", "test")  # lists that Compose does not merge


@dataclass(frozen=True)
class Place:
    """Where something is written. Line and column count from 1; None where only the file is known."""

    file: str
    """Seen from the project's folder, with `/` between its parts; from the root where it is far away."""
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """Return `file:line:column`, as far as they are known."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


class Places:
    """Finds parts of one stack's resolved model in the files."""

    def __init__(self, source: Source, raw: Mapping[str, Any]) -> None:
        self._source = source
        self._raw = raw
        self._layers = Layers(source)
        self._known: dict[KeyPath, list[Layer]] = {}
        self._placed: dict[KeyPath, Place] = {}
        self._shown: dict[Path, str] = {}

    def place(self, keys: KeyPath) -> Place:
        """Return where a path of the model is written, or the longest part of it that is."""
        if keys not in self._placed:
            item = self.item(keys)
            self._placed[keys] = self.of(item.file if item else self._source.files[0], item)
        return self._placed[keys]

    def of(self, path: Path, item: Item | None) -> Place:
        """Return the place of an item, or that of a file where there is none."""
        file = self.shown(path)
        return Place(file, item.line, item.column) if item else Place(file)

    @property
    def variables(self) -> list[Variables]:
        """The env files from which Compose fills in."""
        return self._layers.variables

    def shown(self, path: Path) -> str:
        """Return a file as it is seen from the project's folder."""
        if path not in self._shown:
            self._shown[path] = relative(path, self._source.directory).replace("\\", "/")
        return self._shown[path]

    @cached_property
    def files(self) -> dict[str, Path]:
        """The compose files that have a say, by the name that places give them.

        Those that are included or extended are among them, also where a variable names them.
        """
        services = (self._layers.service(name) for name in self._raw.get("services") or {})
        layers = chain(self._layers.roots, *services)
        return {self.of(layer.file.path, None).file: layer.file.path for layer in layers}

    def layers(self, keys: KeyPath) -> tuple[Layer, ...]:
        """Return all that is written of exactly this path, from the weakest to the one that wins."""
        return tuple(self._layers_at(keys))

    def item(self, keys: KeyPath) -> Item | None:
        """Return the longest part of a path that is written; None when nothing of it is."""
        for length in range(len(keys), 0, -1):
            if layers := self._layers_at(keys[:length]):
                return layers[-1].item
        return None

    def text(self, keys: KeyPath) -> str | None:
        """Return what is written of exactly this path, variables not filled in; None for no text."""
        layers = self._layers_at(keys)
        item = layers[-1].item if layers else None
        if item is None or item.kind in ("a mapping", "a list", "empty"):
            return None
        *above, index = item.keys
        parents = self._layers_at(keys[:-1])
        in_list = isinstance(index, int) and any(parent.at == tuple(above) for parent in parents)
        return entries.value_of(item.text) if in_list and isinstance(keys[-1], str) else item.text

    def _layers_at(self, keys: KeyPath) -> list[Layer]:
        """Return all that is written of exactly this path; the last wins."""
        if keys not in self._known:
            self._known[keys] = self._look(keys)
        return self._known[keys]

    def _look(self, keys: KeyPath) -> list[Layer]:
        if not keys:
            return self._layers.roots
        if len(keys) == _SERVICE and keys[0] == "services":
            return self._layers.service(str(keys[1]))
        *above, key = keys
        layers, value = self._layers_at(tuple(above)), self._value(above)
        kind = next((part for part in reversed(above) if isinstance(part, str)), "")
        return _entry(layers, key, value, kind) if _is_list(value, key) else _named(layers, key, kind)

    def _value(self, keys: Sequence[str | int]) -> Any:  # noqa: ANN401 - a value of the model
        value: Any = self._raw
        for key in keys:
            value = _inner(value, key)
        return value


def _is_list(value: Any, key: str | int) -> bool:  # noqa: ANN401 - a value of the model
    return isinstance(value, list) or (isinstance(key, int) and not isinstance(value, Mapping))


def _inner(value: Any, key: str | int) -> Any:  # noqa: ANN401 - a value of the model
    if isinstance(value, Mapping):
        return value.get(key, value.get(str(key)))
    if isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
        return value[key]
    return None


def _named(layers: Sequence[Layer], key: str | int, above: str) -> list[Layer]:
    """Return what is written under a key, in whatever form; from where nothing weaker counts."""
    found: list[Layer] = []
    for layer in layers:
        for child in _under(layer, str(key), above):
            if (child.item and child.item.tag) or key in _REPLACED:
                found.clear()
            found.append(child)
    return found


def _under(layer: Layer, key: str, above: str) -> Iterator[Layer]:
    if layer.kind == "a mapping":
        if child := layer.to((*layer.at, key)):
            yield child
    elif layer.kind == "a list":
        yield from (child for child in layer.below if entries.name_of(child.value, above) == key)
    elif layer.kind != "empty" and entries.says(above, key):
        yield layer


def _entry(layers: Sequence[Layer], index: str | int, value: Any, kind: str) -> list[Layer]:  # noqa: ANN401
    """Return what is written of an entry of a list."""
    written = [(number, *found) for number, layer in enumerate(layers) for found in _entries(layer)]
    if not isinstance(index, int):
        return []
    if not isinstance(value, list):
        return [child for _, child, _ in written[index : index + 1]]
    if not 0 <= index < len(value):
        return []
    chosen = entries.choose(kind, value, index, [(number, said) for number, _, said in written])
    return [] if chosen is None else [written[chosen][1]]


def _entries(layer: Layer, name: str = "") -> Iterator[tuple[Layer, Any]]:
    """Yield the entries of a list, however it is written: as one, as one word, as names with values."""
    if layer.kind == "a mapping":
        for child in layer.below:
            yield from _entries(child, f"{child.at[-1]}=")
    elif layer.kind == "a list":
        for child in layer.below:
            yield child, f"{name}{child.text()}" if name else child.value
    elif layer.kind != "empty":
        yield layer, f"{name}{layer.text()}"
