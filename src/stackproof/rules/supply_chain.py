"""Where images come from, and whether they are the same tomorrow."""

import re
from collections.abc import Iterator

from stackproof.controls import MEDIUM
from stackproof.controls.control import not_applicable
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.rule import rule
from stackproof.stack.model import Service, unescape

# Words that follow whatever is newest, also beside a version: `8-latest`.
_MOVING = frozenset(
    {"latest", "edge", "nightly", "canary", "main", "master", "dev", "develop", "snapshot", "rolling",
     "unstable", "head", "next", "testing", "current", "mainline", "stable", "lts"}
)  # fmt: skip
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
    elif moves(tag):
        yield Finding(
            f"{service}: the tag {tag!r} of image {reference} moves from version to version", at=("image",)
        )


def tag_of(reference: str) -> tuple[str, str]:
    """Return tag and digest of an image reference, each empty where there is none.

    >>> tag_of("registry.example:5000/team/app")
    ('', '')
    >>> tag_of("app:1.2@sha256:00ff")
    ('1.2', 'sha256:00ff')

    The id of an image is one itself.
    """
    name, _, digest = reference.partition("@")
    if re.fullmatch(r"[0-9a-f]{64}", name):
        return "", name
    return name.rpartition("/")[2].partition(":")[2], digest


def moves(tag: str) -> bool:
    """Whether a tag names no version, or follows the newest one.

    >>> [moves(tag) for tag in ("alpine", "latest-pg16", "3-alpine", "bookworm", "nightly-20270101")]
    [True, True, False, False, False]
    """
    tag = _PROCESSOR.sub("", tag.lower())
    words = set(re.split(r"[-_.+]", tag))
    if _FIXED.search(tag) or (_VERSION.search(tag) and "snapshot" not in words):
        return False
    versioned = any(character.isdigit() for character in tag) or bool(words & _CODENAMES)
    return not versioned or bool(words & _MOVING)
