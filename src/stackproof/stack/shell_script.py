"""Which programs a shell script needs, found with a parser of the shell's own grammar."""

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

BASH = Language(tree_sitter_bash.language())
# Built in (POSIX.1-2017, XCU 1.6 and 2.14): dash, ash and bash know all of them.
_BUILT_IN = frozenset(
    ". : [ alias bg break cd command continue echo eval exec exit export false fc fg getopts hash jobs"  # noqa: SIM905
    " kill local printf pwd read readonly return set shift source test times trap true type ulimit umask"
    " unalias unset wait".split()
)
SHELLS = frozenset(("sh", "ash", "bash", "dash", "ksh", "zsh"))
# Programs that run another one, and their options that take a word.
RUNS_ANOTHER = {
    "chroot": "", "command": "", "doas": "uC", "env": "uCS", "exec": "a", "gosu": "", "nice": "n",
    "nohup": "", "setpriv": "", "stdbuf": "ioe", "su-exec": "", "sudo": "ugCp", "time": "fo",
    "timeout": "skt", "xargs": "nIPLdEs",
}  # fmt: skip
# Of these, the first word that is no option is not yet the program: a duration, a user, a folder.
_TAKES_A_WORD = frozenset(("timeout", "gosu", "su-exec", "chroot"))
# Ask whether a program is there, so that it need not be.
_LOOKS_FOR = frozenset(("which", "type", "hash"))
# What is done about a failure, and asks nothing in place of what failed.
_ASKS_NOTHING = re.compile(r"\b(exit|return|false|kill|pkill|killall|logger|cat|date|touch|rm|sleep|tee)\b")
_DEEPEST = 8  # scripts within scripts


@dataclass(frozen=True, kw_only=True)
class Need:
    """Programs that a script needs: all of one of these ways."""

    ways: tuple[frozenset[str], ...]

    def missing(self, there: Callable[[str], bool]) -> frozenset[str]:
        """Return what the first way lacks, unless some way lacks nothing."""
        lacking = [frozenset(name for name in way if not there(name)) for way in self.ways]
        return frozenset() if not all(lacking) else lacking[0]


def needs(script: str) -> list[Need]:
    """Return what a script needs, in its order; not the shell that reads it.

    A program whose name only the running shell knows (`$CHECK`) is left out.

    >>> [sorted(way) for need in needs("timeout 5 curl x | grep ok || wget y") for way in need.ways]
    [['curl', 'grep', 'timeout'], ['wget']]
    """
    return list(dict.fromkeys(_Reader(0).read(script)))


def needs_of_words(words: Sequence[str]) -> list[Need]:
    """Return what a command needs that no shell reads, with the script that it may hand to one.

    >>> [sorted(way) for need in needs_of_words(["sh", "-c", "curl x"]) for way in need.ways]
    [['sh'], ['curl']]
    """
    return list(dict.fromkeys(_Reader(0).run(words)))


