"""The commands of a shell script with their words, and what is handed from one to the next. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from tree_sitter import Node, Parser

from stackproof.stack.shell_script import BASH, RUNS_ANOTHER, SHELLS, after_options, given_script, word_of

_DEEPEST = 8  # scripts within scripts


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command, without what it is run by (`sudo`, `env`, `timeout`)."""

    words: tuple[str, ...] = field(repr=False)
    """The first is the program. A word that only the running shell knows is as it is written."""
    runners: tuple[str, ...] = ()
    """The programs that run it, the outermost first."""
    feeders: tuple[str, ...] = ()
    """The programs before it in a pipe, whose output it reads."""
    filled_by: tuple[str, ...] = ()
    """The programs in `$(...)` and `<(...)` among its words."""

    @property
    def program(self) -> str:
        """The name of its program, without the folder."""
        return self.words[0].rpartition("/")[2] if self.words else ""

    @property
    def options(self) -> tuple[str, ...]:
        """Its words that begin with a dash."""
        return tuple(word for word in self.words[1:] if word.startswith("-"))

    @property
    def arguments(self) -> tuple[str, ...]:
        """Its words that do not."""
        return tuple(word for word in self.words[1:] if not word.startswith("-"))


@lru_cache(maxsize=512)
def commands(script: str) -> tuple[Command, ...]:
    """Return the commands of a script in its order, also those within `$(...)` and `sh -c`.

    >>> [(command.program, command.feeders) for command in commands("curl -L x | sudo sh -s")]
    [('curl', ()), ('sh', ('curl',))]
    """
    return tuple(_read(script, 0))


def _read(script: str, depth: int) -> Iterator[Command]:
    if depth <= _DEEPEST:
        yield from _walk(Parser(BASH).parse(script.encode(errors="replace")).root_node, (), depth)


def _walk(node: Node, feeders: tuple[str, ...], depth: int) -> Iterator[Command]:
    if node.type == "pipeline":
        for child in node.children:
            found = list(_walk(child, feeders, depth))
            yield from found
            feeders = (*feeders, *(command.program for command in found))
        return
    if node.type == "command":
        yield from _command(node, feeders, depth)
        return
    for child in node.children:
        yield from _walk(child, feeders, depth)


def _command(node: Node, feeders: tuple[str, ...], depth: int) -> Iterator[Command]:
    inner = [command for child in node.children for command in _walk(child, (), depth)]
    yield from inner
    name = node.child_by_field_name("name")
    if name is None:
        return
    nodes = [name, *node.children_by_field_name("argument")]
    words = [found if (found := word_of(one)) is not None else _text(one) for one in nodes]
    yield from _run(words, feeders, tuple(command.program for command in inner), depth)


def _run(
    words: Sequence[str], feeders: tuple[str, ...], filled_by: tuple[str, ...], depth: int
) -> Iterator[Command]:
    runners: list[str] = []
    left: Sequence[str | None] = words
    while left and (program := str(left[0]).rpartition("/")[2]) in RUNS_ANOTHER:
        rest = [word for word in after_options(program, left[1:]) if word is not None]
        if not rest:
            break
        runners.append(program)
        left = rest
    found = Command(words=tuple(map(str, left)), runners=tuple(runners), feeders=feeders, filled_by=filled_by)
    yield found
    if found.program in SHELLS and (script := given_script(found.words[1:])):
        yield from _read(script, depth + 1)


def _text(node: Node) -> str:
    return (node.text or b"").decode(errors="replace").strip("\"'")
