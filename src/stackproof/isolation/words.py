"""What a user reads of a stack that is not started, and of what was opened."""

from collections.abc import Callable, Iterable

from stackproof.isolation.here import At
from stackproof.isolation.walk import Applied

Place = Callable[[At], str]


def refusal(stack: str, refusals: Iterable[Applied], place: Place) -> str:
    """Say in one message why a stack is not started: each key with file and line, and what opens it."""
    found = list(refusals)
    lines = dict.fromkeys(f"{place(one.at)}: {one.subject} {_because(one)}" for one in found)
    return (
        f"{stack} is not started: a sandbox of it would reach what is not its own\n  "
        + "\n  ".join(lines)
        + f"\n  fix: {_fix(found)}"
    )


def opened(found: Iterable[Applied]) -> list[str]:
    """Say what was open that is closed by default, and by which option."""
    return list(dict.fromkeys(f"open by {one.option}: {one.subject} {_because(one)}" for one in found))


def _because(one: Applied) -> str:
    return one.case.says


def _fix(found: list[Applied]) -> str:
    options = list(dict.fromkeys(one.option for one in found if one.option))
    without = "leave it out in an override file (`-f compose.yml -f without.yml`, with `!reset` on the key)"
    if not options:
        return without
    says = f"`{' '.join(options)}` lets it through as it is written"
    hopeless = any(not one.option for one in found)
    return f"{without}; for the rest {says}" if hopeless else f"{says}; or {without}"
