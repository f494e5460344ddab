"""The examples of rules: `tests/rules/<id>.yml`, compose files under `good`, `bad` and `not-applicable`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

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

    def places(self) -> set[tuple[int, int]]:
        """Return line and column of what is marked, from 1."""
        marked = [
            (number, line) for number, line in enumerate(self.text.splitlines(), 1) if line.endswith(HERE)
        ]
        return {(number, len(line) - len(line.lstrip(" -")) + 1) for number, line in marked}

    def images(self) -> dict[str, dict[str, Any]]:
        """Return what the images say, by service: `user`, and `users` with their numbers."""
        found: dict[str, dict[str, Any]] = YAML(typ="safe").load(self.text).get("x-images", {})
        return found

    def files(self) -> dict[str, str]:
        """Return the files beside it, which stand under `x-files`, with their texts; a folder ends in `/`."""
        found: dict[str, str] = YAML(typ="safe").load(self.text).get("x-files", {})
        return found


def all_examples() -> list[Example]:
    """Return every example, sorted by rule."""
    return [
        Example(file.stem, kind, number, text)
        for file in sorted(FOLDER.glob("*.yml"))
        for kind, texts in YAML(typ="safe").load(file).items()
        for number, text in enumerate(texts, 1)
    ]
