"""The life cycle, driven through python-on-whales on a leash: the only place that uses the library.

Where a container is run or removed by the docker command itself, it is said there why. Looks and execs
(inspect, ls, logs, events, cp, diff, exec) are none of the life cycle.
"""

import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, Self

from ruamel.yaml.error import YAMLError

from stackproof.engine import steps
from stackproof.engine.command import LAST_LINES, NO_DOCKER, SLOW, Completed, failure, leashed, run, run_words
from stackproof.engine.leash import NOT_FOUND, TIMED_OUT
from stackproof.engine.nodes import DEEPEST
from stackproof.engine.resolved import Resolved, model_of, wants_json, warnings_of
from stackproof.errors import CommandError, EngineError, UsageError
from stackproof.files import disk

BUILD_LINES = 25  # of a build that failed
UNCHECKED: Final = "--no-consistency"
"""The option of `config` that leaves out whether services fit what they name and each other."""
_UNSET = "variable is not set. Defaulting to a blank string."


def absolute(path: Path) -> Path:
    """Return a path without `..`, and with its symbolic links: Compose starts from a link's own folder."""
    return Path(os.path.normpath(path.absolute()))


@dataclass(frozen=True, kw_only=True)
class ComposeSettings:
    """Compose's own options besides the files."""

    profiles: tuple[str, ...] = ()
    env_files: tuple[Path, ...] = ()
    project_directory: Path | None = None
    project_name: str | None = None
    alternatives: bool = False
    """Whether all profiles are enabled to look at their services, not because one `up` starts them all."""

    @classmethod
    def typed(
        cls, base: Path, profiles: Iterable[str], env_files: Iterable[str], directory: str | None
    ) -> Self:
        """Return what somebody typed in the folder `base`, where paths start.

        Raises UsageError for a file or folder that is not there: without it another stack would be proven.
        """
        found = cls(
            profiles=tuple(profiles),
            env_files=tuple(base / path for path in env_files),
            project_directory=absolute(base / directory) if directory else None,
        )
        for path in found.env_files:
            if not disk.is_there(path) or disk.is_folder(path):
                msg = f"env file not found: {path}\n  fix: name a file that is there"
                raise UsageError(msg)
        if found.project_directory and not disk.is_folder(found.project_directory):
            msg = (
                f"project directory not found: {found.project_directory}\n  fix: name a folder that is there"
            )
            raise UsageError(msg)
        return found

    def with_every_profile(self) -> Self:
        """Return the same with all profiles, which are alternatives to each other."""
        return replace(self, profiles=("*",), alternatives=True)


class Project:
    """Compose files under a project name. Every call has a deadline in seconds."""

    def __init__(
        self,
        files: Sequence[Path],
        *,
        name: str | None = None,
        settings: ComposeSettings | None = None,
        deadline: float = SLOW,
    ) -> None:
        # Importing the library takes a third of a second, which `--help` need not pay.
        from python_on_whales import DockerClient  # noqa: PLC0415

        settings = settings or ComposeSettings()
        self._name = name or ""
        self._client = DockerClient(
            client_call=leashed(deadline),
            compose_files=list(files),
            compose_project_name=name or settings.project_name,
            compose_project_directory=settings.project_directory,
            compose_profiles=list(settings.profiles),
            compose_env_files=list(settings.env_files),
        )

    def config(self, *, consistent: bool = True) -> Resolved:
        """Return the resolved model as Compose prints it, and what Compose warns of.

        `consistent` is whether it sees that services fit what they name and each other.
        Raises CommandError with Compose's words when it refuses the files.
        """
        # The library asks for JSON only, and drops the warnings.
        return config_by(partial(self._config, *([] if consistent else [UNCHECKED])))

    def _config(self, *words: str) -> Completed:
        return run_words([*map(str, self._client.compose.docker_compose_cmd), "config", *words])

    def build(self, services: Sequence[str]) -> None:
        """Build the images of the services.

        Raises CommandError with the last lines of the build itself: the library keeps only stderr.
        """
        said: deque[str] = deque(maxlen=BUILD_LINES)
        try:
            with self._compose("build", *services):
                for _source, line in self._client.compose.build(list(services), stream_logs=True):
                    said.extend(_told_of(line.decode(errors="replace").rstrip()))
        except CommandError as error:
            raise CommandError("\n".join(filter(None, said)) or str(error)) from None

    def up(
        self,
        services: Sequence[str] | None = None,
        *,
        dependencies: bool = True,
        scales: Mapping[str, int] | None = None,
    ) -> None:
        """Create and start; returns when all containers are started, not when they are healthy.

        Services that are named come without what they depend on unless `dependencies`.
        """
        words = [f"--scale={name}={count}" for name, count in (scales or {}).items()]
        words += [] if dependencies else ["--no-deps"]
        with self._compose("up", "--detach", *words, *(services or ())):
            self._client.compose.up(
                list(services) if services is not None else None,
                detach=True,
                quiet=True,
                dependencies=dependencies,
                pull="never",
                no_build=True,
                scales=dict(scales or {}),
            )

    def down(self, *, volumes: bool, grace: int | None = None) -> None:
        """Remove containers and networks, and the volumes when asked. `grace` in whole seconds."""
        with self._compose("down", *_timeout(grace), *(["--volumes"] if volumes else [])):
            self._client.compose.down(volumes=volumes, timeout=grace, remove_orphans=True, quiet=True)

    def stop(self, services: Sequence[str] | None = None, *, grace: int | None = None) -> None:
        """Stop as an operator does; each service has its own grace period unless `grace` is given."""
        with self._compose("stop", *_timeout(grace), *(services or ())):
            self._client.compose.stop(list(services) if services is not None else None, timeout=grace)

    def start(self, services: Sequence[str] | None = None) -> None:
        """Start stopped containers again."""
        with self._compose("start", *(services or ())):
            self._client.compose.start(list(services) if services is not None else None)

    def kill(self, containers: Sequence[str]) -> None:
        """`docker kill` containers."""
        with _clear_errors("docker", "kill", *containers):
            self._client.container.kill(list(containers))

    @contextmanager
    def _compose(self, *words: str) -> Iterator[None]:
        """Note what an operator would type for it."""
        with _clear_errors("docker", "compose", *words, where=self._name):
            yield


