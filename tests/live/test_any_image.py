"""Facts, testinfra's host and the whole tool on images that owe us nothing, not even a shell."""

import json
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.live import conftest
from tests.live.running import Lab, docker, facts_once, wait_until

from stackproof.datastores.files import files_in
from stackproof.engine import engine, labels
from stackproof.engine.command import Completed
from stackproof.errors import ContainerGoneError, Unknown
from stackproof.sandbox.container import Container
from stackproof.trials.persistence_looking import names_below
from stackproof.trials.persistence_ways import places_of
from stackproof.trials.persistence_written import written

SERVER = Path(__file__).with_name("images") / "server.c"
DOCKERFILE = """\
FROM scratch
COPY server /server
COPY --chown=7:8 --chmod=0640 note /etc/note
COPY --chown=65534:65534 empty /run/web
ENV PATH=/opt/app:/usr/bin
EXPOSE 8080
ENTRYPOINT ["/server"]
"""
COMPOSE = """\
services:
  web:
    build: .
    read_only: true
    user: "65534:65534"
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    restart: unless-stopped
    ports: ["8080"]
    healthcheck: {test: [CMD, /server, check], interval: 1s, timeout: 3s, retries: 3}
"""
CONTRACT = "http:\n  - {service: web, path: /, status: 200, body: OK}\n"
MUST_PASS = ("effective-uid-nonroot", "healthcheck-not-vacuous", "published-port-reachable")
HARDENED = [
    "--read-only", "--user=65534:65534", "--cap-drop=ALL", "--security-opt=no-new-privileges",
    "--tmpfs=/scratch", "--memory=64m",
]  # fmt: skip
MANY = 300
SQLITE = r"SQLite format 3\000"  # as printf(1) takes it

Start = Callable[..., Container]


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build context with a static server."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler on this machine to make a static binary with")
    folder = tmp_path_factory.mktemp("scratch")
    words = [compiler, "-static", "-O1", "-o", str(folder / "server"), str(SERVER)]
    subprocess.run(words, check=True, timeout=60)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "note").write_text("für alle\n")
    (folder / "empty").mkdir()
    (folder / "empty" / "kept").write_text("")
    return folder


@pytest.fixture(scope="session")
def scratch(context: Path) -> Iterator[str]:
    """An image from scratch; removed afterwards."""
    name = f"stackproof-live-{secrets.token_hex(4)}"
    docker("build", "--quiet", "--tag", name, str(context), deadline=300)
    yield name
    docker("image", "rm", "--force", name)


@pytest.fixture
def own() -> Iterator[dict[str, str]]:
    """Labels of this test; nothing that carries them may be left."""
    marks = {labels.RUN: f"live-{secrets.token_hex(4)}", labels.LANE: "observe"}
    yield marks
    left = engine.ids("container", marks)
    engine.remove("container", left)
    assert left == []


@pytest.fixture
def start(start: conftest.Start, own: dict[str, str]) -> Iterator[Start]:
    """The same, and look at the container."""
    started: list[Container] = []

    def run(*words: str) -> Container:
        found = engine.inspect("container", [start(*words)])
        started.append(Container(found[0], own))
        return started[-1]

    yield run
    for container in started:
        container.close()


# -- from scratch -------------------------------------------------------------------------------------


def test_facts_without_a_shell(start: Start, scratch: str) -> None:
    """Of a static binary in a hardened container: process, sockets, mounts, limits; nothing of ours."""
    facts = facts_once(start(*HARDENED, scratch).probe, lambda facts: bool(facts.listening))

    assert [(p.name, p.uids, p.command) for p in facts.processes] == [("server", (65534,) * 4, "/server")]
    assert (facts.processes[0].cap_effective, facts.processes[0].no_new_privileges) == (0, True)
    assert [str(socket) for socket in facts.listening] == ["tcp 0.0.0.0:8080"]
    mounts = {mount.target: mount for mount in facts.mounts}
    assert "ro" in mounts["/"].options
    assert mounts["/scratch"].kind == "tmpfs"
    assert str(64 * 1024**2) in facts.limits.values()
    assert facts.users == {}


def test_host_without_a_shell(start: Start, scratch: str) -> None:
    """Testinfra sees the container's files, processes and sockets; our tools are nowhere among its files."""
    container = start("--user=65534:65534", scratch, "/run/web/socket")
    facts_once(container.probe, lambda facts: bool(facts.listening))
    host: Any = container.host

    note = host.file("/etc/note")
    assert (note.exists, note.uid, note.gid, note.mode, note.content_string) == (
        True,
        7,
        8,
        0o640,
        "für alle\n",
    )
    assert host.file("/run/web/socket").is_socket
    assert not host.file("/bin/sh").exists
    assert not host.file("/bin").exists
    assert host.process.get(pid=1).comm == "server"
    assert host.socket("tcp://0.0.0.0:8080").is_listening
    assert host.run("/server check").rc == 0
    assert host.check_output('printf %s "$PATH" | tail -c 18') == ":/opt/app:/usr/bin"


