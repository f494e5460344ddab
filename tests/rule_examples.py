"""The examples of rules: `tests/rules/<id>.yml`, compose files under `good`, `bad` and `not-applicable`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from stackproof.engine.files import File, Listed
from stackproof.facts import image_tree
from stackproof.rules.image import Image, Looks

FOLDER = Path(__file__).with_name("rules")
HERE = "# <- here"
"""Behind each key or list entry of a bad example that a finding must name."""
KINDS = ("good", "bad", "not-applicable")


@dataclass(frozen=True)
class Example:
    """One compose file."""

    rule: str
    kind: str
    number: int
    text: str

    def __str__(self) -> str:
        """Return its name as a test."""
        return f"{self.rule}-{self.kind}{self.number}"

    def places(self) -> set[tuple[str, int, int | None]]:
        """Return file, line and column of what is marked, from 1; of files beside it the line alone."""
        found: set[tuple[str, int, int | None]] = {
            ("compose.yml", number, len(line) - len(line.lstrip(" -")) + 1)
            for number, line in enumerate(self.compose.splitlines(), 1)
            if line.endswith(HERE)
        }
        for name, text in self._said("x-files").items():
            lines = enumerate((text or "").splitlines(), 1)
            found |= {(name, number, None) for number, line in lines if line.endswith(HERE)}
        return found

    @property
    def compose(self) -> str:
        """The compose file without the files beside it, in which Compose would fill variables in, too."""
        return self.text.partition("\nx-files:")[0] + "\n"

    def images(self) -> dict[str, dict[str, Any]]:
        """Return what the images say, by service: see `image_of`."""
        return self._said("x-images")

    def files(self) -> dict[str, str]:
        """Return the files beside the compose file, by path: those of `x-files`, which stands last.

        A folder ends in `/`.
        """
        texts = self._said("x-files").items()
        return {
            name: "\n".join(line.removesuffix(HERE).rstrip() for line in (text or "").split("\n"))
            for name, text in texts
        }

    def _said(self, key: str) -> dict[str, Any]:
        found: dict[str, Any] = YAML(typ="safe").load(self.text).get(key, {})
        return found


def image_of(said: Mapping[str, Any]) -> Image:
    """Return an image as an entry of `x-images` tells of it.

    `config` as inspect has it, `user` and `users` (numbers by name) for short; `history`, the oldest first;
    `files`: text by path, or a mapping of `mode` and `text`; null for one that is not there.
    """
    users = "".join(f"{name}:x:{uid}:0::/:/bin/sh\n" for name, uid in said.get("users", {}).items())
    texts: dict[str, Any] = {"/etc/passwd": users, **said.get("files", {})}
    files = {path: _file(text) for path, text in texts.items() if text is not None}
    return Image(
        Looks(
            config=lambda: {"User": said.get("user", ""), **said.get("config", {})},
            file=files.get,
            history=lambda: said.get("history", ()),
            tree=lambda: image_tree.tree(len(files), _listed(files)),
        )
    )


def _listed(files: Mapping[str, File]) -> list[Listed]:
    found = [Listed(path=path, mode=file.mode, regular=True) for path, file in files.items()]
    return list(filter(image_tree.stands_out, found))


def _file(said: str | Mapping[str, Any]) -> File:
    text, mode = (said, 0o644) if isinstance(said, str) else (said.get("text", ""), int(str(said["mode"]), 8))
    return File(mode=mode, head=text.encode())


def all_examples() -> list[Example]:
    """Return every example, sorted by rule."""
    return [
        Example(file.stem, kind, number, text)
        for file in sorted(FOLDER.glob("*.yml"))
        for kind, texts in YAML(typ="safe").load(file).items()
        for number, text in enumerate(texts, 1)
    ]
