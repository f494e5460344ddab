"""A persistent shell in a container, and testinfra on top of it.

testinfra's own docker backend starts a local shell, the docker command and an exec for every
assertion (70 ms), and answers False for much of what it cannot ask a dead container. Here one
exec serves all assertions, and a container that is gone raises. Where the image has no shell,
a sidecar has one (sidecar.py).
"""

import secrets
import shlex
import time
from collections.abc import Callable
from typing import Any

from testinfra.backend.base import BaseBackend, CommandResult
from testinfra.host import Host

from stackproof.engine import engine, steps
from stackproof.engine.streams import ERR, OUT
from stackproof.errors import CommandError, ContainerGoneError, EngineGoneError, Unknown

DEADLINE = 30.0  # seconds for one assertion


class Shell:
    """`sh` in a container, fed line by line. Answers are framed by a random marker on both streams."""

    def __init__(self, container: str, name: str, user: str | None = None) -> None:
        """Start it. Raises ContainerGoneError when the container does not run."""
        self._begin(name)
        try:
            self._stream = engine.shell_in(container, user)
        except EngineGoneError:
            raise
        except CommandError as error:
            self._last_words = str(error)
            raise ContainerGoneError(self._why_gone()) from None

    def _begin(self, name: str) -> None:
        self._name = name
        self._marker = f"stackproof-{secrets.token_hex(8)}"
        self._last_words = ""

    def run(self, script: str, deadline: float = DEADLINE) -> tuple[int, bytes, bytes]:
        """Run a script in a subshell; return exit code, stdout, stderr.

        Raises ContainerGoneError when the shell ended, Unknown when there is no answer in time.
        """
        with steps.step(script, self._name) as asked:
            code, out, err = self._run(script, deadline)
            asked.gave(out + err, code)
        return code, out, err

    def _run(self, script: str, deadline: float) -> tuple[int, bytes, bytes]:
        marker = self._marker
        ends = f"printf '\\n{marker} %s\\n' $?; printf '\\n{marker}\\n' >&2"
        framed = f"( eval {shlex.quote(script)} ) </dev/null; {ends}\n"
        try:
            self._stream.send(framed.encode())
        except BrokenPipeError:
            raise self._gone() from None
        out, err = self._read(deadline)
        stdout, _, code = out.rpartition(f"\n{marker} ".encode())
        return int(code), stdout, err.rpartition(f"\n{marker}".encode())[0]

    def _read(self, deadline: float) -> tuple[bytes, bytes]:
        said = {OUT: bytearray(), ERR: bytearray()}
        until = time.monotonic() + deadline
        while not all(map(self._complete, said.values())):
            try:
                piece = self._stream.read(until)
            except TimeoutError:
                self.close()
                msg = f"{self._name} gave no answer within {deadline:g} s"
                raise Unknown(msg) from None
            if piece is None:
                self._last_words = bytes(said[ERR]).decode(errors="replace")
                raise self._gone()
            said[piece[0]] += piece[1]
        return bytes(said[OUT]), bytes(said[ERR])

    def _complete(self, buffer: bytearray) -> bool:
        at = buffer.rfind(f"\n{self._marker}".encode())
        return at >= 0 and buffer.find(b"\n", at + 1) >= 0

    def _gone(self) -> ContainerGoneError:
        self.close()
        return ContainerGoneError(self._why_gone())

    def _why_gone(self) -> str:
        return f"the shell in {self._name} ended: the container stopped, restarted, or has no shell"

    def close(self) -> None:
        """End the shell: it has no input any more."""
        self._stream.close()


class ShellBackend(BaseBackend):
    """testinfra's way to run commands, over a `Shell`."""

    NAME = "stackproof"

    def __init__(self, shell: Callable[[], Shell], name: str) -> None:
        super().__init__(name)
        self._shell = shell

    def run(self, command: str, *args: str, **_kwargs: Any) -> CommandResult:  # noqa: ANN401
        """Run a command; raises instead of answering for a container that is gone."""
        words = self.get_command(command, *args)
        code, stdout, stderr = self._shell().run(words)
        return self.result(code, words.encode(), stdout, stderr)


def testinfra_host(shell: Callable[[], Shell], name: str) -> Host:
    """Return a testinfra Host over a shell, which is asked for with the first command.

    Not from testinfra's cache, which keeps hosts of dead containers.
    """
    return Host(ShellBackend(shell, name))
