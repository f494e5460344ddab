"""A second engine, of the tests' own: they kill it, starve it and fill its disk.

It lives in mount, network and pid namespaces of its own. So its rules, bridges and subnets never meet
those of the main engine, and all of it is gone with the first process there, however the tests end.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Self

import psutil
import pytest
from tests.live.running import PROGRAMS, Lab, Running, wait_until

from stackproof.engine import labels
from stackproof.runs import reaper, run

# The first process of the namespaces. Its `/run` is in memory, and on it a small disk for the engine's data.
# It reaps what loses its parent: an engine waits for the containerd of a killed one until no zombie is left.
# It ends with the pipe, and so with the tests, also when these are killed.
_FIRST = """
import fcntl, os, signal, socket, struct, subprocess, sys
for folder, size in (("/run", "50%"), ("/run/engine/data", sys.argv[1])):
    os.makedirs(folder, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"mode=755,size={size}", "tmpfs", folder], check=True)
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
fcntl.ioctl(socket.socket(), SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP))
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
print("ready", flush=True)
sys.stdin.read()
"""
_NAMESPACES = ("--mount", "--net", "--pid")
_CGROUPS = Path("/sys/fs/cgroup")
_NEEDED = ("dockerd", "containerd", "unshare", "nsenter")
STARTS_WITHIN = 60.0  # seconds, on a loaded machine


def missing() -> str:
    """Say why no second engine can run here; empty when one can."""
    if os.geteuid() != 0:
        return "a second engine needs root"
    absent = [name for name in _NEEDED if shutil.which(name) is None]
    if absent:
        return f"a second engine needs {', '.join(absent)} on PATH"
    tried = subprocess.run(
        ["unshare", *_NAMESPACES, "--fork", "true"], capture_output=True, text=True, check=False
    )
    if tried.returncode != 0:
        return f"a second engine needs namespaces of its own: {tried.stderr.strip()}"
    return ""


class OwnEngine:
    """A dockerd that only its test knows, with a few subnets and a small disk if need be."""

    def __init__(self, *, pool: str = "10.213.0.0/16", disk: str = "4g") -> None:
        """`pool` is cut into subnets of 256 addresses; `disk` is a size as tmpfs has it."""
        if reason := missing():
            pytest.skip(reason)
        # Short, because the address of a socket has at most 107 characters.
        self.folder = Path(tempfile.mkdtemp(prefix="sp-"))
        self.address = f"unix://{self.folder}/docker.sock"
        self._cgroup = f"stackproof-{secrets.token_hex(4)}"
        self._dockerd: subprocess.Popen[bytes] | None = None
        (self.folder / "daemon.json").write_text(json.dumps(self._settings(pool)))
        self._first = subprocess.Popen(
            ["unshare", *_NAMESPACES, "--mount-proc", "--fork", "--kill-child",
             sys.executable, "-I", "-S", "-c", _FIRST, disk],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        try:
            assert self._first.stdout is not None
            assert self._first.stdout.readline() == b"ready\n", "no namespaces for a second engine"
            self._inside = psutil.Process(self._first.pid).children()[0].pid
            self._write_program()
            self.start()
        except BaseException:
            self.close()
            raise

    def _settings(self, pool: str) -> dict[str, Any]:
        """Everything, so that nothing of the machine's own daemon.json applies."""
        return {
            "data-root": "/run/engine/data",
            "exec-root": "/run/engine/exec",
            "pidfile": "/run/engine/docker.pid",
            "hosts": [self.address],
            "bridge": "none",
            "default-address-pools": [{"base": pool, "size": 24}],
            # systemd would take pids of this namespace for its own.
            "exec-opts": ["native.cgroupdriver=cgroupfs"],
            "cgroup-parent": f"/{self._cgroup}",
        }

    def _write_program(self) -> None:
        """`stackproof` where the ports of this engine are published."""
        program = self.folder / "stackproof"
        enter = f"exec nsenter --net=/proc/{self._inside}/ns/net"
        program.write_text(f'#!/bin/sh\n{enter} -- {PROGRAMS / "stackproof"} "$@"\n')
        program.chmod(0o700)

    # -- coming and going --------------------------------------------------------------------------

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def start(self) -> None:
        """Start dockerd, for the first time or again, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._dockerd = started = subprocess.Popen(
                ["nsenter", f"--target={self._inside}", *_NAMESPACES, "--",
                 "dockerd", "--config-file", str(self.folder / "daemon.json")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

        def answers() -> bool:
            assert started.poll() is None, self.log
            return self.run("version").returncode == 0

        wait_until("an answer of the second engine", answers, STARTS_WITHIN)

    def end(self, number: signal.Signals) -> None:
        """End dockerd. At SIGTERM it stops its containers first; at SIGKILL they run on, without ports."""
        running, self._dockerd = self._dockerd, None
        assert running is not None, "it does not run"
        for process in psutil.Process(running.pid).children():
            process.send_signal(number)
        running.wait(timeout=60)

    def close(self) -> None:
        """End everything; only its cgroups and this folder outlive the namespaces and their memory."""
        with suppress(subprocess.TimeoutExpired):
            self._first.communicate(timeout=30)
        self._first.kill()
        self._first.wait(timeout=30)
        if self._dockerd is not None:
            self._dockerd.wait(timeout=30)
        wait_until("the end of its cgroups", self._remove_cgroups, 10)
        shutil.rmtree(self.folder)

    def _remove_cgroups(self) -> bool:
        """Remove them from the leaves to the root, in each hierarchy of cgroup v1 or the one of v2."""
        mine = [*_CGROUPS.glob(self._cgroup), *_CGROUPS.glob(f"*/{self._cgroup}")]
        for root in mine:
            for folder in sorted((path for path in (root, *root.rglob("*")) if path.is_dir()), reverse=True):
                with suppress(OSError):
                    folder.rmdir()
        return not any(root.exists() for root in mine)

    def enter_network(self, *words: str) -> list[str]:
        """Return the words that run a program where the ports of this engine are published."""
        return ["nsenter", f"--net=/proc/{self._inside}/ns/net", *words]

    @property
    def alive(self) -> bool:
        """Whether it runs, which it does not after a test that ended it and failed."""
        return self._dockerd is not None and self._dockerd.poll() is None

    @property
    def log(self) -> str:
        """What dockerd said last."""
        return "\n".join((self.folder / "log").read_text(errors="replace").splitlines()[-20:])

    # -- using it ----------------------------------------------------------------------------------

    @property
    def env(self) -> dict[str, str]:
        """What directs the docker command, and so a run of ours, at this engine."""
        return {"DOCKER_HOST": self.address}

    def run(self, *words: str, stdin: IO[bytes] | None = None) -> subprocess.CompletedProcess[str]:
        """Run `docker WORDS` on this engine."""
        return subprocess.run(
            ["docker", *words], env={**os.environ, **self.env}, stdin=stdin or subprocess.DEVNULL,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    def docker(self, *words: str) -> str:
        """Run `docker WORDS` on this engine; return stdout."""
        done = self.run(*words)
        assert done.returncode == 0, f"docker {' '.join(words)}: {done.stderr}\n{self.log}"
        return done.stdout.strip()

    def load(self, *images: str) -> None:
        """Bring images over from the main engine."""
        with subprocess.Popen(["docker", "save", *images], stdout=subprocess.PIPE) as save:
            done = self.run("load", "--quiet", stdin=save.stdout)
        assert (save.returncode, done.returncode) == (0, 0), done.stderr

    def inside(self, *words: str) -> str:
        """Run a program where this engine's files are."""
        enter = ["nsenter", f"--target={self._inside}", "--mount", "--"]
        return subprocess.run([*enter, *words], capture_output=True, text=True, timeout=60, check=True).stdout

    def fill_disk(self) -> None:
        """Leave no byte of its disk."""
        self.inside("sh", "-c", "cat /dev/zero > /run/engine/data/full || true")

    def start_check(self, lab: Lab, path: Path, *options: str, workers: int = 2) -> Running:
        """Start `stackproof check` against this engine."""
        program = str(self.folder / "stackproof")  # an absolute path stays what it is
        return lab.start(program, "check", str(path), "-n", str(workers), *options, env=self.env)

    def clean(self, *options: str) -> str:
        """Run `stackproof clean` against this engine."""
        done = self.stackproof("clean", *options)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def stackproof(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `stackproof WORDS` against this engine."""
        return subprocess.run(
            [self.folder / "stackproof", *words], env={**os.environ, **self.env},
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    # -- what is there -----------------------------------------------------------------------------

    def ids(self, kind: str, *filters: str) -> set[str]:
        """Ids of everything of a kind, stopped containers and nameless volumes too."""
        words = {"container": ["--all", "--no-trunc"], "network": ["--no-trunc"], "image": ["--no-trunc"]}
        return set(self.docker(kind, "ls", "--quiet", *words.get(kind, ()), *filters).split())

    def everything(self) -> dict[str, set[str]]:
        """Return all that is there, whoever it belongs to."""
        return {kind: self.ids(kind) for kind in reaper.KINDS}

    def ours(self, kind: str, *filters: str) -> set[str]:
        """What carries our label of this test."""
        return self.ids(kind, f"--filter=label={labels.OWNER}={run.owner()}", *filters)

    def runs(self) -> set[str]:
        """Runs of this test that have a container now."""
        mine = [f"--filter=label={labels.OWNER}={run.owner()}"]
        return set(
            self.docker("container", "ls", *mine, "--format", f'{{{{.Label "{labels.RUN}"}}}}').split()
        )
