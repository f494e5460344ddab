"""The ways in which a run can end, on an engine of its own with somebody else's project on it."""

import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.live.moments import commands, in_process, worker_of
from tests.live.place import Place
from tests.live.running import LOOKS, Ended, Running

from stackproof.engine.projects import PROJECT
from stackproof.runs import run

BROKEN = """
services:
  web:
    restart: "no"
    command: ["sh", "-c", "exit 3"]
"""
# Nobody has built it before, and nobody ever will.
ENDLESS = """
FROM busybox:1.36
RUN exec sleep {marker}
"""
# A registry that takes the question and never answers.
_MUTE = """
import socket
server = socket.create_server(("127.0.0.1", 5000))
print("ready", flush=True)
held = []
while True:
    held.append(server.accept())
"""
OBSERVED = f"{LOOKS},restart-policy-set"


# -- the ways to end ------------------------------------------------------------------------------------


def success(place: Place) -> Ended:
    """All is well, after the whole watch, and after everything was killed."""
    controls = f"container-healthy,{OBSERVED},docker-kill-is-a-manual-stop"
    return place.check(place.stack(), controls).wait()


def finding(place: Place) -> Ended:
    """Something was found, after a sandbox was taken down and brought up again: whose data has no name."""
    return place.check(place.stack(), "volume-data-survives-down-up").wait()


def refusal(place: Place) -> Ended:
    """There is no such file."""
    return place.check(place.lab.folder / "nowhere", OBSERVED).wait()


def no_start(place: Place) -> Ended:
    """A service ends before it is ready."""
    folder = place.stack(broken_yml=BROKEN)
    return place.check(Path(f"{folder}/compose.yml:{folder}/broken.yml"), OBSERVED).wait()


def failed_build(place: Place) -> Ended:
    """The image of a service cannot be built."""
    return place.check(place.stack(Dockerfile="FROM busybox:1.36\nRUN exit 7\n"), OBSERVED).wait()


def ctrl_c(place: Place) -> Ended:
    """Once, in the middle of a bring-up."""
    started = place.check(place.stack(), OBSERVED)
    place.in_bring_up(started)
    started.signal_group(signal.SIGINT)
    return started.wait(90)


def double_ctrl_c(place: Place) -> Ended:
    """Again when the teardown has begun."""
    return _again(place, workers=2)


def double_ctrl_c_without_workers(place: Place) -> Ended:
    """Again when the teardown has begun, in the one process that there is."""
    return _again(place, workers=0)


def _again(place: Place, workers: int) -> Ended:
    started = place.check(place.stack(), OBSERVED, workers=workers)
    place.in_bring_up(started)
    started.signal_group(signal.SIGINT)
    place.in_teardown(started)
    started.signal_group(signal.SIGINT)
    return started.wait(90)


def impatient(place: Place) -> Ended:
    """Ctrl-C five times as fast as one can."""
    started = place.check(place.stack(), OBSERVED)
    place.in_bring_up(started)
    for _press in range(5):
        started.signal_group(signal.SIGINT)
        time.sleep(0.3)
    return started.wait(90)


def only_in_teardown(place: Place) -> Ended:
    """Ctrl-C for the first time, and again, when all is decided and a container is being taken away."""
    started = place.check(
        place.stack(), f"container-healthy,{OBSERVED}"
    )  # watched for longer than this takes
    started.until("all is up", lambda: len(place.own.ours("container")) == 2)
    place.in_teardown(started)
    for _press in range(2):
        started.signal_group(signal.SIGINT)
        time.sleep(0.3)
    ended = started.wait(90)
    assert ended.code in (0, 130), ended.output
    return Ended(0, ended.output, ended.reports)


def sigterm(place: Place) -> Ended:
    """As CI cancels, to the controller alone."""
    started = place.check(place.stack(), "docker-kill-is-a-manual-stop")
    place.in_bring_up(started)
    started.process.terminate()
    return started.wait(90)


def hangup(place: Place) -> Ended:
    """The terminal closes."""
    started = place.check(place.stack(), OBSERVED)
    place.in_bring_up(started)
    started.signal_group(signal.SIGHUP)
    return started.wait(90)


def cancelled(place: Place) -> Ended:
    """As CI cancels that has little patience: SIGINT, then SIGTERM."""
    started = place.check(place.stack(), OBSERVED)
    place.in_bring_up(started)
    started.process.send_signal(signal.SIGINT)
    place.in_teardown(started)
    started.process.terminate()
    return started.wait(90)


def ctrl_c_in_a_build(place: Place) -> Ended:
    """The build goes with it."""
    started = _in_build(place)
    started.signal_group(signal.SIGINT)
    return started.wait(90)


def killed_in_a_build(place: Place) -> Ended:
    """The next run finds what there is of it."""
    started = _in_build(place)
    started.signal_group(signal.SIGKILL)
    started.wait(30)
    return _next(place)


