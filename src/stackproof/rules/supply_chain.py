"""Where images come from, and whether they are the same tomorrow."""

import re
from collections.abc import Iterator

from stackproof.controls import LOW, MEDIUM
from stackproof.controls.control import not_applicable
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.rule import rule
from stackproof.stack.builds import Build, build_of
from stackproof.stack.images import named, trusts
from stackproof.stack.model import Service, unescape
from stackproof.stack.stack import Stack

# Words that follow whatever is newest, also beside a version: `8-latest`.
_MOVING = frozenset(
    {"latest", "edge", "nightly", "canary", "main", "master", "dev", "develop", "snapshot", "rolling",
     "unstable", "head", "next", "testing", "current", "mainline", "stable", "lts"}
)  # fmt: skip
# These move even where the whole version stands beside them: `2.4-latest`.
_NEWEST_OF_VERSION = frozenset({"latest", "snapshot", "rolling"})
# What a processor is called tells nothing of a version.
_PROCESSOR = re.compile(
    r"(?<![a-z0-9])(?:x86[-_]64|amd64|i[36]86|(?:arm|aarch)\d*(?:v\d+)?|armhf|ppc64(?:le)?|riscv64|s390x)(?![a-z0-9])"
)
# A distribution's name for one of its versions is a version.
_CODENAMES = frozenset(
    {"wheezy", "jessie", "stretch", "buster", "bullseye", "bookworm", "trixie", "forky", "precise", "trusty",
     "xenial", "bionic", "focal", "jammy", "kinetic", "lunar", "mantic", "noble", "oracular", "plucky",
     "questing", "resolute"}
)  # fmt: skip
# A flavour with the version of the system below, which says nothing of the program: `node:lts-alpine3.18`.
_SYSTEM = re.compile(
    r"(?<![a-z0-9])(?:alpine|debian|ubuntu|ubi|el|centos|rocky(?:linux)?|alma(?:linux)?|fedora|oraclelinux"
    r"|amazonlinux|leap|sles?|photon)\d+(?:\.\d+)*(?![a-z0-9.])"
    r"|(?<![a-z0-9])(?:windowsservercore|nanoserver)(?:-(?:ltsc)?\d{4})?(?![a-z0-9])"
)
# Images that are a system and nothing else, so that its version is theirs, by a word of their name.
_SYSTEMS = re.compile(
    r"(?:.*[-_])?(?:almalinux|alpine|amazonlinux|base|baseimage|centos|debian|deps|fedora|leap|minideb"
    r"|nanoserver|neurodebian|oraclelinux|os|photon|rockylinux|servercore|ubi\d*|ubuntu)(?:[-_].*)?"
)
_OFFICIAL = "docker.io/library/"
# What is of one day or one commit does not move, whatever word stands beside it.
_FIXED = re.compile(r"\d{6,}|\d{4}-\d{2}-\d{2}|(?=[a-f]*\d)[0-9a-f]{7,40}")
_VERSION = re.compile(r"\d+\.\d+")


