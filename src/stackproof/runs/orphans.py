"""Docker commands that outlive their run: killed with it, they would go on making what nobody sweeps."""

from pathlib import Path

import psutil

from stackproof.engine import labels
from stackproof.engine.command import DOCKER

_WITHIN = 5.0  # seconds for a killed process to go


def end(run: str) -> None:
    """Kill the docker commands of a run that is over; those of other users only where we may."""
    marks = (f"stackproof-{run}-", f"{labels.RUN}={run}")
    found = [process for process in psutil.process_iter() if _is_docker_of(process, marks)]
    killed = []
    for process in found:
        try:
            process.kill()
        except psutil.Error:  # gone meanwhile, or somebody else's
            continue
        killed.append(process)
    psutil.wait_procs(killed, timeout=_WITHIN)


def _is_docker_of(process: psutil.Process, marks: tuple[str, ...]) -> bool:
    """Whether it is the docker command, or its plugin, and names the run or one of its projects."""
    try:
        program, *words = process.cmdline() or [""]
    except psutil.Error:
        return False
    return Path(program).name.startswith(DOCKER) and any(mark in word for mark in marks for word in words)
