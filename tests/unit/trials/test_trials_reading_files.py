"""Which files of a container are read for what its health check runs."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer

from stackproof.engine import engine
from stackproof.engine.files import File
from stackproof.sandbox.container import Container
from stackproof.stack.heartbeat import BEYOND, LONGEST, Heartbeat
from stackproof.stack.model import DEFAULT_PATH
from stackproof.trials.asking import Check
from stackproof.trials.reading import HEAD, heartbeat_of, texts_of

Make = Callable[..., tuple[Container, list[str]]]
PATH = {"Env": ["EMPTY", "PATH=/opt/a=b:bin", "X=a=b"], "WorkingDir": "/srv"}


@pytest.fixture
def asked(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Return a function that makes a container with files, and the list of those that it is asked for."""

    def make(test: list[str], files: dict[str, bytes], **config: Any) -> tuple[Container, list[str]]:  # noqa: ANN401
        container = make_container(health="healthy")
        container.data["Config"].update({"Healthcheck": {"Test": test}, **config})
        paths: list[str] = []

        def file(name: str, path: str, *, head: int) -> File | None:
            assert (name, head) == ("web1", HEAD)
            paths.append(path)
            return File(mode=0o755, head=files[path]) if path in files else None

        monkeypatch.setattr(engine, "file", file)
        return container, paths

    return make


@pytest.mark.parametrize(
    ("test", "config", "paths"),
    [
        (["CMD-SHELL", "python beat.py || exit 1"], PATH, ["/srv/beat.py"]),
        (["CMD-SHELL", "bash '/a/check.sh'; (node \"Xb.js\")"], PATH, ["/a/check.sh", "/srv/Xb.js"]),
        (["CMD", "/usr/bin/ready", "--now"], PATH, ["/usr/bin/ready"]),
        (["CMD", "/usr/bin/curl", "http://localhost/check.sh"], PATH, []),
        (["CMD", "ready"], PATH, ["/opt/a=b/ready", "/srv/bin/ready"]),
        (["CMD-SHELL", "ready", "now"], PATH, ["/opt/a=b/ready", "/srv/bin/ready"]),
        (["CMD", "/opt/ready now"], PATH, ["/opt/ready now"]),
        (["CMD", "check.sh"], PATH, ["/opt/a=b/check.sh", "/srv/bin/check.sh"]),
        (["CMD", "sh", "-c", "ready && curl x"], PATH, ["/opt/a=b/ready", "/srv/bin/ready"]),
        (["CMD", "../a/./ready"], PATH, ["/a/ready"]),
        (["CMD", "sh", "check.sh"], {}, ["/check.sh"]),
        (["CMD", "sh", "check.sh"], {"WorkingDir": "srv", "Env": None}, ["/srv/check.sh"]),
        (["CMD", "ready"], {"Env": ["X=1"]}, [f"{part}/ready" for part in DEFAULT_PATH.split(":")]),
        (["CMD-SHELL", "grep -q x /proc/1/stat && test -f a.json"], PATH, []),
    ],
)
def test_paths(asked: Make, test: list[str], config: dict[str, Any], paths: list[str]) -> None:
    """Scripts by the folder it works in, programs by its PATH; none of what everybody knows."""
    container, seen = asked(test, {}, **config)

    assert texts_of(container, Check.of(container)) == [" ".join(test)]
    assert seen == paths


def test_texts(asked: Make) -> None:
    """Those that are there and are text; a byte that is none is no reason to leave one out."""
    files = {"/srv/a.sh": b"first \xff", "/srv/c.sh": b"nul\0", "/srv/d.sh": b"last"}
    container, seen = asked(["CMD-SHELL", "sh a.sh; sh b.sh; sh c.sh; sh d.sh"], files, **PATH)

    assert texts_of(container, Check.of(container)) == [
        "CMD-SHELL sh a.sh; sh b.sh; sh c.sh; sh d.sh", "first \ufffd", "last",
    ]  # fmt: skip
    assert seen == ["/srv/a.sh", "/srv/b.sh", "/srv/c.sh", "/srv/d.sh"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"/a": b"\x7fELF\0", "/b": b"#!/bin/sh"}, Heartbeat(limit=LONGEST - BEYOND)),
        ({"/a": b"#!/bin/sh", "/b": b"\x7fELF\0"}, Heartbeat(limit=LONGEST - BEYOND)),
        ({"/a": b"#!/bin/sh", "/b": b"no \x7fELF"}, None),
        ({"/a": b"\x7fELF\0", "/b": b"find /tmp/x -mmin -2"}, Heartbeat(limit=120)),
    ],
)
def test_program_that_nobody_can_read(
    asked: Make, files: dict[str, bytes], expected: Heartbeat | None
) -> None:
    """Any of them may read a heartbeat, unless a text says more."""
    container, _seen = asked(["CMD-SHELL", "/a && /b"], files)

    assert heartbeat_of(container, Check.of(container)) == expected
