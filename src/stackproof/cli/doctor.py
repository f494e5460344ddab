"""`stackproof doctor`: what this machine and its engine can do."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import click

from stackproof import reach
from stackproof.cli.ending import in_one_message
from stackproof.engine import engine, labels
from stackproof.engine.engine import TOOLBOX_IMAGE, Engine
from stackproof.errors import StackproofError
from stackproof.runs import reaper
from stackproof.runs.run import Run, owner

# Controls that disturb from outside a container, which the helper container is for.
NEEDS_HELPER = "crash-restart and healthcheck-not-vacuous would be unknown"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was tried."""

    what: str
    good: bool
    says: str
    consequence: str = ""


@click.command()
def doctor() -> None:
    """Say what this machine and engine can do, and which controls suffer from what they cannot."""
    with in_one_message():
        findings = list(examine(engine.connect_here()))
    for finding in findings:
        mark = "ok  " if finding.good else "no  "
        tail = f" ({finding.consequence})" if finding.consequence and not finding.good else ""
        click.echo(f"{mark} {finding.what}: {finding.says}{tail}")
    sys.exit(0 if all(finding.good or not finding.consequence for finding in findings) else 1)


def examine(found: Engine) -> Iterator[Finding]:
    """Try everything that controls rely on."""
    yield Finding(what="engine", good=True, says=f"{found.server}, API {'.'.join(map(str, found.api))}")
    yield Finding(what="compose", good=True, says=found.compose)
    yield Finding(
        what="health start intervals",
        good=found.knows_start_intervals,
        says="known to the engine" if found.knows_start_intervals else "need engine 25",
    )
    yield _helper()
    addresses = reach.host_addresses()
    yield Finding(what="addresses of the host", good=bool(addresses), says=", ".join(addresses))
    six = any(":" in address and not address.startswith(("fe80", "::1")) for address in addresses)
    yield Finding(what="IPv6", good=six, says="beyond loopback" if six else "loopback and link only")
    mine = sorted(run for run in reaper.leftovers() if not Run(run).alive())
    yield Finding(
        what="leftovers of killed runs",
        good=not mine,
        says=", ".join(mine) or "none",
        consequence="`stackproof clean` removes them",
    )


def _helper() -> Finding:
    """Whether a helper container sees the host's processes, which a real crash needs."""
    # Swept by the next run, should the helper outlive its command.
    own = {labels.RUN: "doctor", labels.OWNER: owner()}
    what = f"helper container ({TOOLBOX_IMAGE}) in the host's pid namespace"
    try:
        seen = engine.helper(["sh", "-c", "ls -d /proc/[0-9]* | wc -l"], own=own).strip()
    except StackproofError as error:
        return Finding(what=what, good=False, says=str(error).splitlines()[0], consequence=NEEDS_HELPER)
    return Finding(what=what, good=int(seen) > 1, says=f"sees {seen} processes", consequence=NEEDS_HELPER)
