"""How a datastore is asked in its own protocol: what a module for one has, and what may go wrong."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from stackproof.engine.command import Completed
from stackproof.probes.logins.model import Account, Reply, Verdict
from stackproof.probes.logins.stream import Stream

NAME = "stackproof_probe"  # of the table, index, bucket or queue that is ours


class NotLetInError(Exception):
    """This account may not do it; another one may."""


class NotNowError(Exception):
    """The server does not say: it comes up, goes down, or failed. Asked again."""


class NeverError(Exception):
    """Asking again, or as somebody else, is of no use; the words say why."""


class ForgetsError(Exception):
    """The server is made to forget; the words say why."""


class Link(Protocol):
    """What leads to one server."""

    def connect(self) -> AbstractContextManager[Stream]:
        """Open a fresh connection. Raises SilentError when nobody takes it."""

    def run(self, script: str) -> Completed:
        """Run a script beside the server, for a client that its image has."""


@dataclass(frozen=True, kw_only=True)
class Wire:
    """One protocol. Both functions may raise the errors above.

    Also SilentError; ValueError, IndexError, KeyError or struct.error for bytes that are not of its protocol.
    """

    protocol: str
    ports: tuple[int, ...]
    put: Callable[[Link, Account | None, str], None]
    """Write the value; returns when the server acknowledged it."""
    get: Callable[[Link, Account | None], str | None]
    """Return the value; None when the server says in its own words that there is none."""
    usual: tuple[Account, ...] = ()
    """What it is shipped with."""
    tls: bool = True
    """Whether the same is spoken inside TLS from the first byte on."""
    local: bool = False
    """Whether it is a client of the image's own, over a socket that no port leads to."""


def entered(reply: Reply) -> str:
    """Return what a server said that let us in.

    Raises NotLetInError for a refusal, NotNowError for an unclear answer, ValueError for another protocol.
    """
    if reply.verdict is Verdict.LET_IN:
        return reply.said
    if reply.verdict is Verdict.REFUSED:
        raise NotLetInError(reply.said)
    if reply.verdict is Verdict.UNCLEAR:
        raise NotNowError(reply.said)
    raise ValueError(reply.said)
