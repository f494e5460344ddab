"""Reading and asking the health check of a container."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from tests.unit.conftest import MakeContainer

from stackproof.engine import engine
from stackproof.engine.command import Completed
from stackproof.engine.files import File
from stackproof.errors import CommandError, Unknown
from stackproof.stack.heartbeat import Heartbeat
from stackproof.trials import asking, reading
from stackproof.trials.asking import Answer, Check

Execute = Callable[..., Completed]


def check(make_container: MakeContainer, test: Sequence[str], **config: object) -> Check:
    """Return the check of a container."""
    container = make_container(health="healthy")
    healthcheck = {"Test": list(test), "Timeout": 3_000_000_000}
    container.data["Config"].update({"Healthcheck": healthcheck, **config})
    return Check.of(container)


def completed(code: int, stderr: str = "", seconds: float = 0.1) -> Completed:
    """Return a finished command."""
    return Completed(code=code, stdout="said\n", stderr=stderr, seconds=seconds)


def test_what_the_engine_would_run(make_container: MakeContainer) -> None:
    """The image's shell reads a script; the author's time-out is in seconds."""
    found = check(make_container, ["CMD-SHELL", "curl x"], Shell=["/bin/bash", "-ec"])

    assert found == Check(
        name="web-1", container="web1", timeout=3.0,
        test=("CMD-SHELL", "curl x"), words=("/bin/bash", "-ec", "curl x"),
    )  # fmt: skip
    assert check(make_container, [], Healthcheck={"Test": ["CMD", "a"]}).timeout == 30.0
    assert check(make_container, ["CMD", "a", "b"]).words == ("a", "b")


def test_container_without_a_check(make_container: MakeContainer) -> None:
    """There is nothing to ask."""
    with pytest.raises(Unknown, match="web-1 has no health check"):
        Check.of(make_container())


def test_answers(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its exit code and words; none when it ran out of time and the engine did not."""
    asked = check(make_container, ["CMD", "a"])

    def hangs(_container: str, argv: Sequence[str], **_more: Any) -> Completed:  # noqa: ANN401 - as the engine
        if list(argv) == [asking.NOWHERE]:
            return completed(127)
        msg = "gave no answer within 5 s"
        raise CommandError(msg)

    monkeypatch.setattr(engine, "execute", lambda *_words, **_more: completed(1))
    assert str(asked.ask()) == "exit 1 after 0.1 s: said"
    monkeypatch.setattr(engine, "execute", hangs)
    assert asked.ask().code is None


def test_machine_that_is_too_busy(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that comes late is no check that hangs."""

    def late(_container: str, argv: Sequence[str], **_more: Any) -> Completed:  # noqa: ANN401 - as the engine
        if list(argv) == [asking.NOWHERE]:
            return completed(127, seconds=4.0)
        msg = "gave no answer within 5 s"
        raise CommandError(msg)

    monkeypatch.setattr(engine, "execute", late)
    with pytest.raises(Unknown, match="the machine is too busy"):
        check(make_container, ["CMD", "a"]).ask()


@pytest.mark.parametrize(
    "said",
    [
        "Error response from daemon: container web1 is not running",
        "Error response from daemon: OCI runtime exec failed: exec failed: cannot exec in a stopped state",
        "Error: No such container: web1",
        "OCI runtime exec failed: exec failed: unable to start container process: read init-p: reset",
        "OCI runtime exec failed: exec failed: unable to start container process: executing setns process",
        "OCI runtime state failed: runc did not terminate successfully",
        "unable to find user web: no matching entries in passwd file",
    ],
)
@pytest.mark.parametrize("code", [1, 126, 127])
@pytest.mark.parametrize("on_stdout", [False, True])
def test_container_that_lets_nobody_in(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, *, said: str, code: int, on_stdout: bool
) -> None:
    """The engine's refusal is no answer of the check, as where `pids_limit` leaves no room for one more."""
    words = {"stdout": said, "stderr": ""} if on_stdout else {"stdout": "", "stderr": said}
    refusal = Completed(code=code, seconds=0.1, **words)
    monkeypatch.setattr(engine, "execute", lambda *_words, **_more: refusal)

    with pytest.raises(Unknown, match="could not be asked: ") as caught:
        check(make_container, ["CMD", "a"]).ask()
    assert str(caught.value).endswith(said)


@pytest.mark.parametrize("said", ["Error: connection refused", "OCI runtime of web: no", "daemon is down"])
def test_words_of_a_check_that_are_no_refusal(
    make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    """Its own errors are what it is asked for."""
    monkeypatch.setattr(
        engine, "execute", lambda *_words, **_more: Completed(code=1, stdout="", stderr=said, seconds=0.1)
    )

    assert check(make_container, ["CMD", "a"]).ask() == Answer(code=1, seconds=0.1, said=said)


@pytest.mark.parametrize(
    ("test", "files", "expected"),
    [
        (["CMD-SHELL", "find /tmp/a -mmin -1"], {}, Heartbeat(limit=60)),
        (["CMD", "/check.sh"], {"/check.sh": b"[ $(($(date +%s) - $(cat /a))) -lt 8 ]"}, Heartbeat(limit=8)),
        (["CMD-SHELL", "python beat.py || exit 1"], {"/srv/beat.py": b"time.time() - getmtime(p) < 9"},
         Heartbeat(limit=9)),
        (["CMD", "ready"], {"/opt/bin/ready": b"#!/bin/sh\ncurl x"}, None),
        (["CMD", "/ready"], {"/ready": b"\x7fELF\0\0"}, Heartbeat(limit=65)),
        (["CMD", "curl", "http://localhost/check.sh"], {}, None),
    ],
)  # fmt: skip
def test_heartbeat_in_the_scripts_of_a_check(
    make_container: MakeContainer,
    monkeypatch: pytest.MonkeyPatch,
    test: list[str],
    files: dict[str, bytes],
    expected: Heartbeat | None,
) -> None:
    """Scripts are read where the container has them; a program that nobody can read may hold one."""
    container = make_container(health="healthy")
    container.data["Config"].update(
        {"Healthcheck": {"Test": test}, "WorkingDir": "/srv", "Env": ["PATH=/opt/bin:/bin"]}
    )
    found = {path: File(mode=0o755, head=head) for path, head in files.items()}
    monkeypatch.setattr(engine, "file", lambda _container, path, **_more: found.get(path))

    assert reading.heartbeat_of(container, Check.of(container)) == expected
