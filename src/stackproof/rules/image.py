"""What a rule is told of an image."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from stackproof.errors import Unknown
from stackproof.facts import parsing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from stackproof.engine.files import File
    from stackproof.facts.image_tree import Tree

PASSWD = "/etc/passwd"  # noqa: S105 - the file of that name
SHADOW = "/etc/shadow"
GROUP = "/etc/group"


@dataclass(frozen=True, kw_only=True)
class Looks:
    """The ways to look into one image. Each is gone when a rule needs it.

    Each may raise StackproofError, or NotApplicable where the image is not on this engine: what a rule
    decides without looking, from a Dockerfile, it decides then, too.
    """

    config: Callable[[], Mapping[str, Any]]
    """Returns the `Config` of its inspect data."""
    file: Callable[[str], File | None]
    """Returns a file with its first bytes, None where there is none."""
    history: Callable[[], Sequence[str]]
    """Returns what made each layer (`CreatedBy`), the oldest first."""
    tree: Callable[[], Tree]
    """Returns what stands out in its file system; reading all of it takes seconds."""


class Image:
    """The image of one service, looked into when a rule asks; nothing of it is started."""

    def __init__(self, looks: Looks) -> None:
        self._looks = looks
        self._files: dict[str, File | None] = {}

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """The `Config` of its inspect data."""
        return self._looks.config()

    @cached_property
    def history(self) -> tuple[str, ...]:
        """What made each layer, as the builder noted it; the oldest first."""
        return tuple(self._looks.history())

    @cached_property
    def tree(self) -> Tree:
        """What stands out in its file system."""
        return self._looks.tree()

    def file(self, path: str) -> File | None:
        """Return a file with its first bytes, links followed; None where there is none."""
        if path not in self._files:
            self._files[path] = self._looks.file(path)
        return self._files[path]

    def text(self, path: str) -> str | None:
        """Return the text of a file; None where there is none."""
        found = self.file(path)
        return found.head.decode(errors="replace") if found else None

    @property
    def user(self) -> str:
        """`USER` as the image has it; empty where it sets none, which is root."""
        return str(self.config.get("User") or "")

    @cached_property
    def users(self) -> dict[str, int]:
        """Numbers by name from its passwd file.

        Raises Unknown where it has none.
        """
        text = self.text(PASSWD)
        if text is None:
            msg = f"the image has no {PASSWD}"
            raise Unknown(msg)
        return parsing.users(text)
