"""Which programs a health check needs."""

from typing import Any

import pytest

from stackproof.stack import health_command
from stackproof.stack.health_command import (
    SHELL,
    Surroundings,
    argv,
    lacking_programs,
    not_run,
    programs,
)
from stackproof.stack.model import DEFAULT_PATH, Service


def _names(test: list[str], shell: tuple[str, ...] = SHELL) -> list[str]:
    return [name for need in programs(test, shell) for way in need.ways for name in sorted(way)]


def test_programs_of_a_test() -> None:
    """Those of its script, and the shell that reads it; the exec form needs no shell but its own."""
    assert _names(["CMD-SHELL", "curl x | grep ok"]) == ["/bin/sh", "curl", "grep"]
    assert _names(["CMD-SHELL", "curl x"], ("/bin/bash", "-c")) == ["/bin/bash", "curl"]
    assert _names(["CMD", "/healthcheck", "--port", "80"]) == ["/healthcheck"]
    assert _names(["CMD", "sh", "-c", "curl x || exit 1"]) == ["sh", "curl"]
    assert programs(["CMD-SHELL", "[ -f /tmp/ready ]"]) == []
    assert programs(["CMD"]) == programs(["CMD-SHELL"]) == []


def test_what_the_engine_runs() -> None:
    """The shell is the image's, where it has one."""
    assert argv(["CMD", "a", "b"]) == ["a", "b"]
    assert argv(["CMD-SHELL", "a b"]) == ["/bin/sh", "-c", "a b"]
    assert argv(["CMD-SHELL", "a b"], ["/bin/bash", "-ec"]) == ["/bin/bash", "-ec", "a b"]


@pytest.mark.parametrize(
    ("output", "name"),
    [
        ("/bin/sh: 1: curl: not found", "curl"),
        ("/bin/sh: curl: not found", "curl"),
        ("sh: curl: command not found", "curl"),
        ("/bin/bash: line 1: curl: command not found", "curl"),
        ("/srv/check.sh: 3: jq: not found", "jq"),
        ("/srv/check: line 3: jq: command not found", "jq"),
        ("/bin/sh: 1: ./check.sh: Permission denied", "./check.sh"),
        ("/bin/sh: ./check.sh: not found", "./check.sh"),
        ("env: 'curl': No such file or directory", "curl"),
        ("env: can't execute 'curl': No such file or directory", "curl"),
        ("timeout: failed to run command \u2018curl\u2019: No such file or directory", "curl"),
        ('OCI runtime exec failed: exec: "curl": executable file not found in $PATH: unknown', "curl"),
        ('exec: "/check.sh": stat /check.sh: no such file or directory: unknown', "/check.sh"),
        ('exec: "/check.sh": permission denied: unknown', "/check.sh"),
    ],
)  # fmt: skip
def test_health_log_of_a_missing_program(output: str, name: str) -> None:
    """In the words of the shells, of programs that run others, and of the engine."""
    found = not_run([{"ExitCode": 127, "Output": f"first\n{output}\n"}])

    assert found == {name: output}


@pytest.mark.parametrize(
    "output",
    [
        "curl: (22) The requested URL returned error: 404 Not Found",
        "wget: server returned error: HTTP/1.1 404 Not Found",
        "cat: /tmp/alive: No such file or directory",
        "/bin/cat: /tmp/alive: No such file or directory",
        "curl: (7) Failed to connect to localhost port 80: Connection refused",
        "psql: error: role app: not found",
    ],
)
def test_health_log_of_something_else(output: str) -> None:
    """A page, a file or a role that is not there is no program."""
    assert not_run([{"ExitCode": 1, "Output": output}]) == {}


def test_shell_that_was_told_to_be_silent() -> None:
    """Its exit code says it, if it is always that."""
    assert not_run([{"ExitCode": 127, "Output": ""}] * 2) == {"": "exit 127"}
    assert not_run([{"ExitCode": 127, "Output": ""}, {"ExitCode": 0, "Output": ""}]) == {}
    assert not_run([]) == {}


