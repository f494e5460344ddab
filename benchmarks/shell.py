"""How long an assertion takes over one persistent shell, against testinfra's own docker backend.

Both are measured in one run on one container, so that the ratio holds on a slow machine too.
Prints medians in milliseconds, and the processes that this machine starts for each.
"""

import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from testinfra.host import Host

from stackproof.engine.command import run
from stackproof.engine.engine import TOOLBOX_IMAGE
from stackproof.facts.shell import Shell, testinfra_host

ROUNDS = 50
# Any: testinfra makes its modules at run time.
ASSERTIONS: dict[str, Callable[[Any], object]] = {
    "host.run": lambda host: host.run("true"),
    "host.user().uid": lambda host: host.user().uid,
    "host.file().mode": lambda host: host.file("/bin/sh").mode,
}


def median_ms(action: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Median time of an action in milliseconds, after one that is not counted."""
    action()
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        action()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def main() -> None:
    """Start a container, measure, remove it."""
    labels = ("--label", "stackproof.run=benchmark")
    container = run("run", "--detach", "--rm", *labels, TOOLBOX_IMAGE, "sleep", "600").stdout.strip()
    try:
        shell = Shell(container, "benchmark")
        ours = testinfra_host(shell, "benchmark")
        theirs = Host.get_host(f"docker://{container}")
        for name, action in ASSERTIONS.items():
            fast = median_ms(partial(action, ours))
            slow = median_ms(partial(action, theirs), rounds=10)
            sys.stdout.write(
                f"{name:18} {fast:7.2f} ms  docker:// {slow:7.1f} ms  ratio {slow / fast:5.0f}\n"
            )
        shell.close()
    finally:
        run("rm", "--force", container)


if __name__ == "__main__":
    main()
