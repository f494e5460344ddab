"""compose-lint and dclint beside `stackproof lint` on the same generated files: seconds, and who finds what.

For each check of theirs that a control answers: in how many files both find something, only they, only we.
Give the programs: `--compose-lint .venv/bin/compose-lint --dclint node_modules/.bin/dclint`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from written_stacks import generate

from stackproof.controls import peers

PROGRAM = str(Path(sys.executable).with_name("stackproof"))
Found = dict[str, set[str]]
"""The files in which a check fires, by the folder's name."""


def run(words: list[str]) -> tuple[float, str]:
    """Return seconds and output."""
    began = time.perf_counter()
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return time.perf_counter() - began, done.stdout


def ours(top: Path) -> tuple[float, float, Found]:
    """Judge everything, for the terminal and then with all reports."""
    words = [PROGRAM, "lint", str(top), "--select", "*"]
    seconds, _ = run(words)
    with tempfile.TemporaryDirectory() as out:
        reporting, _ = run([*words, "--report-dir", out])
        outcomes = json.loads((Path(out) / "results.json").read_text())["outcomes"]
    fired = [(one["control"], Path(one["stack"]).name) for one in outcomes if _fires(one)]
    return seconds, reporting, _collected(fired)


def _fires(outcome: dict[str, Any]) -> bool:
    return outcome["outcome"] in ("fail", "advisory")


def compose_lint(program: str, files: list[str]) -> tuple[float, Found]:
    """Judge with compose-lint, which tells findings of env files by themselves."""
    seconds, said = run([program, "check", "--format", "json", "--allow-partial-coverage", *files])
    found = json.loads(said)["findings"]
    fired = [(one["rule_id"], Path(one.get("graded_file") or one["file"]).parent.name) for one in found]
    return seconds, _collected(fired)


def dclint(program: str, files: list[str]) -> tuple[float, Found]:
    """Judge with dclint, which cuts its output off at 128 KiB where that is a pipe."""
    with tempfile.TemporaryDirectory() as out:
        seconds, _ = run([program, "-f", "json", "-o", f"{out}/said.json", *files])
        said = (Path(out) / "said.json").read_text()
    fired = [
        (one["rule"], Path(file["filePath"]).parent.name)
        for file in json.loads(said)
        for one in file["messages"]
    ]
    return seconds, _collected(fired)


def _collected(fired: list[tuple[str, str]]) -> Found:
    found: Found = defaultdict(set)
    for check, stack in fired:
        found[check].add(stack)
    return found


def compared(tool: str, theirs: Found, mine: Found) -> Iterator[str]:
    """Yield a line for each check of a tool that a control answers."""
    for one in (one for one in peers.all_checks() if one.tool == tool and one.controls):
        we: set[str] = set().union(*(mine[name] for name in one.controls))
        they = theirs[one.id]
        numbers = f"{len(we & they):5} {len(they - we):5} {len(we - they):5}"
        example = f"  such as {min(they - we)}" if they - we else ""
        yield f"{numbers}  {one.id}: {', '.join(one.controls)}{example}"


def main() -> None:
    """Print seconds and differences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="files (default: 300)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--compose-lint", metavar="PROGRAM")
    parser.add_argument("--dclint", metavar="PROGRAM")
    parser.add_argument("--write", type=Path, metavar="DIR", help="leave the files there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        top = given.write or Path(scratch)
        for stack in generate(given.count, given.seed, as_public=True):
            (top / stack.name).mkdir(parents=True, exist_ok=True)
            stack.write(top / stack.name)
        files = [str(path) for path in sorted(top.glob("*/compose.yml"))]
        seconds, reporting, mine = ours(top)
        print(f"stackproof lint: {seconds:.1f} s, with reports {reporting:.1f} s")  # noqa: T201
        tools: list[tuple[str, str | None, Callable[[str, list[str]], tuple[float, Found]]]] = [
            ("compose-lint", given.compose_lint, compose_lint),
            ("dclint", given.dclint, dclint),
        ]
        for tool, program, judge in tools:
            if program:
                seconds, theirs = judge(program, files)
                print(f"{tool}: {seconds:.1f} s\n both  they    we")  # noqa: T201
                sys.stdout.writelines(f"{line}\n" for line in compared(tool, theirs, mine))


if __name__ == "__main__":
    main()
