"""All processes of a service stop running, while the container stays up."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from stackproof.engine import engine
from stackproof.errors import Unknown
from stackproof.isolation.health import health_of
from stackproof.sandbox.container import Container, timestamp
from stackproof.sandbox.sandbox import Sandbox
from stackproof.sandbox.view import View
from stackproof.sandbox.waiting import EVERY
from stackproof.trials.crash import SURE, main_pid

LOOKS = 100  # a tenth of a second apart: a process takes the signal that stops it when it is its turn to run
# `docker pause` would freeze the health probe too, and stopping PID 1 alone leaves workers serving.
# Prints and signals the process and all its descendants; execs (probes) are not among them.
_SCRIPT = f"""{SURE}
known=" $1 "
again=1
while [ $again = 1 ]; do
  again=0
  for status in /proc/[0-9]*/status; do
    pid= parent=
    while read -r key value _; do
      case $key in Pid:) pid=$value ;; PPid:) parent=$value; break ;; esac
    done 2>/dev/null < "$status"
    case "$known" in
      *" $pid "*) ;;
      *) case "$known" in *" $parent "*) known="$known$pid "; again=1 ;; esac ;;
    esac
  done
done
kill "-$3" $known
# A signal that was refused froze nobody, and then no probe proves anything. Z and X are dead already.
for pid in $known; do
  [ "$3" = STOP ] || break
  looks=0
  while :; do
    state=Z
    while read -r key value _; do
      case $key in State:) state=$value; break ;; esac
    done 2>/dev/null < "/proc/$pid/status"
    case $state in T | t | Z | X) break ;; esac
    looks=$((looks + 1))
    [ $looks -lt {LOOKS} ] || {{ echo "process $pid is not frozen: $state" >&2; exit 1; }}
    usleep 100000 2>/dev/null || sleep 1
  done
done
date +%s
echo $known
"""
# So many probes that began after the freeze and succeeded make a check vacuous; one failure clears it.
ENOUGH = 2
MARGIN = 20.0  # seconds on top of the probes' own time, for a loaded machine


@dataclass(frozen=True, kw_only=True)
class FreezeTrial:
    """What the health check said of a frozen service."""

    frozen: int
    probes: tuple[str, ...]
    noticed: bool
    recovered: float | None
    trouble: str = ""


@contextmanager
def frozen(container: Container, own: dict[str, str]) -> Iterator[tuple[float, list[int]]]:
    """Freeze the service's processes and thaw them whatever happens.

    Gives the time on the engine's host (seconds since the epoch) and the host pids.
    """
    pid = main_pid(container)
    try:
        at, *stopped = engine.helper(
            ["sh", "-c", _SCRIPT, "freeze", pid, container.id, "STOP"], own=own
        ).split()
        yield float(at), [int(word) for word in stopped]
    finally:
        engine.helper(["sh", "-c", _SCRIPT, "thaw", pid, container.id, "CONT"], own=own)


def freeze_trial(container: Container, sandbox: Sandbox) -> FreezeTrial:
    """Freeze a service and read what its health check says; leaves the sandbox ready again."""
    service = sandbox.stack.services[container.service]
    health = health_of(service, sandbox.images.health())
    if health is None:
        msg = f"{container} has a health check, but neither the compose file nor the image says which"
        raise Unknown(msg)
    within = ENOUGH * (health.timeout + min(health.interval, 1.0)) + MARGIN
    with frozen(container, sandbox.labels) as (at, pids), sandbox.disturbance():
        probes = _probes_after(container, sandbox, at, within)
    started = time.monotonic()
    trouble = sandbox.restore()
    return FreezeTrial(
        frozen=len(pids),
        probes=tuple(f"exit {code}: {output}" for code, output in probes),
        noticed=any(code != 0 for code, _output in probes),
        recovered=None if trouble else round(time.monotonic() - started, 1),
        trouble=trouble,
    )


def _probes_after(container: Container, view: View, at: float, within: float) -> list[tuple[int, str]]:
    """Wait for probes that began after the freeze: one failed, or enough that succeeded.

    Raises Unknown when the engine ran none in time.
    """
    until = time.monotonic() + within
    seen: dict[str, tuple[int, str]] = {}
    while time.monotonic() < until:
        found = next(c for c in view.look() if c.id == container.id)
        for entry in found.health_log:
            # The engine's clock was read in whole seconds.
            if timestamp(entry["Start"]) > at + 1:
                output = " ".join(str(entry.get("Output", "")).split())[:120]
                seen[entry["Start"]] = int(entry["ExitCode"]), output
        if len(seen) >= ENOUGH or any(code != 0 for code, _output in seen.values()):
            return list(seen.values())
        view.events.wait(EVERY)
    msg = f"{container}: only {len(seen)} health probes ended in {within:.0f} s while the service was frozen"
    raise Unknown(msg)
