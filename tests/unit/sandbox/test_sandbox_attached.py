"""A stack that somebody else runs is looked at and never changed."""

import inspect
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer, MakeStack

from stackproof.controls.control import NotApplicable
from stackproof.engine import engine, hosts, projects
from stackproof.errors import StackError, Unknown
from stackproof.runs.run import Run
from stackproof.sandbox import attached, container
from stackproof.sandbox.attached import AttachedContainer, AttachedStack, Unseen
from stackproof.sandbox.container import Container
from stackproof.sandbox.pool import Pool
from stackproof.sandbox.sandbox import Sandbox
from stackproof.sandbox.view import View
from stackproof.settings import Settings

NOBODY: Any = None


def inspected(service: str, number: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - inspect data
    """What inspect says of a container of the project."""
    marks = {"com.docker.compose.service": service, "com.docker.compose.container-number": str(number)}
    config, state = {"Labels": marks}, {"Status": "running"}
    return {"Id": f"{service}{number}", "Image": "sha256:1", "Config": config, "State": state, **more}


@pytest.fixture
def stack(make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch) -> AttachedStack:
    """A project of web-1, web-3, a stranger, and no container of db."""
    found = [inspected("web", 3), inspected("web", 1), inspected("stranger", 1)]
    monkeypatch.setattr(projects, "containers", lambda _project: found)
    made = make_stack({"web": {"scale": 2}, "db": {}, "off": {"scale": 0}})
    return AttachedStack(made, "observe", project="shop", run=Run("0badcafe"), progress=NOBODY)


def ways(kind: type) -> set[str]:
    """Public methods and properties of a class, inherited ones too."""
    return {name for name, _value in inspect.getmembers(kind) if not name.startswith("_")}


def test_it_has_the_ways_of_a_view_alone() -> None:
    """Whatever changes a stack is a way of a sandbox: nothing has to be refused here."""
    assert ways(AttachedStack) == ways(View)
    assert ways(Sandbox) - ways(View) == {
        *(
            "up",
            "wait_ready",
            "down",
            "stop",
            "start_services",
            "kill",
            "restore",
            "take_away",
            "disturbance",
        ),
    }


def test_what_it_lacks_is_said(stack: AttachedStack) -> None:
    """A test that a team wrote for a sandbox is told why, and what only tries is not misled."""
    with pytest.raises(AttributeError, match="an attached stack is only looked at: it has no `stop`"):
        stack.stop()
    assert not hasattr(stack, "labels")


def test_no_sandbox_beside_it(stack: AttachedStack) -> None:
    """A trial that needs a sandbox of its own is refused one."""
    pool = Pool(Run("0badcafe"), NOBODY, NOBODY, Settings(attach="shop"))

    with pytest.raises(StackError, match="no sandbox of it is made"):
        pool.new(stack.stack, "conflict")


def test_looks_at_what_the_files_name(stack: AttachedStack) -> None:
    """Strangers are left out, and containers are counted from 1 whatever numbers they have."""
    assert [container.name for container in stack.containers()] == ["web-1", "web-3"]
    assert stack.container("web", 2).name == "web-3"


def test_what_is_missing_is_unknown(stack: AttachedStack) -> None:
    """A service without containers is an error, not an empty list of which everything is true."""
    with pytest.raises(StackError, match="there is no container of db in project 'shop'"):
        stack.containers("db")
    with pytest.raises(StackError, match="web has 2 containers in project 'shop', not 3"):
        stack.container("web", 3)
    assert stack.containers("off") == []


def test_image_without_a_container(make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container tells its own image, the file that of a service without one; else it is not known."""
    made = make_stack({"web": {"image": "web:1"}, "db": {"image": "db:1"}, "lost": {"image": "lost:1"}})
    had = {"sha256:1": {"Config": {"User": "web"}}, "db:1": {"Config": {"User": "db"}}}
    monkeypatch.setattr(engine, "image", had.get)

    found = attached._images([AttachedContainer(inspected("web", 1))], made)  # noqa: SLF001 - the pure part

    assert (found.of("web")["User"], found.of("db")["User"]) == ("web", "db")
    with pytest.raises(Unknown, match="there is no image of lost on the engine"):
        found.of("lost")


def test_close_ends_shells_only(stack: AttachedStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is removed at the end."""

    def never(*_words: object, **_more: object) -> None:
        pytest.fail("asked the engine")

    for name in ("remove", "run"):
        monkeypatch.setattr(engine, name, never)

    stack.close()


def quiet(stack: AttachedStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it start without an engine, a terminal and a folder."""
    monkeypatch.setattr(Unseen, "start", lambda self: self)
    monkeypatch.setattr(engine, "image", lambda _name: None)
    monkeypatch.setattr(stack, "phase", lambda _step: nullcontext())
    monkeypatch.setattr(stack, "tell_one_shots", lambda _found: None)
    file = SimpleNamespace(write=lambda _text: None)
    monkeypatch.setattr(stack, "run", SimpleNamespace(folder=SimpleNamespace(images=lambda _slug: file)))


@pytest.mark.parametrize("fails_at", ["look", "begin_watch"])
def test_start_that_fails_leaves_nothing(
    stack: AttachedStack, monkeypatch: pytest.MonkeyPatch, fails_at: str
) -> None:
    """Its events are listened to by a process of ours."""
    told: list[str] = []
    quiet(stack, monkeypatch)
    monkeypatch.setattr(Unseen, "close", lambda _self: told.append("closed"))

    def gone(*_words: object, **_more: object) -> None:
        msg = "gone"
        raise StackError(msg)

    monkeypatch.setattr(stack, fails_at, gone)
    with pytest.raises(StackError, match="gone"):
        stack.start()

    assert told == ["closed"]
    assert stack.engine_trouble() == ""


@pytest.mark.parametrize(
    ("kind", "told"), [(AttachedContainer, ["look", "close"] * 2), (Container, ["look", "look"])]
)
@pytest.mark.parametrize("look", ["look", "probe_briefly"])
def test_no_shell_of_root_stays_in_it(
    monkeypatch: pytest.MonkeyPatch, kind: type[Container], told: list[str], look: str
) -> None:
    """Somebody else's containers are looked into, look by look; in ours it stays open for the next one."""
    said: list[str] = []
    monkeypatch.setattr(container, "_has_shell", {"web1": True})
    monkeypatch.setattr(container, "probe_over", lambda *_words, **_more: said.append("look"))
    shell = SimpleNamespace(close=lambda: said.append("close"))
    monkeypatch.setattr(container, "Shell", lambda *_words, **_more: shell)
    mine = kind({**inspected("web", 1), "Name": "/web-1", "HostConfig": {}})

    for _ in range(2):
        getattr(mine, look)()

    assert said == told


def test_its_start_was_not_seen() -> None:
    """A control that needs events of the start does not apply, with the reason."""
    with pytest.raises(NotApplicable, match="an attached stack's start was not seen"):
        Unseen({}).seen("web", "start")


def test_no_sidecar() -> None:
    """Beside a container without a shell no container is started."""
    with pytest.raises(Unknown, match="beside an attached container none is started"):
        _ = AttachedContainer(inspected("web", 1))._sidecar  # noqa: SLF001 - what would start one


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        ([], None),
        ([("0.0.0.0", 8080), ("::", 8080)], ("127.0.0.1", 8080)),  # noqa: S104 - what the engine says
        ([("::", 8080), ("0.0.0.0", 8081)], ("127.0.0.1", 8081)),  # noqa: S104 - what the engine says
        ([("::", 8080)], ("::1", 8080)),
        ([("", 8080)], ("127.0.0.1", 8080)),
        ([("192.0.2.7", 8080)], ("192.0.2.7", 8080)),
        ([("127.0.0.1", 8080)], ("127.0.0.1", 8080)),
    ],
)
def test_address_of_a_published_port(
    monkeypatch: pytest.MonkeyPatch, bound: list[tuple[str, int]], expected: tuple[str, int] | None
) -> None:
    """A wildcard is reached through loopback, IPv4 before IPv6."""
    monkeypatch.setattr(hosts, "host_addresses", lambda: ["127.0.0.1", "::1", "192.0.2.1"])
    bindings = [{"HostIp": address, "HostPort": str(port)} for address, port in bound]
    container = AttachedContainer(inspected("web", 1, NetworkSettings={"Ports": {"80/tcp": bindings}}))

    assert container.published(80) == expected


def test_wildcard_of_a_remote_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine elsewhere publishes on its own addresses."""
    monkeypatch.setattr(hosts, "host_addresses", lambda: ["engine.example"])

    assert attached.usable("0.0.0.0") == "engine.example"  # noqa: S104 - what the engine says


def test_one_shot_that_nobody_waits_for(
    stack: AttachedStack, make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is one when each of its containers ended well and was meant to; without any, nobody knows."""
    found = [make_container("web", status="exited"), make_container("web", number=2, status="exited", code=1)]
    monkeypatch.setattr(stack, "look", lambda: found)
    assert not stack.is_one_shot("web")
    assert not stack.is_one_shot("off")

    found.pop()
    stack.close()
    assert stack.is_one_shot("web")
