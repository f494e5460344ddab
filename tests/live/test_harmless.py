"""However a run ends: the project that runs from the very folder, and what stands beside it, is the same."""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.live.moments import in_bring_up, in_fault, worker_in_fault
from tests.live.running import LOOKS, Ended, Lab, Running, docker, free_port
from tests.live.snapshot import snapshot

# Every start writes wherever it can: into both kinds of binds, and into all kinds of volumes.
COMPOSE = """
name: {name}
services:
  cache:
    image: redis:7-alpine
    container_name: {name}-cache
    restart: unless-stopped
    env_file: [cache.env]
    command:
      - sh
      - -c
      - |
        for place in /data /lent /spare /notes; do echo "$$HOSTNAME" >> $$place/who; done
        exec redis-server --save 3600 1
    ports: ["127.0.0.1:{port}:6379"]
    volumes: ["kept:/data", "lent:/lent", "/spare", "./notes:/notes", "./conf:/conf:ro"]
    healthcheck: {{test: ["CMD", "redis-cli", "ping"], interval: 1s, timeout: 5s, retries: 30}}
  web:
    build: {{context: ., network: none}}
    image: {name}-web:mine
    container_name: {name}-web
    restart: unless-stopped
    user: "1000:1000"
    command: ["sh", "-c", "hostname >> /spool/who; hostname >> /state; exec sleep 1000"]
    init: true
    volumes: ["./state:/state"]
    depends_on: {{cache: {{condition: service_healthy}}}}
volumes:
  kept:
  lent:
    name: {name}-lent
    external: true
"""
# With this on top a sandbox writes, and then does not come up.
BROKEN = """
services:
  web:
    restart: "no"
    command: ["sh", "-c", "hostname >> /spool/who; hostname >> /state; exit 3"]
"""
DOCKERFILE = """
FROM busybox:1.36
LABEL of={name}
RUN mkdir /spool && chown 1000:1000 /spool
VOLUME /spool
"""
WATCHED = "container-healthy,no-restart-loop"
FAULTS = "docker-kill-is-a-manual-stop"


