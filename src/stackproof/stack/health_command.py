"""The `test` of a health check: whether one is in force, and which programs it needs."""

import posixpath
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackproof.stack.health import in_force
from stackproof.stack.service import DEFAULT_PATH, Service

# What the engine puts before a CMD-SHELL test (moby, daemon/health.go).
SHELL = ("/bin/sh", "-c")

# A first word that may be a program; anything else is the shell's own language.
_PROGRAM = re.compile(r"[A-Za-z0-9_./+-]+")
# Reserved or built in (POSIX.1-2017, XCU 2.4, 1.6 and 2.14): dash, ash and bash know all of them.
_BUILT_IN = frozenset(
    ". : [ alias bg break case cd command continue do echo eval exec exit export false fg for function"  # noqa: SIM905
    " getopts hash if jobs kill local printf pwd read readonly return set shift source test time times"
    " trap true type ulimit umask unalias unset until wait while".split()
)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What decides where a program is looked for: PATH and the working directory."""

    path: str = DEFAULT_PATH
    folder: str = "/"

    @classmethod
    def of(cls, service: Service, image: Mapping[str, Any]) -> "Surroundings":
        """Read a resolved service and the `Config` of its image; the service wins."""
        of_image = dict(word.partition("=")[::2] for word in image.get("Env") or ())
        return cls(
            path=service.environment.get("PATH") or of_image.get("PATH") or DEFAULT_PATH,
            folder=service.working_dir or image.get("WorkingDir") or "/",
        )

    def candidates(self, program: str) -> list[str]:
        """Return absolute paths that the program may have, in the order that they are tried."""
        if "/" in program:
            return [posixpath.normpath(posixpath.join("/", self.folder, program))]
        return [posixpath.join("/", self.folder, part, program) for part in self.path.split(":")]


def effective_test(service: Service, image: Mapping[str, Any]) -> list[str]:
    """Return the test that is in force for a service, empty when there is none."""
    own = service.health_test
    return in_force((image.get("Healthcheck") or {}).get("Test")) if own is None else own


def programs(test: Sequence[str], shell: Sequence[str] = SHELL) -> list[str]:
    """Return the programs that a test needs: its first word, and the shell that reads it, if one does.

    Empty when that word is of the shell's own language: what else it runs, only a shell can tell.

    >>> programs(["CMD-SHELL", "curl -f http://localhost/ || exit 1"])
    ['/bin/sh', 'curl']
    >>> programs(["CMD", "pg_isready", "-q"])
    ['pg_isready']
    """
    if test[0] != "CMD-SHELL":
        return list(test[1:2])
    words = _words(" ".join(test[1:]))
    first = [word for word in words[:1] if _PROGRAM.fullmatch(word) and word not in _BUILT_IN]
    return [shell[0], *first] if first else []


def _words(script: str) -> list[str]:
    """Split as a shell does; what it could not read either has no first word."""
    try:
        lexer = shlex.shlex(script, posix=True, punctuation_chars=True)
        lexer.commenters = ""
        lexer.whitespace_split = True
        return list(lexer)
    except ValueError:
        return []
