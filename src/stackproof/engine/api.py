"""The engine over its API, in this process.

A `docker` process costs 14 to 75 ms of a processor to ask what the engine answers in half of one, and a run
asks some hundred times. The life cycle of a stack goes through Compose (see `project`), which has no API.
"""

import atexit
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from http import HTTPStatus
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

import requests
from docker.api import APIClient
from docker.context import Context, ContextAPI
from docker.errors import APIError, DockerException, NotFound, StreamParseError
from docker.tls import TLSConfig
from docker.utils import kwargs_from_env

from stackproof.engine import docker_config, streams
from stackproof.engine.command import QUICK, SLOW
from stackproof.engine.streams import Stream
from stackproof.errors import CommandError, EngineError, EngineGoneError

if TYPE_CHECKING:
    from docker.types import CancellableStream

# What decides which engine `docker` talks to: one process may talk to several, as our tests do.
_CHOICE = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")
_lock = threading.Lock()
_free: dict[tuple[str | None, ...], list[APIClient]] = {}
_Answer = TypeVar("_Answer")


def ping() -> None:
    """Ask for a sign of life.

    Raises EngineGoneError when the engine gives none.
    """
    ask("ping", lambda client: client.ping())


def clock() -> str:
    """Return the time on the engine's own clock, in the form of its other time stamps."""
    return str(ask("info", lambda client: client.info())["SystemTime"])


def marked(kind: str, wanted: Mapping[str, str | None], *, running: bool) -> dict[str, dict[str, str]]:
    """Return all labels of things that carry these (None: any value), by id; see `engine.marked`."""
    filters = {"label": _labels(wanted)}
    listings: dict[str, Callable[[APIClient], Sequence[Mapping[str, Any]]]] = {
        "container": lambda client: client.containers(all=not running, filters=filters),
        "network": lambda client: client.networks(filters=filters),
        "volume": lambda client: client.volumes(filters=filters)["Volumes"] or (),
        "image": lambda client: client.images(filters=filters),
    }
    key = "Name" if kind == "volume" else "Id"
    return {str(one[key]): dict(one.get("Labels") or {}) for one in ask(f"{kind} ls", listings[kind])}


def _labels(wanted: Mapping[str, str | None]) -> list[str]:
    return [key if value is None else f"{key}={value}" for key, value in wanted.items()]


