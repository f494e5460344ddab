"""The Dockerfile that a build names, before anything is built."""

from collections.abc import Iterable, Iterator, Sequence

from stackproof.controls import HIGH, LOW, MEDIUM
from stackproof.controls.control import not_applicable
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.rule import rule
from stackproof.rules.supply_chain import moves, tag_of
from stackproof.stack.builds import Build, Unread, build_of, may_be_pulled, missing_folders
from stackproof.stack.images import named
from stackproof.stack.model import Service
from stackproof.stack.stack import Stack


@rule(
    "dockerfile-present",
    "The Dockerfile and the stage that a build names are there",
    severity=HIGH,
    key="build",
)
def dockerfile_present(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """Without it nothing is built; where an image of that name is left from an older build, that one runs.

    So are the folders that `context:` and `additional_contexts:` name. Compose pulls before it builds where
    `image:` is there, too, unless `pull_policy:` says no: then it is of medium severity, for the image may
    be there for all. What is fetched from elsewhere is not looked at.

    Fix: correct `context:`, `dockerfile:` or `target:`.

    Applies to: services that are built from a folder of this machine or an inline Dockerfile.
    """
    found = build_of(service, stack)
    if found is None:
        not_applicable(f"{service} is not built here")
    pulled = may_be_pulled(service)
    unless = f"; it runs only where {service.image} can be pulled" if pulled else ""
    severity = MEDIUM if pulled else None
    folders = list(missing_folders(service, stack))
    for words, at in folders:
        aspect = str(at[-1]) if "additional_contexts" in at else ""
        yield Finding(f"{service}: {words}{unless}", at=at, aspect=aspect, severity=severity)
    if isinstance(found, Unread) and not found.missing and not folders:
        not_applicable(found.why)
    if isinstance(found, Unread):
        evidence(dockerfile="none")
        if found.missing and not any("context" in at for _words, at in folders):
            yield Finding(f"{service}: {found.why}{unless}", at=found.at, severity=severity)
    else:
        evidence(dockerfile=found.file, stages=len(found.dockerfile.stages))


@rule(
    "base-image-tag-pinned",
    "Base images have an explicit tag that does not move",
    severity=MEDIUM,
    key="build",
)
def base_image_tag_pinned(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """A tag that moves brings another version with the next build: nobody can build the same image again.

    Of each stage that the image needs and of what it copies from; arguments count as the compose file gives
    them. Stages, `scratch` and what `additional_contexts` puts in the place of a name are no images. The
    version of the system below (`node:lts-alpine3.18`) is none of the program.

    Fix: name a version (`FROM debian:12.7-slim`), or a digest.

    Applies to: services whose build has a Dockerfile that can be read, and arguments that have a value.
    """
    build = _build(service, stack)
    evidence(base_images=[base.reference for base in build.bases] or "none")
    open_to_builder = []
    for reference, line in _bases(build):
        tag, digest = tag_of(reference)
        if not digest and ("$" in tag or (not tag and _ends_open(reference))):
            open_to_builder.append(reference)
        elif not digest and (not tag or moves(tag, named(reference))):
            what = f"has the tag {tag!r}, which moves" if tag else "has no tag, which means latest"
            words = f"{service}: base image {reference} {what}"
            yield Finding(words, at=("build",), aspect=reference, place=build.place(line))
    _leave_to_builder(service, open_to_builder)


@rule(
    "base-image-digest-pinned",
    "Base images are named by digest",
    severity=LOW,
    key="build",
)
def base_image_digest_pinned(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """A tag can be given to another image at any time, also that of a version: a digest cannot.

    Without something that renews digests (Renovate, Dependabot) security fixes stay away: both go together.

    Fix: `FROM debian:12.7-slim@sha256:...`.

    Applies to: services whose build has a Dockerfile that can be read, and arguments that have a value.
    """
    build = _build(service, stack)
    evidence(base_images=[base.reference for base in build.bases] or "none")
    open_to_builder = []
    for reference, line in _bases(build):
        if _ends_open(reference):
            open_to_builder.append(reference)
        elif not tag_of(reference)[1]:
            words = f"{service}: base image {reference} is not named by digest"
            yield Finding(words, at=("build",), aspect=reference, place=build.place(line))
    _leave_to_builder(service, open_to_builder)


def _ends_open(reference: str) -> bool:
    """Whether a variable without a value stands at the end, where it may bring a tag or a digest."""
    return reference.endswith("}")


def _leave_to_builder(service: Service, references: Sequence[str]) -> None:
    """End a rule that could not see all base images: not applicable, and never a pass."""
    if references:
        names = " and ".join(references)
        not_applicable(f"only whoever builds {service} says which base image {names} is")


def _bases(build: Build) -> Iterable[tuple[str, int]]:
    """Return each base image once, with the line that names it first."""
    return {base.reference: base.line for base in reversed(build.bases)}.items()


def _build(service: Service, stack: Stack) -> Build:
    """Return the build of a service; not applicable without one that can be read."""
    found = build_of(service, stack)
    if found is None:
        not_applicable(f"{service} is not built here")
    if isinstance(found, Unread):
        not_applicable(found.why)
    return found
