"""What others wrote, on its way to a terminal or to the log of a CI server, which obeys some of it.

GitHub's runner obeys `::command::` at the start of a line, after blanks, and `##[command]` anywhere
(actions/runner, ActionCommand.cs); Azure's agents `##vso[`, TeamCity `##teamcity[`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from stackproof.report.text import clean, unseen

_LINE_COMMAND = re.compile(r"^(\s*):(?=:)", re.MULTILINE)
_COMMAND = re.compile(r"##(?=\[|[vt])")
# The same as far as a whole line is known: what cannot be a command stays.
_WHOLE_COMMAND = re.compile(r"##(?=\[|vso\[|teamcity\[)", re.IGNORECASE)
_BEGUN_BY_RETURN = re.compile(r"(?<=\r)([ \t]*):(?=:[^\r]*::)")
_BEGUN = re.compile(r"[ \t]*::[^\r]*::")
# No file in YAML has one of these; what breaks lines there is left out.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_HELD = 2  # characters that may begin a command which the next write goes on with


def foreign(text: str) -> str:
    """Make the text of others fit for a terminal and a log: all of it is seen, and nothing is obeyed."""
    return _COMMAND.sub("## ", _LINE_COMMAND.sub(r"\1: ", clean(text)))


def begins_command(line: str) -> bool:
    """Whether GitHub's runner would obey a line, were it printed with blanks alone before it."""
    return _BEGUN.match(line) is not None


def harmless(line: str) -> str:
    """Break what would be obeyed within a whole line, whatever its first sign is; all else stays as it is.

    This is for what must stay what it is, such as a diff. A terminal needs `clean` besides.
    """
    shown = _WHOLE_COMMAND.sub("## ", _BEGUN_BY_RETURN.sub(r"\1: ", line))
    return clean(shown) if _CONTROL.search(shown) else shown


class Guard:
    """A text file in whose lines no CI server finds a command, whoever wrote them.

    `plain` is for a file that is no terminal: there control characters are shown, but for colours.
    """

    def __init__(self, file: TextIO, *, plain: bool) -> None:
        self._file = file
        self._plain = plain
        self._line = ""
        """The line so far, its blanks at the front left out, as much of it as decides."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the file has
        return getattr(self._file, name)

    def write(self, text: str) -> int:
        """Write it, with what would be obeyed broken visibly."""
        if self._plain:
            text = unseen(text)
        for part in text.splitlines(keepends=True):
            self._file.write(self._part(part))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Write each."""
        for line in lines:
            self.write(line)

    def _part(self, part: str) -> str:
        """Return a part of one line as it is written."""
        held = self._line[-_HELD:]
        broken = _COMMAND.sub("## ", held + part)[len(held) :]
        begun = self._line.strip()
        if begun == ":" and broken.startswith(":"):
            broken = f" {broken}"
        elif not begun and broken.lstrip().startswith("::"):
            broken = broken.replace("::", ": :", 1)
        self._line = "" if broken.endswith(("\n", "\r")) else self._line + broken
        return broken


def under_github(environment: Mapping[str, str]) -> bool:
    """Whether GitHub's runner reads what is printed."""
    return environment.get("GITHUB_ACTIONS") == "true"


def obey_nothing(write: Callable[[str], object]) -> Callable[[], None]:
    """Tell GitHub's runner to obey nothing from here on; return how to end that.

    The word that ends it is random, so nobody else can say it.
    """
    import secrets  # noqa: PLC0415 - few ask for it, and help must not wait for it

    word = secrets.token_hex(16)
    write(f"\n::stop-commands::{word}\n")

    def end() -> None:
        write(f"\n::{word}::\n")

    return end
