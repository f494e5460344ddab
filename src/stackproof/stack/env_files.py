"""The env files that a service names; the resolved model has their variables and does not name them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from stackproof.engine.project import absolute
from stackproof.files import disk
from stackproof.stack import dotenv
from stackproof.stack.dollars import unescape
from stackproof.stack.dotenv import Entry
from stackproof.stack.hashes import is_hashed
from stackproof.stack.layers import Layer
from stackproof.stack.passwords import passwords
from stackproof.stack.stack import Stack
from stackproof.stack.written import Item


@dataclass(frozen=True, kw_only=True)
class EnvFile:
    """A file of variables or labels, and where a service names it."""

    path: Path
    item: Item
    raw: bool = False
    """Whether Compose fills nothing in (`format: raw`)."""

    @property
    def entries(self) -> list[Entry]:
        """What it sets."""
        text = disk.text(self.path)
        return list(dotenv.raw_entries(text) if self.raw else dotenv.entries(text))

    @property
    def secrets(self) -> list[str]:
        """Names of the variables in it that hold a secret."""
        found = ((one.name, unescape(one.template)) for one in self.entries)
        return sorted({name for name, value in found if any(passwords(name, value)) and not is_hashed(value)})

    def unset(self, known: Mapping[str, str]) -> list[Entry]:
        """Return what takes something from a variable that nobody sets."""
        return [] if self.raw else dotenv.unset(disk.text(self.path), known)


def of(stack: Stack, service: str, key: str = "env_file") -> Iterator[EnvFile]:
    """Yield the env files of a service, or its label files, whether they are there or not."""
    for layer in stack.layers(("services", service, key)):
        for named in layer.below if layer.kind == "a list" else [layer]:
            path = named.to((*named.at, "path")) if named.kind == "a mapping" else named
            if path and (file := _file(path, raw=named.text("format") == "raw")):
                yield file


def _file(layer: Layer, *, raw: bool) -> EnvFile | None:
    text = layer.text()
    if not text or not layer.item:
        return None
    return EnvFile(path=absolute(layer.file.base / text), item=layer.item, raw=raw)
