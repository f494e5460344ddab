"""Who of a service's processes is told to end, and waited for, when the engine stops its container."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from math import ceil
from typing import TYPE_CHECKING

from stackproof.engine import engine
from stackproof.errors import Unknown
from stackproof.sandbox.container import Container
from stackproof.sandbox.sandbox import Sandbox
from stackproof.sandbox.waiting import EVERY
from stackproof.trials.blow import since
from stackproof.trials.programs import pool, programs
from stackproof.trials.tree import Member, Tree

if TYPE_CHECKING:
    from stackproof.engine.programs import Helper

HOLD = resources.files(__package__).joinpath("hold.sh").read_text(encoding="utf-8")
# Seconds in which a process 1 that takes a held process for ended shows it: shells with job control
# (`set -m`) are told of it, and their `wait` returns (bash(1), JOB CONTROL).
REACTS = 1.0
PATIENCE = 2.0  # seconds in which process 1 must tell the others that they shall end
LINGER = 1.0  # seconds for which process 1 must wait for one that has to do something at its end
STEPS = 30.0  # seconds more, at most, for those that run in turn with process 1
_BEGIN = 120.0  # seconds for the helper to come and hold them, on a loaded machine
_END = 30.0  # seconds for the helper to end, on a loaded machine
# They tell theirs by SIGTERM and SIGCONT, so nobody can be held below them; they wait for their end.
_LET_GO = frozenset({"s6-supervise", "runsv", "supervise"})
# They wait for their workers, but not while these are held: nginx's master tells them over a channel
# (ngx_process_cycle.c); Apache's takes one that is stopped for one that has ended, because it waits with
# WUNTRACED (apr_proc_wait, threadproc/unix/proc.c).
_ASKED = frozenset({"nginx", "apache2", "httpd", "httpd-prefork", "httpd-worker", "httpd-event"})


@dataclass(frozen=True, kw_only=True)
class Held:
    """What became of processes that were held while their container was stopped."""

    unheard: tuple[str, ...] = ()
    """Killed with process 1, and nobody had told them."""
    cut_off: tuple[str, ...] = ()
    """Told, and killed with process 1 before they could do what they do at their end."""
    told: tuple[str, ...] = ()
    waited_for: tuple[str, ...] = ()
    """Not told by a signal; they ended by themselves, and process 1 waited for them."""


def to_hold(tree: Tree, sandbox: Sandbox, service: str) -> list[Member]:
    """Return the processes below process 1 that must be told: its programs, and the workers of a pool."""
    found: list[Member] = []
    for program in programs(tree, sandbox.stack.services[service]):
        if program.wrapper and program.wrapper.name not in _LET_GO:
            found.append(program.member)
        if program.member.name not in _ASKED:
            found += pool(tree, program)
    return [member for member in found if member.pid != tree.main]


def stop_held(container: Container, main: int, held: Sequence[Member], sandbox: Sandbox) -> Held:
    """Stop one service while processes of it are held, and say what became of them.

    Its grace period is longer by the time for which they are held.
    Raises Unknown when the engine killed it first, or nobody could hold them.
    """
    grace = sandbox.stack.services[container.service].grace
    patience, linger = min(PATIENCE, grace / 3), min(LINGER, grace / 6)
    words = [f"{int(seconds * 100)}" for seconds in (patience, linger)]
    pids = [f"{member.pid}:{member.caught:x}" for member in held]
    argv = ["sh", "-c", HOLD, "hold", container.id, str(main), *words, *pids]
    helper = engine.start_helper(argv, own=sandbox.labels)
    try:
        _await_held(helper, container)
        _require_unmoved(container, sandbox)
        _stop(container, sandbox, helper, grace=ceil(grace + patience + linger + min(grace, STEPS)))
        said = _said(helper, container)
    finally:
        helper.stream.end_input()  # whatever happened, it lets them go
        helper.ended(_END)
        helper.remove()
    if any(event.attributes.get("signal") == "9" for event in since(container, sandbox)):
        msg = (
            f"{container} was killed after its grace period of {grace:g} s, so nobody saw who waits for whom"
        )
        raise Unknown(msg)
    return read(said, held)


def _await_held(helper: "Helper", container: Container) -> None:
    """Wait until a helper says that it holds the processes.

    Raises Unknown when it cannot, or says nothing in time.
    """
    try:
        first = helper.stream.line(time.monotonic() + _BEGIN)
    except TimeoutError:
        first = b""
    if first.strip() != b"held":
        msg = f"processes of {container} cannot be held"
        raise Unknown(msg)


def _require_unmoved(container: Container, sandbox: Sandbox) -> None:
    """See that a container goes on while processes of it are held.

    Raises Unknown when it ends: who would have been told, and waited for, is not seen then.
    """
    until = time.monotonic() + REACTS
    while (left := until - time.monotonic()) > 0:
        sandbox.events.wait(min(left, EVERY))
    if any(event.action == "die" for event in since(container, sandbox)):
        msg = f"{container} ends when a process of it is held, so nobody can see whom process 1 tells to end"
        raise Unknown(msg)


def _said(helper: "Helper", container: Container) -> str:
    """Return what a helper saw, when it has ended."""
    try:
        return helper.stream.rest(time.monotonic() + _END)[0].decode()
    except TimeoutError:
        msg = f"what held the processes of {container} did not end"
        raise Unknown(msg) from None


def _stop(container: Container, sandbox: Sandbox, helper: "Helper", *, grace: int) -> None:
    """Stop a service, and tell the helper when the engine has sent the signal: its patience begins then."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        stopping = beside.submit(sandbox.stop, [container.service], grace=grace)
        while not stopping.done() and not any(e.action == "kill" for e in since(container, sandbox)):
            sandbox.events.wait(EVERY)
        with suppress(BrokenPipeError):  # all have been told by then, and it has ended
            helper.stream.send(b"told\n")
        stopping.result()


def read(said: str, held: Sequence[Member]) -> Held:
    """Read what hold.sh prints: a word and a pid on each line."""
    names = {str(member.pid): str(member) for member in held}
    by_word: dict[str, list[str]] = {}
    for line in said.splitlines():
        word, pid = line.split()[:2]
        by_word.setdefault(word, []).append(pid)
    told, killed = by_word.get("told", []), by_word.get("killed", [])
    unheard = [pid for pid in killed if pid not in told]
    cut_off = [pid for pid in killed if pid in told]
    waited_for = by_word.get("waited", [])
    found = [tuple(names[pid] for pid in pids) for pids in (unheard, cut_off, told, waited_for)]
    return Held(unheard=found[0], cut_off=found[1], told=found[2], waited_for=found[3])
