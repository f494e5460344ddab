"""The texts that a step of a build puts into files, as far as it says them itself. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from stackproof.stack.build_steps import Step
from stackproof.stack.shell_commands import Command

_TELLS = ("echo", "printf")
_EDITS = ("sed", "gsed", "perl")
# What `s/a/b/` puts in place of a, and the text behind `a`, `i` and `c`.
_IN_PLACE = re.compile(r"(?:^|[\s;{!/\d$])s([^\w\s\\])(?:\\.|(?!\1).)*\1((?:\\.|(?!\1).)*)\1", re.DOTALL)
_ADDED = re.compile(r"(?:^|[\s;{/\d$])[aic](?:\\\n?|\s)\s*(.+)", re.DOTALL)
_LIST_OF_SOURCES = ("add-apt-repository", "apt-add-repository")


@dataclass(frozen=True, kw_only=True)
class StepText:
    """A text, and the files that it may go to."""

    said: str = field(repr=False)
    into: tuple[str, ...] = ()


def texts(step: Step) -> Iterator[StepText]:
    """Yield what a step writes: by `COPY <<EOF`, `echo ... > file`, `cat <<EOF | tee file` or `sed -i`.

    Which of several files a text goes to is not told apart.
    """
    one = step.instruction
    if one.keyword in ("COPY", "ADD"):
        into = one.words[-1:]
        yield from (StepText(said=heredoc.text, into=into) for heredoc in one.heredocs)
        return
    into = tuple(path for command in step.commands for path in _files(command))
    if into:
        # A text that is no script of the step is not in what the shell reads.
        yield from (
            StepText(said=each.text, into=into) for each in one.heredocs if each.text not in one.script
        )
        for command in step.commands:
            if said := _told(command):
                yield StepText(said=said, into=into)
    yield from (StepText(said=said) for command in step.commands for said in _edited(command))


def _files(command: Command) -> tuple[str, ...]:
    return (*command.into, *(command.arguments if command.program == "tee" else ()))


def _told(command: Command) -> str:
    if command.program in _TELLS:
        return " ".join(command.words[1:]).replace("\\n", "\n").replace("\\t", "\t")
    return command.given


def _edited(command: Command) -> Iterator[str]:
    """Yield what takes a place in a file that is there, and sources that are added to apt's."""
    if command.program in _LIST_OF_SOURCES:
        yield from command.arguments
    for word in command.words[1:] if command.program in _EDITS else ():
        found = [hit[1] for hit in _IN_PLACE.findall(word)] + _ADDED.findall(word)
        yield from (re.sub(r"\\(\W)", r"\1", said.replace("\\n", "\n")) for said in found)
