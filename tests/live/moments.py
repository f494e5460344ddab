"""Moments at which tests disturb a run, and a stack that has them."""

from contextlib import suppress

import psutil
from tests.live.running import Lab, Running, docker

from stackproof.engine import labels
from stackproof.runs import run
from stackproof.runs.folder import RunFolder
from stackproof.sandbox.progress import Progress

# Lanes in which services are killed.
FAULTS = ("faults", "stops")
# Redis's image declares a volume, which nobody names here.
CACHE = """
services:
  cache:
    image: redis:7-alpine
    restart: unless-stopped
    healthcheck: {test: ["CMD", "redis-cli", "ping"], interval: 1s, timeout: 5s, retries: 30}
"""


def in_bring_up(lab: Lab, started: Running) -> set[str]:
    """Wait until something runs but not all does; return the volumes that are there."""
    # Looks into images make containers, too, before there is a sandbox; those never run.
    started.until("a container in the middle of the bring-up", lambda: lab.running() and lab.volumes())
    _positive_control(lab)
    return lab.volumes()


def in_fault(lab: Lab, started: Running) -> set[str]:
    """Wait until a container was killed by a fault; return the volumes that were there until then."""
    mine = f"--filter=label={labels.OWNER}={run.owner()}"
    exited = ["container", "ls", "--all", "--quiet", "--filter", "status=exited", mine]
    volumes: set[str] = set()

    def killed() -> bool:
        volumes.update(lab.volumes())
        return any(docker(*exited, f"--filter=label={labels.LANE}={lane}") for lane in FAULTS)

    started.until("a container killed by a fault", killed)
    _positive_control(lab)
    return volumes


def _positive_control(lab: Lab) -> None:
    """The look that shall find no process at the end finds those that are there now."""
    assert lab.processes(), "no process of the run is known for one"


def worker_in_fault(started: Running) -> psutil.Process:
    """Return the worker that has the sandbox of the faults."""
    return worker_of(started, *FAULTS)


def worker_of(started: Running, *lanes: str) -> psutil.Process:
    """Return the worker that has the sandbox of some lanes, known by the steps that it noted."""
    workers = {child.pid: child for child in psutil.Process(started.process.pid).children()}
    runs = [Progress(RunFolder(path).events) for path in run.runs_folder().iterdir()]
    steps = [step for progress in runs for step in progress.read() if step["lane"] in lanes]
    (worker,) = {step["process"] for step in steps} & workers.keys()
    return workers[worker]


def worker_that_runs(started: Running, word: str) -> psutil.Process:
    """Return the worker that runs a command with this in its words."""
    (worker,) = (
        child
        for child in psutil.Process(started.process.pid).children()
        if any(word in " ".join(command.cmdline()) for command in child.children())
    )
    return worker


def in_process(*words: str) -> bool:
    """Whether these are the words of a process on this machine, those in containers and builds included."""
    return any(process.info["cmdline"] == list(words) for process in psutil.process_iter(["cmdline"]))


def commands(started: Running) -> list[str]:
    """What runs below a run now."""
    found = []
    for process in psutil.Process(started.process.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            found.append(" ".join(process.cmdline()))
    return found
