"""One thing that keeps `docker compose up` from working on any machine."""

from dataclasses import dataclass

from stackproof.stack.keys import KeyPath


@dataclass(frozen=True)
class Conflict:
    """What a service cannot have, and the keys below it that ask for it."""

    words: str
    at: KeyPath
    certain: bool = True
    """Whether it always comes to that, or only when containers start in one order and not in another."""
