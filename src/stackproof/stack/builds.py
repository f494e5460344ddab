"""Which Dockerfile a service's `build:` names, and what of it makes the image."""

import errno
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from stackproof.files import disk
from stackproof.stack.dockerfile import Dockerfile, Instruction, Stage, parse
from stackproof.stack.dollars import unescape
from stackproof.stack.keys import KeyPath
from stackproof.stack.places import Place
from stackproof.stack.scalar_lines import lines_of
from stackproof.stack.service import Service
from stackproof.stack.stack import Stack
from stackproof.stack.written import relative

DEFAULT_NAME = "Dockerfile"
LARGEST = 128 * 1024  # bytes of a Dockerfile that is read; one that people write has less than a tenth of it
# What Compose hands to the builder as it is written (compose-go, paths/context.go): fetched from
# elsewhere, or made of another image or service.
_REMOTE = re.compile(r"[\w.+-]+://|git@|github\.com/|service:")
_IMAGE_CONTEXT = "docker-image://"
# Another program reads what it names, unless that is Docker's own: `# syntax=docker/dockerfile:1`.
_SYNTAX = re.compile(r"\s*(?:#|//)\s*syntax\s*=\s*(\S+)", re.IGNORECASE)
_OWN_SYNTAX = re.compile(r"(?:.*/)?docker/dockerfile(?:-upstream)?(?:[:@].*)?")
# With these, Compose builds before it has tried to pull.
_NEVER_PULLS = ("never", "build")
# What Podman and Buildah look for first; Docker's builder knows it by `dockerfile:` alone.
_OF_OTHERS = ("Containerfile", "containerfile")


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A build whose Dockerfile cannot be read here, and why."""

    why: str
    missing: bool = False
    """Whether there is none, where there must be one."""
    at: KeyPath = ("build",)
    """What of the service says so."""


@dataclass(frozen=True, kw_only=True)
class Base:
    """An image that a build begins with or takes files from."""

    reference: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Build:
    """A build with its Dockerfile."""

    dockerfile: Dockerfile = field(repr=False)
    file: str
    """The Dockerfile, seen from the project's folder; the compose file where it is written inline."""
    lines: tuple[int, ...]
    """The lines of that file in which its own stand; empty where these are all."""
    stage: Stage
    """The stage that becomes the image."""
    contexts: Mapping[str, str]
    """What stands in for images and stages, by name (`additional_contexts`)."""
    context: Path | None = None
    """The folder that files are copied from; None where it is fetched from elsewhere."""
    ignore_file: Path | None = None
    """The `.dockerignore` that counts, where there is one."""

    @property
    def chain(self) -> tuple[Stage, ...]:
        """The stages whose layers the image has."""
        return self.dockerfile.chain(self.stage)

    def place(self, line: int) -> Place:
        """Return where a line of the Dockerfile is."""
        return Place(self.file, self.lines[line - 1] if self.lines else line)

    @property
    def instructions(self) -> list[Instruction]:
        """What makes the image's own layers and settings, in order."""
        return [
            instruction
            for stage in self.chain
            for instruction in stage.instructions
            if not instruction.waits or stage is not self.stage
        ]

    @property
    def all_instructions(self) -> list[Instruction]:
        """What is carried out for the image, also in stages that it only takes files from."""
        return [
            instruction for stage in self.dockerfile.reached(self.stage) for instruction in stage.instructions
        ]

    @property
    def bases(self) -> list[Base]:
        """Images that come from elsewhere."""
        found: list[Base] = []
        for stage in self.dockerfile.reached(self.stage):
            names = [(stage.base, stage.line), *_taken(stage)]
            for name, line in names:
                if reference := self._image(name, stage.number):
                    found.append(Base(reference=reference, line=line))
        return found

    def _image(self, name: str, before: int) -> str:
        """Return the image that a name means; empty for a stage, a context and `scratch`."""
        if name.lower() in self.contexts:
            stands_in = self.contexts[name.lower()]
            return stands_in.removeprefix(_IMAGE_CONTEXT) if stands_in.startswith(_IMAGE_CONTEXT) else ""
        return "" if name in ("", "scratch") or self.dockerfile.stage(name, before) else name


def _taken(stage: Stage) -> Iterator[tuple[str, int]]:
    for instruction in stage.instructions:
        for name in instruction.sources:
            yield name, instruction.line


def build_of(service: Service, stack: Stack) -> Build | Unread | None:
    """Return what a service is built from; None for one that is not built."""
    written = service.raw.get("build")
    if not isinstance(written, Mapping):
        return None
    context = str(written.get("context") or ".")
    folder = None if _REMOTE.match(context) else Path(unescape(context))
    path: Path | None = None
    if (inline := written.get("dockerfile_inline")) is not None:
        text, file, lines = unescape(str(inline)), *_inline(service, stack, str(inline))
    elif folder is None:
        return Unread(why=f"the context of {service} is fetched from elsewhere")
    else:
        path = _path(folder, unescape(str(written.get("dockerfile") or "")))
        if isinstance(read := _text(path, written, stack), Unread):
            return read
        text, file, lines = read, relative(path, stack.source.directory).replace("\\", "/"), ()
    found = _read(written, text, file, lines)
    if isinstance(found, Unread) or folder is None:
        return found
    return replace(found, context=folder, ignore_file=_ignore_file(folder, path))


