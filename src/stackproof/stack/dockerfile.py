"""What a Dockerfile says: its instructions with their lines, and its stages. Pure: text in, values out.

After BuildKit's own parser (frontend/dockerfile/parser) and the Dockerfile reference. No library does it:
those that are kept up know no here-documents, and no grammar at hand knows the `escape` directive.
"""

import json
import re
import shlex
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from stackproof.stack.dockerfile_words import assignments, expand, words
from stackproof.stack.numbers import whole
from stackproof.stack.shell_script import SHELLS, given_script

_DIRECTIVE = re.compile(r"#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(.+?)\s*")
_COMMENT = re.compile(r"\s*#")
_INSTRUCTION = re.compile(r"\s*(\w+)(?:\s+(.*))?", re.DOTALL)
_FLAG = re.compile(r"--([A-Za-z][\w-]*)(?:=(\S*))?(?:\s+|$)")
# A shift in arithmetic has a number, and `<<<` is a here-string of bash.
_HEREDOC = re.compile(r"(?<![<\w$(])\d*<<(-?)(['\"]?)([A-Za-z_][\w.-]*)\2(?![<\w])")
# A script that is none of a shell's: `#!/usr/bin/env python3`.
_OTHER_PROGRAM = re.compile(r"#!(?!\S*(?:/env\s+)?\S*sh\b)")
_FROM = re.compile(r"(?:^|,)from=([^,]+)")
_HAVE_FLAGS = frozenset({"ADD", "COPY", "FROM", "HEALTHCHECK", "RUN"})
_BRACED = re.compile(r"\$\{(\w+)\}")
_NAMES_SOMETHING = frozenset({"ADD", "COPY", "EXPOSE", "USER", "VOLUME", "WORKDIR"})
_HAVE_HEREDOCS = frozenset({"ADD", "COPY", "RUN"})


@dataclass(frozen=True, kw_only=True)
class Heredoc:
    """Text within an instruction: `<<EOF`."""

    name: str
    text: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Instruction:
    """One instruction."""

    keyword: str
    """In upper case."""
    value: str = field(repr=False)
    """What follows, without its flags, its comments and the ends of its lines."""
    line: int
    """Its first line, from 1."""
    flags: tuple[tuple[str, str], ...] = ()
    heredocs: tuple[Heredoc, ...] = ()
    escape: str = "\\"
    waits: bool = False
    """Whether it is behind ONBUILD, and carried out where another image is built from this one."""

    @cached_property
    def array(self) -> tuple[str, ...] | None:
        """Its words where it is written as a JSON array; None where it is not."""
        if not self.value.startswith("["):
            return None
        try:
            read = json.loads(self.value)
        except (ValueError, RecursionError):  # the builder takes it for a text, too
            return None
        return tuple(read) if isinstance(read, list) and all(isinstance(one, str) for one in read) else None

    @cached_property
    def script(self) -> str:
        """What a shell reads where it is RUN or another command; an array becomes a line of a script.

        A here-document that stands alone is the script itself; what a shell is given is a script, too.
        """
        if self.array is not None:
            program, *rest = self.array or ("",)
            shell = program.rpartition("/")[2] in SHELLS
            return given_script(rest) or shlex.join(self.array) if shell else shlex.join(self.array)
        alone = _HEREDOC.sub("", self.value).strip()
        texts = [heredoc.text for heredoc in self.heredocs]
        if not alone:
            return "\n".join(text for text in texts if not _OTHER_PROGRAM.match(text))
        reads = alone.split()[0].rpartition("/")[2] in SHELLS
        return "\n".join([alone, *texts] if reads else [alone]) if texts else self.value

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its words, as the builder splits them, without their quotes."""
        return self.array if self.array is not None else tuple(words(self.value, self.escape))

    @cached_property
    def pairs(self) -> tuple[tuple[str, str | None], ...]:
        """Names and values that ENV, ARG and LABEL set; None where ARG has no default."""
        return tuple(assignments(self.keyword, self.value, self.escape))

    @property
    def sources(self) -> tuple[str, ...]:
        """The stages, images and contexts that it takes files from, by name."""
        of_mounts = (_FROM.search(value) for name, value in self.flags if name == "mount")
        mounts = (found[1] for found in of_mounts if found)
        return (*(value for name, value in self.flags if name == "from"), *mounts)

    def flag(self, name: str) -> str:
        """Return the value of a flag; empty where it is not set."""
        return dict(self.flags).get(name, "")


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What begins with FROM. Its instructions are those after that one."""

    base: str
    """The image or the stage that it is built from, with the variables filled in that have a value."""
    name: str
    """In lower case; empty for none."""
    number: int
    line: int
    instructions: tuple[Instruction, ...] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Dockerfile:
    """A Dockerfile."""

    stages: tuple[Stage, ...]

    def stage(self, name: str, before: int | None = None) -> Stage | None:
        """Return a stage by name or number, of those before another one; None where it is an image.

        A name that is given twice is that of the last one so far.
        """
        before = len(self.stages) if before is None else before
        numbers = self._numbers.get(name.lower(), ())
        if at := bisect_left(numbers, before):
            return self.stages[numbers[at - 1]]
        number = whole(name)
        return self.stages[number] if number is not None and number < before else None

    @cached_property
    def _numbers(self) -> Mapping[str, Sequence[int]]:
        """The numbers of stages by name, ascending."""
        found: dict[str, list[int]] = {}
        for stage in self.stages:
            if stage.name:
                found.setdefault(stage.name, []).append(stage.number)
        return found

    def target(self, name: str | None) -> Stage | None:
        """Return the stage that is built: the one that is asked for, or else the last one; None for none."""
        if name:
            return self.stage(name)
        return self.stages[-1] if self.stages else None

    def chain(self, stage: Stage) -> tuple[Stage, ...]:
        """Return the stages that a stage is built from, the first one first, and itself."""
        found = [stage]
        while below := self.stage(found[-1].base, found[-1].number):
            found.append(below)
        return tuple(reversed(found))

    def reached(self, stage: Stage) -> tuple[Stage, ...]:
        """Return all stages that a stage is built from or takes files from, and itself."""
        found: dict[int, Stage] = {}
        left = [stage]
        while left:
            one = left.pop()
            if one.number not in found:
                found[one.number] = one
                names = [one.base, *(name for each in one.instructions for name in each.sources)]
                left += [other for name in names if (other := self.stage(name, one.number))]
        return tuple(found[number] for number in sorted(found))


