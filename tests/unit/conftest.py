"""Plain data that tests of several modules start from."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests import heard

from stackproof.sandbox.container import Container
from stackproof.stack.discovery import Source
from stackproof.stack.stack import Stack

MODELS = Path(__file__).with_name("models")
CONTROLS = ("effective-uid-nonroot", "crash-restart", "http-contract-met")

MakeStack = Callable[..., Stack]
MakeContainer = Callable[..., Container]


@pytest.fixture(scope="session", autouse=True)
def _heard() -> None:
    """The same in a job in the background as in a terminal."""
    heard.hear()


@pytest.fixture(autouse=True)
def _shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell that says nothing to Compose."""
    for name in [name for name in os.environ if name.startswith("COMPOSE_")]:
        monkeypatch.delenv(name)


@pytest.fixture(params=sorted(path.stem for path in MODELS.glob("*.json")))
def model(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What `docker compose config` said of each stack in turn, moved to /project."""
    found: dict[str, Any] = json.loads((MODELS / f"{request.param}.json").read_text())
    return found


@pytest.fixture
def everything() -> dict[str, Any]:
    """A resolved stack that uses all that could collide with something outside it."""
    found: dict[str, Any] = json.loads((MODELS / "everything.json").read_text())
    return found


@pytest.fixture
def make_stack(tmp_path: Path) -> MakeStack:
    """Return a function that makes a stack of services and the text of a contract."""

    def make(
        services: dict[str, Any],
        contract: str = "",
        *,
        name: str = "shop",
        compose: str = "services:\n",
        networks: dict[str, Any] | None = None,
    ) -> Stack:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "compose.yml").write_text(compose)
        (folder / "stackproof.yml").write_text(contract)
        source = Source(files=(folder / "compose.yml",))
        return Stack.load(source, controls=CONTROLS, raw={"services": services, "networks": networks or {}})

    return make


class QuietContainer(Container):
    """A container over plain data that has nobody to ask for its log."""

    def logs(self, tail: int = 20) -> str:
        """Return a log of one line."""
        return f"the last of {tail} lines"


@pytest.fixture
def make_container() -> MakeContainer:
    """Return a function that makes a container from what inspect would say."""

    def make(  # noqa: PLR0913 - one word for each thing that inspect says
        service: str = "web",
        *,
        number: int = 1,
        status: str = "running",
        health: str | None = None,
        code: int = 0,
        policy: str = "no",
        restarts: int = 0,
        **more: Any,  # noqa: ANN401 - inspect data
    ) -> Container:
        state: dict[str, Any] = {
            "Status": status,
            "ExitCode": code,
            "Error": "",
            "StartedAt": "2027-03-01T09:30:00.25Z",
        }
        config: dict[str, Any] = {
            "Labels": {
                "com.docker.compose.service": service,
                "com.docker.compose.container-number": str(number),
            }
        }
        if health is not None:
            log = [{"ExitCode": 1, "Output": "connection\n refused"}]
            state["Health"] = {"Status": health, "Log": log}
            config["Healthcheck"] = {"Test": ["CMD", "true"]}
        data = {
            "Id": f"{service}{number}",
            "State": state,
            "Config": config,
            "HostConfig": {"RestartPolicy": {"Name": policy}},
            "RestartCount": restarts,
            "NetworkSettings": {"Networks": {}, "Ports": {}},
        }
        return QuietContainer(data | more)

    return make
