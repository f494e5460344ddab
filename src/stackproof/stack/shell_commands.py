"""The commands of a shell script with their words, and what is handed from one to the next. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import zip_longest

from tree_sitter import Node, Parser

from stackproof.stack.shell_script import (
    BASH,
    HANDS_A_SCRIPT,
    RUNS_ANOTHER,
    SHELLS,
    after_options,
    given_script,
    spine,
    word_of,
)

_DEEPEST = 8  # scripts within scripts


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command, without what it is run by (`sudo`, `env`, `timeout`)."""

    words: tuple[str, ...] = field(repr=False)
    """The first is the program. A word that only the running shell knows is as it is written."""
    runners: tuple[str, ...] = ()
    """The programs that run it, the outermost first."""
    feeders: tuple[str, ...] = ()
    """The programs before it in a pipe, whose output it reads; each once."""
    filled_by: tuple[str, ...] = ()
    """The programs in `$(...)` and `<(...)` among its words."""
    into: tuple[str, ...] = ()
    """The files that its output goes to."""
    given: str = field(default="", repr=False)
    """The here-document that it reads."""

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


@dataclass(frozen=True, kw_only=True)
class _Around:
    """What a command stands in."""

    depth: int
    """Of scripts within scripts."""
    feeders: tuple[str, ...] = ()
    into: tuple[str, ...] = ()
    given: str = ""
    last: tuple[tuple[str, ...], str] | None = None
    """Files and a text that only the last command of a list or a pipe has: the parser gives them to all."""

    def behind(self, found: Sequence[Command]) -> "_Around":
        """Return what a command stands in that reads the output of these, however long the pipe is."""
        new = dict.fromkeys(command.program for command in found if command.program not in self.feeders)
        return replace(self, feeders=(*self.feeders, *new)) if new else self

    def of_last(self) -> "_Around":
        """Return what the last command stands in."""
        into, given = self.last or ((), "")
        return replace(self, into=(*into, *self.into), given=given or self.given, last=None)


@lru_cache(maxsize=512)
def commands(script: str) -> tuple[Command, ...]:
    """Return the commands of a script in its order, also those within `$(...)`, `sh -c` and `su -c`.

    >>> [(command.program, command.feeders) for command in commands("curl -L x | sudo sh -s")]
    [('curl', ()), ('sh', ('curl',))]
    """
    return tuple(_read(script, 0))


def hands_over(script: str) -> bool:
    """Whether a program takes the place of the shell: at the end of a script, or before the rest of it.

    >>> [hands_over(text) for text in ("a; exec b", "exec a; b", "exec a & wait", "a && b", "exec > /log; a")]
    [True, True, False, False, False]
    """
    left = [Parser(BASH).parse(script.encode(errors="replace")).root_node]
    while left:
        nodes = left.pop().children
        for node, behind in zip_longest(nodes, nodes[1:]):
            first = spine(node)[0]
            if behind is not None and behind.type == "&":  # another shell runs it
                continue
            if first.type in ("command", "redirected_statement") and _execs(first):
                return True
            if first.type == "compound_statement":
                left.append(first)
    found = commands(script)
    return bool(found) and "exec" in found[-1].runners and not script.rstrip().endswith("&")


def _execs(node: Node) -> bool:
    found = commands(_text(node))
    return bool(found) and "exec" in found[0].runners


def _read(script: str, depth: int) -> Iterator[Command]:
    if depth <= _DEEPEST:
        root = Parser(BASH).parse(script.encode(errors="replace")).root_node
        yield from _walk(root, _Around(depth=depth))


def _walk(node: Node, around: _Around) -> Iterator[Command]:
    if node.type in ("list", "pipeline"):
        yield from _several(node, around)
        return
    around = around.of_last()
    if node.type == "command":
        yield from _command(node, around)
    elif node.type == "redirected_statement":
        yield from _redirected(node, around)
    else:
        for child in _nearest(node):
            yield from _walk(child, around)


def _nearest(node: Node) -> Iterator[Node]:
    """Yield what is below a node and has commands of its own kind, in its order."""
    left = [*reversed(node.children)]
    while left:
        child = left.pop()
        if child.type in ("list", "pipeline", "command", "redirected_statement"):
            yield child
        else:
            left += reversed(child.children)


def _several(node: Node, around: _Around) -> Iterator[Command]:
    parts = spine(node) if node.type == "list" else node.children
    for child in parts:
        found = list(_walk(child, around if child is parts[-1] else replace(around, last=None)))
        yield from found
        if node.type == "pipeline":
            around = around.behind(found)


def _redirected(node: Node, around: _Around) -> Iterator[Command]:
    """Read `a > file` and `a <<EOF`: what is behind the sign of a text in its line belongs to it, too."""
    body = node.child_by_field_name("body")
    behind = [child for child in node.children if child != body]
    texts = [each for child in behind if child.type == "heredoc_redirect" for each in child.children]
    redirects = [child for child in (*behind, *texts) if child.type == "file_redirect"]
    into = [
        _word(to) for each in redirects if (to := each.child_by_field_name("destination")) and _writes(each)
    ]
    given = "".join(_text(child) for child in texts if child.type == "heredoc_body")
    found = list(_walk(body, replace(around, last=(tuple(into), given)))) if body else []
    yield from found
    piped = replace(around.behind(found), given=given)
    for child in behind:
        # `cat <<EOF | sh` has the rest of its pipe here, and `cat <<EOF && a` what follows.
        for each in child.children:
            yield from _walk(each, piped if each.type == "pipeline" else around)


def _writes(redirect: Node) -> bool:
    return any(child.type in (">", ">>", "&>", "&>>", ">|") for child in redirect.children)


def _command(node: Node, around: _Around) -> Iterator[Command]:
    within = _nearest(node) if around.depth < _DEEPEST else ()
    inner = [command for child in within for command in _walk(child, _Around(depth=around.depth + 1))]
    yield from inner
    name = node.child_by_field_name("name")
    if name is None:
        return
    words = [_word(one) for one in (name, *node.children_by_field_name("argument"))]
    yield from _run(words, around, tuple(command.program for command in inner))


def _run(words: Sequence[str], around: _Around, filled_by: tuple[str, ...]) -> Iterator[Command]:
    runners: list[str] = []
    left: Sequence[str | None] = words
    while left and (program := str(left[0]).rpartition("/")[2]) in RUNS_ANOTHER:
        rest = [word for word in after_options(program, left[1:]) if word is not None]
        if not rest:
            break
        runners.append(program)
        left = rest
    found = Command(
        words=tuple(map(str, left)),
        runners=tuple(runners),
        feeders=around.feeders,
        filled_by=filled_by,
        into=around.into,
        given=around.given,
    )
    yield found
    if script := _script(found):
        yield from _read(script, around.depth + 1)


def _script(command: Command) -> str | None:
    """Return the script that a command hands to a shell; what `$(...)` brings is read where it stands."""
    if command.program in SHELLS | HANDS_A_SCRIPT:
        return given_script(command.words[1:])
    if command.program == "eval" and not command.filled_by:
        return " ".join(command.words[1:])
    return None


def _word(node: Node) -> str:
    return found if (found := word_of(node)) is not None else _text(node).strip("\"'")


def _text(node: Node) -> str:
    return (node.text or b"").decode(errors="replace")
