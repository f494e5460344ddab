"""Which parts of which files have a say on a part of the model, from the weakest to the one that wins."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

from stackproof.stack import beside, variables
from stackproof.stack.discovery import Source
from stackproof.stack.interpolation import filled, together
from stackproof.stack.keys import KeyPath
from stackproof.stack.written import Document, File, Item, Written, lead

_SERVICES: Final = ("services",)


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A place in one document that has a say on a value of the model."""

    file: File
    document: Document = field(repr=False)
    at: KeyPath
    values: Mapping[str, str] = field(repr=False)
    """What Compose fills in here: an included file may have variables of its own."""

    @property
    def item(self) -> Item | None:
        """What is written here; None for the document as a whole."""
        return self.document.items.get(self.at)

    @property
    def kind(self) -> str:
        """What stands here, as an item says it."""
        return self.item.kind if self.item else "a mapping"

    def to(self, keys: KeyPath) -> Self | None:
        """Return what stands at another path of keys of the same document."""
        return self._at(keys) if keys in self.document.items else None

    def _at(self, keys: KeyPath) -> Self:
        """Return another place of the same document, in a third of the time that `replace` takes."""
        return type(self)(file=self.file, document=self.document, at=keys, values=self.values)

    @cached_property
    def below(self) -> list[Self]:
        """What stands directly below."""
        return [self._at(keys) for keys in self.document.children.get(self.at, ())]

    def text(self, *keys: str | int) -> str:
        """Return the text here, or below, as Compose reads it; empty for what is not there, or no scalar."""
        item = self.document.items.get((*self.at, *keys))
        return filled(item.text, self.values) if item else ""

    @cached_property
    def value(self) -> Any:  # noqa: ANN401 - YAML may hold anything
        """What stands here as Compose reads it, with all scalars as texts."""
        if self.kind == "a mapping":
            return {str(layer.at[-1]): layer.value for layer in self.below}
        if self.kind == "a list":
            return [layer.value for layer in self.below]
        return None if self.kind == "empty" else self.text()


@dataclass(frozen=True, kw_only=True)
class Variables:
    """Env files from which Compose fills in, and what it knows before it reads them."""

    paths: tuple[Path, ...]
    known: Mapping[str, str] = field(repr=False)


class Layers:
    """The layers of one stack. Files are read once."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._of_included: list[Variables] = []
        self._files: dict[File, File] = {}
        self._services: dict[str, list[Layer]] = {}

    @cached_property
    def roots(self) -> list[Layer]:
        """All documents that are merged: those of included files before the one that includes them."""
        values = variables.known(self._source)
        files = [File(path, self._source.directory) for path in self._source.files]
        return [root for file in files for root in self._documents(file, values, ())]

    @property
    def variables(self) -> list[Variables]:
        """The env files of the stack, and of each file that it includes."""
        own = Variables(paths=beside.env_files(self._source), known=os.environ)
        return [own, *(self._of_included if self.roots else ())]

    def service(self, name: str) -> list[Layer]:
        """Return what has a say on a service; what a definition extends stands before it."""
        if name not in self._services:
            found: list[Layer] = []
            for root in self.roots:
                layers = list(self._extended(root, name, frozenset()))
                if layers and layers[-1].item and layers[-1].item.tag:  # `!reset` and `!override`
                    found.clear()
                found += layers
            self._services[name] = found
        return self._services[name]

    @property
    def files(self) -> list[Path]:
        """The files that are merged, and those that their services extend."""
        for name in {keys[1] for root in self.roots for keys in root.document.children.get(_SERVICES, ())}:
            self.service(str(name))
        return [file.path for file in self._files]

    def _read(self, file: File) -> File:
        return self._files.setdefault(file, file)

    def _documents(self, given: File, values: Mapping[str, str], above: tuple[Path, ...]) -> Iterator[Layer]:
        file = self._read(given)
        if file.path in above:
            return
        for document in file.documents:
            root = Layer(file=file, document=document, at=(), values=values)
            for keys in document.children.get(("include",), ()):
                entry = replace(root, at=keys)
                for other in self._included(entry):
                    yield from self._documents(other, self._known_in(entry, other), (*above, file.path))
            yield root

    def _included(self, entry: Layer) -> Iterator[File]:
        """Yield the files that one entry of `include` names, in the order in which they are merged."""
        paths = entry.to((*entry.at, "path")) if entry.kind == "a mapping" else entry
        for path in paths.below if paths and paths.kind == "a list" else filter(None, [paths]):
            if path.item and (text := path.text()):
                yield lead(entry.file, path.item, text)

    def _known_in(self, entry: Layer, other: File) -> Mapping[str, str]:
        """Return what is filled in in an included file: what it brings counts less than what is known."""
        named = entry.to((*entry.at, "env_file")) if entry.kind == "a mapping" else None
        names = [path.text() for path in named.below] or [named.text()] if named else []
        paths = [entry.file.base / name for name in names if name] or [other.base / ".env"]
        self._of_included.append(Variables(paths=tuple(paths), known=entry.values))
        return together(entry.values, beside.read(paths, entry.values))

    def _extended(self, root: Layer, name: str, above: frozenset[tuple[Path, str]]) -> Iterator[Layer]:
        """Yield what a definition of a service extends, and the definition itself."""
        here = root.to(("services", name))
        if here is None or (root.file.path, name) in above:
            return
        base = here.text("extends") or here.text("extends", "service")
        named = here.to((*here.at, "extends", "file"))
        above |= {(root.file.path, name)}
        if named and named.item and (text := named.text()):
            other = self._read(lead(root.file, named.item, text))
            for document in other.documents:
                there = Layer(file=other, document=document, at=(), values=root.values)
                yield from self._extended(there, base, above)
        elif base:  # Compose looks in the same document
            yield from self._extended(root, base, above)
        yield here


def compose_files(source: Source) -> list[Path]:
    """Return the compose files of a stack, all that these include and extend, also by a variable."""
    written = list(Written.of(source))
    found = dict.fromkeys(file.path for file in written)
    if any(b"$" in file.text for file in written):
        found |= dict.fromkeys(path for path in Layers(source).files if path.is_file())
    return list(found)