def parse(text: str, arguments: Mapping[str, str | None] | None = None) -> Dockerfile:
    """Read a Dockerfile; `arguments` are those that the build gives, in place of defaults.

    Variables whose value is known are filled in where an image, a user, a folder, a port or a file is named.
    """
    given = {name: value for name, value in (arguments or {}).items() if value is not None}
    known: dict[str, str] = {}
    stages: list[tuple[Instruction, list[Instruction]]] = []
    for instruction in instructions(text):
        if instruction.keyword == "FROM":
            stages.append((instruction, []))
        elif stages:
            stages[-1][1].append(instruction)
        elif instruction.keyword == "ARG":
            for name, default in instruction.pairs:
                value = given.get(name, default)
                known |= {} if value is None else {name: expand(value, known)}
    found: list[Stage] = []
    left_by: dict[str, Mapping[str, str]] = {}
    for number, (begin, rest) in enumerate(stages):
        stage = _stage(number, begin, rest, known)
        variables = _Variables(given, known, left_by.get(stage.base.lower(), {}))
        found.append(replace(stage, instructions=tuple(map(variables.filled, rest))))
        left_by |= {name: variables.set for name in (str(number), stage.name) if name}
    return Dockerfile(stages=tuple(found))


class _Variables:
    """What variables hold as the instructions of a stage go by."""

    def __init__(self, given: Mapping[str, str], known: Mapping[str, str], base: Mapping[str, str]) -> None:
        self._given = given
        self._known = known
        self._arguments: dict[str, str] = {}
        self.set = dict(base)
        """What ENV sets here and in the stages below."""

    def filled(self, one: Instruction) -> Instruction:
        """Return an instruction with its variables filled in, where it names something."""
        if one.keyword == "ARG":
            for name, default in one.pairs:
                value = self._given.get(name, self._known.get(name) if default is None else default)
                self._put(self._arguments, name, value, {**self._arguments, **self.set})
        elif one.keyword == "ENV":
            # The whole line is filled with what was set before it.
            before = {**self._arguments, **self.set}
            for name, value in one.pairs:
                self._put(self.set, name, value, before)
        elif one.keyword in _NAMES_SOMETHING and "$" in one.value:
            value = expand(one.value, {**self._arguments, **self.set})
            # What stays open is left as it is written.
            return (
                one
                if _BRACED.sub(r"$\1", value) == _BRACED.sub(r"$\1", one.value)
                else replace(one, value=value)
            )
        return one

    def _put(self, into: dict[str, str], name: str, value: str | None, before: Mapping[str, str]) -> None:
        """Keep a value; of what has a variable that nobody here knows, nothing is known either.

        That stays open as the variable itself, for it hides what an ARG or a stage below says.
        """
        if value is None:
            into.pop(name, None)
        else:
            text = expand(value, before)
            into[name] = f"${{{name}}}" if "$" in text else text


