"""Streams of programs that run here, marked as the engine marks those of containers."""

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

from stackproof.engine.streams import ERR, OUT, Stream


class LocalStream(Stream):
    """A program of this machine at the other end of a connection."""

    def __init__(self, argv: Sequence[str]) -> None:
        mine, self._its = socket.socketpair()
        super().__init__(mine)
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True)
        self._sending = threading.Lock()
        outputs = ((OUT, self.process.stdout), (ERR, self.process.stderr))
        self._output = [threading.Thread(target=self._relay, args=each, daemon=True) for each in outputs]
        self._input = threading.Thread(target=self._feed, daemon=True)
        self._ending = threading.Thread(target=self._end, daemon=True)
        for work in (*self._output, self._input, self._ending):
            work.start()

    def _relay(self, kind: int, stream: IO[bytes]) -> None:
        with stream, suppress(OSError):
            while data := os.read(stream.fileno(), 65536):
                with self._sending:
                    self._its.sendall(bytes([kind, 0, 0, 0]) + len(data).to_bytes(4, "big") + data)

    def _feed(self) -> None:
        assert self.process.stdin
        with suppress(OSError):
            while data := self._its.recv(65536):
                self.process.stdin.write(data)
                self.process.stdin.flush()
        with suppress(OSError):
            self.process.stdin.close()

    def _end(self) -> None:
        for work in self._output:
            work.join()
        with suppress(OSError):
            self._its.shutdown(socket.SHUT_RDWR)
        self._input.join()
        self._its.close()

    def kill(self) -> None:
        """End the program as the kernel does with its container."""
        with suppress(ProcessLookupError):  # and whatever it has started
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._ending.join()


class LocalHelper:
    """In the place of `programs.Helper`."""

    def __init__(self, argv: Sequence[str]) -> None:
        self.stream = LocalStream(argv)
        self.removed = False

    def ended(self, within: float) -> bool:
        """Give it some time (seconds) to end; say whether it did."""
        with suppress(subprocess.TimeoutExpired):
            self.stream.process.wait(within)
        return self.stream.process.returncode is not None

    def remove(self) -> None:
        """End it."""
        self.removed = True
        self.stream.close()
        self.stream.kill()
