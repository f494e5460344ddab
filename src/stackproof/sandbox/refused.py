"""Which service an engine refused to build, make or start: steps tell, the complaint does not. Pure."""

import re
from collections.abc import Collection

_STEP = re.compile(r"\s*(?:Container|Network|Volume|Image) (\S+)\s+([A-Z][a-z]+)$")
# Bake's and BuildKit's last words of a step that failed: the service is named before the stage.
_FAILED_STEPS = (re.compile(r"^target (\S+): ", re.MULTILINE), re.compile(r"^ *> \[([^\s\]]+)", re.MULTILINE))
_FAILED = re.compile(r"\b(?:failed|error)\b", re.IGNORECASE)
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


def built(said: str, services: Collection[str]) -> list[str]:
    """Return the services whose build failed, of those that are built, sorted; where nothing tells, all.

    A builder that has one thing to build need not name it. To Bake no dot is a part of a name, and one that
    another has already gets a `_` behind it (Compose, pkg/compose/build_bake.go).
    """
    named = {name for step in _FAILED_STEPS for name in step.findall(said)}
    found = [
        name for name in services if named & {name, name.replace(".", "_"), f"{name.replace('.', '_')}_"}
    ]
    return sorted(found or services)


def reason(said: str) -> str:
    """Return the line that says why a build failed: the last that speaks of a failure, or the last."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return next((line for line in reversed(lines) if _FAILED.search(line)), lines[-1] if lines else "")
