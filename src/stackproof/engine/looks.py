"""What a local engine says of images, asked without the SDK: its import takes longer than all the answers."""

import json
import os
import socket
from http.client import HTTPConnection, HTTPException
from typing import Any, Final
from urllib.parse import quote

from stackproof.engine import docker_config
from stackproof.engine.command import QUICK
from stackproof.errors import EngineGoneError

SOCKET: Final = "/var/run/docker.sock"
_OK: Final = 200
_NOT_FOUND: Final = 404


class _Local(HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=QUICK)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket file."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def image(reference: str) -> dict[str, Any] | None:
    """Return a local image's inspect data, or None when it is not here.

    Raises EngineGoneError where no engine answers.
    """
    path = _socket()
    if path is None:  # another machine, or a context: the SDK knows how
        from stackproof.engine import engine  # noqa: PLC0415

        return engine.image(reference)
    found: dict[str, Any] | None = _answer(path, reference, "json")
    return found


def history(reference: str) -> list[str]:
    """Return what made each layer of a local image (`CreatedBy`), the oldest first.

    Raises EngineGoneError where that is not known.
    """
    path = _socket()
    found = _answer(path, reference, "history") if path else None
    if found is None:
        msg = f"the engine does not say how image {reference} was made"
        raise EngineGoneError(msg)
    return [str(layer.get("CreatedBy") or "") for layer in reversed(found)]


def _answer(path: str, reference: str, question: str) -> Any:  # noqa: ANN401 - JSON
    """Return what the engine at a socket file says of an image; None where there is no such image."""
    connection = _Local(path)
    try:
        connection.request("GET", f"/images/{quote(reference, safe='/:@')}/{question}")
        answer = connection.getresponse()
        said = answer.read()
    except (OSError, HTTPException) as error:
        msg = f"the engine does not answer: {path}: {getattr(error, 'strerror', None) or error}"
        raise EngineGoneError(msg) from None
    finally:
        connection.close()
    if answer.status == _NOT_FOUND:
        return None
    if answer.status != _OK:
        msg = f"the engine does not say what image {reference} is: {answer.status} {answer.reason}"
        raise EngineGoneError(msg)
    return json.loads(said)


def _socket() -> str | None:
    """Return the socket file that `docker` would use; None where it is none, or has to be looked up."""
    if host := os.environ.get("DOCKER_HOST"):
        return host.removeprefix("unix://") if host.startswith("unix://") else None
    return SOCKET if docker_config.context() == docker_config.DEFAULT else None
