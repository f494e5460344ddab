"""Connections that the engine hands over: marked pieces, deadlines, and what it refuses."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.unit.local_streams import LocalStream

from stackproof.engine import streams
from stackproof.engine.streams import ERR, OUT, Stream
from stackproof.errors import EngineGoneError, RefusedError

UPGRADED = b"HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"


def soon() -> float:
    """A time that comes late enough on a loaded machine."""
    return time.monotonic() + 30


def marked(kind: int, data: bytes) -> bytes:
    """Mark a piece as the engine does."""
    return bytes([kind, 0, 0, 0]) + len(data).to_bytes(4, "big") + data


@pytest.fixture
def pair() -> Iterator[tuple[Stream, socket.socket]]:
    """A stream, and the engine's end of it."""
    mine, its = socket.socketpair()
    with its, Stream(mine) as stream:
        yield stream, its


@pytest.mark.parametrize("size", [1, 7, 8, 9, 1000])
def test_pieces_however_they_arrive(size: int) -> None:
    """A connection has no borders."""
    sent = marked(OUT, b"one\n") + marked(ERR, b"bad") + marked(OUT, b"") + marked(OUT, b"two" * 100)
    mine, its = socket.socketpair()

    def send() -> None:
        with its:
            for at in range(0, len(sent), size):
                its.sendall(sent[at : at + size])

    thread = threading.Thread(target=send)
    thread.start()
    with Stream(mine) as stream:
        assert stream.rest(soon()) == (b"one\n" + b"two" * 100, b"bad")
    thread.join()


def test_what_came_with_the_head(pair: tuple[Stream, socket.socket]) -> None:
    """It is read first."""
    mine, its = socket.socketpair()
    whole = marked(OUT, b"hello")
    with its, Stream(mine, whole[:10]) as stream:
        its.sendall(whole[10:])
        its.shutdown(socket.SHUT_WR)
        assert stream.rest(soon()) == (b"hello", b"")
    assert pair


def test_deadline_keeps_what_was_said(pair: tuple[Stream, socket.socket]) -> None:
    """For whoever tells that it took too long."""
    stream, its = pair
    its.sendall(marked(OUT, b"so far") + marked(ERR, b" so bad"))

    with pytest.raises(TimeoutError) as error:
        stream.rest(time.monotonic() + 0.1)
    assert error.value.args == (b"so far so bad",)


def test_time_that_is_over(pair: tuple[Stream, socket.socket]) -> None:
    """Nothing is read any more."""
    stream, its = pair
    its.sendall(marked(OUT, b"late"))

    with pytest.raises(TimeoutError):
        stream.read(time.monotonic() - 1)


def test_end_in_the_middle(pair: tuple[Stream, socket.socket]) -> None:
    """Of a mark, and of a piece."""
    stream, its = pair
    its.sendall(marked(OUT, b"whole") + marked(OUT, b"half of it")[:12])
    its.shutdown(socket.SHUT_WR)

    assert stream.rest(soon()) == (b"wholehalf", b"")


def test_lines(pair: tuple[Stream, socket.socket]) -> None:
    """What follows a line is not lost; what the other stream says is."""
    stream, its = pair
    its.sendall(marked(ERR, b"warning\n") + marked(OUT, b"he") + marked(OUT, b"ld\ntold 3\n"))
    its.shutdown(socket.SHUT_WR)

    assert stream.line(soon()) == b"held\n"
    assert stream.line(soon()) == b"told 3\n"
    assert stream.line(soon()) == b""


@pytest.mark.parametrize("late", [0.2, -1.0])
def test_send_to_what_does_not_read(pair: tuple[Stream, socket.socket], late: float) -> None:
    """What nobody reads fills the connection; nobody waits for ever, also where no time is left at all."""
    stream, _its = pair

    with pytest.raises(BrokenPipeError):
        stream.send(b"x" * 10_000_000, time.monotonic() + late)


def test_send_in_time_is_not_cut(pair: tuple[Stream, socket.socket]) -> None:
    """The deadline of what was sent is none of what comes later."""
    stream, its = pair

    stream.send(b"abc", time.monotonic() + 0.05)
    time.sleep(0.1)
    stream.send(b"def")

    assert its.recv(6) == b"abcdef"


def test_send_to_what_has_ended(pair: tuple[Stream, socket.socket]) -> None:
    """It is told in the words of a pipe."""
    stream, its = pair
    its.close()

    with pytest.raises(BrokenPipeError):
        stream.send(b"x")
    stream.end_input()


def test_program() -> None:
    """Both streams of a real one, and the end of its input."""
    stream = LocalStream(["sh", "-c", "cat; echo done >&2"])
    stream.send(b"hello")
    stream.end_input()

    assert stream.rest(soon()) == (b"hello", b"done\n")
    stream.close()
    stream.kill()


# -- taking a connection over --------------------------------------------------------------------------

Serve = Callable[[bytes], dict[str, str]]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Serve one connection at a socket file; `asked` in the address is filled with the request."""
    threads = []

    def answer(said: bytes) -> dict[str, str]:
        address = {"base_url": f"unix://{tmp_path}/engine.sock"}
        server = socket.socket(socket.AF_UNIX)
        server.bind(f"{tmp_path}/engine.sock")
        server.listen()

        def run() -> None:
            with server, server.accept()[0] as connection:
                address["asked"] = connection.recv(65536).decode()
                connection.sendall(said)

        threads.append(threading.Thread(target=run))
        threads[0].start()
        return address

    yield answer
    for thread in threads:
        thread.join()


def test_hijack(serve: Serve) -> None:
    """The request is what the API reference says, and the body follows its head."""
    address = serve(UPGRADED + marked(OUT, b"hello"))

    with streams.hijack(address, "/v1.45/exec/1/start", {"Tty": False}) as stream:
        assert stream.rest(soon()) == (b"hello", b"")

    head, _, body = address["asked"].partition("\r\n\r\n")
    assert head.startswith("POST /v1.45/exec/1/start HTTP/1.1\r\n")
    assert "\r\nUpgrade: tcp" in head
    assert f"\r\nContent-Length: {len(body)}" in head
    assert json.loads(body) == {"Tty": False}


@pytest.mark.parametrize(
    "body",
    [
        b'Content-Length: 38\r\n\r\n{"message":"container is not running"}\n',
        b'Transfer-Encoding: chunked\r\n\r\n27\r\n{"message":"container is not running"}\n\r\n0\r\n\r\n',
        b"\r\ncontainer is not running",
    ],
)
def test_refused(serve: Serve, body: bytes) -> None:
    """In the engine's own words, however they are sent."""
    address = serve(b"HTTP/1.1 409 Conflict\r\n" + body)

    with pytest.raises(RefusedError, match=r"^container is not running$"):
        streams.hijack(address, "/containers/1/attach")


def test_engine_that_hangs_up(serve: Serve) -> None:
    """That is no refusal."""
    address = serve(b"HTTP/1.1 1")

    with pytest.raises(EngineGoneError, match="hung up"):
        streams.hijack(address, "/containers/1/attach")


def test_engine_that_is_not_there(tmp_path: Path) -> None:
    """Nobody listens, and there is no such file."""
    with pytest.raises(EngineGoneError, match="the engine does not answer"):
        streams.hijack({"base_url": f"unix://{tmp_path}/none.sock"}, "/x")
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        with pytest.raises(EngineGoneError, match="refused"):
            streams.hijack({"base_url": f"tcp://127.0.0.1:{unheard.getsockname()[1]}"}, "/x")
