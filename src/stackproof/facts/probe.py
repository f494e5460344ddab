"""Take the facts of a container: one exec, nothing needed in the image but a shell."""

import re
import secrets
from importlib import resources

from stackproof.engine import engine, steps
from stackproof.engine.command import Completed, last_lines
from stackproof.errors import CommandError, NoShellError, Unknown
from stackproof.facts.model import Facts
from stackproof.facts.parsing import parse
from stackproof.facts.shell import DEADLINE, Shell

SCRIPT = resources.files(__package__).joinpath("probe.sh").read_text(encoding="utf-8")
# What a look is called where steps are told; the script is ours, and long.
TOLD = "sh probe.sh (processes, sockets, mounts, users and limits from /proc)"
_TOLD_BRIEFLY = "sh probe.sh brief (processes and sockets from /proc)"
_TOLD_PROCESSES = 12
# Where the script runs; see there.
OWN, SHARED, BESIDE = "own", "shared", "beside"
BRIEF = "brief"
_BRIEFLY = 5.0  # seconds for one of many looks
# What the engine's exec and a shell say of a program that is not there or cannot be run.
NOT_RUN = (126, 127)
# runc and crun name the program then. Of a container that ends meanwhile they say the same code, and words
# of its first process, of a pipe or of a state.
_NAMED = re.compile(r"""["'`]sh["'`]""")


def probe(container: str, name: str, *, shared: bool = False) -> Facts:
    """Return the facts of a running container; `shared` when its pid namespace is not its own.

    Raises NoShellError when it has no shell, Unknown when it is not running or dies meanwhile.
    """
    with steps.step(TOLD, name) as asked:
        facts = _probe(container, name, shared=shared)
        asked.gave(told(facts), 0)
    return facts


def _probe(container: str, name: str, *, shared: bool) -> Facts:
    mark = new_mark()
    # As root: /proc of other users' processes may be hidden from the image's user.
    argv = ["sh", "-c", SCRIPT, "probe", mark, SHARED if shared else OWN]
    try:
        done = engine.execute(container, argv, user="0:0", check=False)
    except CommandError as error:
        msg = f"the facts of {name} cannot be read: {error}"
        raise Unknown(msg) from None
    if done.code != 0 and mark not in done.stdout:
        said = last_lines(done.stderr or done.stdout, 3) or f"the shell ended with code {done.code}"
        msg = f"the facts of {name} cannot be read: {said.replace(container, name)}"
        raise (NoShellError if lacks_shell(done) else Unknown)(msg)
    return parse(done.stdout, mark, shared=shared)


def lacks_shell(done: Completed) -> bool:
    """Whether an exec of `sh` failed because there is none, and not because the container does not run."""
    # Until version 27 the client says it on stdout.
    return done.code in NOT_RUN and _NAMED.search(done.stderr or done.stdout) is not None


def probe_beside(shell: Shell, name: str) -> Facts:
    """Return the facts of a container without a shell, through the sidecar that entered it.

    Raises ContainerGoneError when it is gone, Unknown when there is no answer.
    """
    return probe_over(shell, name, BESIDE)


def probe_over(shell: Shell, name: str, where: str, *, brief: bool = False) -> Facts:
    """Return the facts of a container over a shell of root; `brief` for its processes and sockets alone.

    Raises ContainerGoneError when it is gone, Unknown when there is no answer.
    """
    with steps.step(_TOLD_BRIEFLY if brief else TOLD, name) as asked:
        facts = _probe_over(shell, name, where, brief=brief)
        asked.gave(told(facts), 0)
    return facts


def told(facts: Facts) -> str:
    """Return the gist of facts: who runs, what listens, how much is mounted."""
    processes = [str(process) for process in facts.processes]
    more = [f"and {len(processes) - _TOLD_PROCESSES} more"] if len(processes) > _TOLD_PROCESSES else []
    lines = {
        "processes": [*processes[:_TOLD_PROCESSES], *more],
        "listening": [str(socket) for socket in facts.serving],
        "mounts": [str(len(facts.mounts))],
    }
    return "\n".join(f"{name}: {', '.join(found) or 'none'}" for name, found in lines.items())


def _probe_over(shell: Shell, name: str, where: str, *, brief: bool) -> Facts:
    mark = new_mark()
    words = f"{mark} {where} {BRIEF if brief else ''}"
    code, out, err = shell.run(f"set -- {words}\n{SCRIPT}", _BRIEFLY if brief else DEADLINE)
    if code != 0 and mark.encode() not in out:
        msg = f"the facts of {name} cannot be read: {last_lines(err.decode(errors='replace'), 3)}"
        raise Unknown(msg)
    return parse(out.decode(errors="replace"), mark, shared=where == SHARED)


def new_mark() -> str:
    """Return a word that no process can have in its command line when it is read."""
    return f"@@{secrets.token_hex(8)}"
