"""What live tests share: a place of their own, and deadlines on everything they start."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from stackproof.controls import catalogue
from stackproof.engine import engine, labels
from stackproof.engine.project import ComposeSettings
from stackproof.facts.model import Facts
from stackproof.runs import reaper, run
from stackproof.sandbox.pool import Pool
from stackproof.sandbox.progress import Progress
from stackproof.sandbox.sandbox import Sandbox
from stackproof.settings import Settings
from stackproof.stack.discovery import Source
from stackproof.stack.stack import Stack

# Where the tests run as a job in the background, their children inherit that Ctrl-C is ignored.
_HEARS_CTRL_C = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])
"""

_LAB = "LIVE_TEST_LAB"

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(sys.executable).parent
DEADLINE = 240.0  # seconds for one run of a tiny stack on a loaded machine
# For runs of which is asked what becomes of them, and not what they find: it looks into each container of a
# sandbox that is watched as for the others, passes, and does not wait until 45 s without a change are over.
LOOKS = "container-matches-file"


def docker(*words: str, check: bool = True, deadline: float = 120.0) -> str:
    """Run `docker WORDS`; return stdout."""
    done = subprocess.run(["docker", *words], capture_output=True, text=True, timeout=deadline, check=False)
    assert done.returncode == 0 or not check, f"docker {' '.join(words)}: {done.stderr}"
    return done.stdout.strip()


