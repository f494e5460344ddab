"""Ctrl-C again and again while a run takes its things away, and the engine answers nothing."""

import contextlib
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.live.running import Lab

from stackproof.runs.signals import BROKEN_OFF, SAID, UNDISTURBED

ENGINE = "/var/run/docker.sock"
STACK = "services: {web: {image: 'busybox:1.36', command: sleep 1000, volumes: [/data]}}"
SELECT = ("--select", "no-restart-loop")


class Hangs:
    """The engine behind a socket of ours, which can keep from it that something shall go."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.holds = threading.Event()
        self.held = threading.Event()
        """Set once somebody waits for something to go."""
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Let nobody in any more."""
        self._server.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _address = self._server.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as engine, contextlib.suppress(OSError):
            engine.connect(ENGINE)
            ends = {client: engine, engine: client}
            while True:
                for source in select.select(list(ends), [], [])[0]:
                    said = source.recv(1 << 16)
                    if source is client and self.holds.is_set() and said.startswith(b"DELETE "):
                        self.held.set()
                        said = _swallowed(source)
                    if not said:
                        return
                    ends[source].sendall(said)


def _swallowed(client: socket.socket) -> bytes:
    """Take all that comes, until nobody is there any more."""
    while client.recv(1 << 16):
        pass
    return b""


@pytest.fixture
def hangs(tmp_path: Path) -> Iterator[Hangs]:
    """An engine that will hang when it is told."""
    found = Hangs(tmp_path / "engine.sock")
    yield found
    found.close()


@pytest.mark.parametrize("workers", [0, 2])
def test_who_has_enough_of_a_sweep_is_told_what_is_left(lab: Lab, hangs: Hangs, workers: int) -> None:
    """Exit code 130 stays, the words say what may be left, and the next run takes that away."""
    env = {"DOCKER_HOST": f"unix://{hangs.path}"}
    started = lab.start_check(lab.stack("stack", STACK), *SELECT, workers=workers, env=env)
    started.until("a container that runs", lab.running)
    hangs.holds.set()
    began = time.monotonic()
    for _press in range(2):
        started.signal_group(signal.SIGINT)
        started.until("somebody who waits", hangs.held.is_set)
    started.until("a word on why it takes so long", lambda: SAID in started.output)
    time.sleep(max(0.0, began + UNDISTURBED + 1 - time.monotonic()))
    while started.process.poll() is None:
        os.killpg(started.process.pid, signal.SIGINT)
        time.sleep(0.5)
        assert time.monotonic() < began + 4 * UNDISTURBED, started.output
    ended = started.wait()

    assert ended.code == 130, ended.output
    assert ended.output.count(BROKEN_OFF) == 2  # at once, and at the end
    assert "Traceback" not in ended.output
    dead = lab.left()["run folder"]
    assert lab.left()["container"]
    following = lab.check(lab.stack("next", STACK), "--select", "restart-policy-set")
    assert following.code == 0, following.output
    assert following.results["run"]["contexts"]["runs swept at start"] == dead
    lab.assert_nothing_left()
