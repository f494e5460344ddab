"""A shell for a container that has none: in a container of ours that shares its pid and network namespaces.

The shell enters the container's root through /proc/1/root, so its files, mounts, network and processes are
the container's; only the tools, the user (root) and the environment (but for PATH) are ours. It cannot
answer for a dead container: when process 1 of a pid namespace ends, the kernel kills all others in it
(pid_namespaces(7)). A namespace that others share outlives the container, hence none of that here.
"""

import shlex
from collections.abc import Mapping
from contextlib import suppress
from importlib import resources

from testinfra.host import Host
from testinfra.modules.process import BusyboxProcess

from stackproof.engine import engine
from stackproof.engine.command import last_lines
from stackproof.errors import CommandError, ContainerGoneError, EngineGoneError
from stackproof.facts.shell import Shell, testinfra_host

_ENTER = resources.files(__package__).joinpath("enter.sh").read_text(encoding="utf-8")
_RIGHTS = ("SYS_PTRACE", "SYS_CHROOT")


class Sidecar(Shell):
    """A shell beside a container; `own` are the labels that make it ours, `path` is the container's PATH."""

    def __init__(self, container: str, name: str, own: Mapping[str, str], path: str = "") -> None:
        self._begin(name)
        try:
            self._helper = engine.beside(container, ["sh", "-c", _ENTER], own=own, capabilities=_RIGHTS)
        except EngineGoneError:
            raise
        except CommandError as error:
            self._last_words = str(error)
            raise ContainerGoneError(self._why_gone()) from None
        self._stream = self._helper.stream
        words = f'. "$TOOLS"; PATH="$PATH${{PATH:+:}}"{shlex.quote(path)}\n'
        with suppress(BrokenPipeError):  # the first question will say so
            self._stream.send(words.encode())

    def _why_gone(self) -> str:
        said = last_lines(self._last_words, 3)
        why = f"the sidecar of {self._name}, which has no shell, ended: the container stopped or restarted"
        return f"{why}\n{said}" if said else why

    def close(self) -> None:
        """End the sidecar and see it go."""
        self._helper.remove()


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


def sidecar_host(sidecar: Sidecar, name: str) -> Host:
    """Return a testinfra Host that knows whose `ps` it is: testinfra would look for it in the container."""
    host = testinfra_host(lambda: sidecar, name)
    host.process = type("ToolboxProcess", (ToolboxProcess,), {"_host": host})()
    return host
