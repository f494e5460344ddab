"""Where questions are asked they are noted: by looks, containers, shells, HTTP, connections and Compose."""

import socket
import stat
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer, MakeStack
from tests.unit.local_streams import LocalStream

from stackproof.engine import command, engine, steps
from stackproof.engine.events import EventStream
from stackproof.engine.project import Project
from stackproof.errors import CommandError, StackError
from stackproof.facts.model import Facts, Process
from stackproof.facts.probe import told
from stackproof.facts.shell import Shell
from stackproof.probes import reach
from stackproof.probes.http import HttpClient
from stackproof.runs.run import Run
from stackproof.sandbox.container import Container
from stackproof.sandbox.pool import BRING_UP, Pool
from stackproof.sandbox.watch import Watch
from stackproof.settings import Settings

Told = list[tuple[str, str, int | None, str]]


def of(journal: steps.Journal) -> Told:
    """Return what a journal holds."""
    return [(step.command, step.where, step.code, step.output) for step in journal.steps]


def facts() -> Facts:
    """Return facts of a container with two processes."""
    first, second = (
        Process(
            pid=pid, parent=pid - 1, name="nginx", command="nginx", state="S", uids=(101,) * 4,
            gids=(101,) * 4, cap_effective=0, cap_bounding=0, seccomp=2, no_new_privileges=False,
        )
        for pid in (1, 2)
    )  # fmt: skip
    return Facts(all_processes=(first, second), probe=9, sockets=(), mounts=(), users={}, limits={})


def test_facts_are_shared(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are taken once, and each test that reads them refers to that look."""

    def probe(_self: Container) -> Facts:
        with steps.step("sh probe.sh", "web-1") as asked:
            asked.gave(told(facts()), 0)
        return facts()

    monkeypatch.setattr(Container, "probe", probe)
    container = make_container("web")
    journals = []
    for _test in range(2):
        with steps.journal() as kept:
            assert container.facts is container.facts
        journals.append(kept)

    seen = "processes: nginx[1] uid 101, nginx[2] uid 101\nlistening: none\nmounts: 0"
    assert of(journals[0]) == of(journals[1]) == [("sh probe.sh", "web-1", 0, seen)]
    assert journals[0].steps[0].id == journals[1].steps[0].id


def test_shell_notes_what_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer and exit code, without the frame around them."""
    started = LocalStream(["sh"])
    monkeypatch.setattr(engine, "shell_in", lambda *_words: started)
    shell = Shell("cafe", "web-1")
    with steps.journal() as kept:
        shell.run("echo out; echo err >&2; exit 3")
    shell.close()
    started.kill()

    assert of(kept) == [("echo out; echo err >&2; exit 3", "web-1", 3, "out\nerr\n")]


def test_connection_is_noted_with_its_answer() -> None:
    """Taken or refused, and what was said."""

    def serve(server: socket.socket) -> None:
        connection, _address = server.accept()
        with connection:
            connection.settimeout(5)
            connection.recv(100)
            connection.sendall(b"+PONG\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        with steps.journal() as kept:
            reach.converse("127.0.0.1", port, 6379)
        thread.join(10)
    with steps.journal() as refused:
        reach.connect("127.0.0.1", port)

    assert of(kept) == [
        (f"connect 127.0.0.1:{port}/tcp", "from this host", None, "taken"),
        (f"say Redis PING to 127.0.0.1:{port}", "from this host", None, "+PONG\r\n"),
    ]
    assert of(refused)[0][3] == "Connection refused"


def test_request_is_noted_with_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Status and body, or why there was none."""
    client = HttpClient(SimpleNamespace())  # type: ignore[arg-type]  # only its address is asked for
    monkeypatch.setattr(HttpClient, "bases", lambda _self, _service: ["http://127.0.0.1:1"])
    with steps.journal() as kept:
        client.get("web", "/health")

    ((words, where, code, said),) = of(kept)
    assert (words, where, code) == ("GET http://127.0.0.1:1/health", "web", None)
    assert "refused" in said


def test_compose_is_noted_as_an_operator_types_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without our own leash, files and project; a failure says what Compose said."""
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\ncase "$*" in *start*) echo "no such service" >&2; exit 1;; esac\n')
    docker.chmod(docker.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(command, "DOCKER", str(docker))
    (tmp_path / "compose.yml").write_text("services: {}\n")
    project = Project([tmp_path / "compose.yml"], name="stackproof-shop")
    with steps.journal() as kept:
        project.up(scales={"web": 3})
        project.stop(["web"], grace=4)
        project.down(volumes=True)
        project.kill(["web-1"])
        with pytest.raises(CommandError):
            project.start(["web"])

    shop = "stackproof-shop"
    assert of(kept)[:4] == [
        ("docker compose up --detach --scale=web=3", shop, 0, ""),
        ("docker compose stop --timeout=4 web", shop, 0, ""),
        ("docker compose down --volumes", shop, 0, ""),
        ("docker kill web-1", "", 0, ""),
    ]
    assert of(kept)[4][0] == "docker compose start web"
    assert "no such service" in of(kept)[4][3]


def test_watch_belongs_to_no_test(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its looks do not stand among the steps of whichever test runs meanwhile; that it watched does."""
    looked = threading.Event()

    def look(_self: Container) -> Facts:
        with steps.step("look", "web-1"):
            looked.set()
        return facts()

    monkeypatch.setattr(Container, "probe_briefly", look)
    monkeypatch.setattr(engine, "clock", lambda: "2027-03-01T09:30:00Z")
    with steps.journal() as kept:
        watch = Watch(EventStream({}), [make_container("web")], 0.01).start()
        assert looked.wait(30)
        watch.tell()
        watch.close()

    ((words, _where, _code, said),) = of(kept)
    assert words == "processes and sockets of web-1, every 0.01 s in the background"
    assert said.startswith("web-1: ")


class Up:
    """A sandbox that comes up once, and not again."""

    spoiled, shortfalls, lane = False, (), "observe"

    def __init__(self, stack: Any) -> None:  # noqa: ANN401 - a stack
        self.stack = stack
        self.starts = 0

    def start(self) -> None:
        """Come up."""
        self.starts += 1
        with steps.step("docker compose up", "stackproof-shop"):
            pass
        if self.starts > 1:
            msg = "it does not come up again"
            raise StackError(msg)


def test_bring_up_is_shared(make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test of a lane rests on how its sandbox came up, whichever brought it up."""
    stack, nobody = make_stack({"web": {}}), SimpleNamespace()
    pool = Pool(Run("0badcafe"), None, nobody, Settings())  # type: ignore[arg-type]
    sandbox = Up(stack)
    monkeypatch.setattr(pool, "new", lambda _stack, _lane, **_how: sandbox)
    monkeypatch.setattr(pool, "_refuse_broken", lambda _stack, _lane: None)
    journals = []
    for _test in range(2):
        with steps.journal() as kept:
            pool.get(stack, "observe")
        journals.append(kept)

    assert sandbox.starts == 1
    assert [one.name for kept in journals for one in kept.shared] == [BRING_UP] * 2
    assert journals[0].shared == journals[1].shared
    assert [step.command for step in journals[0].shared[0].steps] == ["docker compose up"]
    assert journals[0].steps == ()
