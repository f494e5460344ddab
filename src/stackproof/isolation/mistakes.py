"""What is wrong with values of options, wherever they come from."""

from collections.abc import Callable, Mapping
from typing import Any

from stackproof.controls import documentation, profile
from stackproof.errors import UsageError
from stackproof.settings import Settings


def _nameless(text: str) -> str:
    """Refuse an empty name: a variable that is not set must not turn a look into a whole run."""
    return "" if text.strip() else "a project must have a name"


def _outside(text: str) -> str:
    from stackproof.isolation import outside_policy  # noqa: PLC0415 - most commands need nothing of it

    return outside_policy.mistake(text)


def _no_workers(text: str | int) -> str:
    """Refuse what is no number of workers: xdist would tell it in words of pytest's."""
    fits = str(text).isdecimal() or text in ("auto", "logical")
    return "" if fits else f"{text!r} should be 'auto' or a whole number from 0 on"


MISTAKES: Mapping[str, Callable[[Any], str]] = {
    "attach": _nameless,
    "workers": _no_workers,
    "allow_outside": _outside,
    "profile": profile.mistake,
    "documentation": documentation.mistake,
}
"""What says what is wrong with a value of an option, by its name; empty for nothing."""


def check(settings: Settings) -> None:
    """Raise UsageError for a value that makes no sense, wherever it comes from."""
    for name, mistake in MISTAKES.items():
        given = getattr(settings, name)
        for text in given if isinstance(given, tuple) else (given,):
            if text is not None and (wrong := mistake(text)):
                msg = f"{name}: {wrong}"
                raise UsageError(msg)
    check_together(settings)


def check_together(settings: Settings) -> None:
    """Raise UsageError for values of which one makes no sense beside or without the other."""
    if settings.contract is not None and settings.no_contract:
        msg = "--contract and --no-contract exclude each other"
        raise UsageError(msg)
    if settings.fail_on_new and settings.baseline is None:
        fix = "  fix: `stackproof baseline` makes it"
        msg = f"--fail-on-new needs --baseline FILE, which says what is known\n{fix}"
        raise UsageError(msg)
