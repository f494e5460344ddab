"""Scripts for a helper, run beside processes of the test itself: they need no container, only a cgroup."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from stackproof.errors import CommandError

CGROUP = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()[0]
"""In the place of a container's id: what stands in the cgroup file of each process of the test."""


def helper(argv: Sequence[str], **_options: object) -> str:
    """Run a script here, as `engine.from_outside` does in a container."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise CommandError(done.stderr)
    return done.stdout


@contextmanager
def processes(*programs: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Start processes that run a program of the shell each, and end them."""
    with ExitStack() as stack:
        found = []
        for program in programs:
            process = stack.enter_context(subprocess.Popen(["sh", "-c", program], stdout=subprocess.PIPE))
            stack.callback(process.kill)
            found.append(process)
        yield found


def state(pid: int) -> str:
    """Return the state of a process as /proc has it; Z for one that is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return "Z"
    return text.rpartition(")")[2].split()[0]
