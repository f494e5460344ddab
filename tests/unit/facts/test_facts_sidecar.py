"""The shell beside a container that has none, with shells of this machine in place of containers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from tests.unit.conftest import MakeContainer
from tests.unit.facts.test_facts_modules import process
from tests.unit.local_streams import LocalHelper, LocalStream

from stackproof.engine import engine
from stackproof.engine.command import Completed
from stackproof.errors import CommandError, ContainerGoneError, NoShellError, Unknown
from stackproof.facts.model import Facts, Process
from stackproof.facts.probe import probe, probe_beside
from stackproof.facts.shell import Shell
from stackproof.facts.sidecar import Sidecar, sidecar_host
from stackproof.sandbox import container as containers
from stackproof.sandbox.container import Container

OWN = {"stackproof.run": "cafe", "stackproof.lane": "observe"}
RUNC = "OCI runtime exec failed: exec failed: unable to start container process"
NO_SHELL = f'{RUNC}: exec: "sh": executable file not found in $PATH: unknown'


@dataclass
class Started:
    """Shells of this machine in the place of those that the engine starts."""

    shells: list[tuple[str, str | None]] = field(default_factory=list)
    """In containers, by container and user."""
    helpers: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Sidecars, by container and labels."""
    streams: list[LocalStream] = field(default_factory=list)

    def shell_in(self, container: str, user: str | None = None) -> LocalStream:
        """As `engine.shell_in`."""
        self.shells.append((container, user))
        self.streams.append(LocalStream(["sh"]))
        return self.streams[-1]

    def beside(
        self, container: str, _argv: list[str], *, own: dict[str, str], **_options: object
    ) -> LocalHelper:
        """As `engine.beside`."""
        self.helpers.append((container, own))
        helper = LocalHelper(["sh", "-c", "TOOLS=/dev/null PATH=$PATH exec sh"])
        self.streams.append(helper.stream)
        return helper


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[Started]:
    """What the engine was asked to start."""
    found = Started()
    monkeypatch.setattr(engine, "shell_in", found.shell_in)
    monkeypatch.setattr(engine, "beside", found.beside)
    monkeypatch.setattr(containers, "_has_shell", {})
    yield found
    for stream in found.streams:
        stream.close()
        stream.kill()


def answers(
    monkeypatch: pytest.MonkeyPatch, code: int, stderr: str, stdout: str = ""
) -> list[tuple[str, ...]]:
    """Have every exec answer this; return what was asked."""
    asked: list[tuple[str, ...]] = []

    def execute(_container: str, argv: list[str], **_options: object) -> Completed:
        asked.append(tuple(argv))
        return Completed(code=code, stdout=stdout, stderr=stderr, seconds=0.1)

    monkeypatch.setattr(engine, "execute", execute)
    return asked


@pytest.mark.parametrize("code", [126, 127])
@pytest.mark.parametrize("streams", [(NO_SHELL, ""), ("", NO_SHELL)])
def test_no_shell(monkeypatch: pytest.MonkeyPatch, code: int, streams: tuple[str, str]) -> None:
    """The engine's word for it, with either exit code; clients before 27 say it on stdout."""
    answers(monkeypatch, code, *streams)

    with pytest.raises(NoShellError, match=r"the facts of web-1 cannot be read: .*not found"):
        probe("cafe", "web-1")


ENDED = [
    (1, "Error response from daemon: Container cafe is restarting, wait until the container is running"),
    (126, "cannot exec in a stopped state: unknown"),
    (126, "container cafe init process is not running: failed precondition"),
    (126, "failed to open stdout fifo: error creating fifo /run/cafe-stdout: no such file or directory"),
    (126, f"{RUNC}: error executing setns process: exit status 1: unknown"),
    (126, f"{RUNC}: read init-p: connection reset by peer: unknown"),
    (137, ""),
]


@pytest.mark.parametrize(("code", "said"), ENDED)
def test_not_running(monkeypatch: pytest.MonkeyPatch, code: int, said: str) -> None:
    """That says nothing of a shell, whatever the exit code: each was said of a container that restarts."""
    answers(monkeypatch, code, said)

    with pytest.raises(
        Unknown, match=re.escape(said.replace("cafe", "web-1") or "the shell ended with code 137")
    ) as error:
        probe("cafe", "web-1")
    assert not isinstance(error.value, NoShellError)


def test_sidecar_is_ours(started: Started) -> None:
    """Our labels and none of Compose's."""
    Sidecar("cafe", "web-1", OWN, "/app/bin").close()

    assert started.helpers == [("cafe", OWN)]


@pytest.mark.usefixtures("started")
def test_path_of_the_container_comes_last() -> None:
    """Its programs can be run; our tools answer questions."""
    sidecar = Sidecar("cafe", "web-1", OWN, "/opt/it's/bin")
    found = sidecar.run('printf %s "$PATH"')[1].decode()
    sidecar.close()

    assert found.endswith(":/opt/it's/bin")


@pytest.mark.usefixtures("started")
def test_gone_says_why() -> None:
    """The last words of docker are those of the sidecar."""
    sidecar = Sidecar("cafe", "web-1", OWN)

    with pytest.raises(ContainerGoneError, match=r"(?s)sidecar of web-1, which has no shell.*cannot join"):
        sidecar.run("echo 'cannot join the PID namespace of a non running container' >&2; kill -9 $$")


@pytest.mark.usefixtures("started")
def test_facts_through_a_shell() -> None:
    """The same script, the same parser."""
    shell = Shell("cafe", "web-1")
    try:
        facts = probe_beside(shell, "web-1")
        again = probe_beside(shell, "web-1")
    finally:
        shell.close()

    assert facts.main == again.main == 1
    assert facts.users["root"] == 0
    assert facts.probe == again.probe


