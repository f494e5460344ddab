"""How long a proof of a stack takes, beside the ten assertions that a user would write for it.

`python benchmarks/stacks.py [--runs 5] [STACK...]` runs both on each stack, one after the other, and all
stacks together; it prints the medians in seconds, their ratio, and what was started and used. Nothing else
should run meanwhile.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

ROOT = Path(__file__).parents[1]
STACKS = sorted(path.name for path in (ROOT / "stacks").iterdir())


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one run took."""

    seconds: float
    processor: float
    """Seconds of a processor, of our processes and those that they started; not the engine's."""
    everything: float
    """Seconds of a processor, of the whole machine."""
    docker: int
    """`docker` processes."""


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stacks", nargs="*", default=STACKS)
    parser.add_argument("--runs", type=int, default=5)
    wanted = parser.parse_args()
    click.echo(
        f"{'stack':30} {'plain':>7} {'proof':>7} {'ratio':>6} {'own cpu':>8} {'all cpu':>8} {'docker':>7}"
    )
    for stack in wanted.stacks:
        plain = [measure(*plain_suite(stack)) for _ in range(wanted.runs)]
        ours = [measure(proof([stack]), {}) for _ in range(wanted.runs)]
        click.echo(line(stack, plain, ours))
    if len(wanted.stacks) > 1:
        click.echo(line("together", [], [measure(proof(wanted.stacks), {}) for _ in range(wanted.runs)]))
    return 0


def plain_suite(stack: str) -> tuple[list[str], dict[str, str]]:
    """Return the command, and what it needs to know."""
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:stackproof",
        "-p",
        "no:randomly",
        "-p",
        "no:xdist",
    ]
    return [*words, str(ROOT / "benchmarks/plain_suite.py")], {"PLAIN_STACK": stack}


def proof(stacks: Sequence[str]) -> list[str]:
    """Return the command that proves stacks: names of ours, or other folders."""
    names = [word for stack in stacks for word in ("--stack", str(ROOT / "stacks" / stack))]
    return [sys.executable, "-m", "pytest", "-q", "-n", "auto", *names, "tests/infra", "tests/http"]


def measure(command: Sequence[str], more: dict[str, str]) -> Run:
    """Run a command to its end."""
    with tempfile.TemporaryDirectory() as folder:
        counted = counting_docker(Path(folder))
        path = f"{folder}{os.pathsep}{os.environ['PATH']}"
        began, used, busy = time.monotonic(), children(), machine()
        done = subprocess.run(
            [*command, "--rootdir", str(ROOT), *(["--report-dir", folder] if not more else [])],
            cwd=ROOT, env={**os.environ, **more, "PATH": path}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            msg = f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-3000:]}"
            raise click.ClickException(msg)
        return Run(
            seconds=time.monotonic() - began,
            processor=children() - used,
            everything=machine() - busy,
            docker=counted.stat().st_size,
        )


def counting_docker(folder: Path) -> Path:
    """Put a `docker` into a folder that counts how often it is called, a byte for each."""
    real = subprocess.run(["which", "docker"], capture_output=True, text=True, check=True).stdout.strip()
    counted = folder / "count"
    counted.touch()
    (folder / "docker").write_text(f'#!/bin/sh\nprintf x >>{counted}\nexec {real} "$@"\n')
    (folder / "docker").chmod(0o755)
    return counted


def children() -> float:
    """Seconds of a processor that ended children took, with theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def machine() -> float:
    """Seconds of a processor that the machine was not idle (proc_stat(5))."""
    numbers = Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    ticks = sum(map(int, numbers)) - int(numbers[3]) - int(numbers[4])
    return ticks / os.sysconf("SC_CLK_TCK")


def line(name: str, plain: Sequence[Run], ours: Sequence[Run]) -> str:
    """Return the medians as one line."""
    mine = {key: statistics.median(getattr(run, key) for run in ours) for key in Run.__annotations__}
    other = statistics.median(run.seconds for run in plain) if plain else 0.0
    ratio = f"{mine['seconds'] / other:.2f}" if other else ""
    return (
        f"{name:30} {other:7.1f} {mine['seconds']:7.1f} {ratio:>6} {mine['processor']:8.1f} "
        f"{mine['everything']:8.1f} {mine['docker']:7.0f}"
    )


if __name__ == "__main__":
    sys.exit(main())
