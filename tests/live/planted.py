"""A project that holds a value of its own in every place where a compose project can hold one."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.live.canaries import Canaries

Mistake = Callable[[Path, Canaries], str]
# Variables that a project takes from the shell of whoever runs it.
SHELL = {
    "CANARY_OF_SHELL": "variable of the shell",
    "CANARY_SECRET": "secret from the shell",
    "CANARY_BUILT": "build secret",
}
# Says all it knows, in the clear and in base64; long lines, because only the last lines of a log are shown.
TELL = """
tell() { tr '\\n' ' '; echo; }
env | tell; cat /run/secrets/* /settings | tell; printf '%s ' "$@" | tell
env | base64 | tr -d '\\n'; echo; cat /run/secrets/* /settings | base64 | tell
echo "cannot log in with $API_TOKEN" >&2
"""
SERVE = f"{TELL} mkdir /www; env > /www/index.html; exec httpd -f -p 8080 -h /www"
DOCKERFILE = """
FROM busybox:1.36
ARG BUILD_NOTE
ENV BAKED=$BUILD_NOTE
RUN --mount=type=secret,id=built cat /run/secrets/built; echo "$BUILD_NOTE"; {then}
"""


def project(folder: Path, canaries: Canaries, *, script: str, then: str = "true", **web: Any) -> Path:  # noqa: ANN401 - YAML
    """Write a project whose service `web` runs `script`; `then` ends its build, `web` is what else it has."""
    folder.mkdir()
    compose = {
        "x-note": {"deep": [canaries["extension"]]},
        "services": {"web": {**_web(canaries, script), **web}, "job": _job(canaries)},
        "secrets": {
            "from_file": {"file": "./secret.txt"},
            "from_shell": {"environment": "CANARY_SECRET"},
            "built": {"environment": "CANARY_BUILT"},
        },
        "configs": {"settings": {"content": f"level = 3\n{canaries['config']}\n"}},
        "networks": {"default": {"labels": {"note": canaries["network label"]}}},
        "volumes": {"data": {"labels": {"note": canaries["volume label"]}}},
    }
    (folder / "compose.yml").write_text(json.dumps(compose))
    (folder / "Dockerfile").write_text(DOCKERFILE.format(then=then))
    (folder / "web.env").write_text(f"# ours\nFROM_FILE={canaries['env file']}\n")
    one, two = canaries[".env to environment"], canaries[".env to argument"]
    (folder / ".env").write_text(f"ONE={one}\nTWO='{two}'\n")
    (folder / "secret.txt").write_text(f"{canaries['secret file']}\n")
    return folder


def _web(canaries: Canaries, script: str) -> dict[str, Any]:
    return {
        "build": {
            "context": ".",
            "network": "none",
            "args": {"BUILD_NOTE": canaries["build argument"]},
            "labels": {"note": canaries["build label"]},
            "secrets": ["built"],
        },
        "environment": _variables(canaries),
        "env_file": ["web.env"],
        "command": _command(canaries, script),
        "secrets": ["from_file", "from_shell"],
        "configs": [{"source": "settings", "target": "/settings"}],
        "labels": {"note": canaries["label"]},
        "annotations": {"note": canaries["annotation"]},
        "logging": {"driver": "json-file", "options": {"tag": canaries["logging option"]}},
        "volumes": ["data:/data"],
        "ports": ["8080"],
        "stop_grace_period": "1s",
        "x-note": canaries["extension of a service"],
    }


def _variables(canaries: Canaries) -> dict[str, str | None]:
    return {
        "NOTE": canaries["variable"],
        "API_TOKEN": canaries["secret variable"],
        "BROKER": f"amqp://app:{quote(canaries['password in a URL'], safe='')}@broker//",
        "PRICE": f"$${canaries['behind a dollar sign']}",
        "PEM": f"BEGIN\n{canaries['second line']}\nEND",
        "QUOTED": f"say \"{canaries['in quotes']}\" 'twice'",
        "INTERPOLATED": "${ONE}",
        "CANARY_OF_SHELL": None,
    }


def _command(canaries: Canaries, script: str) -> list[str]:
    return [
        *("sh", "-c", script, "web", canaries["argument"], "${TWO}"),
        *(f"--password={canaries['password option']}", "--token", canaries["token option"]),
        f"LEVEL={canaries['assignment']}",
    ]


def _job(canaries: Canaries) -> dict[str, Any]:
    """Return a service in the other notations: lists in place of mappings, a text in place of words."""
    return {
        "image": "busybox:1.36",
        "environment": [f"LISTED={canaries['listed variable']}"],
        "labels": [f"note={canaries['listed label']}"],
        "command": f"sh -c 'env; exec sleep 1000' job '{canaries['argument in a text']}'",
        "entrypoint": [],
        "stop_grace_period": "1s",
        "healthcheck": health(f"echo \"$LISTED\" -u 'app:{canaries['basic login']}'"),
    }


def health(command: str) -> Mapping[str, Any]:
    """Return a quick health check."""
    return {"test": ["CMD-SHELL", command], "interval": "1s", "timeout": "3s", "retries": 2}


def asking(canaries: Canaries) -> str:
    """Return a health command that gives all it has to a server."""
    header = f"--header 'Authorization: Bearer {canaries['bearer']}'"
    return f"wget -q -O- {header} 'http://127.0.0.1:8080/?token={quote(canaries['query'], safe='')}'"


def contract(canaries: Canaries) -> str:
    """Return a contract that is not met and says what it expected."""
    say = canaries["persistence"]
    waiver = {"control": "effective-uid-nonroot", "service": "web", "reason": "known"}
    return json.dumps(
        {
            "http": [
                {"service": "web", "path": f"/?token={quote(canaries['path'], safe='')}"},
                {"service": "web", "path": "/", "body": canaries["body"]},
                {"service": "web", "path": "/", "json": {"key": canaries["JSON"]}},
            ],
            "persistence": [
                {"service": "web", "write": ["sh", "-c", "env; exit 1"], "read": ["env"], "expect": say}
            ],
            "waivers": [{**waiver, "expires": "2999-01-01"}],
        }
    )
