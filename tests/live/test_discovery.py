"""The files that we read are those that Compose reads in the same place."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from stackproof.engine.project import ComposeSettings
from stackproof.errors import UsageError
from stackproof.stack.discovery import Source, nearest
from stackproof.stack.stack import Stack

BASE = "services:\n  web:\n    image: busybox:1.36\n    environment: {TIER: '${TIER:-none}'}\n"
MORE = "services:\n  web:\n    privileged: true\n  db:\n    image: busybox:1.36\n"
OTHER = "services:\n  other:\n    image: busybox:1.36\n    environment: {TIER: '${TIER:-none}'}\n"
FILES = {
    "compose.yaml": BASE,
    "prod.yaml": MORE,
    "deploy/compose.yaml": BASE,
    "deploy/prod.yaml": MORE,
    "deploy/.env": "TIER=deploy\n",
    "shared/base.yaml": BASE,
    "shared/.env": "TIER=shared\n",
}
OURS = ("COMPOSE_FILE", "COMPOSE_ENV_FILES", "COMPOSE_PROFILES", "COMPOSE_PROJECT_NAME")
CASES = [
    pytest.param({".env": "TIER=env\n"}, {}, ".", id="usual"),
    pytest.param({".env": "COMPOSE_FILE=compose.yaml:prod.yaml\nTIER=env\n"}, {}, ".", id="env file"),
    pytest.param(
        {".env": 'COMPOSE_FILE="compose.yaml,prod.yaml"\nCOMPOSE_PATH_SEPARATOR=,\n'}, {}, ".", id="separator"
    ),
    pytest.param({".env": "COMPOSE_FILE=deploy/compose.yaml\nTIER=env\n"}, {}, ".", id="another folder"),
    pytest.param({}, {"COMPOSE_FILE": "prod.yaml:compose.yaml"}, ".", id="shell"),
    pytest.param(
        {".env": "COMPOSE_FILE=compose.yaml\n"},
        {"COMPOSE_FILE": "compose.yaml:prod.yaml"},
        ".",
        id="shell first",
    ),
    pytest.param({".env": "TIER=env\n", "sub/deep/x": ""}, {}, "sub/deep", id="subfolder"),
    pytest.param(
        {".env": "COMPOSE_FILE=prod.yaml\nTIER=env\n", "sub/prod.yaml": OTHER},
        {},
        "sub",
        id="env file above",
    ),
    pytest.param(
        {"p.env": "", "sub/p.env": "COMPOSE_FILE=prod.yaml\nTIER=p\n", "sub/prod.yaml": OTHER},
        {"COMPOSE_ENV_FILES": "p.env"},
        "sub",
        id="env file of the shell",
    ),
    pytest.param({".env": "COMPOSE_FILE='a$b.yaml'\n", "a$b.yaml": OTHER}, {}, ".", id="dollar"),
]
TYPED = [
    pytest.param(
        {"pd/.env": "COMPOSE_FILE=prod.yaml\nTIER=pd\n", "prod.yaml": OTHER, "pd/prod.yaml": BASE},
        ".",
        {"directory": "pd"},
        id="project directory",
    ),
    pytest.param(
        {"sub/p.env": "COMPOSE_FILE=prod.yaml\nTIER=p\n", "sub/prod.yaml": OTHER},
        "sub",
        {"env_files": ["p.env"]},
        id="env file",
    ),
    pytest.param({"p.env": "TIER=p\n", "sub/x": ""}, "sub", {"env_files": ["../p.env"]}, id="only variables"),
]


@pytest.fixture(autouse=True)
def _shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell that says nothing to Compose."""
    for name in OURS:
        monkeypatch.delenv(name, raising=False)


def _written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def _compose(here: Path, *options: str) -> Any:  # noqa: ANN401 - JSON
    """Services as Compose says when it is called in a folder."""
    words = ["docker", "compose", *options, "config", "--format", "json"]
    said = subprocess.run(words, cwd=here, capture_output=True, text=True, timeout=60, check=True)
    # JSON says of a command that is not written that it is null; YAML, which we read, says nothing.
    return {
        name: {key: value for key, value in service.items() if value is not None}
        for name, service in json.loads(said.stdout)["services"].items()
    }


@pytest.mark.parametrize(("files", "shell", "where"), CASES)
def test_files_without_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], shell: dict[str, str], where: str
) -> None:
    """COMPOSE_FILE decides, from the shell before an env file; else the nearest compose file upwards."""
    here = _written(tmp_path, FILES | files) / where
    for name, value in shell.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(here)

    stack = Stack.load(Source.find(nearest(here), here), controls=())

    assert stack.model.raw["services"] == _compose(here)


@pytest.mark.parametrize(("files", "where", "typed"), TYPED)
def test_files_with_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], where: str, typed: dict[str, Any]
) -> None:
    """What an env file names starts from the caller's folder, wherever the env file stands."""
    here = _written(tmp_path, FILES | files) / where
    monkeypatch.chdir(here)
    env_files, directory = typed.get("env_files", []), typed.get("directory")
    settings = ComposeSettings.typed(here, (), env_files, directory)
    words = [f"--env-file={name}" for name in env_files]
    words += [f"--project-directory={directory}"] if directory else []

    stack = Stack.load(Source.find(nearest(here, settings), here, settings), controls=())

    assert stack.model.raw["services"] == _compose(here, *words)


def test_env_file_that_compose_cannot_read(tmp_path: Path) -> None:
    """The usual files are not proven in place of those that it names."""
    _written(tmp_path, FILES | {".env": 'COMPOSE_FILE=prod.yaml\nTIER="env\n'})

    with pytest.raises(
        UsageError, match=r"could not find out which files COMPOSE_FILE names: .*unterminated"
    ):
        Source.find(".", tmp_path)


def test_link_to_a_compose_file(tmp_path: Path) -> None:
    """Its own folder counts, not the one of the file that it leads to."""
    folder = _written(tmp_path, FILES) / "linked"
    _written(folder, {".env": "TIER=linked\n"})
    (folder / "compose.yaml").symlink_to("../shared/base.yaml")

    stack = Stack.load(Source.find("compose.yaml", folder), controls=())

    assert stack.model.raw["services"] == _compose(folder, "-f", "compose.yaml")
    assert stack.services["web"].raw["environment"] == {"TIER": "linked"}