class _Reader:
    """One script, and what it defines or looks for."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._known: set[str] = set()
        """Functions, and programs that the script looks for before it uses them."""

    def read(self, script: str) -> list[Need]:
        if self._depth > _DEEPEST:
            return []
        found = list(self._walk(Parser(BASH).parse(script.encode()).root_node))
        return [need for need in found if not (need.ways[0] <= self._known and len(need.ways) == 1)]

    def _walk(self, node: Node) -> Iterator[Need]:
        if node.type == "list" and node.child_count > 1 and node.children[1].type == "||":
            yield from self._either(node)
            return
        if node.type == "if_statement":
            yield from self._whichever(node)
            return
        if node.type == "function_definition":
            name = node.child_by_field_name("name")
            self._known |= {_text(name)} if name else set()
        if node.type == "command":
            yield from self._command(node)
        for child in node.children:
            yield from self._walk(child)

    def _either(self, node: Node) -> Iterator[Need]:
        """Read `a || b`: what b has instead of a need not be there when a is, and the other way round."""
        sides = [list(self._walk(child)) for child in (node.children[0], *node.children[2:])]
        ways = tuple(frozenset(name for need in side for name in need.ways[0]) for side in sides)
        first, second = ways[0], ways[1] if len(ways) > 1 else frozenset()
        instead = not _ASKS_NOTHING.search(_text(node.children[-1]))
        if first and second and instead and not first <= self._known:
            more = sides[0][0].ways[1:] if len(sides[0]) == 1 else ()
            yield Need(ways=(first, *more, second))
        else:
            yield from (need for side in sides for need in side)

    def _whichever(self, node: Node) -> Iterator[Need]:
        """Read an `if`: where it looks for a program, what the other branch has may be missing."""
        known = set(self._known)
        conditions = node.children_by_field_name("condition")
        yield from (need for condition in conditions for need in self._walk(condition))
        rest = [child for child in node.children if child not in conditions]
        branches = [child for child in rest if child.type in ("else_clause", "elif_clause")]
        then = [need for child in rest if child not in branches for need in self._walk(child)]
        other = [need for child in branches for need in self._walk(child)]
        if self._known == known:
            yield from (*then, *other)
            return
        ways = [frozenset(name for need in side for name in need.ways[0]) for side in (then, other)]
        if all(ways):
            yield Need(ways=tuple(ways))

    def _command(self, node: Node) -> Iterator[Need]:
        name = node.child_by_field_name("name")
        if name is None:
            return
        words = [word_of(name), *(word_of(child) for child in node.children_by_field_name("argument"))]
        yield from self.run(words)

    def run(self, words: Sequence[str | None]) -> Iterator[Need]:
        """Read one command; a word that only the running shell knows is None."""
        program, *rest = words or (None,)
        if not program:
            return
        name = program.rpartition("/")[2]
        if name in _LOOKS_FOR or (name == "command" and rest[:1] in (["-v"], ["-V"])):
            self._known |= {word for word in rest if word and not word.startswith("-")}
            if name != "which":
                return
        if program not in _BUILT_IN:
            yield Need(ways=(frozenset((program,)),))
        if name in {*SHELLS, "su", "eval"}:
            yield from self._script(name, rest)
        elif name in RUNS_ANOTHER:
            yield from self.run(after_options(name, rest))

    def _script(self, name: str, words: Sequence[str | None]) -> Iterator[Need]:
        inner = " ".join(word or "" for word in words) if name == "eval" else given_script(words)
        reader = _Reader(self._depth + 1)
        yield from reader.read(inner) if inner else ()


def given_script(words: Sequence[str | None]) -> str | None:
    """Return the script in `sh -ec 'script'`."""
    for option, script in pairwise(words):
        if option and option.startswith("-") and not option.startswith("--") and option.endswith("c"):
            return script
        if option in ("--command", "--session-command"):
            return script
    return None


def after_options(name: str, words: Sequence[str | None]) -> list[str | None]:
    """Return the command that a program such as env or timeout runs; empty when it runs none."""
    left = list(words)
    while left:
        word = left[0]
        if word is None:
            break
        if word.startswith("-") and word != "-":
            left.pop(0)
            takes = not word.startswith("--") and word[-1] in RUNS_ANOTHER[name] and len(word) == len("-x")
            if takes and left:
                left.pop(0)
        elif name in ("env", "sudo") and "=" in word:
            left.pop(0)
        else:
            break
    if name in _TAKES_A_WORD and left:
        left.pop(0)
        # BusyBox before 1.30 has `timeout -t 5 PROGRAM`, which takes no word.
    return left or [None]


def word_of(node: Node) -> str | None:
    """Return a word as the program gets it, or None when it has an expansion in it."""
    if _expands(node):
        return None
    try:
        return "".join(shlex.split(_text(node))) if node.type != "raw_string" else _text(node)[1:-1]
    except ValueError:
        return None


def _expands(node: Node) -> bool:
    kinds = ("simple_expansion", "expansion", "command_substitution", "process_substitution")
    return node.type in kinds or any(_expands(child) for child in node.children)


def _text(node: Node) -> str:
    return (node.text or b"").decode(errors="replace")