def wait_until(what: str, condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Ask again until the condition holds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"not within {seconds:g} s: {what}"
        time.sleep(0.1)


def facts_once(look: Callable[[], Facts], ready: Callable[[Facts], bool]) -> Facts:
    """Return the facts of a container that has come up."""
    found: list[Facts] = []

    def up() -> bool:
        found.append(look())
        return ready(found[-1])

    wait_until("the service is up", up, 30)
    return found[-1]


def free_port() -> int:
    """Return a number that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def last_event(label: str, told: Callable[[str], bool]) -> str:
    """Wait until a listener has been told all that was: one of our own, made after it, comes last.

    Returns the container by which that is known.
    """
    mark = docker("create", f"--label={label}", "busybox:1.36")
    docker("rm", mark)
    wait_until("the last event", lambda: told(mark))
    return mark


@dataclass(frozen=True)
class Ended:
    """A run of ours that is over."""

    code: int
    output: str
    reports: Path

    @property
    def results(self) -> dict[str, Any]:
        """`results.json`."""
        found: dict[str, Any] = json.loads((self.reports / "results.json").read_text())
        return found

    def outcomes(self) -> dict[tuple[str, str | None, str | None], str]:
        """Outcome by control, service and container."""
        rows = self.results["outcomes"]
        return {(row["control"], row["service"], row["container"]): row["outcome"] for row in rows}


class Running:
    """A run of ours in a process group of its own."""

    def __init__(self, words: list[str], cwd: Path, env: dict[str, str], reports: Path) -> None:
        self._reports = reports
        self._log = reports.with_suffix(".log")
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _HEARS_CTRL_C, *words],
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """What it has said so far."""
        return self._log.read_text(errors="replace")

    def signal_group(self, number: signal.Signals) -> None:
        """Signal all its processes, as a terminal does at Ctrl-C."""
        os.killpg(self.process.pid, number)

    def until(self, what: str, condition: Callable[[], object], seconds: float = 120.0) -> None:
        """Wait for a moment before which it must not have ended."""

        def come() -> bool:
            assert self.process.poll() is None, self.output
            return bool(condition())

        wait_until(what, come, seconds)

    def wait(self, deadline: float = DEADLINE) -> Ended:
        """Wait for its end."""
        code = self.process.wait(timeout=deadline)
        return Ended(code, self.output, self._reports)

    def end(self) -> None:
        """Kill what is left of it."""
        with suppress(ProcessLookupError):
            self.signal_group(signal.SIGKILL)
        self.process.wait(timeout=30)


class Lab:
    """A folder, a cache folder of stackproof's own (and so an owner label), and what a test starts there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.id = secrets.token_hex(3)
        self._started: list[Running] = []
        self._undo: list[list[str]] = []
        self._pools: list[Pool] = []

    # -- stacks and runs ---------------------------------------------------------------------------

    def stack(self, name: str, compose: str | None, contract: str = "", **files: str) -> Path:
        """Write a project folder; `files` by name with `_` for a dot."""
        folder = self.folder / name
        folder.mkdir()
        if compose is not None:
            (folder / "compose.yml").write_text(compose)
        if contract:
            (folder / "stackproof.yml").write_text(contract)
        for file, text in files.items():
            (folder / file.replace("_", ".")).write_text(text)
        return folder

    def start(
        self, program: str, *words: str, cwd: Path | None = None, env: dict[str, str] | None = None
    ) -> Running:
        """Start a run of `stackproof` or `pytest` that writes reports."""
        return self._start([program, *words, "--report-dir", str(self._next_reports())], cwd, env)

    def start_command(self, *words: str, cwd: Path | None = None) -> Running:
        """Start a command of `stackproof` that proves nothing."""
        return self._start(["stackproof", *words], cwd, None)

    def _next_reports(self) -> Path:
        return self.folder / f"reports-{len(self._started) + 1}"

    def _start(self, words: list[str], cwd: Path | None, env: dict[str, str] | None) -> Running:
        """Start one of our programs, with `env` on top of our environment."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        words = [str(PROGRAMS / words[0]), *words[1:]]
        env = {**inherited, _LAB: self.id, **(env or {})}
        running = Running(words, cwd or self.folder, env, self._next_reports())
        self._started.append(running)
        return running

    def start_check(
        self, path: Path, *options: str, workers: int = 2, env: dict[str, str] | None = None
    ) -> Running:
        """Start `stackproof check`."""
        return self.start("stackproof", "check", str(path), "-n", str(workers), *options, env=env)

    def start_suite(self, path: Path, controls: str, *options: str, workers: int = 2) -> Running:
        """Start the suite's tests of some controls."""
        words = ["-p", "no:cacheprovider", *options, "-n", str(workers), "--stack", str(path), "-k", controls]
        return self.start("pytest", *words, "tests/infra", "tests/http", cwd=ROOT)

    def check(self, path: Path, *options: str, workers: int = 2, env: dict[str, str] | None = None) -> Ended:
        """Run `stackproof check` to its end."""
        return self.start_check(path, *options, workers=workers, env=env).wait()

    def live(self, folder: Path, project: str) -> None:
        """Bring a project up as its user does; it is taken down at the end of the test."""
        compose = ["compose", "--project-directory", str(folder), "-p", project]
        self._undo.append([*compose, "down", "--volumes", "--timeout", "0", "--rmi", "local"])
        docker(*compose, "up", "--detach", "--wait", "--build", deadline=300)

    def undo(self, *words: str) -> None:
        """Have `docker WORDS` run at the end of the test."""
        self._undo.append(list(words))

    def sandbox(
        self,
        path: Path,
        settings: ComposeSettings | None = None,
        *,
        lane: str = "faults",
        opened: Settings | None = None,
    ) -> Sandbox:
        """Bring up a sandbox in this process."""
        found = self.pool(opened).get(load(path, settings), lane)
        assert isinstance(found, Sandbox)
        return found

    def pool(self, settings: Settings | None = None) -> Pool:
        """Begin a run in this process."""
        ours = run.Run.create()
        progress = Progress(ours.folder.events)
        self._pools.append(Pool(ours, engine.connect(), progress, settings or Settings()))
        return self._pools[-1]

    # -- what is left ------------------------------------------------------------------------------

    def ours(self, kind: str) -> list[str]:
        """What carries our label of this lab."""
        return engine.ids(kind, {labels.OWNER: run.owner()})

    def running(self) -> list[str]:
        """Containers of ours that run."""
        found = engine.inspect("container", self.ours("container"))
        return [container["Id"] for container in found if container["State"]["Running"]]

    def left(self) -> dict[str, list[str]]:
        """Everything of ours that is still there."""
        found = {kind: self.ours(kind) for kind in reaper.KINDS}
        found["run folder"] = [path.name for path in run.runs_folder().iterdir()]
        return {kind: names for kind, names in found.items() if names}

    def assert_nothing_left(self) -> None:
        """Neither on the engine nor in a file nor as a process."""
        left = self.left()
        assert not left, left
        wait_until("the end of all processes", lambda: not self.processes(), 10)

    def processes(self) -> list[str]:
        """Processes of runs in this lab, known by a variable that they hand to what they start."""
        found = psutil.process_iter(["cmdline", "environ"])
        mine = [process.info for process in found if (process.info["environ"] or {}).get(_LAB) == self.id]
        return [" ".join(process["cmdline"] or ()) for process in mine]

    def volumes(self) -> set[str]:
        """Volumes mounted in our containers now, those without a name too."""
        found = engine.inspect("container", self.ours("container"))
        mounts = [mount for container in found for mount in container["Mounts"]]
        return {mount["Name"] for mount in mounts if mount["Type"] == "volume"}

    def close(self) -> None:
        """Leave nothing behind, whatever the test did."""
        for running in self._started:
            running.end()
        for pool in self._pools:
            pool.close()
        for words in reversed(self._undo):
            docker(*words, check=False, deadline=120)
        for kind in reaper.KINDS:
            engine.remove(kind, self.ours(kind))


def load(path: Path, settings: ComposeSettings | None = None) -> Stack:
    """Read a stack."""
    source = replace(Source.find(str(path), path), settings=settings or ComposeSettings())
    return Stack.load(source, controls=catalogue.entries())


def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """Give a test its lab; the body of a fixture."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
    place = Lab(tmp_path)
    try:
        yield place
    finally:
        place.close()
