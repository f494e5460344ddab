"""The env files that a service names; the resolved model has their variables and does not name them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stackproof.engine.project import absolute
from stackproof.stack import beside, hidden
from stackproof.stack.hashes import is_hashed
from stackproof.stack.layers import Layer
from stackproof.stack.passwords import passwords
from stackproof.stack.stack import Stack
from stackproof.stack.written import Item


@dataclass(frozen=True, kw_only=True)
class EnvFile:
    """A file of variables, and where a service names it."""

    path: Path
    item: Item

    @property
    def secrets(self) -> list[str]:
        """Names of the variables in it that hold a secret."""
        found = hidden.pairs(beside.text_of(self.path))
        return sorted({name for name, value in found if any(passwords(name, value)) and not is_hashed(value)})


def of(stack: Stack, service: str) -> Iterator[EnvFile]:
    """Yield the env files of a service, whether they are there or not."""
    for layer in stack.layers(("services", service, "env_file")):
        for named in layer.below if layer.kind == "a list" else [layer]:
            path = named.to((*named.at, "path")) if named.kind == "a mapping" else named
            if path and (file := _file(path)):
                yield file


def _file(layer: Layer) -> EnvFile | None:
    text = layer.text()
    return EnvFile(path=absolute(layer.file.base / text), item=layer.item) if text and layer.item else None
