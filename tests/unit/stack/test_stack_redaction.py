"""Secrets stay secret."""

from typing import Any

import pytest

from stackproof.stack.model import Model
from stackproof.stack.redaction import Redactor


def of_environment(**environment: str | None) -> Redactor:
    """Return the redactor of a stack with one service."""
    return Redactor.of(Model(raw={"services": {"web": {"environment": environment}}}))


@pytest.mark.parametrize(
    "name",
    ["POSTGRES_PASSWORD", "db_pass", "SECRET_KEY", "GITHUB_TOKEN", "API_KEY", "APIKEY", "PRIVATE_PEM",
     "AWS_CREDENTIALS", "REDISCLI_AUTH", "SENTRY_DSN"],
)  # fmt: skip
def test_values_of_secret_names(name: str) -> None:
    """Names that say what they hold."""
    assert of_environment(**{name: "correct-horse"}).text("it is correct-horse.") == "it is [redacted]."


@pytest.mark.parametrize("name", ["POSTGRES_USER", "HOSTNAME", "POSTGRES_PASSWORD_FILE"])
def test_values_of_other_names(name: str) -> None:
    """Other values, and paths of secret files, are needed to understand a message."""
    assert of_environment(**{name: "correct-horse"}).text("correct-horse") == "correct-horse"


def test_short_values_are_words() -> None:
    """Masking `app` would mask half of every report."""
    assert of_environment(PASSWORD="app").text("app is up") == "app is up"  # noqa: S106
    assert of_environment(PASSWORD="sesame").text("sesame") == "[redacted]"  # noqa: S106


def test_password_in_a_url_of_any_text() -> None:
    """Also a short one, also one the model does not know."""
    text = Redactor().text("cannot reach postgres://app:pw@db:5432/app and redis://:x@cache")

    assert text == "cannot reach postgres://app:[redacted]@db:5432/app and redis://:[redacted]@cache"


def test_url_without_password_is_left_alone() -> None:
    """A port is no password."""
    text = "http://web:8080/path and postgres://app@db/x"

    assert Redactor().text(text) == text


def test_password_of_a_url_elsewhere() -> None:
    """A program may print the password alone."""
    redactor = of_environment(BROKER="amqp://app:correct-horse@mq//")

    assert redactor.text("refused correct-horse") == "refused [redacted]"


def test_longest_first() -> None:
    """A value that contains another goes whole."""
    redactor = Redactor(frozenset({"sesame", "sesame-open"}))

    assert redactor.text("sesame-open") == "[redacted]"


def test_escaped_dollar() -> None:
    """Containers see one dollar sign where the model has two."""
    assert of_environment(PASSWORD="pa$$word").text("pa$word") == "[redacted]"  # noqa: S106


def test_variable_without_value() -> None:
    """A variable that is not set has nothing to hide."""
    assert of_environment(PASSWORD=None).text("None") == "None"


def test_build_arguments_and_labels() -> None:
    """Secrets also stand in build arguments and labels."""
    raw = {"build": {"args": {"NPM_TOKEN": "npm-123456"}}, "labels": {"auth.basic": "admin:$$apr1$$x"}}
    redactor = Redactor.of(Model(raw={"services": {"web": raw}}))

    assert redactor.text("npm-123456 admin:$apr1$x") == "[redacted] [redacted]"


def test_data_is_redacted_all_the_way_down() -> None:
    """Evidence is nested; what is no text stays as it is."""
    redactor = Redactor(frozenset({"correct-horse"}))
    data: dict[Any, Any] = {
        "log": ["correct-horse", ("x", {"y": "a correct-horse"})],
        5: 5,
        "on": True,
        "n": None,
    }

    assert redactor.data(data) == {
        "log": ["[redacted]", ["x", {"y": "a [redacted]"}]], "5": 5, "on": True, "n": None,
    }  # fmt: skip


def test_data_of_a_set() -> None:
    """Sets become lists, which JSON has."""
    assert Redactor(frozenset({"correct-horse"})).data({"correct-horse"}) == ["[redacted]"]
