"""All services of a stack, whatever their profiles, where these are alternatives to each other.

Compose refuses some stacks with all profiles at once that it takes with each of them: two services have one
container_name (since 2.40), or wait for each other with `required: false`. Nobody starts them so.
"""

from dataclasses import replace
from typing import Final, Protocol

from stackproof.engine.resolved import Resolved
from stackproof.errors import UsageError
from stackproof.stack import profiles
from stackproof.stack.discovery import Source
from stackproof.stack.model import Model
from stackproof.stack.starts import Start, starts
from stackproof.stack.written import Written

MOST_STARTS: Final = 100
"""Compose is started for each: of a stack with more profiles it is told what Compose says of all at once."""


class Ask(Protocol):
    """Has Compose resolve a source; raises UsageError where it refuses it."""

    def __call__(self, source: Source, *, consistent: bool) -> Resolved:
        """Return the model; `consistent` is whether services must fit what they name and each other."""
        ...


def resolve(source: Source, ask: Ask) -> Resolved:
    """Return the model of all services; `ask` has Compose resolve it.

    Raises UsageError where Compose refuses the whole, or what one `up` starts, with its profiles.
    """
    try:
        return ask(source, consistent=True)
    except UsageError as refusal:
        if not (source.settings.alternatives and profiles.named(Written.of(source))):
            raise
        error = refusal
    try:
        whole = ask(source, consistent=False)
    except UsageError:
        raise error from None
    alone = starts(Model(raw=whole.model).services, profiles.default(source) or ())
    if len(alone) > MOST_STARTS:
        raise error
    for start in alone:
        _take(source, start, ask)
    return whole


def _take(source: Source, start: Start, ask: Ask) -> None:
    """See that Compose takes what one `up` starts; that of a plain one needs no profile to be named."""
    enabled = tuple(sorted(start.profiles))
    named = () if start.profiles == profiles.default(source) else enabled
    settings = replace(source.settings, profiles=named, alternatives=False)
    try:
        ask(replace(source, settings=settings), consistent=True)
    except UsageError as error:
        words, fix, what = str(error).partition("\n  fix: ")
        which = f" (with --compose-profile {' --compose-profile '.join(enabled)})" if enabled else ""
        msg = f"{words}{which}{fix}{what}"
        raise UsageError(msg) from None
