"""Proving stacks with the real tool, and whether a mutant was seen for what it is."""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from tests.live.running import ROOT, Ended, Lab
from tests.mutant_files import SOUND, Mutant

# A stack that does not come back is waited for a minute, once per trial.
DEADLINE = 300.0

By = dict[str | None, set[str]]
Results = dict[str, Any]


def prove(lab: Lab, stack: str, *options: str, workers: int = 0, env: dict[str, str] | None = None) -> Ended:
    """Run the real tool on a stack at the lowest gate."""
    words = ["-p", "no:randomly", "-p", "no:cacheprovider", "-n", str(workers), "--fail-on", "low"]
    run = lab.start(
        "pytest", *words, "--stack", stack, *options, "tests/infra", "tests/http", cwd=ROOT, env=env
    )
    return run.wait(DEADLINE)


def prove_mutants(lab: Lab, mutants: Sequence[Mutant], *options: str) -> Ended:
    """Prove the sound stack with these mistakes, or with none, by the options' controls."""
    return prove(lab, ":".join(map(str, (SOUND, *(mutant.file for mutant in mutants)))), *options)


def unseen(mutant: Mutant, beside: Sequence[Mutant], before: Results, after: Results) -> str:
    """Say why its control did not see a mutant, or what else it said; empty when all is as it must be.

    Of services that another mutant in the sandbox changed it may say anything.
    """
    was, now = _outcomes(before, mutant.control), _outcomes(after, mutant.control)
    # With options of its own a control may say of a sound service that it cannot tell.
    if was.pop(mutant.service) != {"pass"} and not mutant.options:
        return f"{mutant.service} does not pass without it"
    found = now.pop(mutant.service, set())
    if "fail" not in found or found - {"fail", "pass"}:
        return f"{mutant.service}: {', '.join(sorted(found)) or 'no outcome'}"
    said = {row["message"] for row in _rows(after, mutant.control) if row["outcome"] == "fail"}
    if other := [message for message in said if not re.search(mutant.message, message)]:
        return f"the finding does not match {mutant.message!r}: {'; '.join(other)}"
    sound = {*was, *now} - {service for other in beside if other != mutant for service in other.touched}
    changed = {name: now.get(name) for name in sound if now.get(name) != was.get(name)}
    return f"the other services: {changed} instead of {was}" if changed else ""


def _rows(results: Results, control: str) -> list[dict[str, Any]]:
    return [row for row in results["outcomes"] if row["control"] == control]


def _outcomes(results: Results, control: str) -> By:
    """All outcomes of a control, by service."""
    found: By = defaultdict(set)
    for row in _rows(results, control):
        found[row["service"]].add(row["outcome"])
    return dict(found)