def _text(path: Path, written: Mapping[str, object], stack: Stack) -> str | Unread:
    """Return what a Dockerfile says."""
    if not disk.is_file(path):
        return Unread(why=_missing(path, stack), missing=True, at=_at(written, "dockerfile"))
    try:
        return disk.read(path, LARGEST).decode(errors="replace")
    except OSError as error:
        if error.errno == errno.EFBIG:
            return Unread(why=f"{path.name} is larger than a Dockerfile can be")
        return Unread(why=f"{path.name} cannot be read: {error.strerror}")


def _ignore_file(context: Path, dockerfile: Path | None) -> Path | None:
    """Return the file that says what is left out; one that goes with the Dockerfile by name comes first."""
    named = [dockerfile.with_name(f"{dockerfile.name}.dockerignore")] if dockerfile else []
    return next(filter(disk.is_file, (*named, context / ".dockerignore")), None)


def missing_folders(service: Service, stack: Stack) -> Iterator[tuple[str, KeyPath]]:
    """Yield the folders that a build needs and that are not there, in words, with the key that names each.

    The builder opens its context and all `additional_contexts` before it reads the Dockerfile.
    """
    written = service.raw.get("build")
    if not isinstance(written, Mapping):
        return
    named: dict[KeyPath, tuple[str, str]] = {
        ("build", "context"): ("the context", unescape(str(written.get("context") or ".")))
    }
    for name, value in _strings(written.get("additional_contexts")).items():
        named["build", "additional_contexts", name] = (f"the additional context {name}", value)
    for at, (what, text) in named.items():
        if not _REMOTE.match(text) and not disk.is_folder(Path(text)):
            yield (
                f"there is no folder {relative(Path(text), stack.source.directory)}, {what} of its build",
                at,
            )


def may_be_pulled(service: Service) -> bool:
    """Whether Compose tries to pull a service's image before it builds it."""
    return bool(service.image) and service.pull_policy not in _NEVER_PULLS


def _missing(path: Path, stack: Stack) -> str:
    shown = relative(path, stack.source.directory)
    if disk.is_folder(path):
        return f"{shown} is a folder, and no Dockerfile"
    other = next((name for name in _OF_OTHERS if disk.is_file(path.with_name(name))), "")
    hint = f"; there is a {other}, which `dockerfile:` must name" if other else ""
    return f"there is no Dockerfile {shown}{hint}"


def _foreign_syntax(text: str, arguments: Mapping[str, str]) -> str:
    """Return what reads a Dockerfile in place of Docker's own frontend; empty for nothing."""
    found = _SYNTAX.match(text.removeprefix("\ufeff"))
    named = arguments.get("BUILDKIT_SYNTAX") or (found[1] if found else "")
    return "" if _OWN_SYNTAX.fullmatch(named) else named


def _read(written: Mapping[str, object], text: str, file: str, lines: tuple[int, ...]) -> Build | Unread:
    dockerfile = _parsed(text, tuple(sorted(_strings(written.get("args")).items())))
    target = str(written.get("target") or "")
    stage = dockerfile.target(target)
    if stage is None:
        if foreign := _foreign_syntax(text, _strings(written.get("args"))):
            return Unread(why=f"{file} is read by {foreign}, and not as a Dockerfile")
        why = f"{file} has no stage {target}" if target else f"{file} has no FROM"
        return Unread(why=why, missing=True, at=_at(written, "target" if target else "dockerfile"))
    contexts = {name.lower(): value for name, value in _strings(written.get("additional_contexts")).items()}
    return Build(dockerfile=dockerfile, file=file, lines=lines, stage=stage, contexts=contexts)


def _at(written: Mapping[str, object], key: str) -> KeyPath:
    return ("build", key) if key in written else ("build",)


@lru_cache(maxsize=64)
def _parsed(text: str, arguments: tuple[tuple[str, str], ...]) -> Dockerfile:
    return parse(text, dict(arguments))


def _strings(written: object) -> dict[str, str]:
    """Return names with values, of those that have one."""
    pairs = written.items() if isinstance(written, Mapping) else ()
    return {str(name): unescape(str(value)) for name, value in pairs if value is not None}


def _inline(service: Service, stack: Stack, text: str) -> tuple[str, tuple[int, ...]]:
    """Return the file of an inline Dockerfile, and in which of its lines each line of it stands."""
    keys = (*service.at, "build", "dockerfile_inline")
    place, layers = stack.locate(keys), stack.layers(keys)
    count = text.count("\n") + 1
    item = layers[-1].item if layers else None
    if item is None:  # nothing of it is in a file
        return place.file, (place.line or 1,) * count
    written = disk.text(item.file).split("\n")
    return place.file, lines_of(written, item.begins, item.quote, count)


def _path(context: Path, name: str) -> Path:
    path = context / (name or DEFAULT_NAME)
    # The builder takes `dockerfile` in place of `Dockerfile` (BuildKit, dockerui).
    lower = path.with_name(DEFAULT_NAME.lower())
    there = disk.is_file(path) or disk.is_folder(path)
    return lower if path.name == DEFAULT_NAME and not there and disk.is_file(lower) else path
