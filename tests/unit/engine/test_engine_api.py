"""Looks over the engine's API: what is asked, and how an engine that does not answer is told."""

import hashlib
import json
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from stackproof.engine import api, engine
from stackproof.engine.events import EventStream
from stackproof.errors import CommandError, EngineError, EngineGoneError

VERSION = {"ApiVersion": "1.45", "Version": "26.1.5"}


class Server(socketserver.ThreadingUnixStreamServer):
    """Answers as an engine does; `said` by path, with a status where it is not 200."""

    daemon_threads = True

    def __init__(self, path: Path, said: dict[str, Any]) -> None:
        super().__init__(str(path), _Handler)
        self.said = {"/version": VERSION, "/_ping": "OK", **said}
        self.asked: list[str] = []
        self._open: list[socket.socket] = []

    def get_request(self) -> tuple[socket.socket, Any]:
        """Remember a connection: it ends with its server, as an engine's do."""
        connection, whom = super().get_request()
        self._open.append(connection)
        return connection, whom

    def cut(self) -> None:
        """End all connections."""
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        path = url.path.removeprefix("/v1.45")
        self.server.asked.append(f"{path}?{url.query}" if url.query else path)
        if path == "/events":
            self._tell()
            return
        found = self.server.said.get(path, (404, {"message": f"No such thing: {path}"}))
        status, said = found if isinstance(found, tuple) else (200, found)
        body = said if isinstance(said, str) else json.dumps(said)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body.encode())

    do_DELETE = do_POST = do_GET  # noqa: N815 - the library's names

    def _tell(self) -> None:
        """Tell events as they come, until there is no more, or as long as the server stands."""
        self.close_connection = True
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in self.server.said["/events"]:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.flush()

    def address_string(self) -> str:
        return "a socket file"

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@contextmanager
def serving(path: Path, said: dict[str, Any]) -> Iterator[Server]:
    """Serve at a socket file."""
    with Server(path, said) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
            server.cut()
    path.unlink()


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the engine of this test is."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/engine.sock")
    return tmp_path / "engine.sock"


@pytest.mark.parametrize(("status", "waited"), [(204, False), (404, False), (409, True), (500, False)])
def test_container_that_is_being_removed_is_seen_to_go(
    address: Path,
    status: int,
    waited: bool,  # noqa: FBT001 - a case
) -> None:
    """The engine refuses to remove what it removes already; it is listed until that is done."""
    gone = "/containers/a1/wait?condition=removed"
    said = {"/containers/a1": (status, "" if status == 204 else {"message": "removal is in progress"})}

    with serving(address, {**said, "/containers/a1/wait": {"StatusCode": 0}}) as server:
        api.remove("container", "a1")

    assert (gone in server.asked) is waited


def test_ids(address: Path) -> None:
    """All labels must be there, whatever runs; each kind has a listing of its own."""
    said = {
        "/containers/json": [{"Id": "b"}, {"Id": "a"}, {"Id": "a"}],
        "/networks": [{"Id": "n"}],
        "/volumes": {"Volumes": None},
        "/images/json": [{"Id": "sha256:1", "Labels": {"a": "b"}}],
    }
    with serving(address, said) as server:
        assert engine.ids("container", {"ours": "1", "any": None}) == ["a", "b"]
        assert engine.ids("network", {}) == ["n"]
        assert engine.ids("volume", {"x": ""}) == []
        assert engine.ids("image", {}) == ["sha256:1"]
        assert engine.marked("image", {}) == {"sha256:1": {"a": "b"}}
        assert engine.marked("network", {}) == {"n": {}}

    query = parse_qs(urlsplit(server.asked[1]).query)
    assert json.loads(query["filters"][0]) == {"label": ["ours=1", "any"]}
    assert query["all"] == ["1"]
    assert json.loads(parse_qs(urlsplit(server.asked[3]).query)["filters"][0]) == {"label": ["x="]}


@pytest.mark.parametrize("kind", ["container", "network", "volume", "image"])
def test_inspect_leaves_out_what_is_not_there(address: Path, kind: str) -> None:
    """What went between a list and a look is no error."""
    path = {"network": "/networks/a", "volume": "/volumes/a"}.get(kind, f"/{kind}s/a/json")

    with serving(address, {path: {"Id": "a"}}):
        assert engine.inspect(kind, ["a", "gone"]) == [{"Id": "a"}]


def test_engine_that_fails(address: Path) -> None:
    """Its words are told."""
    with (
        serving(address, {"/containers/a/json": (500, {"message": "the disk is full"})}),
        pytest.raises(CommandError, match="failed at `container inspect a`: the disk is full") as error,
    ):
        engine.inspect("container", ["a"])

    assert not isinstance(error.value, EngineGoneError)


def test_answer_of_something_else(address: Path) -> None:
    """A proxy may answer in the engine's place."""
    with (
        serving(address, {"/containers/a/json": "<html>"}),
        pytest.raises(CommandError, match="its answer is no JSON") as error,
    ):
        engine.inspect("container", ["a"])

    assert not isinstance(error.value, EngineGoneError)


def test_no_name_is_nothing(address: Path) -> None:
    """Nobody is asked for it."""
    with serving(address, {}) as server:
        assert engine.inspect("container", [""]) == []

    assert server.asked == []


