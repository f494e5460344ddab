"""A persistent shell in a container, and testinfra on top of it.

testinfra's own docker backend starts a local shell, the docker command and an exec for every
assertion (70 ms), and answers False for much of what it cannot ask a dead container. Here one
`docker exec -i` serves all assertions, and a container that is gone raises. Where the image has no shell,
a sidecar has one (sidecar.py).
"""

import secrets
import selectors
import shlex
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO, Any

from testinfra.backend.base import BaseBackend, CommandResult
from testinfra.host import Host

from stackproof.engine import command
from stackproof.errors import ContainerGoneError, Unknown

DEADLINE = 30.0  # seconds for one assertion
_CHUNK = 65536


class Shell:
    """`sh` in a container, fed line by line. Answers are framed by a random marker on both streams."""

    def __init__(self, container: str, name: str, user: str | None = None) -> None:
        self._open(name, ["exec", "-i", *(["--user", user] if user else []), container, "sh"])

    def _open(self, name: str, words: Sequence[str]) -> None:
        self._name = name
        self._marker = f"stackproof-{secrets.token_hex(8)}"
        self._last_words = b""
        self._process = command.start(*words)
        self._selector = selectors.DefaultSelector()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                self._selector.register(stream, selectors.EVENT_READ)

    def run(self, script: str, deadline: float = DEADLINE) -> tuple[int, bytes, bytes]:
        """Run a script in a subshell; return exit code, stdout, stderr.

        Raises ContainerGoneError when the shell ended, Unknown when there is no answer in time.
        """
        marker = self._marker
        ends = f"printf '\\n{marker} %s\\n' $?; printf '\\n{marker}\\n' >&2"
        framed = f"( eval {shlex.quote(script)} ) </dev/null; {ends}\n"
        try:
            stdin = self._stream("stdin")
            stdin.write(framed.encode())
            stdin.flush()
        except (BrokenPipeError, ValueError):
            raise self._gone() from None
        out, err = self._read(deadline)
        stdout, _, code = out.rpartition(f"\n{marker} ".encode())
        return int(code), stdout, err.rpartition(f"\n{marker}".encode())[0]

    def _read(self, deadline: float) -> tuple[bytes, bytes]:
        buffers = {self._stream("stdout"): bytearray(), self._stream("stderr"): bytearray()}
        end = time.monotonic() + deadline
        waiting = set(buffers)
        while waiting:
            ready = self._selector.select(timeout=max(0.0, end - time.monotonic()))
            if not ready or time.monotonic() > end:  # also for one that never stops talking
                self.close()
                msg = f"{self._name} gave no answer within {deadline:g} s"
                raise Unknown(msg)
            for key, _mask in ready:
                stream: Any = key.fileobj
                chunk = stream.read1(_CHUNK)
                if not chunk:
                    self._last_words = bytes(buffers[self._stream("stderr")])
                    raise self._gone()
                buffers[stream] += chunk
                if self._complete(buffers[stream]):
                    waiting.discard(stream)
        return bytes(buffers[self._stream("stdout")]), bytes(buffers[self._stream("stderr")])

    def _complete(self, buffer: bytearray) -> bool:
        at = buffer.rfind(f"\n{self._marker}".encode())
        return at >= 0 and buffer.find(b"\n", at + 1) >= 0

    def _stream(self, name: str) -> IO[bytes]:
        stream: IO[bytes] | None = getattr(self._process, name)
        if stream is None:
            raise self._gone()
        return stream

    def _gone(self) -> ContainerGoneError:
        self.close()
        return ContainerGoneError(self._why_gone())

    def _why_gone(self) -> str:
        return f"the shell in {self._name} ended: the container stopped, restarted, or has no shell"

    def close(self) -> None:
        """End the shell."""
        self._selector.close()
        self._process.kill()
        self._process.wait(timeout=5)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):  # what was not sent is of no use any more
                    stream.close()


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