def inspect(kind: str, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the raw inspect data of those that exist."""
    for name in filter(None, names):
        found = ask(f"{kind} inspect {name}", partial(_inspect, kind, name))
        if found is not None:
            yield found


def _inspect(kind: str, name: str, client: APIClient) -> dict[str, Any] | None:
    looks: dict[str, Callable[[str], dict[str, Any]]] = {
        "container": client.inspect_container,
        "network": client.inspect_network,
        "volume": client.inspect_volume,
        "image": client.inspect_image,
    }
    try:
        return looks[kind](name)
    except NotFound:
        return None


def history(reference: str) -> list[str]:
    """Return what made each layer of an image; see `engine.history`."""
    found = ask(f"image history {reference}", lambda client: client.history(reference))  # type: ignore[no-untyped-call]
    return [str(layer.get("CreatedBy") or "") for layer in reversed(found)]


def ask(what: str, question: Callable[[APIClient], _Answer], deadline: float | None = None) -> _Answer:
    """Ask, once more where a connection was open and the engine at its other end is a new one by now.

    Raises CommandError for what the engine refuses, or does not answer within the deadline (seconds; QUICK
    where none is given).
    """
    deadline = deadline or QUICK
    with _said(what, deadline):
        try:
            with _client(deadline) as client:
                return question(client)
        except requests.exceptions.ConnectionError:
            with _client(deadline) as client:
                return question(client)


def logs(container: str, tail: int, until: float | None) -> str:
    """Return the last lines of both streams, each with its time; see `engine.logs`."""
    said = ask(
        f"logs {container}", lambda client: client.logs(container, timestamps=True, tail=tail, until=until)
    )
    return bytes(said).decode(errors="replace")


class Events:
    """What the engine tells of containers, until it is closed or the engine is gone."""

    def __init__(self, stream: "CancellableStream[Any]") -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield one after the other; what broke off in the middle is none."""
        with suppress(StreamParseError, requests.exceptions.RequestException):
            yield from self._stream

    def close(self) -> None:
        """Hang up; another thread may be reading."""
        with suppress(OSError):  # the engine did
            self._stream.close()


def events(since: int, actions: Sequence[str], wanted: Mapping[str, str | None]) -> Events:
    """Begin to listen to events of containers that carry these labels (None: any value)."""
    filters = {"type": ["container"], "event": list(actions), "label": _labels(wanted)}
    found = ask("events", lambda client: client.events(since=since, filters=filters, decode=True))
    return Events(found)


def hijack(path: str, body: Mapping[str, Any] | None = None) -> Stream:
    """Take over a connection to the engine that `docker` talks to.

    Raises RefusedError, and EngineGoneError when none answers.
    """
    version = ask("version", lambda client: client.api_version)
    return streams.hijack(_address(), f"/v{version}{path}", body)


def remove(kind: str, name: str) -> None:
    """Remove a thing that is ours, by force, and see it go; what is already gone is fine."""
    removals: dict[str, Callable[[APIClient], object]] = {
        "container": lambda client: client.remove_container(name, v=True, force=True),
        "network": lambda client: client.remove_network(name),
        "volume": lambda client: client.remove_volume(name, force=True),
        "image": lambda client: client.remove_image(name, force=True),
    }

    def question(client: APIClient) -> None:
        try:
            removals[kind](client)
        except APIError as error:
            # One that the engine removes at its own end is still there while it does so.
            if kind == "container" and error.status_code == HTTPStatus.CONFLICT:
                with suppress(APIError):
                    client.wait(name, timeout=int(SLOW), condition="removed")

    ask(f"{kind} rm {name}", question, SLOW)


@contextmanager
def _said(what: str, deadline: float) -> Iterator[None]:
    """Have what the engine did not answer told as it is told of a docker command."""
    try:
        yield
    except requests.exceptions.Timeout:
        msg = f"the engine gave no answer to `{what}` within {deadline:g} s"
        raise CommandError(msg) from None
    except APIError as error:
        msg = f"the engine failed at `{what}`: {error.explanation or error}"
        raise CommandError(msg) from None
    except requests.exceptions.InvalidJSONError as error:
        msg = f"the engine failed at `{what}`: its answer is no JSON: {error}"
        raise CommandError(msg) from None
    except requests.exceptions.RequestException as error:
        msg = f"the engine does not answer: {_reason(error)}"
        raise EngineGoneError(msg) from None
    except DockerException as error:  # no client could be made
        msg = f"the engine does not answer: {_reason(error)}"
        raise EngineGoneError(msg) from None


def _reason(error: Exception) -> str:
    """Return the innermost cause: `requests` and `urllib3` put three shells around it."""
    inner: BaseException = error
    while (
        cause := inner.__cause__ or (None if inner.__suppress_context__ else inner.__context__)
    ) is not None:
        inner = cause
    return str(inner)


@contextmanager
def _client(deadline: float) -> Iterator[APIClient]:
    """Give a client that nobody else uses now, of the engine that `docker` talks to; it is kept for later.

    It waits so many seconds for an answer.
    """
    address = _address()
    _knock(str(address.get("base_url", "")))
    choice = tuple(os.environ.get(name) for name in _CHOICE)
    with _lock:
        free = _free.setdefault(choice, [])
        client = free.pop() if free else None
    client = client or _new_client(address)
    client.timeout = int(deadline)
    try:
        yield client
    except requests.exceptions.RequestException:
        client.close()
        raise
    with _lock:
        free.append(client)


def _new_client(address: Mapping[str, Any]) -> APIClient:
    """Make a client.

    Raises EngineError where the library cannot read Docker's own configuration, which `docker` may well do.
    """
    try:
        client = APIClient(version="auto", timeout=int(QUICK), **address)
    except DockerException:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        folder = os.environ.get("DOCKER_CONFIG") or "~/.docker"
        msg = (
            f"{folder}/config.json cannot be read: {str(error) or type(error).__name__}\n"
            "  fix: mend its `auths`, or set DOCKER_CONFIG to a folder with another one"
        )
        raise EngineError(msg) from None
    # No proxy is between us and a socket: to look for one at each question costs a third of that.
    client.trust_env = not client.base_url.startswith("http+")
    return client


def _knock(address: str) -> None:
    """See that somebody listens at a socket file: the library leaves its own open where nobody does.

    Raises EngineGoneError.
    """
    path = address.removeprefix("http+").removeprefix("unix://")
    if path == address:
        return
    with socket.socket(socket.AF_UNIX) as tried:
        try:
            tried.connect(path)
        except OSError as error:
            msg = f"the engine does not answer: {path}: {error.strerror}"
            raise EngineGoneError(msg) from None


@atexit.register
def _close() -> None:
    with _lock:
        for clients in _free.values():
            while clients:
                clients.pop().close()


def _address() -> dict[str, Any]:
    """Return address and certificates, as `docker` finds them: DOCKER_HOST, or the context."""
    found: dict[str, Any] = {}
    if os.environ.get("DOCKER_HOST"):
        found.update(kwargs_from_env())
    elif (context := _context()) is not None:
        found["base_url"] = context.Host
        if isinstance(context.TLSConfig, TLSConfig):
            found["tls"] = context.TLSConfig
    if str(found.get("base_url")).startswith("ssh://"):
        if find_spec("paramiko") is None:  # 90 ms at each start, which nobody else shall pay
            msg = (
                f"the engine at {found['base_url']} is asked over ssh, and a package for that is missing.\n"
                "  fix: pip install 'docker[ssh]'"
            )
            raise EngineError(msg)
        found["use_ssh_client"] = True  # its user's ssh knows the keys and the configuration
    return found


def _context() -> Context | None:
    name = docker_config.context()
    docker_config.check_context(name)
    return ContextAPI.get_context(name)
