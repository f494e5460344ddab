"""What an engine says of images over its socket, without the SDK."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import UnixStreamServer

import pytest

from stackproof.engine import engine, looks
from stackproof.errors import EngineGoneError

IMAGE = {"Id": "sha256:1", "Config": {"User": "app"}}


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Know one image."""
        known: dict[str, tuple[int, object]] = {
            "/images/shop/web:1%2B2/json": (200, IMAGE),
            "/images/shop/web:1%2B2/history": (200, [{"CreatedBy": "RUN b"}, {"CreatedBy": "ADD a"}, {}]),
            "/images/broken/json": (500, {"message": "x"}),
        }
        status, said = known.get(self.path, (404, {"message": "no such image"}))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    def address_string(self) -> str:
        """A socket file has none."""
        return ""

    def log_message(self, *_words: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def socket_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A socket at which an engine answers."""
    path = tmp_path / "docker.sock"
    with UnixStreamServer(str(path), _Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
        yield path
        server.shutdown()


@pytest.mark.usefixtures("socket_file")
def test_image() -> None:
    """Its inspect data; None where there is no such image."""
    assert looks.image("shop/web:1+2") == IMAGE
    assert looks.image("nginx") is None


@pytest.mark.usefixtures("socket_file")
def test_history() -> None:
    """The oldest layer first."""
    assert looks.history("shop/web:1+2") == ["", "ADD a", "RUN b"]
    with pytest.raises(EngineGoneError, match="does not say how image nginx was made"):
        looks.history("nginx")


@pytest.mark.usefixtures("socket_file")
def test_engine_that_fails() -> None:
    """Nothing is known of the image, and it is not said that there is none."""
    with pytest.raises(EngineGoneError, match="500"):
        looks.image("broken")


def test_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for whoever asks the SDK."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nothing.sock")

    with pytest.raises(EngineGoneError, match="the engine does not answer"):
        looks.image("nginx")


@pytest.mark.parametrize(
    "choice", [{"DOCKER_HOST": "tcp://x:1"}, {"DOCKER_CONTEXT": "far"}, {"currentContext": "far"}]
)
def test_engine_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, choice: dict[str, str]) -> None:
    """The SDK knows how to get there."""
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    if "currentContext" in choice:
        (tmp_path / "config.json").write_text(json.dumps(choice))
    else:
        monkeypatch.setenv(*next(iter(choice.items())))
    monkeypatch.setattr(engine, "image", lambda reference: {"Id": f"far {reference}"})

    assert looks.image("nginx") == {"Id": "far nginx"}