def test_programs_that_a_check_lacks() -> None:
    """Not found in the image, or not run as the log says; what has a stand-in may be missing."""
    both = programs(["CMD-SHELL", "curl x || wget x"])

    assert lacking_programs(programs(["CMD-SHELL", "curl x | jq ."]), {"curl", "jq"}, {}) == ["curl", "jq"]
    assert lacking_programs(both, {"curl"}, {"curl": "sh: curl: not found"}) == []
    assert lacking_programs(both, {"curl", "wget"}, {"curl": "sh: curl: not found"}) == ["curl"]
    assert lacking_programs([], set(), {"": "exit 127"}) == ["a program that it does not name"]
    assert lacking_programs([], set(), {"jq": "/check.sh: 1: jq: not found"}) == ["jq"]


@pytest.mark.parametrize(
    ("service", "image", "expected"),
    [
        ({}, {}, []),
        ({}, {"Healthcheck": {"Test": ["CMD", "a"]}}, ["CMD", "a"]),
        ({"healthcheck": {"interval": "5s"}}, {"Healthcheck": {"Test": ["CMD", "a"]}}, ["CMD", "a"]),
        ({"healthcheck": {"test": ["CMD", "b"]}}, {"Healthcheck": {"Test": ["CMD", "a"]}}, ["CMD", "b"]),
        ({"healthcheck": {"test": ["CMD-SHELL", "$$(b)"]}}, {}, ["CMD-SHELL", "$(b)"]),
        ({"healthcheck": {"disable": True}}, {"Healthcheck": {"Test": ["CMD", "a"]}}, []),
        ({"healthcheck": {"test": ["NONE"]}}, {"Healthcheck": {"Test": ["CMD", "a"]}}, []),
        ({}, {"Healthcheck": {"Test": ["NONE"]}}, []),
        ({}, {"Healthcheck": None}, []),
    ],
)
def test_the_test_that_is_in_force(
    service: dict[str, Any], image: dict[str, Any], expected: list[str]
) -> None:
    """The compose file over the image, both over nothing."""
    assert health_command.effective_test(Service(name="a", raw=service), image) == expected


@pytest.mark.parametrize(
    ("test", "shell", "expected"),
    [
        (["CMD-SHELL", "[[ -e /x ]]"], [], {"/bin/sh": {"[["}}),
        (["CMD-SHELL", "[[ -e /x ]] && source /y"], ["/bin/sh", "-c"], {"/bin/sh": {"[[", "source"}}),
        (["CMD-SHELL", "timeout 5 sh -c 'let x=1'"], [], {"sh": {"let"}}),
        (["CMD", "sh", "-c", "[[ -e /x ]]"], [], {"sh": {"[["}}),
        (["CMD", "/usr/bin/dash", "-c", "[[ -e /x ]]"], [], {"/usr/bin/dash": {"[["}}),
        (["CMD", "bash", "-c", "sh -c '[[ -e /x ]]'"], [], {"sh": {"[["}}),
        (["CMD-SHELL", "bash -c '[[ -e /x ]]'"], [], {}),
        (["CMD-SHELL", "[[ -e /x ]]"], ["/bin/bash", "-c"], {}),
        (["CMD", "[[", "-e", "/x", "]]"], [], {}),
        (["CMD-SHELL", "[ -e /x ]"], [], {}),
    ],
)
def test_words_for_bash(test: list[str], shell: list[str], expected: dict[str, set[str]]) -> None:
    """By the shell that reads them, where its name may be dash's."""
    assert health_command.words_for_bash(test, shell) == expected


def test_where_a_program_may_be() -> None:
    """In the folders of PATH, or where its own path leads from the working directory."""
    image = {"Env": ["PATH=/opt/bin:/bin", "A=b"], "WorkingDir": "/app"}
    around = Surroundings.of(Service(name="a", raw={}), image)

    assert around.candidates("curl") == ["/opt/bin/curl", "/bin/curl"]
    assert around.candidates("./check") == ["/app/check"]
    assert around.candidates("../check") == ["/check"]
    assert around.candidates("/check") == ["/check"]


def test_the_service_wins_over_its_image() -> None:
    """An image without PATH gets the engine's."""
    service = {"environment": {"PATH": "/mine", "EMPTY": None}, "working_dir": "/srv"}

    assert Surroundings.of(
        Service(name="a", raw=service), {"Env": ["PATH=/bin"], "WorkingDir": "/app"}
    ) == Surroundings(path="/mine", folder="/srv")
    assert Surroundings.of(Service(name="a", raw={}), {"Env": None, "WorkingDir": ""}) == Surroundings(
        path=DEFAULT_PATH, folder="/"
    )
