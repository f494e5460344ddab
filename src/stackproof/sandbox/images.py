"""The images of a stack: had or built once per run, and shared by all its sandboxes."""

import json
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from filelock import FileLock

from stackproof.engine import engine, labels
from stackproof.engine.project import Project
from stackproof.errors import CommandError, EngineGoneError, StackError
from stackproof.sandbox import overlay
from stackproof.sandbox.run import Run
from stackproof.stack.model import (
    DEFAULT_INTERVAL,
    DEFAULT_RETRIES,
    DEFAULT_START_INTERVAL,
    DEFAULT_TIMEOUT,
    Health,
    Service,
)
from stackproof.stack.stack import Stack

# Build keys that would write outside our own tag: the author's tags, caches and registries.
_DROPPED_BUILD_KEYS = ("tags", "cache_to", "pull", "no_cache")
# A build may load a compiler tool chain; two at once on a small machine are slow.
WAIT = 1800.0  # seconds
_NANO = 1e9
_WORDS = re.compile("[a-z0-9]+")


@dataclass(frozen=True, kw_only=True)
class Images:
    """Images ready on the engine."""

    by_service: dict[str, str]
    config: dict[str, dict[str, Any]]
    """`Config` of the image inspect data, by service."""
    stand_ins: tuple[str, ...]
    seconds: float

    def health(self) -> dict[str, Health]:
        """Health checks that the images bring, by service."""
        found = {name: config.get("Healthcheck") or {} for name, config in self.config.items()}
        return {
            name: Health(
                interval=(raw.get("Interval") or 0) / _NANO or DEFAULT_INTERVAL,
                timeout=(raw.get("Timeout") or 0) / _NANO or DEFAULT_TIMEOUT,
                retries=raw.get("Retries") or DEFAULT_RETRIES,
                start_period=(raw.get("StartPeriod") or 0) / _NANO,
                start_interval=(raw.get("StartInterval") or 0) / _NANO or DEFAULT_START_INTERVAL,
            )
            for name, raw in found.items()
            if raw.get("Test") and raw["Test"] != ["NONE"]
        }


def prepare(stack: Stack, run: Run) -> Images:
    """Build or pull what the stack needs; the first worker that asks does it, the others wait.

    Raises StackError when an image cannot be had, to every worker alike.
    """
    with FileLock(run.folder / f"images-{stack.slug}.lock", timeout=WAIT):
        path = run.folder / f"images-{stack.slug}.json"
        if not path.exists():
            run.write_private(path.name, json.dumps(_attempt(stack, run)))
        state = json.loads(path.read_text())
    if "error" in state:
        raise StackError(state["error"])
    return Images(**{**state, "stand_ins": tuple(state["stand_ins"])})


def _attempt(stack: Stack, run: Run) -> dict[str, Any]:
    started = time.monotonic()
    try:
        built = _build(stack, run)
        by_service = by_services(stack.services, built)
        inspected = {
            name: engine.have_image(reference, stack.services[name].raw.get("platform"))
            for name, reference in by_service.items()
        }
    except EngineGoneError:  # another try may find it back
        raise
    except (CommandError, StackError) as error:
        return {"error": stack.redactor.text(str(error))}
    config = {name: image.get("Config") or {} for name, image in inspected.items()}
    return asdict(
        Images(
            by_service=by_service,
            config=config,
            stand_ins=stand_ins(config),
            seconds=time.monotonic() - started,
        )
    )


def by_services(services: Mapping[str, Service], built: Mapping[str, str]) -> dict[str, str]:
    """Return the image of each service; one that another service builds is the one that we built."""
    ours = {services[name].image: tag for name, tag in built.items() if services[name].image}
    return {
        name: built.get(name) or ours.get(service.image) or str(service.image)
        for name, service in services.items()
    }


def stand_ins(config: Mapping[str, dict[str, Any]]) -> tuple[str, ...]:
    """Return official images that stand-ins replace; built images inherit the label of their base."""
    marks = ((image.get("Labels") or {}).get(labels.STAND_IN) for image in config.values())
    return tuple(sorted({mark for mark in marks if mark}))


def _build(stack: Stack, run: Run) -> dict[str, str]:
    """Build under tags of ours; the author's own tags are never written."""
    builds = {name: service for name, service in stack.services.items() if service.builds}
    if not builds:
        return {}
    tags = tags_of(builds, f"stackproof-{run.id}/{stack.slug}")
    project = f"stackproof-{run.id}-{stack.slug}-build"
    marks = {**run.labels, labels.STACK: stack.slug}
    compose = {
        "name": project,
        "services": {name: _build_service(service, tags[name], marks) for name, service in builds.items()},
        "secrets": overlay.file_objects(stack.model.raw.get("secrets") or {}),
    }
    path = run.write_private(f"{project}.json", json.dumps(compose))
    try:
        Project([path], name=project, settings=stack.source.of_copy, deadline=WAIT).build(list(builds))
    except CommandError as error:
        folder = stack.source.directory
        msg = f"the build failed:\n{error}\n  fix: `docker compose build` in {folder} shows all of it"
        raise StackError(msg) from None
    finally:
        path.unlink()
    return tags


def tags_of(names: Iterable[str], prefix: str) -> dict[str, str]:
    """Return a tag for each service: a service may be called `Web`, `a..b` or `_`, an image may not.

    The number keeps names apart that differ in such characters only.
    """
    return {
        name: f"{prefix}-{'-'.join([*_WORDS.findall(name.lower()), str(number)])}:latest"
        for number, name in enumerate(names, 1)
    }


def _build_service(service: Service, tag: str, marks: Mapping[str, str]) -> dict[str, Any]:
    raw = service.raw["build"]
    build: dict[str, Any] = {"context": raw} if isinstance(raw, str) else dict(raw)
    kept = {key: value for key, value in build.items() if key not in _DROPPED_BUILD_KEYS}
    kept["labels"] = {**(build.get("labels") or {}), **marks}
    kept["tags"] = [tag]
    return {"build": kept, "image": tag}
