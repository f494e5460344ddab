"""One stack by itself: what is wrong with it keeps none of the others from being judged."""

from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from types import TracebackType
from typing import Self

from stackproof.errors import EngineError, StackproofError
from stackproof.outcomes import unforeseen


@dataclass(frozen=True)
class Unread:
    """A stack that could not be judged, and why."""

    path: str
    message: str

    @property
    def told(self) -> str:
        """The message, in which no name makes a line of its own."""
        names = (name for name in Path(self.path).absolute().parts if name.splitlines() != [name])
        return reduce(lambda text, name: text.replace(name, " ".join(name.split())), names, self.message)


class Alone:
    """Keeps what is wrong with one stack from all others, be it a mistake of ours.

    That no Compose is here is wrong with all of them, and Ctrl-C ends them all.
    """

    unread: Unread | None = None
    """What was wrong, if anything was."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> Self:
        """Begin with it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Note what went wrong."""
        if isinstance(error, EngineError) or not isinstance(error, Exception):
            return False
        self.unread = Unread(self._name, self._told(error))
        return True

    def _told(self, error: Exception) -> str:
        match error:
            case StackproofError():
                return str(error)
            case OSError(strerror=str(why)):
                return f"{self._name}: cannot be read: {why}"
        fix = (
            "this is a mistake of stackproof's: report it with the file (docs/trouble.md, An internal error)"
        )
        return f"{self._name}: it is not judged: {unforeseen.told(error)}\n  fix: {fix}"