def config_by(ask: Callable[..., Completed]) -> Resolved:
    """Return the resolved model and Compose's warnings; `ask` runs `config` with more words.

    Raises CommandError with Compose's words when it refuses the files.
    """
    done = ask()
    if done.code == NOT_FOUND:
        raise EngineError(NO_DOCKER)
    if done.code != 0:
        raise _command_error(["docker", "compose", "config"], done.code, done.stderr, lines=None)
    in_json = ask("--format", "json") if wants_json(done.stdout) else None
    try:
        known = json.loads(in_json.stdout) if in_json and in_json.code == 0 else None
        model = model_of(done.stdout, known)
    except YAMLError as error:
        msg = f"the model that `docker compose config` prints cannot be read: {error}"
        raise CommandError(msg) from None
    except RecursionError:
        msg = f"the model that `docker compose config` prints is nested more than {DEEPEST} levels deep"
        raise CommandError(msg) from None
    return Resolved(model=model, warnings=warnings_of(done.stderr))


def pull(reference: str, platform: str | None = None, deadline: float = SLOW) -> None:
    """Pull an image, in at most `deadline` seconds.

    Raises CommandError when it cannot be had.
    """
    from python_on_whales import DockerClient  # noqa: PLC0415

    with _clear_errors("docker", "pull", reference):
        # Quiet, or its progress goes to the terminal.
        DockerClient(client_call=leashed(deadline)).image.pull(reference, quiet=True, platform=platform)


def _timeout(grace: int | None) -> list[str]:
    return [] if grace is None else [f"--timeout={grace}"]


@contextmanager
def _clear_errors(*words: str, where: str = "") -> Iterator[None]:
    """Note a command as a step, and have its failure told as that of any other."""
    with steps.step(words, where) as asked, _told():
        yield
        asked.gave("", 0)


@contextmanager
def _told() -> Iterator[None]:
    from python_on_whales import ClientNotFoundError, DockerException  # noqa: PLC0415

    try:
        yield
    except ClientNotFoundError:
        raise EngineError(NO_DOCKER) from None
    except DockerException as error:
        if error.return_code == NOT_FOUND:
            raise EngineError(NO_DOCKER) from None
        output = "\n".join(_told_of(error.stderr or ""))
        raise _command_error(error.docker_command, error.return_code, output) from None


def _told_of(output: str) -> Iterator[str]:
    """Yield the lines of what Compose says, but for its warnings of variables that nobody sets.

    A file of ours takes nothing from one. What Compose finds in the author's env files besides is often what
    follows a dollar sign in a password, which nobody may read.
    """
    yield from (line for line in output.splitlines() if _UNSET not in line)


def compose_version() -> str:
    """Return the version of Compose, such as 2.26.1, without what packagers add; it starts a process."""
    said = run("compose", "version", "--short").stdout.strip().removeprefix("v")
    return said.partition("-")[0].partition("+")[0]


def _command_error(
    argv: Sequence[object], code: int, output: str, lines: int | None = LAST_LINES
) -> CommandError:
    """Leave our own leash out of what the user reads."""
    words = [str(word) for word in argv]
    words = ["docker", *words[words.index("docker") + 1 :]] if "docker" in words else words
    reason = "took too long" if code == TIMED_OUT else f"failed with exit code {code}"
    return failure(words, reason, output, lines)
