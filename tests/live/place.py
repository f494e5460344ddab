"""A stack on an engine of its own, and all that this engine has."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.live.own_engine import OwnEngine
from tests.live.running import Lab, Running

from stackproof.runs import run

# All ways to get a volume: named, nameless in both spellings, declared by an image, another container's.
COMPOSE = """
services:
  cache:
    image: redis:7-alpine
    restart: unless-stopped
    volumes: ["kept:/kept", "/short", {type: volume, target: /long}]
    healthcheck: {test: ["CMD", "redis-cli", "ping"], interval: 1s, timeout: 5s, retries: 30}
    networks: [inner, default]
  web:
    build: {context: ., network: none}
    restart: unless-stopped
    command: ["sh", "-c", "sleep 3; touch /tmp/ready; exec sleep 1000"]
    init: true
    volumes: ["/short/"]
    volumes_from: ["cache:ro"]
    healthcheck: {test: ["CMD", "test", "-e", "/tmp/ready"], interval: 1s, timeout: 5s, retries: 60}
    depends_on: {cache: {condition: service_healthy}}
volumes: {kept: }
networks: {inner: }
"""
DOCKERFILE = """
FROM busybox:1.36
RUN mkdir /spool
VOLUME /spool
"""


@dataclass(frozen=True)
class Place:
    """An engine with somebody else's project on it, and the stack to prove there."""

    own: OwnEngine
    lab: Lab
    monkeypatch: pytest.MonkeyPatch

    def lose_home(self) -> None:
        """Be a job with another home: the one that there was is gone."""
        shutil.rmtree(run.runs_folder())
        self.monkeypatch.setenv("XDG_CACHE_HOME", str(self.lab.folder / "other"))

    def stack(self, name: str = "stack", **files: str) -> Path:
        """Write the stack, with other files in place of its own."""
        return self.lab.stack(name, COMPOSE, **{"Dockerfile": DOCKERFILE, **files})

    def check(self, path: Path, controls: str, **more: Any) -> Running:  # noqa: ANN401 - see start_check
        """Start to prove it."""
        return self.own.start_check(self.lab, path, "--select", controls, **more)

    def in_bring_up(self, started: Running) -> None:
        """Wait until some of the containers are there."""
        started.until("a container", lambda: len(self.own.ours("container")) > 0)

    def in_teardown(self, started: Running) -> None:
        """Wait until the teardown has begun."""
        before = len(self.own.ours("container"))
        started.until("the teardown", lambda: len(self.own.ours("container")) < before)


def everything(own: OwnEngine) -> dict[str, Any]:
    """All that the engine has, by id and name; images with their tags; the build cache."""
    found: dict[str, Any] = {kind: own.ids(kind) for kind in ("container", "network", "volume")}
    listed = own.docker("image", "ls", "--all", "--no-trunc", "--format", "{{.ID}} {{.Repository}}:{{.Tag}}")
    found["image"] = set(listed.splitlines())
    usage = json.loads(own.docker("system", "df", "--verbose", "--format", "json"))
    found["build cache"] = {entry["ID"] for entry in usage["BuildCache"] or ()}
    return found


def remove_since(own: OwnEngine, before: dict[str, Any]) -> None:
    """Remove what a test left that failed: the next one shall not fail for it."""
    for kind, options in {"container": ["--force", "--volumes"], "network": [], "volume": []}.items():
        for name in own.ids(kind) - before[kind]:
            own.run(kind, "rm", *options, name)
    for name in everything(own)["image"] - before["image"]:
        own.run("image", "rm", "--force", name.partition(" ")[0])
