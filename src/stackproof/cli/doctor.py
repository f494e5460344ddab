"""`stackproof doctor`: what this machine and its engine can do."""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import click

from stackproof.cli.ending import in_one_message
from stackproof.engine import engine, hosts
from stackproof.engine.engine import TOOLBOX_IMAGE, Engine
from stackproof.errors import StackproofError
from stackproof.report.text import one_line
from stackproof.runs import leftovers
from stackproof.runs.leftovers import Leftover
from stackproof.runs.origin import Life
from stackproof.runs.run import Run

# Controls that disturb from outside a container, which the helper container is for.
NEEDS_HELPER = "crash-restart and healthcheck-not-vacuous would be unknown"

_REMOVES = "`stackproof clean{}` removes them"


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
    addresses = hosts.host_addresses()
    yield Finding(what="addresses of the host", good=bool(addresses), says=", ".join(addresses))
    six = any(":" in address and not address.startswith(("fe80", "::1")) for address in addresses)
    yield Finding(what="IPv6", good=six, says="beyond loopback" if six else "loopback and link only")
    yield from left_behind([left for left in leftovers.of_everybody() if left.life is not Life.ALIVE])


def left_behind(found: Sequence[Leftover]) -> Iterator[Finding]:
    """Name what runs left, by the command that removes it."""
    mine = [left for left in found if left.mine and left.life is Life.DEAD]
    others = [left for left in found if not left.mine and left.life is Life.DEAD]
    doubtful = [left for left in found if left.life is Life.UNKNOWN]
    yield Finding(
        what="leftovers of killed runs", good=not mine, says=_names(mine), consequence=_REMOVES.format("")
    )
    yield Finding(
        what="leftovers of others' killed runs",
        good=not others,
        says=_names(others),
        consequence=_REMOVES.format(" --all-owners"),
    )
    if doubtful:
        # Nobody's fault, and perhaps no leftover: no reason to end with 1.
        fix = "if none of them lives any more, `stackproof clean --all-owners --older-than AGE` removes them"
        yield Finding(
            what="runs of which nobody here can tell whether they live",
            good=True,
            says=f"{_names(doubtful)} ({fix})",
        )


def _names(found: Sequence[Leftover]) -> str:
    return one_line("; ".join(left.words(left.counts(), time.time()) for left in found)) or "none"


def _helper() -> Finding:
    """Whether a helper container sees the host's processes, which a real crash needs."""
    # Swept by the next run, should the helper outlive its command.
    run = Run.create()
    what = f"helper container ({TOOLBOX_IMAGE}) in the host's pid namespace"
    try:
        seen = engine.helper(["sh", "-c", "ls -d /proc/[0-9]* | wc -l"], own=run.marks).strip()
    except StackproofError as error:
        return Finding(what=what, good=False, says=str(error).splitlines()[0], consequence=NEEDS_HELPER)
    finally:
        run.forget()
    return Finding(what=what, good=int(seen) > 1, says=f"sees {seen} processes", consequence=NEEDS_HELPER)
