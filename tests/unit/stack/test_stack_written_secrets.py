"""What of a compose file's own text nobody else may read."""

import pytest

from stackproof.stack import written_secrets
from stackproof.stack.model import Model
from stackproof.stack.redaction import Redactor

SECRET = "s3cr3t-Xk77x"  # noqa: S105 - an example


def shown(text: str) -> str:
    """Return a text as a diff shows it."""
    return Redactor(written_secrets.of_text(text), in_urls=False).text(text)


WITH = {
    "variable": "services: {a: {environment: {DB_PASSWORD: s3cr3t-Xk77x}}}",
    "in a list": "services: {a: {environment: ['DB_PASSWORD=s3cr3t-Xk77x']}}",
    "default": "services: {a: {environment: {DB_PASSWORD: '${DB_PASSWORD:-s3cr3t-Xk77x}'}}}",
    "default within a default": "services: {a: {environment: {DB_PASSWORD: '${A:-${B-s3cr3t-Xk77x}}'}}}",
    "of a comment": "# DB_PASSWORD: s3cr3t-Xk77x\nservices: {}",
    "of a list in a comment": "services: {}\n   ## - DB_PASSWORD=s3cr3t-Xk77x",
    "behind a value": "services: {a: {image: x:1}}  # was DB_PASSWORD=s3cr3t-Xk77x",
    "in a comment's URL": "# redis://:s3cr3t-Xk77x@cache/0\nservices: {}",
    "URL": "services: {a: {environment: {CACHE: 'redis://:s3cr3t-Xk77x@cache/0'}}}",
    "URL of any key": "services: {a: {build: 'https://me:s3cr3t-Xk77x@example.com/x.git'}}",
    "URL with a default": "services: {a: {build: 'https://me:${TOKEN:-s3cr3t-Xk77x}@example.com/x.git'}}",
    "in one URL of two": "services: {a: {environment: {DB: 'a://u:$PW@db b://u:s3cr3t-Xk77x@db'}}}",
    "option": "services: {a: {command: [redis-server, --requirepass, s3cr3t-Xk77x]}}",
    "command": "services: {a: {command: redis-server --requirepass s3cr3t-Xk77x}}",
    "command in a comment": "# docker login -u me -p s3cr3t-Xk77x\nservices: {}",
    "health check": "services: {a: {healthcheck: {test: 'redis-cli -a s3cr3t-Xk77x ping'}}}",
    "extension": "x-env: &env {DB_PASSWORD: s3cr3t-Xk77x}\nservices: {}",
    "label": "services: {a: {labels: {app.token: s3cr3t-Xk77x}}}",
    "build argument": "services: {a: {build: {args: [NPM_TOKEN=s3cr3t-Xk77x]}}}",
    "config": 'configs: {a: {content: "user=a\\npassword=s3cr3t-Xk77x\\n"}}',
    "JSON": "services: {a: {environment: {CONF: '{\"password\": \"s3cr3t-Xk77x\"}'}}}",
    "option of a drive": "volumes: {a: {driver_opts: {password: s3cr3t-Xk77x}}}",
    "second document": "services: {}\n---\nservices: {a: {environment: {DB_PASSWORD: s3cr3t-Xk77x}}}",
    "block": "services:\n  a:\n    environment:\n      DB_PASSWORD: >-\n        s3cr3t-Xk77x\n",
    "file that is no YAML": "# DB_PASSWORD: s3cr3t-Xk77x\nservices: [",
}  # fmt: skip


@pytest.mark.parametrize("text", WITH.values(), ids=WITH)
def test_secret_is_found(text: str) -> None:
    """By its name, its form or the option before it, wherever it stands."""
    assert SECRET not in shown(text)
    assert shown(text).replace("[redacted]", SECRET) == text


@pytest.mark.parametrize(
    "text",
    [
        "environment: {DB: 'postgres://app:$PW@db/app', CACHE: 'redis://:${PW:?not set}@cache/0'}",
        "environment: {TZ: Europe/Berlin, LANG: C.UTF-8}",
        "environment: {ES_JAVA_OPTS: -Xms512m -Xmx512m}",
        "environment: {ELASTICSEARCH_HOSTS: '[\"http://elasticsearch:9200\"]'}",
        "environment: {LETSENCRYPT_EMAIL: admin@example.com, SCHEDULE: '0 3 * * *'}",
        "environment: {DB_PASSWORD: '${DB_PASSWORD:?}', DB_PASSWORD_FILE: /run/secrets/db_password}",
        "logging: {driver: loki, options: {loki-url: 'http://loki:3100/loki/api/v1/push'}}",
        "labels: ['traefik.http.routers.web.rule=Host(`example.com`)']",
        "secrets: [database_password]",
        "command: [redis-server, --requirepass, '${REDIS_PASSWORD}']",
        "command: sh -c 'echo $$REDIS_PASSWORD'",
        "healthcheck: {test: [CMD, mysqladmin, ping, -p$$MYSQL_ROOT_PASSWORD]}",
        "healthcheck: {test: 'mysqladmin ping -p$${MYSQL_ROOT_PASSWORD} || redis-cli -a \"$$PW\" ping'}",
        "healthcheck: {test: [CMD, curl, -f, 'http://localhost:8080/health']}",
    ],
)
@pytest.mark.parametrize("above", ["services: {a: {%s}}", "x-a: &a {%s}\nservices: {}"])
def test_anything_else_is_shown(text: str, above: str) -> None:
    """Who may apply a diff must find the author's own words in it."""
    text = above % text

    assert shown(text) == text


def test_what_belongs_below_an_extension_is_shown() -> None:
    """Anchors stand there."""
    text = "x-a: &a [no-new-privileges:true, 'seccomp:unconfined', '/tmp:exec,size=64m']\nservices: {}\n"

    assert shown(text) == text


def test_resolved_model() -> None:
    """What another file sets may stand here, too."""
    model = {"services": {"a": {"environment": {"DB_PASSWORD": SECRET, "TZ": "Europe/Berlin"}}}}
    found = written_secrets.of_model(Model(raw=model))

    assert SECRET in found
    assert "Europe/Berlin" not in found
    assert written_secrets.of_data(None) == set()
