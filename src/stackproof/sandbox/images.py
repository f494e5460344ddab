"""The images of a stack: had or built once per run, and shared by all its sandboxes."""

import json
import re
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from filelock import FileLock

from stackproof.engine import engine, labels
from stackproof.engine.project import Project
from stackproof.errors import COMES_UP, CommandError, EngineGoneError, StackError, Unknown
from stackproof.isolation.treatment import Permits
from stackproof.isolation.walk import build_of
from stackproof.isolation.writing import written
from stackproof.runs.run import Run
from stackproof.sandbox import refused
from stackproof.stack.health import in_force
from stackproof.stack.keys import KeyPath
from stackproof.stack.model import (
    DEFAULT_INTERVAL,
    DEFAULT_RETRIES,
    DEFAULT_START_INTERVAL,
    DEFAULT_TIMEOUT,
    Health,
    Model,
    Service,
)
from stackproof.stack.stack import Stack

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
    by_mount: dict[str, str] = field(default_factory=dict)
    """Image on the engine by the image that a service mounts as a volume."""
    identity: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What tells an image from another of the same name, by service: see `identity_of`."""

    @classmethod
    def read(cls, state: Mapping[str, Any]) -> Self:
        """Take them from what `json` makes of their fields."""
        return cls(**{**state, "stand_ins": tuple(state["stand_ins"])})

    def of(self, service: str) -> dict[str, Any]:
        """Return the `Config` of a service's image.

        Raises Unknown where the engine has none, as beside an attached project that has no container of it.
        """
        if service not in self.config:
            msg = f"there is no image of {service} on the engine"
            raise Unknown(msg)
        return self.config[service]

    def labels(self) -> dict[str, dict[str, str]]:
        """Labels that the images bring, by service."""
        return {name: dict(config.get("Labels") or {}) for name, config in self.config.items()}

    def variables(self) -> dict[str, frozenset[str]]:
        """Names of the variables that the images set, by service."""
        return {
            name: frozenset(word.partition("=")[0] for word in config.get("Env") or ())
            for name, config in self.config.items()
        }

    def health(self) -> dict[str, Health]:
        """Health checks that the images bring, by service."""
        return health_of_images(self.config)


def health_of_images(config: Mapping[str, Mapping[str, Any]]) -> dict[str, Health]:
    """Return the health checks that images bring, by service; `config` is their inspect data's `Config`."""
    found = {name: image.get("Healthcheck") or {} for name, image in config.items()}
    return {
        name: Health(
            interval=(raw.get("Interval") or 0) / _NANO or DEFAULT_INTERVAL,
            timeout=(raw.get("Timeout") or 0) / _NANO or DEFAULT_TIMEOUT,
            retries=raw.get("Retries") or DEFAULT_RETRIES,
            start_period=(raw.get("StartPeriod") or 0) / _NANO,
            start_interval=(raw.get("StartInterval") or 0) / _NANO or DEFAULT_START_INTERVAL,
            test=tuple(raw["Test"]),
        )
        for name, raw in found.items()
        if in_force(raw.get("Test"))
    }


def prepare(stack: Stack, run: Run, permits: Permits | None = None) -> Images:
    """Build or pull what the stack needs; the first worker that asks does it, the others wait.

    Raises StackError when an image cannot be had, to every worker alike.
    """
    with FileLock(run.folder.images_lock(stack.slug), timeout=WAIT):
        note = run.folder.images(stack.slug)
        if (text := note.read()) is None:
            text = json.dumps(_attempt(stack, run, permits or Permits()))
            note.write(text)
    state = json.loads(text)
    if "error" in state:
        raise StackError(state["error"]).because(COMES_UP)
    return Images.read(state)


def had(stack: Stack, run: Run) -> Images | None:
    """Return the images that were had for a stack in this run; None when there are none."""
    state = json.loads(run.folder.images(stack.slug).read() or "{}")
    return Images.read(state) if "by_service" in state else None


