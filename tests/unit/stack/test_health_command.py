"""Which programs a health check needs."""

from typing import Any

import pytest

from stackproof.stack import health_command
from stackproof.stack.health_command import Surroundings, programs
from stackproof.stack.model import DEFAULT_PATH, Service


@pytest.mark.parametrize(
    ("script", "program"),
    [
        ("curl -f http://localhost/ || exit 1", "curl"),
        ("/usr/local/bin/check.sh", "/usr/local/bin/check.sh"),
        ("./check.sh --quick", "./check.sh"),
        ("wget -qO- http://localhost:80/>/dev/null", "wget"),
        ("mysqladmin ping -h localhost -p$$MYSQL_ROOT_PASSWORD", "mysqladmin"),
        ("nc -z localhost 5672&&nc -z localhost 15672", "nc"),
        ('redis-cli ping | grep "PONG"', "redis-cli"),
        ("'pg_isready' -U app", "pg_isready"),
        ("python3.11 -c 'import this'", "python3.11"),
        ("g++ --version", "g++"),
    ],
)
def test_first_word_of_a_script(script: str, program: str) -> None:
    """The shell looks for that one first."""
    assert programs(["CMD-SHELL", script]) == ["/bin/sh", program]


@pytest.mark.parametrize(
    "script",
    [
        "test -f /tmp/ready",
        "[ -f /tmp/ready ]",
        "[[ -f /tmp/ready ]]",
        "exit 0",
        "kill -0 1",
        "if true; then curl localhost; fi",
        "! pgrep nginx",
        "{ curl localhost; }",
        "(curl localhost)",
        "$CHECK",
        "$(which curl) localhost",
        "`which curl` localhost",
        "PGPASSWORD=x psql -c 'select 1'",
        "> /dev/null",
        "echo 'no end",
        "# nothing",
        "",
        "exec curl localhost",
    ],
)
def test_script_that_begins_with_the_shell_s_own_language(script: str) -> None:
    """What only a shell can tell is not guessed at."""
    assert programs(["CMD-SHELL", script], ["/bin/bash", "-c"]) == []


def test_exec_form_needs_no_shell() -> None:
    """The engine starts the program itself."""
    assert programs(["CMD", "/healthcheck", "--port", "80"]) == ["/healthcheck"]
    assert programs(["CMD"]) == programs(["CMD-SHELL"]) == []


@pytest.mark.parametrize(
    ("service", "image", "expected"),
    [
        ({}, {}, []),
        ({}, {"Healthcheck": {"Test": ["CMD", "a"]}}, ["CMD", "a"]),
        ({"healthcheck": {"interval": "5s"}}, {"Healthcheck": {"Test": ["CMD", "a"]}}, ["CMD", "a"]),
        ({"healthcheck": {"test": ["CMD", "b"]}}, {"Healthcheck": {"Test": ["CMD", "a"]}}, ["CMD", "b"]),
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
