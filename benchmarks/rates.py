"""How often each rule fires on generated real-life files: writes `src/stackproof/controls/rates.toml`.

All rules judge, whatever their profile, and no engine is asked: rules on images know Dockerfiles only. The
pages of controls and `stackproof controls ID` tell what is written there.
"""

import argparse
import json
import os
import subprocess
import tempfile
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lint import PROGRAM
from written_stacks import generate

from stackproof.controls import catalogue, rates

FOUND = ("fail", "advisory", "waived")
JUDGED = (*FOUND, "pass")


def judged(top: Path) -> dict[str, Any]:
    """Return the results of one run over all stacks."""
    environment = {**os.environ, "DOCKER_HOST": "unix:///nowhere/docker.sock"}
    with tempfile.TemporaryDirectory() as out:
        words = [PROGRAM, "lint", ".", "--select", "*", "--report-dir", out]
        subprocess.run(words, cwd=top, env=environment, capture_output=True, check=False)
        found: dict[str, Any] = json.loads((Path(out) / "results.json").read_text())
    return found


def counted(results: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Return of each rule in how many files it finds something, and how many it judges."""
    stacks: dict[tuple[str, bool], set[str]] = defaultdict(set)
    for one in results["outcomes"]:
        if one["outcome"] in JUDGED:
            stacks[one["control"], False].add(one["stack"])
        if one["outcome"] in FOUND:
            stacks[one["control"], True].add(one["stack"])
    rules = sorted(name for name, entry in catalogue.entries().items() if entry.is_rule)
    return {name: (len(stacks[name, True]), len(stacks[name, False])) for name in rules}


def text(found: dict[str, tuple[int, int]], count: int) -> str:
    """Return what is written."""
    lines = [
        "# In how many generated files each rule fires, of how many it judges (benchmarks/rates.py).",
        f"date = {datetime.now(UTC).date()}",
        f"files = {count}",
        "",
        "[rules]",
        *(f"{name} = [{fires}, {judges}]" for name, (fires, judges) in found.items()),
    ]
    return "\n".join((*lines, ""))


def main() -> None:
    """Count, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="files (default: 300)")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        for stack in generate(given.count, given.seed, as_public=True):
            (folder := Path(scratch) / stack.name).mkdir()
            stack.write(folder)
        found = counted(judged(Path(scratch)))
    rates.FILE.write_text(text(found, given.count), encoding="utf-8")


if __name__ == "__main__":
    main()
