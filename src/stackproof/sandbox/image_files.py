"""Files of one image, read from a container that never starts."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from stackproof.engine import engine
from stackproof.facts import image_tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from stackproof.engine.files import File
    from stackproof.facts.image_tree import Tree

LARGEST_FILE = 1024 * 1024  # bytes of a file in an image that a rule is told


class ImageFiles:
    """Files of one image. A container is made when the first is asked for, once for all of them."""

    def __init__(self, container: Callable[[], AbstractContextManager[str]]) -> None:
        """`container` makes it and yields its id; it is taken away when this is closed."""
        self._container = container
        self._made = ExitStack()
        self._id = ""

    def file(self, path: str) -> File | None:
        """Return a file, symbolic links followed, or None when it is not there.

        Raises StackproofError when the container cannot be made or the engine cannot tell.
        """
        return engine.file(self._there(), path, head=LARGEST_FILE)

    def tree(self) -> Tree:
        """Return what stands out in its file system, all of which is read for that.

        Raises StackproofError as `file` does, and Unknown where there is too much of it.
        """
        return image_tree.tree(*engine.listed(self._there(), image_tree.stands_out))

    def _there(self) -> str:
        self._id = self._id or self._made.enter_context(self._container())
        return self._id

    def __enter__(self) -> Self:
        """Return itself; nothing is made yet."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Take the container away."""
        self._id = ""
        self._made.close()
