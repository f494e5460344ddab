"""Bad input ends with a clear message and the documented exit code, and leaves nothing behind."""

import os
import subprocess
import time

import pytest
from tests.live import running
from tests.live.running import Ended, Lab

WEB = """
services:
  web:
    image: busybox:1.36
    command: ["sleep", "1000"]
"""


def _refused(lab: Lab, ended: Ended, code: int, *words: str) -> None:
    assert ended.code == code, ended.output
    for word in words:
        assert word in ended.output
    assert "Traceback" not in ended.output
    assert lab.left() == {}


def test_no_engine(lab: Lab) -> None:
    """Without an engine the run ends with 3 and says how to get one."""
    ended = lab.check(lab.stack("web", WEB), env={"DOCKER_HOST": f"unix://{lab.folder}/nobody.sock"})

    _refused(lab, ended, 3, "no Docker engine answers", "nobody.sock", "fix: start Docker")


@pytest.mark.parametrize("command", ["check", "init", "doctor"])
def test_engine_on_another_machine(lab: Lab, command: str) -> None:
    """Ports of a sandbox would listen on the other machine's loopback; that is said before all else."""
    folder = lab.stack("web", WEB)
    words = [] if command == "doctor" else [str(folder)]
    done = subprocess.run(
        [running.PROGRAMS / "stackproof", command, *words],
        env={**os.environ, "DOCKER_HOST": "tcp://192.0.2.1:2375"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.returncode == 3, done.stderr
    assert "the engine at tcp://192.0.2.1:2375 is on another machine" in done.stderr
    assert "fix:      run stackproof on that machine" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_docker_command(lab: Lab) -> None:
    """Without the docker command the run ends with 3 and says what to install."""
    ended = lab.check(lab.stack("web", WEB), env={"PATH": str(lab.folder)})

    _refused(lab, ended, 3, "no `docker` command on PATH", "fix: install Docker Engine")


@pytest.mark.parametrize(
    ("compose", "words"),
    [
        pytest.param(None, ["no compose file in", "compose.yaml"], id="missing"),
        pytest.param("", ["compose.yml: the file is empty", "fix: write `services:`"], id="empty"),
        pytest.param(
            "services:\n  web:\n    image: busybox:1.36\n   command: [sleep]\n",
            ["compose.yml:4: the indentation fits no line above", "fix: indent all keys"],
            id="not YAML",
        ),
        pytest.param(
            "services:\n  web:\n    image: busybox:1.36\n    comand: [sleep]\n",
            ["compose.yml:4: service web: unknown key 'comand'; did you mean 'command'?", "fix: correct"],
            id="unknown key",
        ),
        pytest.param("volumes:\n  data:\n", ["there is no service in it"], id="no services"),
        pytest.param(
            WEB + "    environment:\n      TOKEN: ${LIVE_TEST_TOKEN:?ask the owner for it}\n",
            ["compose.yml:7", "needs variable LIVE_TEST_TOKEN, which is not set: ask the owner for it"],
            id="unset variable",
        ),
    ],
)
def test_compose_file(lab: Lab, compose: str | None, words: list[str]) -> None:
    """A compose file that says nothing usable ends with 2, its place and the reason."""
    ended = lab.check(lab.stack("bad", compose))

    _refused(lab, ended, 2, *words)


def test_path_that_is_not_there(lab: Lab) -> None:
    """A path with nothing at its end ends with 2 and names it."""
    ended = lab.check(lab.folder / "nowhere")

    _refused(lab, ended, 2, "compose file not found", "nowhere")


def test_contract(lab: Lab) -> None:
    """All mistakes of a contract come at once, each with file and line, and end with 2."""
    contract = """\
publik: [web]
http:
  - {service: wbe, path: /}
waivers:
  - {control: no-privilegd, service: web, reason: "it is so", expires: 2999-01-01}
  - {control: no-privileged, service: web, reason: "", expires: 2999-01-01}
  - {control: no-docker-socket, service: web, expires: 2999-01-01}
  - {control: restart-policy-set, service: web, reason: "was fine once", expires: 2020-01-01}
"""
    ended = lab.check(lab.stack("web", WEB, contract))

    _refused(
        lab,
        ended,
        2,
        "stackproof.yml:1: unknown key 'publik'; did you mean 'public'?",
        "stackproof.yml:3: unknown service 'wbe'; did you mean 'web'?",
        "stackproof.yml:5: unknown control 'no-privilegd'; did you mean 'no-privileged'?",
        "stackproof.yml:6: the waiver has no reason",
        "stackproof.yml:7: the waiver has no reason",
        "stackproof.yml:8: the waiver of restart-policy-set for web expired on 2020-01-01",
    )


def test_build_that_fails(lab: Lab) -> None:
    """A build that fails ends with 4 and the last lines of the build itself."""
    dockerfile = "FROM busybox:1.36\nRUN echo the compiler says no >&2; exit 7\n"
    ended = lab.check(lab.stack("build", "services:\n  web:\n    build: .\n", Dockerfile=dockerfile))

    _refused(lab, ended, 4, ":3: service web: the build failed", "the compiler says no", "exit code: 7")


def test_image_that_cannot_be_had(lab: Lab) -> None:
    """An image that is nowhere ends with 4, its name and what to do."""
    image = "stackproof-live-test-no-such-image:9.9"
    ended = lab.check(lab.stack("image", f"services:\n  web:\n    image: {image}\n"))

    _refused(
        lab, ended, 4, f":3: service web: image {image} is not on this engine and could not be pulled", "fix:"
    )


@pytest.mark.parametrize("waited_for", [False, True], ids=["alone", "as dependency"])
def test_service_that_never_becomes_healthy(lab: Lab, waited_for: bool) -> None:  # noqa: FBT001 - a case
    """A service that stays unhealthy ends with 4, its health log and its log, in reasonable time."""
    compose = """
services:
  web:
    image: busybox:1.36
    command: ["sh", "-c", "echo cannot reach the ledger; exec sleep 1000"]
    healthcheck: {test: ["CMD-SHELL", "echo ledger is closed; exit 1"], interval: 1s, timeout: 1s, retries: 2}
"""
    front = """
  front:
    image: busybox:1.36
    command: ["sleep", "1000"]
    depends_on: {web: {condition: service_healthy}}
"""
    began = time.monotonic()
    ended = lab.check(lab.stack("never", compose + (front if waited_for else "")))

    _refused(
        lab,
        ended,
        4,
        "never: service web (web-1) is not ready",
        "health probe exit 1: ledger is closed",
        "|   last log lines:\n  |     cannot reach the ledger",
    )
    assert time.monotonic() - began < 120


def test_service_that_is_slow(lab: Lab) -> None:
    """A service that needs longer than its author's window, as on a loaded machine, is waited for."""
    compose = """
services:
  web:
    image: busybox:1.36
    command: ["sh", "-c", "sleep 8; touch /tmp/ready; exec sleep 1000"]
    healthcheck: {test: ["CMD", "test", "-e", "/tmp/ready"], interval: 1s, timeout: 1s, retries: 2}
  front:
    image: busybox:1.36
    command: ["sleep", "1000"]
    depends_on: {web: {condition: service_healthy}}
"""
    ended = lab.start_suite(lab.stack("slow", compose), "container_matches_file").wait()

    assert ended.code == 0, ended.output
    assert lab.left() == {}


def test_service_that_exits_at_once(lab: Lab) -> None:
    """A service that ends by itself ends the run with 4, its exit code and its log."""
    compose = """
services:
  web:
    image: busybox:1.36
    command: ["sh", "-c", "echo no configuration given >&2; exit 3"]
"""
    ended = lab.check(lab.stack("exits", compose))

    _refused(lab, ended, 4, "exited with code 3", "|   last log lines:\n  |     no configuration given")
