"""Find a project that somebody runs, and what its author wrote, from the labels of its containers."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stackproof.controls.spelling import hint
from stackproof.engine import labels, projects
from stackproof.engine.project import ComposeSettings
from stackproof.errors import UsageError
from stackproof.stack.discovery import Source
from stackproof.stack.model import Service
from stackproof.stack.stack import resolve
from stackproof.stack.warnings import told
from stackproof.stack.written import Written

CONFIG_FILES = "com.docker.compose.project.config_files"
WORKING_DIR = "com.docker.compose.project.working_dir"
ENVIRONMENT_FILE = "com.docker.compose.project.environment_file"

READ_ONLY = "attached: read-only; disruptive controls were not run"


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A project that runs: its files, its model, and what a reader of the report must know of it."""

    project: str
    source: Source
    resolved: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    """What Compose warned of when it read the files."""


def attach(project: str, given: Source | None, settings: ComposeSettings) -> Attachment:
    """Look a project up; `given` are compose files to read in place of those that its labels name.

    Raises UsageError when no such project runs or its files are not here.
    """
    found = projects.containers(project)
    if not found:
        raise UsageError(unknown_project(project, projects.names()))
    newest = max(found, key=lambda data: str(data["Created"]))
    source = given or source_of(project, newest["Config"]["Labels"])
    source = replace(source, settings=_settings(source, settings, project))
    resolved = resolve(source if settings.profiles else source.with_every_profile())
    raw = resolved.model
    counts = Counter(_service(data) for data in found)
    return Attachment(
        project=project,
        source=source,
        resolved=as_it_runs(raw, counts, chosen=bool(settings.profiles)),
        notes=tuple(_notes(project, found, raw.get("services") or {})),
        warnings=told(source, Written.of(source), resolved.warnings),
    )


def unknown_project(project: str, running: list[str]) -> str:
    """Say that there is no such project, which there are, and which was probably meant."""
    listed = f"running: {', '.join(running)}" if running else "no compose project is running"
    fix = "start it, or name one that runs"
    return f"no containers of a compose project {project!r}{hint(project, running)}\n  {listed}\n  fix: {fix}"


def source_of(project: str, marks: Mapping[str, str]) -> Source:
    """Return where the compose files of a container stand, from its labels.

    Raises UsageError when they are not here.
    """
    files = [Path(name) for name in marks.get(CONFIG_FILES, "").split(",") if name]
    missing = [str(path) for path in files if not path.is_absolute() or not path.is_file()]
    if missing or not files:
        msg = (
            f"the compose files of {project!r} are not here: {', '.join(missing) or 'its labels name none'}\n"
            "  fix: name them, with PATH or -f"
        )
        raise UsageError(msg)
    folder = marks.get(WORKING_DIR)
    env_files = tuple(Path(name) for name in marks.get(ENVIRONMENT_FILE, "").split(",") if name)
    settings = ComposeSettings(
        env_files=tuple(path for path in env_files if path.is_file()),
        project_directory=Path(folder) if folder else None,
    )
    return Source(files=tuple(files), settings=settings)


def _settings(source: Source, typed: ComposeSettings, project: str) -> ComposeSettings:
    """What was typed comes before what the labels say."""
    return ComposeSettings(
        profiles=typed.profiles,
        env_files=typed.env_files or source.settings.env_files,
        project_directory=typed.project_directory or source.settings.project_directory,
        project_name=project,
    )


def as_it_runs(raw: Mapping[str, Any], counts: Mapping[str, int], *, chosen: bool) -> dict[str, Any]:
    """Return the model with as many replicas as run, when these are more, and without idle profiles.

    No label says which profiles were enabled: a service of a profile counts when it has a container,
    or when profiles were `chosen`. What the file promises and does not run stays, and is found missing.
    """
    services = {}
    for name, service in (raw.get("services") or {}).items():
        if service.get("profiles") and not chosen and not counts.get(name):
            continue
        declared = Service(name=name, raw=service).replicas
        services[name] = {**service, "scale": max(declared, counts.get(name, 0))}
    return {**raw, "services": services}


def _service(data: Mapping[str, Any]) -> str:
    return str(data["Config"]["Labels"][labels.COMPOSE_SERVICE])


def _notes(project: str, found: Iterable[Mapping[str, Any]], known: Mapping[str, Any]) -> Iterator[str]:
    """What is different from a sandbox, and what was not looked at."""
    yield READ_ONLY
    yield f"the running project {project!r} was judged by its compose files as they are now"
    if strange := sorted({_service(data) for data in found} - set(known)):
        yield f"not looked at, because the compose files do not name them: {', '.join(strange)}"
    files = {str(data["Config"]["Labels"].get(CONFIG_FILES)) for data in found}
    if len(files) > 1:
        yield f"containers were started from different compose files: {'; '.join(sorted(files))}"
