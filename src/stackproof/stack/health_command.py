"""The `test` of a health check: whether one is in force, and which programs it needs."""

import posixpath
import re
import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stackproof.stack.dollars import unescape
from stackproof.stack.health import in_force
from stackproof.stack.service import DEFAULT_PATH, Service
from stackproof.stack.shell_commands import commands
from stackproof.stack.shell_script import SHELLS, Need, given_script, needs, needs_of_words, words_of_bash

# What the engine puts before a CMD-SHELL test (moby, daemon/health.go).
SHELL = ("/bin/sh", "-c")
# Names behind which dash may be.
_PLAIN = ("sh", "dash")
# Exit codes of a shell, and of the engine, for a program that is there and cannot be run, or is not there.
NOT_RUN = (126, 127)
_WHY = r"(?:(?:command )?not found|No such file or directory|[Pp]ermission denied)"
_OTHERS = r"(?:\S*/)?(?:env|timeout|nice|nohup|xargs|setpriv|chroot)"
_QUOTE = "['\"\u2018\u2019]?"
# What shells, programs that run others, and the engine say of such a program.
_NOT_RUN = (
    re.compile(rf"^(?:\S*sh: (?:(?:line )?\d+: )?|/\S+: (?:line )?\d+: )([^\s:]+): {_WHY}\s*$", re.MULTILINE),
    re.compile(
        rf"^{_OTHERS}: (?:can't execute |failed to run command )?"
        rf"{_QUOTE}([^\s:'\"\u2018\u2019]+){_QUOTE}: {_WHY}",
        re.MULTILINE,
    ),
    re.compile(r'exec: "([^"]+)": (?:executable file not found|stat |permission denied|no such file)'),
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
    if own is None:
        return in_force((image.get("Healthcheck") or {}).get("Test"))
    return [unescape(word) for word in own]


def argv(test: Sequence[str], shell: Sequence[str] = SHELL) -> list[str]:
    """Return what the engine runs for a test that is in force; `shell` is the image's, where it has one.

    >>> argv(["CMD-SHELL", "exit 0"])
    ['/bin/sh', '-c', 'exit 0']
    """
    words = list(test[1:])
    return [*(shell or SHELL), *words] if test[0] == "CMD-SHELL" else words


def programs(test: Sequence[str], shell: Sequence[str] = SHELL) -> list[Need]:
    """Return the programs that a test needs, and the shell that reads it, if one does.

    Empty when all of it is of the shell's own language.

    >>> [sorted(way) for need in programs(["CMD-SHELL", "curl -f x || exit 1"]) for way in need.ways]
    [['/bin/sh'], ['curl']]
    """
    if test[0] != "CMD-SHELL":
        return needs_of_words(test[1:])
    found = needs(" ".join(test[1:]))
    return [Need(ways=(frozenset(shell[:1]),)), *found] if found else []


def words_for_bash(test: Sequence[str], shell: Sequence[str] = SHELL) -> dict[str, frozenset[str]]:
    """Return the words of bash's own language in a test, by the shell that is to read them, if that is `sh`.

    >>> words_for_bash(["CMD-SHELL", "[[ -e /ready ]]"])
    {'/bin/sh': frozenset({'[['})}
    """
    texts: dict[str, list[str]] = {}
    script = shlex.join(test[1:])
    if test[0] == "CMD-SHELL":
        script = " ".join(test[1:])
        texts[(shell or SHELL)[0]] = [script]
    for command in commands(script):
        if command.program in SHELLS:
            texts.setdefault(command.words[0], []).append(given_script(command.words[1:]) or "")
    found = {name: frozenset().union(*map(words_of_bash, told)) for name, told in texts.items()}
    return {name: words for name, words in found.items() if words and name.rpartition("/")[2] in _PLAIN}


def not_run(log: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return programs that a health log says could not be run, each with the line that says so.

    A shell that was told to be silent says it by its exit code alone: then the name is empty.
    """
    found: dict[str, str] = {}
    for entry in log:
        output = str(entry.get("Output") or "")
        for pattern in _NOT_RUN:
            for match in pattern.finditer(output):
                start, end = output.rfind("\n", 0, match.start()) + 1, output.find("\n", match.end())
                found[match[1]] = output[start : end if end >= 0 else None].strip()
    codes = [entry.get("ExitCode") for entry in log]
    if not found and codes and all(code in NOT_RUN for code in codes):
        found[""] = f"exit {codes[-1]}: {str(log[-1].get('Output') or '').strip()}".rstrip(": ")
    return found


def lacking_programs(needed: Sequence[Need], lacking: Collection[str], said: Mapping[str, str]) -> list[str]:
    """Return the programs that a check does not have: not found, or not run as its health log says.

    What stands in for another that is there may be missing.
    """
    static = {name for need in needed for name in need.missing(lambda name: name not in lacking)}
    spared = {name for need in needed if len(need.ways) > 1 for way in need.ways for name in way} - static
    told = {name or "a program that it does not name" for name in said if name not in spared}
    return sorted(static | told)