@pytest.mark.usefixtures("started")
def test_host_lists_processes_with_our_ps() -> None:
    """Testinfra would look for the container's own."""
    sidecar = Sidecar("cafe", "web-1", OWN)
    host = sidecar_host(sidecar, "web-1")
    sidecar.close()

    assert type(host.process).__name__ == "ToolboxProcess"


def test_container_without_shell_is_asked_once(
    started: Started, monkeypatch: pytest.MonkeyPatch, make_container: MakeContainer
) -> None:
    """Another snapshot of it goes to the sidecar straight away, and each has one."""
    asked = answers(monkeypatch, 127, NO_SHELL)
    for _snapshot in range(2):
        container = make_container(Config={"Labels": OWN, "Env": ["A=b", "PATH=/app"]})
        assert container.facts.main == 1
        assert container.probe().main == 1
        assert container.host.run('printf %s "$PATH"').stdout.endswith(":/app")
        container.close()

    assert len(asked) == 1
    assert len(started.helpers) == 2


def test_container_with_shell(
    started: Started, monkeypatch: pytest.MonkeyPatch, make_container: MakeContainer
) -> None:
    """Its own is used."""
    answers(monkeypatch, 0, "")
    container = make_container()
    assert container.host.run("exit 3").rc == 3
    container.close()

    assert started.shells == [(container.id, None)]


def test_container_that_was_restarted(
    started: Started, monkeypatch: pytest.MonkeyPatch, make_container: MakeContainer
) -> None:
    """New facts come from a new sidecar; a host of before stays dead."""
    answers(monkeypatch, 127, NO_SHELL)
    container = make_container(Config={"Labels": OWN})
    host = container.host
    assert container.probe().main == 1
    started.streams[0].kill()

    assert container.probe().main == 1
    with pytest.raises(ContainerGoneError):
        host.run("true")
    container.close()
    assert len(started.helpers) == 2


def test_without_shell_in_a_shared_pid_namespace_is_unknown(
    started: Started, monkeypatch: pytest.MonkeyPatch, make_container: MakeContainer
) -> None:
    """Process 1 there is another container's."""
    answers(monkeypatch, 127, NO_SHELL)
    container = make_container()
    container.data["HostConfig"]["PidMode"] = "container:0123"

    with pytest.raises(Unknown, match="shares the pid namespace"):
        container.probe()
    with pytest.raises(Unknown, match="shares the pid namespace"):
        _ = container.host
    assert started == Started()


def test_without_shell_and_labels_is_unknown(
    started: Started, monkeypatch: pytest.MonkeyPatch, make_container: MakeContainer
) -> None:
    """Nobody could tell later that the sidecar is ours."""
    answers(monkeypatch, 127, NO_SHELL)

    with pytest.raises(Unknown, match="mark a sidecar"):
        make_container().probe()
    assert started == Started()


def test_look_goes_over_one_shell_of_root(
    started: Started, monkeypatch: pytest.MonkeyPatch, make_container: MakeContainer
) -> None:
    """However often testinfra's modules are asked; the shell of its commands is another."""
    asked = answers(monkeypatch, 0, "")
    container = make_container()
    host = container.host
    assert [host.process.get(pid=1).pid, host.user("root").uid, host.mount_point("/").exists] == [1, 0, True]
    assert host.socket.reachable() == container.look().listening
    container.close()

    assert started.shells == [(container.id, "0:0")]
    assert len(asked) == 1  # whether there is a shell


def test_look_at_what_does_not_run_has_the_words_of_the_engine(
    started: Started, monkeypatch: pytest.MonkeyPatch, make_container: MakeContainer
) -> None:
    """And not those of a shell that ended, which may have many reasons."""
    container = make_container()
    answers(monkeypatch, 1, "container cafe is not running")
    monkeypatch.setattr(engine, "shell_in", _not_running)

    with pytest.raises(Unknown, match=r"the facts of web-1 cannot be read: .* is not running"):
        container.host.process.filter()
    assert started == Started()


def test_look_after_a_restart_raises(
    started: Started, monkeypatch: pytest.MonkeyPatch, make_container: MakeContainer
) -> None:
    """What was seen of one start is not mixed with what is seen of the next."""
    answers(monkeypatch, 0, "")
    container = make_container()
    assert container.host.process.get(pid=1).pid == 1
    started.streams[0].kill()

    for _again in range(2):
        with pytest.raises(ContainerGoneError):
            container.host.process.filter()
    assert len(started.shells) == 1


def test_look_among_processes_of_the_host(
    started: Started, monkeypatch: pytest.MonkeyPatch, make_container: MakeContainer
) -> None:
    """There a shell that stays open has a parent, and is no process of the service all the same."""
    answers(monkeypatch, 0, "")
    container = make_container()
    container.data["HostConfig"]["PidMode"] = "host"
    shell = int(container.host.check_output("echo $$"))
    seen = [process(70, 1, "app"), process(shell, 1, "sh"), process(shell + 1, shell, "ps")]
    monkeypatch.setattr(Container, "probe", lambda _self: facts(*seen))

    assert [one.pid for one in container.host.process.filter()] == [70]
    container.close()
    assert started.shells == [(container.id, None)]


def facts(*processes: Process) -> Facts:
    """Return the facts of a container in a shared pid namespace; the first process is the main one."""
    return Facts(
        all_processes=processes,
        probe=0, main=processes[0].pid, shared=True, sockets=(), mounts=(), users={}, limits={},
    )  # fmt: skip


def _not_running(container: str, _user: str | None) -> LocalStream:
    msg = f"container {container} is not running"
    raise CommandError(msg)
