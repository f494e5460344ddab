"""What comes and goes in a container is seen by a watch of it, and told from what its health check does."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from tests.live.conftest import Start
from tests.live.running import wait_until

from stackproof.engine import engine
from stackproof.engine.events import EventStream
from stackproof.sandbox.container import Container
from stackproof.sandbox.watch import Watch
from stackproof.trials.listeners import own_listeners

LABEL = "example.watched"
# Every two seconds a root that waits for a password, and a server, for a second each. Beside them a client.
MOVES = """
import socket, subprocess, time
while True:
    time.sleep(1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"hits:1|c", ("127.0.0.1", 8125))
        asks = subprocess.Popen(["su"], stdin=subprocess.PIPE)
        with socket.create_server(("0.0.0.0", 7777)):
            time.sleep(1)
        asks.kill()
        asks.wait()
"""
# It listens itself for as long as it runs, but for its own start.
CHECK = "import socket, time; time.sleep(0.5); s = socket.create_server(('0.0.0.0', 4369)); time.sleep(0.8)"


@contextmanager
def watched(container: str, mark: str) -> Iterator[Watch]:
    """Watch a container, and end that."""
    events = EventStream({LABEL: mark}).start()
    watch = Watch(events, [Container(engine.inspect("container", [container])[0])]).start()
    try:
        yield watch
    finally:
        watch.close()
        events.close()


def test_what_comes_and_goes_is_seen(start: Start) -> None:
    """A root and a listener of a second are the service's; the listener of its check is nobody's."""
    mark = secrets.token_hex(4)
    container = start(
        "--label", f"{LABEL}={mark}", "--user", "1000:1000",
        "--health-cmd", f'python -c "{CHECK}"', "--health-interval", "1s",
        "python:3.11-slim", "python", "-c", MOVES,
    )  # fmt: skip

    def heard(port: int) -> bool:
        return any(port in {s.port for s in look.listening} for look in watch.looks(container))

    with watched(container, mark) as watch:
        wait_until("its check was heard", lambda: heard(4369))
        # Not only while its check ran, too.
        wait_until(
            "its server is its own", lambda: (7777, "tcp") in own_listeners(watch.looks(container), set())
        )
        wait_until("a root was seen", lambda: any(look.roots for look in watch.looks(container)))
        looks = watch.looks(container)

    assert {process.name for look in looks for process in look.roots} == {"su"}
    assert own_listeners(looks, set()) == {(7777, "tcp")}
    # The start was told late, if at all.
    assert [event.action for event in watch.told(container) if event.action in ("start", "die")] == []