@rule(
    "image-tag-pinned",
    "The image has an explicit tag that does not move",
    severity=MEDIUM,
    key="image",
)
def image_tag_pinned(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """A tag that moves brings another version with the next `pull`: what was proven is not what runs.

    That of the system below (`node:lts-alpine3.18`, `python:slim-bookworm`) is none of the program.

    Fix: name a version (`postgres:16.4-alpine`), or a digest.

    Applies to: services whose image is not built here.
    """
    if service.image is None or service.builds:
        not_applicable(f"the image of {service} is built here")
    reference = unescape(service.image)
    tag, digest = tag_of(reference)
    evidence(image=reference)
    if digest:
        return
    if not tag:
        yield Finding(f"{service}: image {reference} has no tag, which means latest", at=("image",))
    elif moves(tag, named(reference)):
        yield Finding(
            f"{service}: the tag {tag!r} of image {reference} moves from version to version", at=("image",)
        )


@rule("image-digest-pinned", "The image is named by its digest", severity=LOW, key="image")
def image_digest_pinned(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """A tag of a version can be pushed again: only a digest names one image for ever.

    Half of all files have none. Who pins digests needs something that raises them.

    Fix: `postgres:16.4@sha256:...`, as `docker buildx imagetools inspect` says, and a bot that updates it.

    Applies to: services whose image is not built here.
    """
    if service.image is None or service.builds:
        not_applicable(f"the image of {service} is built here")
    reference = unescape(service.image)
    evidence(image=reference)
    if not tag_of(reference)[1]:
        yield Finding(f"{service}: image {reference} has no digest", at=("image",))


@rule("trusted-image-source", "The image comes from where the contract trusts", severity=MEDIUM, key="image")
def trusted_image_source(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """Whoever may publish an image under a name that looks right has code in the stack.

    An image without a registry is one of Docker Hub's; without a name of an owner, one of its official ones.
    Of a build its base images count, as the Dockerfile and the compose file's arguments name them.

    Fix: take the image from a trusted source, or name its source under `trusted_images:` in the contract.

    Applies to: services in a stack whose contract has `trusted_images`; of those that are built here, those
    with a Dockerfile that can be read.
    """
    if not stack.contract.trusted_images:
        not_applicable(f"the contract of {stack} says of no source of images that it is trusted")
    evidence(trusted=list(stack.contract.trusted_images))
    if service.builds:
        yield from _of_bases(service, stack, evidence)
        return
    if service.image is None:
        not_applicable(f"{service} has no image")
    if not (name := named(unescape(service.image))):
        not_applicable(f"the image of {service} is one of this engine's own, by its id")
    evidence(image=name)
    if not _is_trusted(name, stack):
        yield Finding(f"{service}: image {name} is of no source that the contract trusts", at=("image",))


def _of_bases(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    build = build_of(service, stack)
    if not isinstance(build, Build):
        not_applicable(build.why if build else f"the image of {service} is built here")
    names = {name: base.line for base in reversed(build.bases) if (name := named(base.reference))}
    evidence(base_images=list(names) or "none")
    for name, line in names.items():
        if "$" not in name and not _is_trusted(name, stack):
            words = f"{service}: base image {name} is of no source that the contract trusts"
            yield Finding(words, at=("build",), aspect=name, place=build.place(line))
    if left := [name for name in names if "$" in name]:
        not_applicable(f"only whoever builds {service} says which base image {' and '.join(left)} is")
    if not names:
        not_applicable(f"{service} is built from no image")


def _is_trusted(name: str, stack: Stack) -> bool:
    return any(trusts(pattern, name) for pattern in stack.contract.trusted_images)


@rule("no-build-and-image", "A service is either built or pulled", severity=LOW, key="image")
def no_build_and_image(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """With both, what is on the engine decides what runs: an image that was built, or one of the registry.

    It is legal, and how people name what they build: a matter of style. `pull_policy` says what is meant.

    Fix: remove one of them, or write `pull_policy: build`.

    Applies to: services with `build:`.
    """
    if not service.builds:
        not_applicable(f"the image of {service} is not built here")
    evidence(image=service.image or "none", pull_policy=service.pull_policy or "none")
    if service.image and not service.pull_policy:
        yield Finding(f"{service} has `build` and `image`, and no `pull_policy`", at=("image",))


def tag_of(reference: str) -> tuple[str, str]:
    """Return tag and digest of an image reference, each empty where there is none.

    >>> tag_of("registry.example:5000/team/app")
    ('', '')
    >>> tag_of("app:1.2@sha256:00ff")
    ('1.2', 'sha256:00ff')

    The id of an image is one itself.
    """
    name, _, digest = reference.partition("@")
    if re.fullmatch(r"(?:sha256:)?[0-9a-f]{64}", name):
        return "", name
    return name.rpartition("/")[2].partition(":")[2], digest


def moves(tag: str, name: str = "") -> bool:
    """Whether a tag names no version, or follows the newest one.

    >>> [moves(tag) for tag in ("alpine", "latest-pg16", "3-alpine", "bookworm", "nightly-20270101")]
    [True, True, False, False, False]
    >>> moves("slim-bookworm", "docker.io/library/python"), moves("lts-alpine3.18")
    (True, True)

    With the whole `name` of its image, as `images.named` returns it, the version of a system counts for those
    that are one. A codename may be the version of an image that nobody knows.
    """
    tag = _PROCESSOR.sub("", tag.lower())
    system = _SYSTEMS.fullmatch(name.rpartition("/")[2]) is not None
    tag = tag if system else _SYSTEM.sub("", tag)
    words = set(re.split(r"[-_.+]", tag))
    if _FIXED.search(tag) or (_VERSION.search(tag) and words.isdisjoint(_NEWEST_OF_VERSION)):
        return False
    codename = bool(words & _CODENAMES) and (system or not name.startswith(_OFFICIAL))
    versioned = any(character.isdigit() for character in tag) or codename
    return not versioned or bool(words & _MOVING)
