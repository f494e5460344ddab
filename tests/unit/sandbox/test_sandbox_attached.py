"""A stack that somebody else runs is looked at and never changed."""

import inspect
from typing import Any

import pytest
from tests.unit.conftest import MakeStack

from stackproof.controls.control import NotApplicable
from stackproof.engine import engine, hosts, projects
from stackproof.errors import ReadOnlyError, StackError, Unknown
from stackproof.runs.run import Run
from stackproof.sandbox import attached
from stackproof.sandbox.attached import AttachedContainer, AttachedStack, Unseen
from stackproof.sandbox.pool import Pool
from stackproof.sandbox.sandbox import Sandbox

NOBODY: Any = None
# Public ways of a sandbox that only look, or that an attached stack has in a harmless form of its own.
LOOKS = {
    *(
        "container",
        "containers",
        "engine_trouble",
        "expectations",
        "jobs",
        "look",
        "outside_trouble",
        "phase",
    ),
    *("note_reached", "offline", "require", "runs_once", "trial"),
}
HARMLESS = {"start", "close"}
REFUSED = {"up", "wait_ready", "down", "stop", "start_services", "kill", "mend", "take_away"}


def inspected(service: str, number: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - inspect data
    """What inspect says of a container of the project."""
    marks = {"com.docker.compose.service": service, "com.docker.compose.container-number": str(number)}
    return {"Id": f"{service}{number}", "Image": "sha256:1", "Config": {"Labels": marks}, **more}


@pytest.fixture
def stack(make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch) -> AttachedStack:
    """A project of web-1, web-3, a stranger, and no container of db."""
    found = [inspected("web", 3), inspected("web", 1), inspected("stranger", 1)]
    monkeypatch.setattr(projects, "containers", lambda _project: found)
    made = make_stack({"web": {"scale": 2}, "db": {}, "off": {"scale": 0}})
    return AttachedStack(
        made, "observe", project="shop", run=Run("0badcafe"), engine_=NOBODY, progress=NOBODY
    )


def test_every_way_of_a_sandbox_is_known() -> None:
    """Whoever adds a method to the sandbox must say whether it only looks, or refuse it here."""
    ways = {
        name
        for name, value in vars(Sandbox).items()
        if not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, property))
    }

    assert ways == LOOKS | HARMLESS | REFUSED
    assert set(vars(AttachedStack)) >= HARMLESS | REFUSED


@pytest.mark.parametrize(
    ("way", "args"),
    [
        ("up", ()),
        ("wait_ready", ()),
        ("down", ()),
        ("stop", ()),
        ("start_services", (["web"],)),
        ("kill", (NOBODY,)),
        ("mend", ()),
        ("take_away", ()),
    ],
)
def test_changes_are_refused(stack: AttachedStack, way: str, args: tuple[Any, ...]) -> None:
    """Everything that an operator does to a sandbox raises."""
    with pytest.raises(ReadOnlyError, match="attached and only looked at"):
        getattr(stack, way)(*args)


def test_its_labels_are_not_the_projects(stack: AttachedStack) -> None:
    """Whatever removes by the labels of a sandbox finds nothing of the project."""
    assert stack.labels["stackproof.run"] == "0badcafe"
    assert not any(key.startswith("com.docker") for key in stack.labels)


def test_no_copy_beside_it(stack: AttachedStack) -> None:
    """A trial that needs a copy of its own is refused one."""
    pool = Pool(Run("0badcafe"), NOBODY, NOBODY, attached="shop")

    with pytest.raises(ReadOnlyError, match="no copy of it is made"):
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


def test_close_ends_shells_only(stack: AttachedStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is removed at the end."""

    def never(*_words: object, **_more: object) -> None:
        pytest.fail("asked the engine")

    for name in ("remove", "run"):
        monkeypatch.setattr(engine, name, never)

    stack.close()


def test_its_start_was_not_seen() -> None:
    """A control that needs events of the start does not apply, with the reason."""
    with pytest.raises(NotApplicable, match="an attached stack's start was not seen"):
        Unseen().seen("web", "start")
    Unseen().close()


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
