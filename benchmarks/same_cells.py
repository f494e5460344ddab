"""Prove the same stacks again and again, in other orders and under load: no cell may differ.

`python benchmarks/same_cells.py --runs 20 STACK...` appends one line for each run to `--log`, and goes on
where an earlier call ended. Every second run has busy loops beside it. Ends with 1 when a cell differs: one
control, of one service and aspect, that was said to be something else. Under load it may also be unknown,
with its reason.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).parents[1]
LOOPS = 4
BUSY = "while True: pass"
UNKNOWN = "unknown"

Cells = dict[str, str]


def main() -> int:
    """Run what is missing, then compare all runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stacks", nargs="*", default=["stacks/*"])
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--log", type=Path, default=Path("same-cells.jsonl"))
    wanted = parser.parse_args()
    done = read(wanted.log)
    for number in range(len(done), wanted.runs):
        done.append(perform(wanted.stacks, seed=number + 1, loaded=number % 2 == 1))
        with wanted.log.open("a") as log:
            log.write(json.dumps(done[-1]) + "\n")
        click.echo(line(done[-1]))
    differing = compare(done)
    loaded = sum(run["loaded"] for run in done)
    click.echo(f"{len(done)} runs, {loaded} of them loaded: {len(differing)} differing cells")
    click.echo("\n".join(differing))
    return 1 if differing else 0


def read(log: Path) -> list[dict[str, Any]]:
    """Return the runs of earlier calls."""
    return [json.loads(one) for one in log.read_text().splitlines()] if log.exists() else []


def perform(stacks: Sequence[str], *, seed: int, loaded: bool) -> dict[str, Any]:
    """Prove the stacks once; return what was said in each cell."""
    words = [
        word for stack in stacks for found in sorted(ROOT.glob(stack)) for word in ("--stack", str(found))
    ]
    with tempfile.TemporaryDirectory() as folder, load(LOOPS if loaded else 0):
        began = time.monotonic()
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", "-n", "auto", f"--randomly-seed={seed}", "--report-dir", folder,
             *words, "tests/infra", "tests/http"],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        seconds = time.monotonic() - began
        results = json.loads((Path(folder) / "results.json").read_text())
    return {
        "seed": seed, "loaded": loaded, "seconds": round(seconds, 1), "exit": ended.returncode,
        "cells": cells(results["outcomes"]),
        "reasons": {key(row): row["message"] for row in results["outcomes"] if row["outcome"] == UNKNOWN},
    }  # fmt: skip


@contextmanager
def load(loops: int) -> Iterator[None]:
    """Keep the processors busy with so many processes."""
    started = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(loops)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def key(row: dict[str, Any]) -> str:
    """Name a cell."""
    return " ".join(
        str(row[name]) for name in ("stack", "container", "service", "control", "aspect") if row[name]
    )


def cells(rows: Sequence[dict[str, Any]]) -> Cells:
    """Return what was said in each cell; several outcomes of one are all named."""
    said: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        said[key(row)].add(row["outcome"])
    return {name: "+".join(sorted(outcomes)) for name, outcomes in said.items()}


def compare(runs: Sequence[dict[str, Any]]) -> list[str]:
    """Return a line for each cell that differs from the first run."""
    first: Cells = runs[0]["cells"] if runs else {}
    lines = []
    for run in runs[1:]:
        for name in sorted({*first, *run["cells"]}):
            was, now = first.get(name, "nothing"), run["cells"].get(name, "nothing")
            if was == now:
                continue
            reason = run["reasons"].get(name, "")
            if now == UNKNOWN and run["loaded"]:
                click.echo(f"seed {run['seed']}: {name} could not be told under load: {reason}")
                continue
            lines.append(f"seed {run['seed']}: {name} is {now} in place of {was}  {reason}")
    return lines


def line(run: dict[str, Any]) -> str:
    """Say in short how a run went."""
    loaded = "loaded" if run["loaded"] else "quiet"
    unknown = sum(UNKNOWN in said for said in run["cells"].values())
    return f"seed {run['seed']:>2} {loaded:>6} {run['seconds']:>6} s exit {run['exit']} {unknown} unknown"


if __name__ == "__main__":
    sys.exit(main())
