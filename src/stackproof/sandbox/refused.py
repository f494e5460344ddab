"""Which service an engine refused to make or start: Compose's steps tell, its complaint does not. Pure."""

import re

_STEP = re.compile(r"\s*(?:Container|Network|Volume|Image) (\S+)\s+([A-Z][a-z]+)$")
_BEGUN, _DONE = {"Creating", "Recreate", "Starting"}, {"Created", "Recreated", "Started"}


def is_step(line: str) -> bool:
    """Whether a line of Compose's is a step (`Container x  Creating`), which is no reason."""
    return _STEP.match(line) is not None


def services(said: str, project: str) -> list[str]:
    """Return the services whose containers were begun and never done, sorted.

    Where several are made at once, it is one of them.
    """
    begun: set[str] = set()
    for line in said.splitlines():
        if step := _STEP.match(line):
            name, word = step.groups()
            if word in _BEGUN:
                begun.add(name)
            elif word in _DONE:
                begun.discard(name)
    own = re.compile(rf"{re.escape(project)}-(.+)-\d+")
    return sorted({found[1] for name in begun if (found := own.fullmatch(name))})
