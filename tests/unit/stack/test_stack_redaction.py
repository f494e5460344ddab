"""Secrets stay secret."""

import base64
import html
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres[1] uid 999", "postgres[1] uid 999"),
        ("/var/lib/postgresql/data", "/var/lib/postgresql/data"),
        ("the image postgres:15", "the image postgres:15"),
        ("POSTGRES_PASSWORD=postgres", "POSTGRES_PASSWORD=[redacted]"),
        ('{"dbPassword": "postgres"}', '{"dbPassword": "[redacted]"}'),
        ("password postgres was refused", "password [redacted] was refused"),
        ("password postgresql-like", "password postgresql-like"),
        ("postgres://app:postgres@db", "postgres://app:[redacted]@db"),
    ],
)
def test_weak_password_is_hidden_where_it_is_one(text: str, shown: str) -> None:
    """Elsewhere it is the name of a program, an image or a user, without which nothing can be understood."""
    assert of_environment(POSTGRES_PASSWORD="postgres").text(text) == shown  # noqa: S106


def test_weak_password_in_data() -> None:
    """The key says there what the value is."""
    redactor = of_environment(POSTGRES_PASSWORD="postgres")  # noqa: S106

    assert redactor.data({"POSTGRES_PASSWORD": "postgres", "POSTGRES_USER": "postgres"}) == {
        "POSTGRES_PASSWORD": "[redacted]", "POSTGRES_USER": "postgres",
    }  # fmt: skip


def test_weak_password_in_a_command() -> None:
    """The word before it says there what it is."""
    redactor = of_environment(REDIS_PASSWORD="postgres")  # noqa: S106
    command = ["redis-cli", "--pass", "postgres", "-a", "postgres", "--db", "postgres", "get", "postgres"]

    assert redactor.data({"command": command, "many": [["-a", "postgres"], 1, None]}) == {
        "command": ["redis-cli", "--pass", "[redacted]", "-a", "[redacted]", *command[5:]],
        "many": [["-a", "[redacted]"], 1, None],
    }
    assert redactor.data({"postgres"}) == ["postgres"]


def test_plain_word_is_hidden_where_it_stands_alone() -> None:
    """Part of another word is another word."""
    redactor = of_environment(PASSWORD="sesame")  # noqa: S106

    assert redactor.text("sesame, (sesame) sesameseed my-sesame") == (
        "[redacted], ([redacted]) sesameseed my-sesame"
    )


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


def test_keys_of_data() -> None:
    """A key may be a path that was asked for."""
    assert Redactor({"correct-horse"}).data({"/?key=correct-horse": 200}) == {"/?key=[redacted]": 200}


@pytest.mark.parametrize(
    "written",
    [json.dumps, repr, html.escape, quote, lambda value: quote(value, safe=""), quote_plus, ascii],
)
def test_value_as_programs_write_it(written: Callable[[str], str]) -> None:
    """In JSON, HTML, a URL or Python it looks otherwise."""
    value = 'it\'s "half" <é> & 1/2+\\'
    shown = Redactor({value}).text(f"<{written(value)}>")

    assert "half" not in shown
    assert "[redacted]" in shown


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("after", ["", "z", "yz"])
def test_value_in_base64(before: str, after: str) -> None:
    """A header or a secret of Kubernetes, wherever in it the value begins."""
    coded = base64.b64encode(f"{before}correct-horse{after}".encode()).decode()
    shown = Redactor({"correct-horse"}).text(f"Basic {coded}")

    assert "[redacted]" in shown
    assert len(shown.replace("[redacted]", "").removeprefix("Basic ")) <= len(coded) - 16


def test_value_of_several_lines() -> None:
    """A log shows a key line by line, a health log on one line; the short lines around it stay."""
    redactor = Redactor({"BEGIN\ncorrect-horse\nEND"})

    assert redactor.text("first\n  correct-horse\nEND") == "first\n  [redacted]\nEND"
    assert redactor.text("key BEGIN correct-horse END") == "key [redacted]"


def test_escaped_in_a_url() -> None:
    """A program prints the password as it is, and the variable holds it escaped."""
    assert of_environment(BROKER="amqp://app:p%26ss%2Fword@mq").text("p&ss/word") == "[redacted]"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("it was correct-hor", "it was [redacted]"),
        ("it was correct-hor\nnext", "it was [redacted]\nnext"),
        ("a: correct-hor; b: well", "a: [redacted]; b: well"),
        ("it was correct-h...ttery-staple here", "it was [redacted]...[redacted] here"),
        ("it was correct", "it was correct"),
        ("a correct-hormone", "a correct-hormone"),
        ("... the end", "... the end"),
    ],
)
def test_value_that_was_cut(text: str, shown: str) -> None:
    """Messages are cut at some length, and what is left of a value is still much of it."""
    assert Redactor({"correct-horse-battery-staple"}).text(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("api-1 went down with postgres", "api-1 went down with postgres"),
        ("it is in /var/lib/postgresql", "it is in /var/lib/postgresql"),
        ("...production is up", "...production is up"),
        ("at postgresql://app:x1y", "at [redacted]"),
        ("...z3@db/production is up", "...[redacted] is up"),
    ],
)
def test_plain_word_at_the_edge_of_a_value(text: str, shown: str) -> None:
    """The scheme of a URL or the name of a database is no rest of a secret."""
    redactor = of_environment(DATABASE_URL="postgresql://app:x1y2z3@db/production")

    assert redactor.text(text) == shown


def test_rest_that_changes_its_case() -> None:
    """Letters alone may be what is left of a key."""
    assert Redactor({"abCDefGHij+/1234"}).text("it is abCDefGHi") == "it is [redacted]"


def test_rest_that_is_a_name() -> None:
    """A service whose name a password begins with is still named."""
    web = {"environment": {"PASSWORD": "postgres-horse"}}
    redactor = Redactor.of(Model(raw={"services": {"postgres": {}, "web": web}}))

    assert redactor.text("web waits for postgres") == "web waits for postgres"
    assert redactor.text("it was postgres-ho") == "it was [redacted]"


def test_keys_of_data_that_look_alike() -> None:
    """No entry takes the place of another."""
    data = {"open-sesame": 1, "shut-sesame": 2, "[redacted]": 3, "[redacted] (2)": 4}

    assert Redactor({"open-sesame", "shut-sesame"}).data(data) == {
        "[redacted]": 1, "[redacted] (2)": 2, "[redacted] (3)": 3, "[redacted] (2) (2)": 4,
    }  # fmt: skip


def test_value_that_is_no_text() -> None:
    """A byte of a variable that is no UTF-8."""
    assert Redactor({"pass\udce9word"}).text("it is pass\udce9word.") == "it is [redacted]."