def _in_build(place: Place) -> Running:
    marker = str(secrets.randbelow(10**6) + 10**6)
    started = place.check(place.stack(Dockerfile=ENDLESS.format(marker=marker)), OBSERVED)
    started.until("the build", lambda: in_process("sleep", marker))
    return started


def ctrl_c_in_a_pull(place: Place) -> Ended:
    """The registry never answers."""
    words = place.own.enter_network(sys.executable, "-c", _MUTE)
    with subprocess.Popen(words, stdout=subprocess.PIPE) as registry:
        try:
            assert registry.stdout is not None
            assert registry.stdout.readline() == b"ready\n"
            folder = place.lab.stack("pulled", "services: {web: {image: 'localhost:5000/mute:1'}}")
            started = place.check(folder, OBSERVED)
            started.until("the pull", lambda: any("pull" in line for line in commands(started)))
            time.sleep(1)
            started.signal_group(signal.SIGINT)
            return started.wait(90)
        finally:
            registry.kill()


def sigterm_then_killed(place: Place) -> Ended:
    """As CI cancels that has no patience at all."""
    started = place.check(place.stack(), OBSERVED)
    place.in_bring_up(started)
    started.process.terminate()
    started.signal_group(signal.SIGKILL)
    started.wait(30)
    return _next(place)


def killed_worker(place: Place) -> Ended:
    """The run goes on without one of its workers."""
    started = place.check(place.stack(), OBSERVED)
    place.in_bring_up(started)
    worker_of(started, "observe").kill()
    ended = started.wait(120)
    assert "unknown" in ended.outcomes().values()
    return ended


def killed_then_next(place: Place) -> Ended:
    """Nothing of a run can tidy up; the next one does."""
    _kill(place)
    return _next(place)


def killed_before_the_start(place: Place) -> Ended:
    """What was made and never started has volumes, too; and hooks have Compose's own labels only."""
    started = place.check(place.stack(), f"container-healthy,{OBSERVED}")
    started.until("containers", lambda: len(place.own.ours("container")) == 2)
    started.signal_group(signal.SIGKILL)
    started.wait(30)
    (folder,) = run.runs_folder().iterdir()
    mark = f"{PROJECT}=stackproof-{folder.name}-stack-observe"
    place.own.docker("create", "--label", mark, "--mount", "type=volume,target=/hook", "busybox:1.36")
    place.own.docker("volume", "create", "--label", mark)
    place.own.docker("network", "create", "--label", mark, "hook")
    return Ended(0, place.own.clean(), place.lab.folder)


def killed_after_a_change(place: Place) -> Ended:
    """Compose made containers anew, which have the volumes of the former ones by name; the home is gone."""
    _kill(place)
    (file,) = run.runs_folder().glob("*/*/*/compose.json")
    project = file.parents[1].name
    place.own.docker(
        "compose", "-p", project, "-f", str(file), "up", "--detach", "--force-recreate", "--no-deps", "cache"
    )
    place.lose_home()
    return Ended(0, place.own.clean("--all-owners"), place.lab.folder)


def killed_without_a_home(place: Place) -> Ended:
    """A CI job with a home of its own is killed, and its home is gone: others can tell that it is over."""
    _kill(place)
    (run_id,) = place.own.runs()
    place.lose_home()

    assert place.own.clean() == "nothing to remove\n"
    said = place.own.stackproof("doctor").stdout
    assert f"run {run_id} of " in said
    assert "`stackproof clean --all-owners` removes them" in said
    said = place.own.clean("--all-owners")
    assert said.startswith(f"removed run {run_id} of ")
    return Ended(0, said, place.lab.folder)


def _kill(place: Place) -> None:
    started = place.check(place.stack(), OBSERVED)
    started.until("all is up", lambda: len(place.own.ours("container", "--filter", "status=running")) == 2)
    started.signal_group(signal.SIGKILL)
    started.wait(30)


def _next(place: Place) -> Ended:
    folder = place.lab.stack("next", "services: {web: {image: 'busybox:1.36', command: sleep 1000}}")
    ended = place.check(folder, LOOKS).wait()
    assert ended.results["run"]["contexts"]["runs swept at start"]
    return ended


WAYS: dict[Callable[[Place], Ended], int] = {
    success: 0,
    finding: 1,
    refusal: 2,
    no_start: 4,
    failed_build: 4,
    ctrl_c: 130,
    double_ctrl_c: 130,
    double_ctrl_c_without_workers: 130,
    impatient: 130,
    only_in_teardown: 0,
    sigterm: 130,
    hangup: 130,
    cancelled: 130,
    ctrl_c_in_a_build: 130,
    killed_in_a_build: 0,
    ctrl_c_in_a_pull: 130,
    sigterm_then_killed: 0,
    killed_worker: 1,
    killed_then_next: 0,
    killed_before_the_start: 0,
    killed_after_a_change: 0,
    killed_without_a_home: 0,
}
