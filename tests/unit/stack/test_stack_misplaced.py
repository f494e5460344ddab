"""Secrets at keys of a compose file where none belongs."""

from pathlib import Path
from typing import Any

import pytest

from stackproof.stack import misplaced
from stackproof.stack.complaints import Case, explain
from stackproof.stack.discovery import Source

SECRET = "Tr0ub4dor-xyz"  # noqa: S105 - to be looked for
SERVICES = "services:\n  web:\n    image: web:1.4\n"


@pytest.mark.parametrize(
    "raw",
    [
        {"secrets": SECRET},
        {"secrets": [SECRET]},
        {"secrets": {"db": SECRET}},
        {"secrets": {"db": [SECRET]}},
        {"secrets": {"db": {"value": SECRET}}},
        {"secrets": {"db": {"content": SECRET}}},
        {"secrets": {"db": {"external": SECRET}}},
        {"secrets": {f"DB_PASSWORD={SECRET}": "", "other": {"file": "x"}}},
        {"secrets": {"db": {"driver_opts": SECRET}}},
        {"configs": {"site": f"password = {SECRET}"}},
        {"services": {"web": {"secrets": [f"DB_PASSWORD={SECRET}"]}}},
        {"services": {"web": {"build": {"secrets": [f"DB_PASSWORD={SECRET}"]}}}},
        {"services": {"web": {"build": {"args": SECRET}}}},
        {"services": {"web": {"environment": SECRET}}},
        {"services": {"web": {"ports": [f"DB_PASSWORD={SECRET}"]}}},
        {"services": {"web": {f"DB_PASSWORD={SECRET}": True}}},
        {"services": {"web": f"DB_PASSWORD={SECRET}"}},
        {"services": {"web": {"healthcheck": f"curl -u app:{SECRET} web"}}},
        {"include": f"https://app:{SECRET}@git.example.com/app.git"},
    ],
)
def test_secret_at_a_wrong_place(raw: dict[str, Any]) -> None:
    """Whatever the key, the value is hidden, and no name."""
    found = misplaced.of_raw(raw)

    assert SECRET in found
    assert "DB_PASSWORD" not in found


@pytest.mark.parametrize(
    "raw",
    [
        {"secrets": {"db": {"file": "./db.txt"}, "api": {"environment": "API_TOKEN"}}},
        {"secrets": {"db": {"external": True, "name": "db_password"}}},
        {"secrets": {"db": "./db.txt", "api": "api.key", "tls": "/etc/tls/key"}},
        {"configs": {"site": "site.conf"}},
        {"services": {"web": {"secrets": ["db_password"], "image": "web:1.4", "healthcheck": "curl -f web"}}},
        {"services": {"web": {"environment": ["LOG_LEVEL=debug"]}}},
    ],
)
def test_name_or_path(raw: dict[str, Any]) -> None:
    """A message that says how to write it names it."""
    assert misplaced.of_raw(raw) == frozenset()


@pytest.mark.parametrize(
    "line",
    [
        "DB_PASSWORD: *{}",
        'DB_PASSWORD: "{}',
        "- DB_PASSWORD=@{}",
        "'DB_PASSWORD': %{}",
        "db_password: [{}",
    ],
)
def test_text_that_is_no_yaml(line: str) -> None:
    """What stands behind a name that says so, in a line."""
    text = f"services:\n  web:\n    environment:\n      {line.format(SECRET)}\n"

    assert misplaced.of_text(text) == {SECRET}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{SERVICES}secrets: {SECRET}\n", "validating {file}: secrets must be a mapping"),
        (f"{SERVICES}secrets:\n  db: {SECRET}\n", "validating {file}: secrets.db must be a mapping"),
        (
            f"{SERVICES}secrets:\n  DB_PASSWORD={SECRET}:\n",
            f"validating {{file}}: secrets Additional property DB_PASSWORD={SECRET} is not allowed",
        ),
        (f"{SERVICES}configs:\n  site: {SECRET}\n", "validating {file}: configs.site must be a mapping"),
        (
            f"include: https://app:{SECRET}@git.example.com/x.git\n{SERVICES}",
            f"`include` must be a list, got https://app:{SECRET}@git.example.com/x.git",
        ),
        (
            f"{SERVICES}    secrets: [DB_PASSWORD={SECRET}]\n",
            f'service "web" refers to undefined secret DB_PASSWORD={SECRET}: invalid compose project',
        ),
        (
            f"{SERVICES}    ports: [DB_PASSWORD={SECRET}]\n",
            f"Invalid containerPort: DB_PASSWORD={SECRET}",
        ),
        (
            f"{SERVICES}    environment:\n      DB_PASSWORD: *{SECRET}\n",
            f"yaml: unknown anchor '{SECRET}' referenced",
        ),
    ],
)
def test_message(tmp_path: Path, text: str, said: str) -> None:
    """No message of a file that Compose refuses has it, in its words or in its fix."""
    file = tmp_path / "compose.yml"
    file.write_text(text)

    message = explain(Case(source=Source.find(".", tmp_path), stderr=said.format(file=file)))

    assert message.startswith(f"{file}:")
    assert SECRET not in message
    assert "[redacted]" in message
