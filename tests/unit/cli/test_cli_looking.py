"""What `stackproof init` makes of what it sees."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer, MakeStack
from tests.unit.facts.test_facts_programs import process
from tests.unit.probes.test_probes_doors import facts, listener

from stackproof.cli import looking
from stackproof.cli.looking import answering
from stackproof.cli.starter import Answers, Endpoint
from stackproof.errors import Unknown
from stackproof.probes.http import Answer
from stackproof.sandbox.container import Container
from stackproof.sandbox.images import Images

OPEN = "0.0.0.0"  # noqa: S104 - as the kernel writes it
KEPT = {"type": "volume", "source": "files", "target": "/files"}
Ask = Callable[[str], int | None]


def client(ask: Ask) -> type:
    """Return a client that answers by path."""

    class Client:
        def __init__(self, _sandbox: object) -> None:
            pass

        def get(self, _service: str, path: str = "/") -> Answer:
            return Answer(url="", status=ask(path), body="", seconds=0)

    return Client


class Scene:
    """A view of a stack with one service, whose image says nothing of health."""

    def __init__(self, make_stack: MakeStack, **web: Any) -> None:  # noqa: ANN401 - keys of a service
        self.stack = make_stack({"web": {"image": "web", **web}})
        self.images = Images(by_service={"web": "web"}, config={"web": {}}, stand_ins=(), seconds=0)


def answers(scene: Any, monkeypatch: pytest.MonkeyPatch, ask: Ask) -> Answers:  # noqa: ANN401
    """Return how its paths answer."""
    monkeypatch.setattr(looking, "HttpClient", client(ask))
    monkeypatch.setattr(looking, "WITHIN", 0.0)
    return answering(scene, "web")


@pytest.mark.parametrize(
    ("ask", "paths", "refused"),
    [
        pytest.param({"/": 301, "/health": 204, "/ready": 503}.get, ["/", "/health"], [], id="good ones"),
        pytest.param({"/": 400, "/livez": 200}.get, ["/livez"], [], id="not the first"),
        pytest.param(lambda _path: 200, ["/"], [], id="yes to all"),
        pytest.param(lambda _path: 404, [], [404], id="no to all"),
        pytest.param(lambda _path: None, [], [], id="no HTTP"),
    ],
)
def test_endpoints(
    make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch, ask: Ask, paths: list[str], refused: list[int]
) -> None:
    """Paths that answer well are kept; one is enough for a service that says yes to any."""
    found = answers(Scene(make_stack), monkeypatch, ask)

    assert list(found.good) == [Endpoint("web", path, ask(path)) for path in paths]
    assert [endpoint.status for endpoint in found.bad] == refused


@pytest.mark.parametrize(
    ("test", "path"),
    [
        (["CMD", "curl", "-f", "http://localhost:8080/up"], "/up"),
        (["CMD-SHELL", "wget -q -O /dev/null http://127.0.0.1/internal/alive || exit 1"], "/internal/alive"),
        (["CMD", "node", "-e", "require('http').get('http://[::1]:3000/ping')"], "/ping"),
    ],
)
def test_path_of_the_health_check(
    make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch, test: list[str], path: str
) -> None:
    """Its author knows best where the service says that it is well."""
    scene = Scene(make_stack, healthcheck={"test": test})
    known: Mapping[str, int] = {"/": 200, path: 200}

    assert [e.path for e in answers(scene, monkeypatch, known.get).good] == ["/", path]


def test_path_of_another_host(make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a check asks somebody else is no endpoint of the service."""
    scene = Scene(make_stack, healthcheck={"test": ["CMD", "curl", "http://other:80/up"]})
    known: Mapping[str, int] = {"/": 200, "/up": 200}

    assert [e.path for e in answers(scene, monkeypatch, known.get).good] == ["/"]


def test_no_port(make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that publishes no TCP port has no endpoints."""

    def ask(_path: str) -> int | None:
        raise Unknown

    assert answers(Scene(make_stack), monkeypatch, ask) == Answers()


def test_proposed_as_public(make_stack: MakeStack) -> None:
    """Neither what the file takes for a store or a console, nor what runs one, nor what only loopback has."""
    port = {"ports": [{"target": 8000, "published": "80"}]}
    stack = make_stack(
        {
            "web": port,
            "board": {"image": "grafana/grafana", "ports": [{"target": 3000}]},
            "metrics": {"image": "prom/prometheus", "ports": [{"target": 9090}]},
            "db": port,
            "dead": port,
            "admin": {"ports": [{"target": 8000, "host_ip": "127.0.0.1"}]},
            "worker": {},
        }
    )

    def container(name: str) -> Any:  # noqa: ANN401 - stands for a container
        if name == "dead":
            raise Unknown
        program = "postgres" if name == "db" else "python"
        return SimpleNamespace(facts=SimpleNamespace(processes=[process(program, program)]))

    view: Any = SimpleNamespace(stack=stack, container=container)

    assert looking.meant(view) == ("web",)


def test_proposed_for_replicas(
    make_stack: MakeStack, make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What others can ask, in no other's place: neither a worker without a port, nor what keeps or ends."""
    port = {"ports": [{"target": 8000, "published": "80"}]}
    stack = make_stack(
        {"api": {}, "worker": {}, "local": {}, "db": {}, "files": {"volumes": [KEPT]}, "job": {}, "dead": {}}
        | {"front": port}
    )
    sockets = {name: [listener(OPEN, 8000)] for name in ("api", "db", "files", "job", "front")}
    sockets["local"] = [listener("127.0.0.1", 8000)]

    def container(name: str) -> Container:
        if name == "dead":
            raise Unknown
        found = make_container(name)
        program = process("postgres" if name == "db" else "python", "", pid=1)
        found.facts = replace(facts(*sockets.get(name, ())), all_processes=(program,))
        return found

    view: Any = SimpleNamespace(
        stack=stack, container=container, one_shots={"job"}, is_one_shot=lambda name: name == "job"
    )
    monkeypatch.setattr(looking, "answering", lambda *_words: Answers())

    found = looking.look(view)

    assert found.scalable == ("api",)
    assert [name for name, _kind in found.datastores] == ["db"]


def test_dependants(make_stack: MakeStack) -> None:
    """Directly or through others, in circles of optional edges, too."""
    edge = {"condition": "service_started", "required": False}
    stack = make_stack(
        {
            "db": {},
            "api": {"depends_on": {"db": edge, "web": edge}},
            "web": {"depends_on": {"api": edge}},
            "else": {},
        }
    )

    assert looking.dependants(stack, "db") == {"api", "web"}
    assert looking.dependants(stack, "else") == set()
