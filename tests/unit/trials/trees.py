"""Process trees as a look from the engine's host shows them."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from stackproof.stack.model import Service
from stackproof.trials.tree import Member, Tree

TERM = 15


def member(  # noqa: PLR0913 - what there is to say of a process
    pid: int,
    parent: int,
    name: str,
    *listens: str,
    started: float = 0.0,
    caught: int = 0,
    within: Iterable[str] = (),
) -> Member:
    """Return a process; `within` are those of the ports that are on loopback."""
    return Member(
        pid=pid,
        parent=parent,
        name=name,
        command=f"{name} --run",
        started=started,
        caught=caught,
        blocked=0,
        listens=frozenset(listens),
        within=frozenset(within),
    )


def tree(*members: Member) -> Tree:
    """Return the tree of which the first is the root."""
    return Tree(main=members[0].pid, members={found.pid: found for found in members})


def service(**raw: object) -> Service:
    """Return a service of the model."""
    return Service(name="web", raw=raw)


HTTP = "tcp 8000"
SANDBOX: Any = SimpleNamespace(stack=SimpleNamespace(services={"web": service()}))
POOL = tree(
    member(1, 0, "gunicorn", HTTP),
    member(2, 1, "gunicorn", HTTP),
    member(3, 1, "gunicorn", HTTP, started=1),
)
WRAPPED = tree(member(1, 0, "sh"), member(2, 1, "python", HTTP))
