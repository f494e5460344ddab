"""Who asks to be let in, and what a server says to that."""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from stackproof.probes.logins.stream import SilentError, Stream


class Verdict(StrEnum):
    """What a server did with a login."""

    LET_IN = "let in"
    REFUSED = "refused"  # in the protocol's own documented words
    UNCLEAR = "unclear"
    OTHER = "not this protocol"


@dataclass(frozen=True, kw_only=True)
class Account:
    """A name and a password; `declared` when the container itself was given them."""

    name: str
    password: str = field(repr=False)
    database: str = ""
    declared: bool = False

    def __str__(self) -> str:
        """Return the name; the password is told to nobody."""
        return self.name or "(no name)"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A verdict, and the server's own words for it."""

    verdict: Verdict
    said: str

    def __str__(self) -> str:
        """Return it as a report shows it."""
        return f"{self.verdict}: {self.said}"


def let_in(said: str) -> Reply:
    """Return that the server let us in."""
    return Reply(verdict=Verdict.LET_IN, said=said)


def refused(said: str) -> Reply:
    """Return that the server refused us as its protocol says it does."""
    return Reply(verdict=Verdict.REFUSED, said=said)


def unclear(said: str) -> Reply:
    """Return that nobody can tell from the answer."""
    return Reply(verdict=Verdict.UNCLEAR, said=said)


def other(said: bytes) -> Reply:
    """Return that this is no answer of the protocol."""
    return Reply(verdict=Verdict.OTHER, said=f"answers {said[:24]!r}")


Ask = Callable[[Stream, Account | None], Reply]


@dataclass(frozen=True, kw_only=True)
class Login:
    """How one protocol of a datastore is asked.

    `ask` logs in once over a fresh stream, without any credential when there is no account. It may raise
    SilentError; and ValueError, IndexError, KeyError or struct.error for bytes that are not of its protocol.
    """

    protocol: str
    ports: tuple[int, ...]
    ask: Ask
    well_known: tuple[Account, ...] = ()
    trusts_names: bool = False
    """Whether a server may let in some names without a password and not others."""
    encrypted: Ask | None = None
    """How it is asked over TLS, where the protocol begins without."""

    def reply(self, stream: Stream, account: Account | None) -> Reply:
        """Ask; silence and noise are answers too."""
        try:
            return self.ask(stream, account)
        except SilentError as error:
            return unclear(str(error))
        except (ValueError, IndexError, KeyError, struct.error) as error:
            return Reply(verdict=Verdict.OTHER, said=f"does not speak {self.protocol} ({error})")


def accounts(*pairs: tuple[str, str]) -> tuple[Account, ...]:
    """Return accounts of names and passwords."""
    return tuple(Account(name=name, password=password) for name, password in pairs)
