"""Datastores that are expected to forget."""

import re
from dataclasses import dataclass

from stackproof.datastores.datastore import KeepsNothingError
from stackproof.engine import engine
from stackproof.errors import CommandError
from stackproof.sandbox.container import Container

MEMCACHED, MOSQUITTO = "memcached", "Mosquitto"
LARGEST = 65536  # bytes of a configuration
_CONFIGURATION = re.compile(r"\s(?:-c|--config-file)[ =](\S+)")
# What keeps messages, or may: more files may say it.
_KEEPS = re.compile(r"^\s*(persistence\s+true|include_dir\s)", re.MULTILINE)


@dataclass(frozen=True)
class Forgetful:
    """Takes no value: that it is gone after a restart would be no failure."""

    kind: str
    why: str
    asked: str = "not asked"

    def write(self, container: Container, _value: str) -> None:
        """Raises KeepsNothingError."""
        raise self._nothing(container)

    def read(self, container: Container) -> str | None:
        """Raises KeepsNothingError."""
        raise self._nothing(container)

    def _nothing(self, container: Container) -> KeepsNothingError:
        return KeepsNothingError(f"{self.kind} of {container} {self.why}")


def forgetful(container: Container, kind: str) -> Forgetful | None:
    """Return the datastore when it is made, or told, to forget."""
    if kind == MEMCACHED:
        return Forgetful(kind, "keeps its values in memory alone and is expected to forget them")
    if kind == MOSQUITTO and not _persists(container):
        return Forgetful(kind, "runs without `persistence true`: it is told to forget its messages")
    return None


def _persists(container: Container) -> bool:
    """Whether Mosquitto's configuration has it keep messages, or cannot be read. It does not by default."""
    commands = (process.command for process in container.facts.processes if process.name == "mosquitto")
    named = next((found for command in commands if (found := _CONFIGURATION.search(command))), None)
    if named is None:
        return False
    try:
        file = engine.file(container.id, named[1], head=LARGEST)
    except CommandError:
        return True
    return file is None or _KEEPS.search(file.head.decode(errors="replace")) is not None