def _attempt(stack: Stack, run: Run, permits: Permits) -> dict[str, Any]:
    started = time.monotonic()
    try:
        built = _build(stack, run, permits)
        by_service = by_services(stack.services, built)
        inspected = {
            name: _had(stack, reference, ("services", name, "image"), stack.services[name].platform)
            for name, reference in by_service.items()
        }
        by_mount = mounted(stack.model, by_service)
        for source, at in image_mounts(stack.model):
            _had(stack, by_mount[source], at)
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
            by_mount=by_mount,
            identity={name: identity_of(image) for name, image in inspected.items()},
        )
    )


def _had(stack: Stack, reference: str, at: KeyPath, platform: str | None = None) -> dict[str, Any]:
    """Return the inspect data of an image that is named at this place of the model.

    Raises StackError with the service and the line when it cannot be had.
    """
    try:
        return engine.have_image(reference, platform)
    except StackError as error:
        msg = f"{stack.place(at)}: service {at[1]}: {error}"
        raise StackError(msg) from None


def identity_of(image: Mapping[str, Any]) -> dict[str, Any]:
    """Return what tells an image from another of the same name, from its inspect data."""
    platform = (image.get("Os"), image.get("Architecture"), image.get("Variant"))
    return {
        "id": str(image.get("Id") or ""),
        "digests": sorted(str(one).rpartition("@")[2] for one in image.get("RepoDigests") or ()),
        "platform": "/".join(str(part) for part in platform if part),
        "created": str(image.get("Created") or ""),
    }


def mounted(model: Model, by_service: Mapping[str, str]) -> dict[str, str]:
    """Return the image to mount for each that a service has as a volume; what is built here is ours."""
    built = {str(model.services[name].image): tag for name, tag in by_service.items()}
    return {source: built.get(source, source) for source, _at in image_mounts(model)}


def image_mounts(model: Model) -> Iterator[tuple[str, KeyPath]]:
    """Yield the image of each that a service has as a volume, as it is written, and where."""
    for service in model.services.values():
        for mount in (*service.mounts, *service.hook_mounts):
            if mount.kind == "image":
                yield str(mount.source), (*service.at, *mount.at)


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


def _build(stack: Stack, run: Run, permits: Permits) -> dict[str, str]:
    """Build under tags of ours; the author's own tags are never written."""
    builds = {name: service for name, service in stack.services.items() if service.builds}
    if not builds:
        return {}
    tags = tags_of(builds, f"stackproof-{run.id}/{stack.slug}")
    project = run.project(stack.slug, "build")
    marks = {**run.marks, labels.STACK: stack.slug}
    compose = {
        "name": project,
        "services": {
            name: {"build": build_for(stack.model, name, tags[name], marks, permits), "image": tags[name]}
            for name in builds
        },
        "secrets": {
            name: secret.unnamed for name, secret in stack.model.secrets.items() if not secret.external
        },
    }
    file = run.folder.build(project)
    file.write(written(compose))
    try:
        settings = stack.source.of_sandbox
        Project([file.path], name=project, settings=settings, deadline=WAIT).build(list(builds))
    except CommandError as error:
        raise StackError(_why_not_built(stack, str(error), builds)) from None
    finally:
        file.remove()
    return tags


def _why_not_built(stack: Stack, said: str, builds: Collection[str]) -> str:
    """Say which service's build failed, where it is written, and the builder's last words."""
    found = refused.built(said, builds)
    place = stack.place(("services", found[0], "build"))
    named = f"service {found[0]}" if len(found) == 1 else f"one of the services {', '.join(found)}"
    fix = f"`docker compose build {' '.join(found)}` in {stack.source.directory} shows all of it"
    return f"{place}: {named}: the build failed: {refused.reason(said)}\n{said}\n  fix: {fix}"


def tags_of(names: Iterable[str], prefix: str) -> dict[str, str]:
    """Return a tag for each service: a service may be called `Web`, `a..b` or `_`, an image may not.

    The number keeps names apart that differ in such characters only.
    """
    return {
        name: f"{prefix}-{'-'.join([*_WORDS.findall(name.lower()), str(number)])}:latest"
        for number, name in enumerate(names, 1)
    }


def build_for(
    model: Model, name: str, tag: str, marks: Mapping[str, str], permits: Permits | None = None
) -> dict[str, Any]:
    """Return the build of a service under a tag of ours, with labels of ours and none of the author's."""
    build = build_of(model, name, permits=permits)
    return {**build, "labels": dict(marks), "tags": [tag]}