@pytest.mark.parametrize("auth", ['""', '"???"', "null", '"bm9ib2R5"'])
def test_configuration_that_the_library_does_not_read(
    address: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, auth: str
) -> None:
    """It is named."""
    (tmp_path / "config.json").write_text(f'{{"auths": {{"registry.example": {{"auth": {auth}}}}}}}')
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))

    with serving(address, {}), pytest.raises(EngineError, match=f"{tmp_path}/config.json cannot be read"):
        engine.ping()


def test_engine_that_hangs(address: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look has an end."""
    monkeypatch.setattr(api, "QUICK", 1.0)

    with serving(address, {}) as server:
        engine.ping()
        monkeypatch.setattr(_Handler, "do_GET", lambda _self: time.sleep(3))
        with pytest.raises(CommandError, match="no answer to `ping` within 1 s"):
            engine.ping()

    assert server.asked == ["/version", "/_ping"]


def test_engine_that_is_not_there(address: Path) -> None:
    """A socket file that is missing, and one at which nobody listens."""
    with pytest.raises(EngineGoneError, match="No such file"):
        engine.inspect("container", ["abc"])
    with serving(address, {}):
        engine.ping()
        address.rename(address.with_name("away"))
        with pytest.raises(EngineGoneError):
            engine.ping()
        address.with_name("away").rename(address)


def test_engine_that_was_restarted(address: Path) -> None:
    """The connection of before is to nobody."""
    with serving(address, {}):
        engine.ping()
    with pytest.raises(EngineGoneError):
        engine.ping()

    with serving(address, {}) as server:
        engine.ping()

    assert "/_ping" in server.asked


def test_wait_until_back(address: Path) -> None:
    """A restart is waited for."""
    came = threading.Event()

    def come() -> None:
        time.sleep(0.8)
        with serving(address, {}):
            came.wait(30)

    thread = threading.Thread(target=come)
    thread.start()
    engine.wait_until_back(30)
    came.set()
    thread.join()


def test_engine_that_stays_away(address: Path) -> None:
    """The wait has an end, and its error is the engine's last one."""
    began = time.monotonic()

    with pytest.raises(EngineGoneError, match=str(address)):
        engine.wait_until_back(0.1)
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("chosen_by", ["config.json", "DOCKER_CONTEXT"])
def test_context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen_by: str) -> None:
    """Without DOCKER_HOST the context says where the engine is."""
    folder = tmp_path / "contexts/meta" / hashlib.sha256(b"other").hexdigest()
    folder.mkdir(parents=True)
    endpoint = {"Host": f"unix://{tmp_path}/engine.sock", "SkipTLSVerify": False}
    meta = {"Name": "other", "Metadata": {}, "Endpoints": {"docker": endpoint}}
    (folder / "meta.json").write_text(json.dumps(meta))
    chosen = {"currentContext": "other"} if chosen_by == "config.json" else {}
    (tmp_path / "config.json").write_text(json.dumps(chosen))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    if chosen_by == "DOCKER_CONTEXT":
        monkeypatch.setenv("DOCKER_CONTEXT", "other")

    with serving(tmp_path / "engine.sock", {}) as server:
        engine.ping()

    assert server.asked == ["/version", "/_ping"]


def test_ssh_needs_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said which."""
    monkeypatch.setenv("DOCKER_HOST", "ssh://me@build.example")

    with pytest.raises(EngineError, match="docker\\[ssh\\]"):
        engine.ping()


def test_connections_are_used_again(address: Path) -> None:
    """One client asks its version once."""
    with serving(address, {}) as server:
        for _ in range(3):
            engine.ping()

    assert server.asked.count("/version") == 1


# -- events --------------------------------------------------------------------------------------------

EVENT = {"timeNano": 1, "Action": "die", "Actor": {"ID": "abc", "Attributes": {}}}


def until_it_ends(stream: EventStream) -> None:
    """Wait for events until there can be none."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        stream.wait(5)


@pytest.mark.parametrize("half", [b"", b'{"timeNano": 2, "Act'])
def test_events_that_broke_off(address: Path, half: bytes) -> None:
    """Half an event is none, and the end of the stream is the end of what can be known."""
    with serving(address, {"/events": filter(None, [json.dumps(EVENT).encode() + b"\n", half])}) as server:
        stream = EventStream({"ours": "1"}).start()
        with pytest.raises(EngineGoneError, match="was restarted"):
            until_it_ends(stream)
        stream.close()

    assert stream.ended
    assert [event.action for event in stream.seen()] == ["die"]
    query = parse_qs(urlsplit(server.asked[-1]).query)
    filters = json.loads(query["filters"][0])
    assert filters["label"] == ["ours=1"]
    assert filters["type"] == ["container"]
    assert {"die", "oom", "health_status"} < set(filters["event"])
    assert abs(int(query["since"][0]) - time.time()) < 60


def test_events_that_stand(address: Path) -> None:
    """Silence is no end, and whoever has heard enough hangs up."""
    enough = threading.Event()

    def silence() -> Iterator[bytes]:
        yield json.dumps(EVENT).encode() + b"\n"
        enough.wait(60)

    with serving(address, {"/events": silence()}):
        stream = EventStream({}).start()
        while not stream.seen():
            stream.wait(5)
        stream.wait(0.2)
        ended = stream.ended
        stream.close()
        enough.set()

    assert not ended


def test_file_of_an_engine_that_is_gone(address: Path) -> None:
    """Nothing there is not nobody there."""
    with pytest.raises(EngineGoneError):
        engine.file("abc", "/bin/sh")
    assert not address.exists()
