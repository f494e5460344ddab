"""Which processes of a container matter: what serves, below whatever started it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from stackproof.stack.model import Service
from stackproof.trials.listeners import EPHEMERAL
from stackproof.trials.tree import Member, Tree

SHELLS = frozenset({"sh", "ash", "dash", "bash", "zsh", "ksh", "busybox"})
# They start again what ends, so what they started matters also where it listens on nothing.
SUPERVISORS = frozenset(
    {
        "supervisord", "s6-svscan", "s6-supervise", "runsvdir", "runsv", "svscan", "supervise", "monit",
        "circusd", "systemd", "procd", "perpd", "nosh", "god", "immortal", "my_init", "runit",
    }
)  # fmt: skip
# They start one program and wait for it, or hand its signals on.
STARTERS = frozenset(
    {
        "docker-init", "tini", "tini-static", "dumb-init", "catatonit", "pid1", "init", "gosu", "su-exec",
        "su", "sudo", "doas", "runuser", "setpriv", "chpst", "s6-setuidgid", "env", "timeout", "flock",
        "nice", "time", "script", "npm", "npx", "yarn", "pnpm", "pipenv", "poetry", "uv", "bundle", "foreman",
        "honcho", "forego", "overmind", "concurrently", "nodemon", "mysqld_safe", "mariadbd-safe",
        "start-stop-daem", "watchmedo", "wait-for-it.sh", "dockerize", "chamber", "doppler", "envconsul",
    }
)  # fmt: skip
_TITLED = ("npm ", "yarn ", "pnpm ")  # they call themselves after what they run
# They do nothing that could be lost.
IDLE = frozenset({"sleep", "usleep", "tail", "cat", "tee", "logger", "inotifywait", "pause"})
# Erlang's name service: it is a daemon beside the node, and RabbitMQ looks after it once a minute
# (rabbit_epmd_monitor.erl).
HELPERS = frozenset({"epmd"})
FIRST_STARTED = 10.0  # seconds after its parent: what a shell starts later is a job of its loop


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program that a service consists of."""

    member: Member
    wrapper: Member | None
    """What started it, when that does not serve itself."""
    serves: frozenset[str]
    """What it listens on, for others."""

    def __str__(self) -> str:
        """Return what it is in a sentence."""
        if self.serves:
            return f"the process that serves {ports(self.serves)} ({self.member})"
        return f"its program ({self.member})" if self.wrapper else "its main process"


def ports(names: Iterable[str]) -> str:
    """Return what is listened on as people say it.

    >>> ports({"tcp 8000"})
    'port 8000'
    """
    return ", ".join(sorted(re.sub("^tcp ", "port ", name) for name in names))


def declared(service: Service) -> frozenset[str]:
    """What a compose file says that a service listens on."""
    published = {(port.target, port.protocol) for port in service.ports}
    return frozenset(f"{protocol} {port}" for port, protocol in published | service.exposed)


def programs(tree: Tree, service: Service) -> list[Program]:
    """Return the programs below process 1 and its wrappers; process 1 itself where it is none."""
    wanted = declared(service)
    found = list(_below(tree, tree.root, None, wanted))
    serving = [program for program in found if program.serves]
    if not serving:
        return found
    return [p for p in found if p.serves or (p.wrapper and p.wrapper.name in SUPERVISORS)]


def _below(tree: Tree, member: Member, wrapper: Member | None, wanted: frozenset[str]) -> Iterable[Program]:
    children = [child for child in tree.children(member) if _lasts(tree, child, member, wanted)]
    if _wraps(tree, member, wanted) and children:
        for child in children:
            yield from _below(tree, child, member, wanted)
    else:
        yield Program(member=member, wrapper=wrapper, serves=served(member, wanted))


def _wraps(tree: Tree, member: Member, wanted: frozenset[str]) -> bool:
    """Whether it is one of those that start others, or does not serve while one below it does."""
    if member.name in SHELLS | SUPERVISORS | STARTERS or member.name.startswith(_TITLED):
        return True
    mine = _firmness(member, wanted)
    return any(_firmness(other, wanted) > mine and other.name not in HELPERS for other in tree.below(member))


def _firmness(member: Member, wanted: frozenset[str]) -> int:
    """Say how sure it is that it serves: a number of the kernel's choice is less than a fixed one."""
    names = served(member, wanted)
    fixed = any(name in wanted or not chosen(name) for name in names)
    return bool(names) + fixed


def _lasts(tree: Tree, member: Member, parent: Member, wanted: frozenset[str]) -> bool:
    """Whether it is more than a command that its parent runs for a moment."""
    if member.name in IDLE | HELPERS:
        return False
    if parent.name in SUPERVISORS or served(member, wanted):
        return True
    if member.started - parent.started <= FIRST_STARTED:
        return True
    return any(served(other, wanted) for other in tree.below(member))


def served(member: Member, wanted: frozenset[str]) -> frozenset[str]:
    """Return what it listens on for others: what is declared if it has that, else ports, else files."""
    lasting = {name for name in member.listens if not passing(member, name)}
    network = {name for name in lasting if not name.startswith("unix ")}
    return frozenset(member.listens & wanted or network or lasting)


def chosen(name: str) -> bool:
    """Whether the kernel may have chosen the number: then another one is as good after a restart.

    Nothing tells such a number from one that is bound on purpose, as 50051 is for gRPC.
    """
    return not name.startswith("unix ") and int(name.split()[1]) in EPHEMERAL


def passing(member: Member, name: str) -> bool:
    """Whether it looks like a client's socket for datagrams, or like one for a program's own parts."""
    return chosen(name) and (name.startswith("udp ") or name in member.within)


def pool(tree: Tree, program: Program) -> list[Member]:
    """Return the workers of a program: those below it that share one of its sockets, oldest first."""
    return [member for member in tree.below(program.member) if member.listens & program.serves]