@pytest.mark.parametrize("how", ["stop", "kill", "rm", "restart"])
def test_a_sidecar_does_not_outlive_its_container(
    start: Start, scratch: str, own: dict[str, str], how: str
) -> None:
    """The kernel ends it with process 1; what it is asked afterwards is an error, never a `no`."""
    container = start(scratch)
    host: Any = container.host
    assert host.file("/etc/note").exists
    assert len(engine.ids("container", own)) == 1
    options = {"stop": ["--time", "5"], "restart": ["--time", "5"], "rm": ["--force"], "kill": []}[how]
    docker(how, *options, container.id)

    with pytest.raises(ContainerGoneError):
        _ = host.file("/nowhere").exists
    wait_until("the sidecar is removed", lambda: engine.ids("container", own) == [], 10)


def test_facts_after_a_restart_are_new(start: Start, scratch: str, own: dict[str, str]) -> None:
    """A container that came back is asked anew, by another sidecar."""
    container = start(scratch)
    assert container.facts.main == 1
    (before,) = engine.ids("container", own)
    docker("restart", "--time", "5", container.id)

    assert [p.name for p in container.probe().processes] == ["server"]
    wait_until("the first sidecar is removed", lambda: before not in engine.ids("container", own), 10)
    assert len(engine.ids("container", own)) == 1


def test_closing_removes_the_sidecar(start: Start, scratch: str, own: dict[str, str]) -> None:
    """At once, and not at the end of the run."""
    container = start(scratch)
    assert container.facts.processes
    assert len(engine.ids("container", own)) == 1
    container.close()

    assert engine.ids("container", own) == []


def test_a_container_that_does_not_run_is_unknown(start: Start, scratch: str) -> None:
    """Also for one that is known to have no shell."""
    container = start(scratch)
    assert container.facts.processes
    docker("kill", container.id)

    with pytest.raises(Unknown, match=r"not running|stopped"):
        container.probe()


def test_a_file_in_an_image_without_a_shell(start: Start, scratch: str) -> None:
    """It is written and read beside the container, and lies in it."""
    container = start(scratch)
    store = files_in("/run/web")
    store.write(container, "value")

    assert store.read(container) == "value"
    assert docker("cp", f"{container.id}:/run/web/.stackproof-probe", "-").count("value") == 1


# -- what they wrote where `down` takes it ----------------------------------------------------------------


def test_databases_outside_of_volumes(start: Start) -> None:
    """In its own layer, in memory, in a volume without a name; not what is temporary or in a named volume."""
    volume = f"stackproof-live-{secrets.token_hex(4)}"
    files = "/srv/a /memory/b /nameless/c /kept/d /tmp/e"
    script = f"for f in {files}; do mkdir -p ${{f%/*}}; printf '{SQLITE}' > $f; done; exec sleep 1000"
    mounts = ["--volume=/nameless", f"--volume={volume}:/kept", "--tmpfs=/memory"]
    container = start(*mounts, "--rm", "busybox:1.36", "sh", "-c", script)
    places = places_of(container)
    wait_until("all are written", lambda: container.host.file("/tmp/e").exists)  # noqa: S108 - not ours

    found = written(container, places).lost
    names = names_below(container, places.named, 2)
    docker("rm", "--force", "--volumes", container.id)
    docker("volume", "rm", volume)

    assert sorted((one.path, one.place) for one in found) == [
        ("/memory/b", "memory"),
        ("/nameless/c", "a volume without a name"),
        ("/srv/a", "the container's own layer"),
    ]
    assert {one.what for one in found} == {"an SQLite database"}
    assert names == ["/kept/d"]


def test_a_database_in_an_image_without_a_shell(start: Start, scratch: str, tmp_path: Path) -> None:
    """It is read beside the container, in its own layer and in a volume without a name."""
    container = start("--volume=/nameless", scratch)
    (tmp_path / "notes").write_bytes(b"SQLite format 3\0")
    for place in ("etc", "nameless"):
        docker("cp", str(tmp_path / "notes"), f"{container.id}:/{place}/notes")

    found = written(container, places_of(container))
    docker("rm", "--force", "--volumes", container.id)

    assert sorted(one.path for one in found.lost) == ["/etc/notes", "/nameless/notes"]
    assert found.unseen == ""


