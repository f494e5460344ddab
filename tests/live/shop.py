"""A project of a user's on an engine of its own, which must stay as it is."""

import json
from pathlib import Path
from typing import Any

from tests.live.own_engine import OwnEngine

# What a user has running on the same engine.
SHOP = """
name: shop
services:
  data:
    image: redis:7-alpine
    restart: unless-stopped
    command: ["redis-server", "--save", ""]
    ports: ["127.0.0.1:16379:6379"]
    volumes: ["kept:/data"]
  web:
    image: busybox:1.36
    restart: always
    stop_grace_period: 1s
    command: ["sleep", "1000"]
    volumes: ["./notes:/notes", "/nameless"]
volumes:
  kept:
"""


class Shop:
    """A project of a user's that runs on an engine, and all that must stay as it is there."""

    def __init__(self, own: OwnEngine, folder: Path) -> None:
        self._own = own
        self._compose = ["compose", "--project-directory", str(folder)]
        self._folder = folder
        (folder / "notes").mkdir(parents=True)
        (folder / "compose.yml").write_text(SHOP)
        (folder / "notes" / "mine").write_text("keep me")
        own.docker(*self._compose, "up", "--detach")
        own.docker("exec", "shop-data-1", "sh", "-c", "echo mine > /data/mine")
        own.docker("exec", "shop-web-1", "sh", "-c", "echo mine > /nameless/mine; echo more > /notes/more")

    def run(self) -> None:
        """Start what the engine did not start again: `unless-stopped` outlives no killed one (moby#41302)."""
        self._own.docker(*self._compose, "start")

    def seen(self) -> dict[str, Any]:
        """Everything but what a restart of the engine itself changes: states, start times and addresses."""
        found = json.loads(self._own.docker("container", "inspect", "shop-data-1", "shop-web-1"))
        kept = ("Id", "Name", "Created", "Image", "Config")
        digest = "cd /run/engine/data/volumes && find . -type f ! -name metadata.db -exec md5sum {} + | sort"
        return {
            "containers": [{key: container[key] for key in kept} for container in found],
            # A restarted engine says `[]` for what was null.
            "limits": [
                {key: value or None for key, value in container["HostConfig"].items()} for container in found
            ],
            "mounts": [sorted(map(str, container["Mounts"])) for container in found],
            "networks": [
                {name: net["NetworkID"] for name, net in container["NetworkSettings"]["Networks"].items()}
                for container in found
            ],
            "volumes": self._own.inside("sh", "-c", digest).splitlines(),
            "files": {path.name: path.read_text() for path in self._folder.rglob("*") if path.is_file()},
            "everything": self._own.everything(),
        }
