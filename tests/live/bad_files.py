"""Bad compose files, what Compose says of them, and the whole message that the user reads: `bad_files/*.yml`.

`said` is what was recorded of Compose's own words, by version; a file that we refuse before Compose is asked
has none. `message` is ours; where another Compose checks in another order, it has its own in `messages`.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from stackproof.engine.project import ComposeSettings

FOLDER = Path(__file__).with_name("bad_files")


@dataclass(frozen=True, kw_only=True)
class BadFile:
    """One stack that cannot be read. `{folder}` is where it stands."""

    id: str
    message: str = ""
    messages: dict[str, str] = field(default_factory=dict)
    files: dict[str, str | bytes] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    make: str = ""
    """What `compose.yml` is, if it is no file: a folder, a FIFO, or a link to nowhere."""
    stack: str = "."
    profiles: tuple[str, ...] = ()

    @property
    def settings(self) -> ComposeSettings:
        """What is typed besides the files."""
        return ComposeSettings(profiles=tuple(self.profiles))

    def expected(self, version: str, folder: Path) -> str:
        """Return the whole message for a version of Compose."""
        return _in(folder, self.messages.get(version, self.message))

    def possible(self, version: str, folder: Path) -> set[str]:
        """Return the whole message for a version that was recorded, those of all for another one."""
        if version in self.said or not self.said:
            return {self.expected(version, folder)}
        return {_in(folder, message) for message in (self.message, *self.messages.values())}

    def write(self, folder: Path) -> None:
        """Write it into an empty folder."""
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path = folder / "compose.yml"
        match self.make:
            case "folder":
                path.mkdir()
            case "FIFO":
                os.mkfifo(path)
            case "link to nowhere":
                path.symlink_to("gone.yml")


def _in(folder: Path, message: str) -> str:
    return message.rstrip("\n").replace("{folder}", str(folder))


def read() -> list[BadFile]:
    """Return the table, in the order of its files."""
    yaml = YAML(typ="safe", pure=True)
    return [BadFile(**row) for path in sorted(FOLDER.glob("*.yml")) for row in yaml.load(path)]


def cases() -> list[object]:
    """Return the table as cases of a test."""
    return [pytest.param(bad, id=bad.id.replace(" ", "-")) for bad in read()]