@dataclass(frozen=True)
class Live:
    """A project as its user runs it, and two containers that nobody has anything to do with."""

    name: str
    folder: Path

    @property
    def bystanders(self) -> list[str]:
        """One that runs and one that has ended."""
        return [f"{self.name}-running", f"{self.name}-ended"]

    @property
    def broken(self) -> Path:
        """Its compose files, with one on top with which it does not come up."""
        return Path(os.pathsep.join(str(self.folder / name) for name in ("compose.yml", "broken.yml")))

    def snapshot(self) -> dict[str, Any]:
        """Look at all of it."""
        return snapshot(self.name, self.folder, self.bystanders)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One project for all ways to end: each compares with what it found itself."""
    place = Lab(tmp_path_factory.mktemp("live"))
    try:
        yield _bring_up(place)
    finally:
        place.close()


def _bring_up(place: Lab) -> Live:
    name = f"harmless-{place.id}"
    folder = place.stack(
        name,
        COMPOSE.format(name=name, port=free_port()),
        Dockerfile=DOCKERFILE.format(name=name),
        broken_yml=BROKEN,
        cache_env="GREETING=hello\n",
    )
    _fill(folder)
    docker("volume", "create", f"{name}-lent")
    place.undo("volume", "rm", f"{name}-lent")
    found = Live(name, folder)
    docker("network", "create", f"{name}-own")
    place.undo("network", "rm", f"{name}-own")
    where = ["--network", f"{name}-own", "--volume", "/own", "busybox:1.36"]
    lives = (["sleep", "10000"], ["sh", "-c", "exit 5"])
    for bystander, life in zip(found.bystanders, lives, strict=True):
        place.undo("container", "rm", "--force", "--volumes", bystander)
        docker("run", "--detach", "--name", bystander, *where, *life)
    place.live(folder, name)
    words = "redis-cli set mine alive; redis-cli save; echo mine > /lent/mine; echo mine > /spare/mine"
    docker("exec", f"{name}-cache", "sh", "-c", words)
    return found


def _fill(folder: Path) -> None:
    """Have files of several kinds, owners and ages."""
    for name in ("notes", "conf"):
        (folder / name).mkdir()
        (folder / name / "mine").write_text("keep me")
    (folder / "conf" / "mine").chmod(0o640)
    (folder / "notes" / "link").symlink_to("../state")
    (folder / "notes" / "mine").chmod(0o4755)
    (folder / "state").write_text("begun\n")
    (folder / "state").chmod(0o666)
    os.utime(folder / "conf" / "mine", ns=(1, 1))


def _check(lab: Lab, path: Path, controls: str) -> Running:
    return lab.start_check(path, "--select", controls)


# -- the ways to end ------------------------------------------------------------------------------------


def success(lab: Lab, live: Live) -> Ended:
    """All is well, after the whole watch, and after sandboxes were taken down with their volumes."""
    return _check(lab, live.folder, f"{WATCHED},volume-data-survives-down-up").wait()


def failure(lab: Lab, live: Live) -> Ended:
    """Something was found, after everything was killed."""
    return _check(lab, live.folder, f"{FAULTS},effective-uid-nonroot").wait()


def no_start(lab: Lab, live: Live) -> Ended:
    """The sandbox writes and then does not come up."""
    ended = _check(lab, live.broken, LOOKS).wait()
    assert "exited with code 3" in ended.output
    return ended


def refusal(lab: Lab, live: Live) -> Ended:
    """The contract is not one."""
    contract = lab.stack("wrong", (live.folder / "compose.yml").read_text(), "publik: [web]\n")
    return lab.check(contract, "--project-directory", str(live.folder), "--select", LOOKS)


def ctrl_c(lab: Lab, live: Live) -> Ended:
    """The terminal signals the whole group."""
    started = _check(lab, live.folder, LOOKS)
    in_bring_up(lab, started)
    started.signal_group(signal.SIGINT)
    return started.wait(90)


def sigterm(lab: Lab, live: Live) -> Ended:
    """Somebody tells the controller alone to end, in the middle of a fault."""
    started = _check(lab, live.folder, FAULTS)
    in_fault(lab, started)
    started.process.terminate()
    return started.wait(90)


def killed_worker(lab: Lab, live: Live) -> Ended:
    """The worker that has the sandbox dies in the middle of a fault; the run goes on."""
    started = _check(lab, live.folder, FAULTS)
    in_fault(lab, started)
    worker_in_fault(started).kill()
    ended = started.wait(120)
    assert "unknown" in ended.outcomes().values()
    return ended


def killed_then_next(lab: Lab, live: Live) -> Ended:
    """Nothing of a run can tidy up; the next one does."""
    dead = _killed(lab, live)
    following = _check(lab, live.folder, LOOKS).wait()
    assert following.results["run"]["contexts"]["runs swept at start"] == dead
    return following


def killed_then_clean(lab: Lab, live: Live) -> Ended:
    """Nothing of a run can tidy up; its user does."""
    (dead,) = _killed(lab, live)
    ended = lab.start_command("clean").wait(120)
    assert ended.output == f"removed what run {dead} left\n"
    return ended


def _killed(lab: Lab, live: Live) -> list[str]:
    started = _check(lab, live.folder, LOOKS)
    in_bring_up(lab, started)
    started.signal_group(signal.SIGKILL)
    started.wait(30)
    assert lab.left()["container"]
    return lab.left()["run folder"]


WAYS: dict[Callable[[Lab, Live], Ended], int] = {
    success: 0,
    failure: 1,
    no_start: 4,
    refusal: 2,
    ctrl_c: 130,
    sigterm: 130,
    killed_worker: 1,
    killed_then_next: 0,
    killed_then_clean: 0,
}


@pytest.mark.parametrize(("way", "code"), WAYS.items(), ids=[way.__name__ for way in WAYS])
def test_way_to_end(lab: Lab, live: Live, way: Callable[[Lab, Live], Ended], code: int) -> None:
    """Ids, start times, data, files and images are what they were, and nothing of ours is left."""
    before = live.snapshot()
    assert len(before["containers"]) == 4
    # Named, external, written without a name, declared by the image, and those of the bystanders.
    assert len(before["data"]) == 6

    ended = way(lab, live)

    assert ended.code == code, ended.output
    assert live.snapshot() == before
    lab.assert_nothing_left()
