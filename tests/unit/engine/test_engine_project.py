"""Errors of Compose, as a person reads them."""

from stackproof.engine.command import leashed
from stackproof.engine.project import _command_error


def test_error_leaves_the_leash_out() -> None:
    """The command can be copied and tried."""
    error = _command_error([*leashed(300), "compose", "up"], 1, "no such image")

    assert str(error) == "`docker compose up` failed with exit code 1:\nno such image"


def test_error_of_a_time_out() -> None:
    """Exit code 124 is the leash's."""
    assert str(_command_error(["docker", "compose", "up"], 124, "")) == "`docker compose up` took too long"


def test_error_of_another_program() -> None:
    """Without docker in it the command stays as it is."""
    assert str(_command_error(["podman", "up"], 2, "")) == "`podman up` failed with exit code 2"
