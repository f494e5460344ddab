"""A shell for a container that has none: in a container of ours that shares its pid and network namespaces.

The shell enters the container's root through /proc/1/root, so its files, mounts, network and processes are
the container's; only the tools, the user (root) and the environment (but for PATH) are ours. It cannot
answer for a dead container: when process 1 of a pid namespace ends, the kernel kills all others in it
(pid_namespaces(7)). A namespace that others share outlives the container, hence none of that here.
"""

import secrets
import shlex
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib import resources

from testinfra.host import Host
from testinfra.modules.process import BusyboxProcess

from stackproof.engine import engine, labels
from stackproof.engine.command import ended, last_lines
from stackproof.facts.shell import Shell, testinfra_host

_ENTER = resources.files(__package__).joinpath("enter.sh").read_text(encoding="utf-8")
# Without a log: what a file of the container holds is nobody else's business.
_OPTIONS = ("--rm", "-i", "--log-driver=none", "--user=0:0", "--cap-add=SYS_PTRACE", "--cap-add=SYS_CHROOT")
_END = 5.0  # seconds for the sidecar to go when its input ends


class Sidecar(Shell):
    """A shell beside a container; `own` are the labels that make it ours, `path` is the container's PATH."""

    def __init__(self, container: str, name: str, own: Mapping[str, str], path: str = "") -> None:
        _have_toolbox()
        self._mark = {labels.SIDECAR: secrets.token_hex(8)}
        marks = (f"--label={key}={value}" for key, value in {**own, **self._mark}.items())
        shares = (f"--pid=container:{container}", f"--network=container:{container}")
        # Not through the library: it waits for the end of what it runs, and has no pipes.
        self._open(name, ["run", *_OPTIONS, *shares, *marks, engine.TOOLBOX_IMAGE, "sh", "-c", _ENTER])
        words = f'. "$TOOLS"; PATH="$PATH${{PATH:+:}}"{shlex.quote(path)}\n'
        with suppress(BrokenPipeError):  # the first question will say so
            stdin = self._stream("stdin")
            stdin.write(words.encode())
            stdin.flush()

    def _why_gone(self) -> str:
        said = last_lines(self._last_words.decode(errors="replace"), 3)
        why = f"the sidecar of {self._name}, which has no shell, ended: the container stopped or restarted"
        return f"{why}\n{said}" if said else why

    def close(self) -> None:
        """End the sidecar and see it go: an end of its input ends it, and its end removes it."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
            if not ended(self._process, _END):  # it hangs in a command
                engine.remove("container", engine.ids("container", self._mark))
        super().close()


class ToolboxProcess(BusyboxProcess):
    """Testinfra's process list over our busybox, whose `ps` may have been built without times."""

    def _get_processes(self, **filters: object) -> list[dict[str, int | str]]:
        columns = [*sorted(({"pid", "comm"} | set(filters)) - {"args"}), "args"]
        rows = self._host.check_output("ps -A -o %s", ",".join(columns)).splitlines()[1:]
        split = (row.split(maxsplit=len(columns) - 1) for row in rows)
        return [{"lstart": "", **dict(zip(columns, map(_number, row), strict=False))} for row in split]

    def _get_process_attribute_by_pid(self, pid: int, name: str) -> dict[str, int | str]:
        found = self._get_processes(pid=pid, **{name: None})
        return next(row for row in found if row["pid"] == pid)


def _number(text: str) -> int | str:
    return int(text) if text.isdigit() else text


@cache
def _have_toolbox() -> None:
    """See to it once, not for every container."""
    engine.have_image(engine.TOOLBOX_IMAGE)


def sidecar_host(sidecar: Sidecar, name: str) -> Host:
    """Return a testinfra Host that knows whose `ps` it is: testinfra would look for it in the container."""
    host = testinfra_host(lambda: sidecar, name)
    host.process = type("ToolboxProcess", (ToolboxProcess,), {"_host": host})()
    return host
