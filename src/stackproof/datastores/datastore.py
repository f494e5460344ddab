"""What a datastore is to us: it keeps a value, and says so or says that it has none."""

from typing import Protocol

from stackproof.errors import Unknown
from stackproof.sandbox.container import Container

ANSWERS_WITHIN = 20.0  # seconds for a server that is up to take questions
AGAIN_AFTER = 0.5  # seconds between questions to a server that comes up


class KeepsNothingError(Unknown):
    """The datastore is made to forget, so that a value which is gone is no failure. The message says why."""


class NoClientError(Unknown):
    """We know the datastore and do not speak with it."""


class Datastore(Protocol):
    """Writes and reads one value. No answer of a client that failed is ever taken for data."""

    @property
    def kind(self) -> str:
        """What it is, for people: `PostgreSQL`."""

    @property
    def asked(self) -> str:
        """Through which client or port it was asked last, for evidence; how it would be, before that."""

    def write(self, container: Container, value: str) -> None:
        """Write the value, which is ours: hexadecimal digits behind a fixed word.

        Returns once the datastore acknowledged it. Raises Unknown when it is refused or nobody answers, as
        nothing is proven then; KeepsNothingError when the datastore is made to forget.
        """

    def read(self, container: Container) -> str | None:
        """Return the value that is kept; None when the datastore itself answers that there is none.

        Raises Unknown when the client failed or the server did not answer.
        """
