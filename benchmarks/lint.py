"""`stackproof lint` on generated real-life files beside Compose alone: seconds, findings by profile and rule.

Compose resolves the same files with the same parallelism, before and after, so that both meet the same load.
Seconds of processor are of all processes; on a busy machine only they mean something.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from written_stacks import generate

from stackproof.controls import profile
from stackproof.engine import plugin

PROGRAM = str(Path(sys.executable).with_name("stackproof"))
# As high as a finding must be to fail a run by default.
GATED = ("fail", "unknown")


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What something took, in seconds."""

    wall: float
    processor: float

    def __str__(self) -> str:
        """Return both."""
        return f"{self.wall:.1f} s, {self.processor:.1f} s of processor"


def spent(work: Callable[[], object]) -> Spent:
    """Return what work in other processes took."""
    began, before = time.perf_counter(), _processor()
    work()
    return Spent(wall=time.perf_counter() - began, processor=_processor() - before)


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compose_alone(folders: list[Path], workers: int) -> None:
    """Have Compose's plugin resolve all stacks."""

    def resolve(folder: Path) -> None:
        words = [plugin.program(), "--file", "compose.yml", "--profile", "*", "config"]
        subprocess.run(words, cwd=folder, capture_output=True, check=False)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(resolve, folders))


def lint(top: Path, out: Path, name: str = profile.DEFAULT) -> None:
    """Judge all stacks in one run."""
    words = [PROGRAM, "lint", str(top), "--report-dir", str(out), "--profile", name]
    subprocess.run(words, capture_output=True, check=False)


def fast(top: Path) -> None:
    """Judge all stacks without writing reports."""
    subprocess.run([PROGRAM, "lint", str(top)], capture_output=True, check=False)


def by_profile(top: Path, count: int) -> Iterator[str]:
    """Yield what each profile finds, and how often each rule fires by the strictest."""
    for name in profile.names():
        with tempfile.TemporaryDirectory() as out:
            lint(top, Path(out), name)
            results = json.loads((Path(out) / "results.json").read_text())
        found = [one for one in results["outcomes"] if one["outcome"] in (*GATED, "advisory")]
        gated = {one["stack"] for one in found if one["outcome"] in GATED}
        rate = f"{len(found) / count:6.1f} findings per file"
        yield f"{name:10} {rate}, {len(gated) / count:4.0%} of files gated"
        if name == profile.STRICT:
            yield from rates(found, count)


def rates(found: list[dict[str, Any]], count: int) -> Iterator[str]:
    """Yield of each rule in how many files it fires."""
    stacks: dict[str, set[str]] = defaultdict(set)
    for one in found:
        stacks[one["control"]].add(one["stack"])
    for name, number in Counter({name: len(those) for name, those in stacks.items()}).most_common():
        yield f"    {number / count:4.0%} {name}"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="files (default: 300)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-profiles", action="store_true", help="measure seconds alone")
    given = parser.parse_args()
    workers = (os.cpu_count() or 1) + 1
    with tempfile.TemporaryDirectory() as scratch:
        top = Path(scratch)
        for stack in generate(given.count, given.seed, as_public=True):
            (top / stack.name).mkdir()
            stack.write(top / stack.name)
        folders = sorted(top.iterdir())
        alone = [spent(lambda: compose_alone(folders, workers))]
        ours = spent(lambda: fast(top))
        alone.append(spent(lambda: compose_alone(folders, workers)))
        least = min(alone, key=lambda one: one.processor)
        print(f"{given.count} files, {workers} at a time, Compose {plugin.version()}")  # noqa: T201
        print(f"Compose alone: {alone[0]}; once more: {alone[1]}")  # noqa: T201
        print(f"lint: {ours}")  # noqa: T201
        print(  # noqa: T201
            f"lint / Compose: {ours.wall / min(one.wall for one in alone):.2f}, of processor "
            f"{ours.processor / least.processor:.2f}; on top of it for each file "
            f"{(ours.processor - least.processor) / given.count * 1000:.1f} ms of processor"
        )
        if not given.no_profiles:
            sys.stdout.writelines(f"{line}\n" for line in by_profile(top, given.count))


if __name__ == "__main__":
    main()