# Root without capabilities may not enter the folder of another user; without `od` no file says what it is.
@pytest.mark.parametrize(
    ("options", "lacks"),
    [(["--cap-drop=ALL", "--user=1000"], []), ([], ["find", "od"])],
    ids=["rights", "tools"],
)
def test_a_database_that_the_image_cannot_see(start: Start, options: list[str], lacks: list[str]) -> None:
    """It is seen beside the container, whose own tools or rights do not do."""
    container = start("--tmpfs=/memory", *options, "python:3.11-slim", "sh", "-c", _keeps(*lacks))
    _comes_up(container)

    found = written(container, places_of(container))

    assert [(one.path, one.what) for one in found.lost] == [("/memory/a/x", "an SQLite database")]
    assert found.unseen == ""


def test_a_database_that_nobody_can_see(start: Start) -> None:
    """Nothing can be beside a container that shares the processes of another: then it is said."""
    shared = f"--pid=container:{start('busybox:1.36', 'sleep', '1000').id}"
    container = start("--tmpfs=/memory", shared, "python:3.11-slim", "sh", "-c", _keeps("find"))
    _comes_up(container)

    assert written(container, places_of(container)).unseen == "there is no find"
    with pytest.raises(Unknown, match="there is no find"):
        names_below(container, ["/memory"], 2)


def _keeps(*lacks: str) -> str:
    """Return a script that makes a database in memory, in an image that lacks tools."""
    database = f"mkdir -m 700 /memory/a; printf '{SQLITE}' > /memory/a/x"
    return f"cd /usr/bin && rm -f {' '.join(lacks)}; {database}; echo ready; exec sleep 1000"


def _comes_up(container: Container) -> None:
    wait_until("the database is there", lambda: "ready" in docker("logs", container.id))


# -- other odd containers --------------------------------------------------------------------------------


def test_process_1_that_is_a_script(start: Start) -> None:
    """The script and what it starts are the service; zombies have a state of their own."""
    script = "sh -c 'sleep 0.1 & exec sleep 1000' & while :; do sleep 1000; done"
    container = start("busybox:1.36", "sh", "-c", script)

    facts = facts_once(container.probe, lambda facts: any(p.state == "Z" for p in facts.processes))

    assert sorted(p.command for p in facts.processes if p.name == "sleep" and p.state != "Z") == [
        "sleep 1000",
        "sleep 1000",
    ]
    assert next(p for p in facts.processes if p.pid == 1).command.startswith("sh -c sh -c")


@pytest.mark.parametrize("image", ["busybox:1.36", "python:3.11-slim"])
def test_hundreds_of_processes(start: Start, image: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One exec, within its deadline."""
    asked: list[str] = []
    execute = engine.execute

    def counted(container: str, *words: Any, **more: Any) -> Completed:  # noqa: ANN401 - handed on
        asked.append(container)
        return execute(container, *words, **more)

    script = f"i=0; while [ $i -lt {MANY} ]; do sleep 1000 & i=$((i+1)); done; wait"
    container = start(image, "sh", "-c", script)
    # A process is this shell until it is the program.
    facts = facts_once(
        container.probe, lambda facts: sum(p.command == "sleep 1000" for p in facts.processes) == MANY
    )
    monkeypatch.setattr(engine, "execute", counted)
    container.probe()

    assert asked == [container.id]
    assert len(facts.processes) == MANY + 1


def test_pid_namespace_of_another_container(start: Start) -> None:
    """Each has its own processes, although both see all."""
    first = start("busybox:1.36", "sh", "-c", "sleep 1001 & wait")
    second = start(f"--pid=container:{first.id}", "busybox:1.36", "sh", "-c", "sleep 1002 & wait")

    facts = facts_once(second.probe, lambda facts: len(facts.processes) == 2)

    assert [p.command.split()[-2:] for p in facts.processes] == [["&", "wait"], ["sleep", "1002"]]
    assert facts.main != 1
    assert [p.command.split()[-1] for p in first.probe().processes] == ["wait", "1001"]


def test_pid_namespace_of_the_host(start: Start) -> None:
    """The host's processes are not the service's."""
    container = start("--pid=host", "busybox:1.36", "sleep", "1003")

    assert [p.command for p in container.facts.processes] == ["sleep 1003"]


# -- the whole tool -----------------------------------------------------------------------------------


def test_check_of_a_stack_from_scratch(lab: Lab, context: Path) -> None:
    """No control is unknown for want of a shell, and the process is known not to be root."""
    folder = lab.stack("scratch", COMPOSE, CONTRACT)
    shutil.copytree(context, folder, dirs_exist_ok=True)

    ended = lab.check(folder)

    rows = ended.results["outcomes"]
    outcomes = {row["control"]: row["outcome"] for row in rows}
    bad = [row for row in rows if row["outcome"] in ("unknown", "fail")]
    assert bad == [], json.dumps(bad, indent=1)
    assert ended.code == 0, ended.output
    assert {outcomes[control] for control in MUST_PASS} == {"pass"}
    assert lab.left() == {}