def _stage(number: int, begin: Instruction, rest: Sequence[Instruction], known: Mapping[str, str]) -> Stage:
    written, *more = (*begin.words, "", "", "")[:3]
    return Stage(
        base=expand(written, known),
        name=more[1].lower() if more[0].upper() == "AS" else "",
        number=number,
        line=begin.line,
        instructions=tuple(rest),
    )


def instructions(text: str) -> Iterator[Instruction]:
    """Yield the instructions of a Dockerfile in its order; `ONBUILD RUN x` is RUN, and waits."""
    lines = [line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n")]
    escape, begin = _directives(lines)
    # Where a text within an instruction may end; nobody looks for an end that is not there.
    exact = {line: number for number, line in enumerate(lines)}
    ends_of_texts = {"": exact, "-": {line.lstrip("\t"): number for line, number in exact.items()}}
    ends = re.compile(rf"(?:^|(?<!{re.escape(escape)})){re.escape(escape)}[ \t]*$")
    at = begin
    while at < len(lines):
        first = at
        parts: list[str] = []
        while at < len(lines):
            line = lines[at]
            at += 1
            if _COMMENT.match(line) or (parts and not line.strip()):
                continue
            parts.append(ends.sub("", line))
            if not ends.search(line):
                break
        if found := _INSTRUCTION.fullmatch("".join(parts).rstrip() if parts else ""):
            first += next((n for n, line in enumerate(lines[first:at]) if _is_code(line)), 0)
            bare = instruction_of(found[1], found[2] or "", first + 1, escape)
            heredocs, at = _heredocs(bare, lines, at, ends_of_texts)
            yield replace(bare, heredocs=heredocs)


def _is_code(line: str) -> bool:
    return bool(line.strip()) and not _COMMENT.match(line)


def _directives(lines: Sequence[str]) -> tuple[str, int]:
    """Return the escape character, and how many lines at the top are directives."""
    escape = "\\"
    for number, line in enumerate(lines):
        found = _DIRECTIVE.fullmatch(line.strip())
        if found is None:
            return escape, number
        if found[1].lower() == "escape" and found[2] in ("`", "\\"):
            escape = found[2]
    return escape, len(lines)


def instruction_of(
    keyword: str, value: str, line: int, escape: str = "\\", *, waits: bool = False
) -> Instruction:
    """Return an instruction by its first word and all else, here-documents left out."""
    keyword = keyword.upper()
    if keyword == "ONBUILD" and (inner := _INSTRUCTION.fullmatch(value)):
        return instruction_of(inner[1], inner[2] or "", line, escape, waits=True)
    flags: list[tuple[str, str]] = []
    while keyword in _HAVE_FLAGS and (found := _FLAG.match(value)):
        flags.append((found[1].lower(), (found[2] or "true").strip("\"'")))
        value = value[found.end() :]
    return Instruction(
        keyword=keyword,
        value=value.strip(),
        line=line,
        flags=tuple(flags),
        escape=escape,
        waits=waits,
    )


def _heredocs(
    instruction: Instruction, lines: Sequence[str], at: int, ends: Mapping[str, Mapping[str, int]]
) -> tuple[tuple[Heredoc, ...], int]:
    """Return the texts that follow an instruction, and the line after them; without an end it is none."""
    if instruction.keyword not in _HAVE_HEREDOCS or instruction.array is not None:
        return (), at
    found: list[Heredoc] = []
    for tabs, _quote, name in _HEREDOC.findall(instruction.value):
        if ends[tabs].get(name, -1) < at:
            continue
        body: list[str] = []
        while (line := lines[at].lstrip("\t") if tabs else lines[at]) != name:
            body.append(line)
            at += 1
        at += 1
        found.append(Heredoc(name=name, text="".join(f"{line}\n" for line in body)))
    return tuple(found), at
