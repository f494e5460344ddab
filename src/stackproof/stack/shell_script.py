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
# Of these, dash knows none (`type WORD` in 0.5.12); bash knows all, BusyBox some of them.
_OF_BASH = frozenset(
    "[[ builtin compgen complete declare dirs disown enable let mapfile popd pushd readarray shopt source"  # noqa: SIM905
    " typeset".split()
)
# Programs that run another one, and their options that take a word.
RUNS_ANOTHER = {
    "chroot": "", "command": "", "doas": "uC", "env": "uCS", "exec": "a", "gosu": "", "ionice": "cn",
    "nice": "n", "nohup": "", "setpriv": "", "stdbuf": "ioe", "su-exec": "", "sudo": "ugCphrtTUDR",
    "time": "fo", "timeout": "skt", "xargs": "anIPLdEs",
}  # fmt: skip
# The long ones that do, which may have it behind `=` as well.
_LONG = {
    "chroot": "userspec groups", "env": "unset chdir", "ionice": "class classdata", "nice": "adjustment",
    "setpriv": "ruid euid reuid rgid egid regid groups inh-caps ambient-caps bounding-set securebits"
               " pdeathsig selinux-label apparmor-profile",
    "stdbuf": "input output error", "time": "format output", "timeout": "kill-after signal",
    "sudo": "user group prompt host chdir chroot role type command-timeout close-from other-user",
    "xargs": "arg-file delimiter max-args max-procs max-chars process-slot-var",
}  # fmt: skip
# Of these, the first word that is no option is not yet the program: a duration, a user, a folder.
_TAKES_A_WORD = frozenset(("timeout", "gosu", "su-exec", "chroot"))
# Programs that hand a word to a shell, as `su -c 'script' app` does.
HANDS_A_SCRIPT = frozenset(("su", "runuser", "flock"))
_COMMANDS = ("--command", "--session-command")
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
    return list(dict.fromkeys(_Reader(0).run(words, by_shell=False)))


def words_of_bash(script: str) -> frozenset[str]:
    """Return the words of a script that are bash's own language, which dash takes for programs.

    >>> sorted(words_of_bash("[[ -e /ready ]] && source /env"))
    ['[[', 'source']
    """
    found: set[str] = set()
    left = [Parser(BASH).parse(script.encode()).root_node]
    while left:
        node = left.pop()
        name = node.children[0] if node.type in ("command", "test_command", "declaration_command") else None
        found |= {_text(name)} & _OF_BASH if name else set()
        left += node.children
    return frozenset(found)


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
        left = [node]
        while left:
            node = left.pop()
            if node.type == "list":
                yield from self._list(node)
                continue
            if node.type == "if_statement":
                yield from self._whichever(node)
                continue
            if node.type == "function_definition":
                name = node.child_by_field_name("name")
                self._known |= {_text(name)} if name else set()
            if node.type == "command":
                yield from self._command(node)
            left += reversed(node.children)

    def _list(self, node: Node) -> Iterator[Need]:
        """Read `a && b || c`: what stands behind `||` need not be there when what is before it is."""
        first, *rest = spine(node)
        found = list(self._walk(first))
        for operator, child in zip(rest[::2], rest[1::2], strict=False):
            other = list(self._walk(child))
            either = operator.type == "||"
            found = list(self._either(found, other, child)) if either else [*found, *other]
        yield from found

    def _either(self, one: Sequence[Need], other: Sequence[Need], node: Node) -> Iterator[Need]:
        """Yield the needs of `one || other`, where `other` is that node."""
        first, second = (frozenset(name for need in side for name in need.ways[0]) for side in (one, other))
        instead = not _ASKS_NOTHING.search(_text(node))
        if first and second and instead and not first <= self._known:
            more = one[0].ways[1:] if len(one) == 1 else ()
            yield Need(ways=(first, *more, second))
        else:
            yield from (*one, *other)

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

    def run(self, words: Sequence[str | None], *, by_shell: bool = True) -> Iterator[Need]:
        """Read one command; a word that only the running shell knows is None.

        What no shell reads, as behind `timeout`, is a program, also where a shell would know it itself.
        """
        program, *rest = words or (None,)
        if not program:
            return
        name = program.rpartition("/")[2]
        if name in _LOOKS_FOR or (name == "command" and rest[:1] in (["-v"], ["-V"])):
            self._known |= {word for word in rest if word and not word.startswith("-")}
            if name != "which" and by_shell:
                return
        if program not in _BUILT_IN | _OF_BASH or not by_shell:
            yield Need(ways=(frozenset((program,)),))
        if name in SHELLS | HANDS_A_SCRIPT or (name == "eval" and by_shell):
            yield from self._script(name, rest)
        elif name in RUNS_ANOTHER:
            yield from self.run(after_options(name, rest), by_shell=by_shell and name == "command")

    def _script(self, name: str, words: Sequence[str | None]) -> Iterator[Need]:
        inner = " ".join(word or "" for word in words) if name == "eval" else given_script(words)
        reader = _Reader(self._depth + 1)
        yield from reader.read(inner) if inner else ()


def given_script(words: Sequence[str | None]) -> str | None:
    """Return the script in `sh -ec 'script'`, also where it is a word's end: `su --command='script'`."""
    for option, script in pairwise((*words, None)):
        name, equals, value = (option or "").partition("=")
        if name in _COMMANDS:
            return value if equals else script
        if name.startswith("-") and not name.startswith("--") and name.endswith("c") and not equals:
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
            if left and _takes_a_word(name, word):
                left.pop(0)
        elif name in ("env", "sudo") and "=" in word:
            left.pop(0)
        else:
            break
    if name in _TAKES_A_WORD and left:
        left.pop(0)
        # BusyBox before 1.30 has `timeout -t 5 PROGRAM`, which takes no word.
    return left or [None]


def _takes_a_word(name: str, option: str) -> bool:
    """Whether an option of a program has its value in the next word."""
    if option.startswith("--"):
        return option[2:] in _LONG.get(name, "").split()
    letters = option[1:]
    first = next((at for at, letter in enumerate(letters) if letter in RUNS_ANOTHER[name]), None)
    return first is not None and first == len(letters) - 1  # else the rest of the word is its value


def spine(node: Node) -> list[Node]:
    """Return the parts of a list, also those of `a && b && c`, which the parser nests once for each.

    >>> [part.type for part in spine(Parser(BASH).parse(b"a && b || c").root_node.children[0])]
    ['command', '&&', 'command', '||', 'command']
    """
    found: list[Node] = []
    while node.type == "list" and node.children:
        found += reversed(node.children[1:])
        node = node.children[0]
    return [node, *reversed(found)]


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
    left = [node]
    while left:
        node = left.pop()
        if node.type in kinds:
            return True
        left += node.children
    return False


def _text(node: Node) -> str:
    return (node.text or b"").decode(errors="replace")
