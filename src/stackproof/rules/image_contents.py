"""What is in an image: programs that are missing, and files that should be."""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from stackproof.controls import HIGH, IMAGE, INFO, LOW
from stackproof.controls.control import not_applicable
from stackproof.facts.image_tree import MOST_CLUTTER
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.image import Image
from stackproof.rules.rule import rule
from stackproof.stack.health_command import (
    SHELL,
    Surroundings,
    effective_test,
    lacking_programs,
    programs,
    words_for_bash,
)
from stackproof.stack.keys import KeyPath
from stackproof.stack.model import Service
from stackproof.stack.security_options import sets_no_new_privileges

if TYPE_CHECKING:
    from stackproof.engine.files import File

_LONGEST_SHEBANG = 256  # bytes: BINPRM_BUF_SIZE of Linux
_DASH = ("/bin/dash", "/usr/bin/dash")
# What Debian, Ubuntu, Fedora, SUSE, Arch and Alpine bring themselves, at the places of each: their packages
# shadow, util-linux, pam, login, bsdutils, cron, dbus, openssh, libutempter, fuse, nfs and polkit.
_OF_DISTRIBUTIONS = re.compile(
    r"(?:/usr)?/s?bin/(?:su|passwd|chsh|chfn|newgrp|sg|gpasswd|mount|umount|chage|expiry|wall|write(?:\.ul)?"
    r"|bsd-write|unix_chkpwd|unix2_chkpwd|pam_extrausers_chkpwd|pam_timestamp_check|crontab|dotlockfile"
    r"|ssh-agent|newuidmap|newgidmap|mount\.nfs|utempter|bbsuid|fusermount3?)"
    r"|/usr/lib(?:exec|64)?/(?:(?:openssh/|ssh/)?ssh-keysign|(?:dbus-1(?:\.0)?/)?dbus-daemon-launch-helper"
    r"|utempter/utempter|(?:polkit-1/|policykit-1/)?polkit-agent-helper-1)"
    # Debian's folder for one kind of processor: x86_64-linux-gnu, aarch64-linux-gnu, arm-linux-gnueabihf ...
    r"|/usr/lib/[a-z0-9_]+-linux-(?:gnu|musl)[a-z0-9]*/utempter/utempter"
)


def _brings(service: Service) -> KeyPath:
    return ("build",) if service.builds else ("image",)


@rule(
    "no-unneeded-setuid",
    "No program of the image becomes another user, but those of the distribution",
    severity=LOW,
    needs=IMAGE,
    key="image",
)
def no_unneeded_setuid(service: Service, image: Image, evidence: Evidence) -> Iterator[Finding]:
    """A mistake in such a program makes root of whoever starts it.

    All files of the image are read for their modes, once for each image on this machine: the engine tells no
    names without contents. Of more than 8 GiB it is unknown. What distributions bring themselves (`su`,
    `passwd`, `mount` and the like) is known; folders with the bit, which hand on their group, are none.

    Fix: `chmod u-s,g-s FILE` in the Dockerfile; waive by its path what must have it.

    Applies to: all services. Beside `no-new-privileges`, which makes them harmless, findings are informative.
    """
    evidence(entries=image.tree.entries, setuid_and_setgid=list(image.tree.setid) or "none")
    for path in image.tree.setid:
        if not _OF_DISTRIBUTIONS.fullmatch(path):
            yield Finding(
                f"{service}: {path} in its image runs as its owner or group, whoever starts it",
                at=_brings(service),
                aspect=path,
                severity=INFO if sets_no_new_privileges(service) else None,
            )


@rule(
    "no-clutter-in-image",
    "No files of the workplace are in the image",
    severity=INFO,
    needs=IMAGE,
    key="image",
)
def no_clutter_in_image(service: Service, image: Image, evidence: Evidence) -> Iterator[Finding]:
    """`.git` has the history with all that was ever deleted; caches and notes make the image larger.

    All files of the image are read for their names, once for each image on this machine: the engine tells no
    names without contents. Of more than 8 GiB it is unknown. What belongs to a package (`node_modules`,
    `vendor`, `site-packages`, /usr/share, /usr/lib) is left alone.

    Fix: name them in `.dockerignore`, or copy only what is needed.

    Applies to: all services.
    """
    found = image.tree.clutter
    evidence(entries=image.tree.entries, clutter=len(found))
    for path in found[:MOST_CLUTTER]:
        yield Finding(f"{service}: {path} in its image is of no use there", at=_brings(service), aspect=path)
    if (rest := len(found) - MOST_CLUTTER) > 0:
        yield Finding(f"{service}: and {rest} more such files", at=_brings(service), aspect="more")


@rule(
    "healthcheck-command-in-image",
    "The commands of the health check are in the image's files",
    severity=HIGH,
    needs=IMAGE,
    key="healthcheck",
    proven_by="healthcheck-command-exists",
)
def healthcheck_command_in_image(service: Service, image: Image, evidence: Evidence) -> Iterator[Finding]:
    """A check whose command is missing never says yes, and what waits for it never starts.

    All programs count, also those within `sh -c`, `$(...)`, `if`, a pipe, or behind `timeout`, `env`, `su`.
    Of `curl ... || wget ...` one is enough. So does the shell of a check in one text, and what stands in a
    list or behind `timeout`, which no shell reads: `["CMD", "exit", "0"]` looks for a program. Debian's and
    Ubuntu's `sh` is dash, which knows no `[[`. Of a script its first line counts, too: `#!/bin/bash` in an
    image of Alpine's, or with a line end of Windows, runs nothing. In a running container
    `healthcheck-command-exists` decides the same.

    Fix: use a command that the image has, such as the service's own client, or install it in the image.

    Applies to: services that have a health check, in the compose file or in the image, that runs a program
    which is not mounted or made at the start.
    """
    if service.health_test == []:
        not_applicable(f"{service} has no health check")
    test = effective_test(service, image.config)
    if not test:
        not_applicable(f"{service} has no health check")
    around = Surroundings.of(service, image.config)
    unread = _not_of_dash(image, around, test)
    needed = programs(test, image.config.get("Shell") or SHELL)
    names = sorted({name for need in needed for way in need.ways for name in way})
    if not names and not unread:
        not_applicable(f"the health check of {service} is shell language that runs no program")
    evidence(health_check=test, programs=names, path=around.path)
    at: KeyPath = ("healthcheck",) if service.health_test else _brings(service)
    for name, words in unread.items():
        said = f"{service}: its health check has {words}, which only bash knows"
        yield Finding(f"{said}, and {name} of its image is dash", at=at, aspect=words)
    there = {name: _program(image, around.candidates(name)) for name in names}
    broken = {name: why for name, file in there.items() if file and any(why := _lacks(image, around, file))}
    lacking = {name for name, file in there.items() if file is None} | broken.keys()
    missing = lacking_programs(needed, lacking, {})
    _not_from_outside(service, around, missing, broken)
    if absent := [name for name in missing if name not in broken]:
        yield Finding(f"{service}: its health check needs {', '.join(absent)}, which its image lacks", at=at)
    for name in (name for name in missing if name in broken):
        of = " ".join(("a script for", f"{broken[name][0]},", broken[name][1]))
        yield Finding(f"{service}: {name}, which its health check runs, is {of}", at=at, aspect=name)


def _not_from_outside(
    service: Service, around: Surroundings, missing: Sequence[str], broken: Mapping[str, tuple[str, str]]
) -> None:
    """End a rule where a program, or what reads a script, may be mounted or made at the start."""
    sought = {name: [name, *(broken[name][:1] if name in broken else ())] for name in missing}
    elsewhere = [
        name
        for name, both in sought.items()
        if any(service.brings(one, around.candidates(one)) for one in both)
    ]
    if elsewhere:
        not_applicable(f"{', '.join(elsewhere)} may come from outside the image of {service}")


def _not_of_dash(image: Image, around: Surroundings, test: Sequence[str]) -> dict[str, str]:
    """Return words that only bash knows, by the shell of the check, where that is dash."""
    dash = _first(image, _DASH)
    found = words_for_bash(test, image.config.get("Shell") or SHELL) if dash else {}
    # Links are followed, so that the same file has the same bytes.
    return {
        name: " and ".join(sorted(words))
        for name, words in found.items()
        if _first(image, around.candidates(name)) == dash
    }


def _first(image: Image, paths: Sequence[str]) -> "File | None":
    return next(filter(None, map(image.file, paths)), None)


def _program(image: Image, paths: list[str]) -> "File | None":
    return next((found for path in paths if (found := image.file(path)) and found.mode & 0o111), None)


def _lacks(image: Image, around: Surroundings, file: "File") -> tuple[str, str]:
    """Return what a script begins with that its image lacks, and how; empty where it can be run.

    The kernel takes what stands before the first blank as it is (execve(2)), a carriage return, too.
    """
    if not file.head.startswith(b"#!"):
        return "", ""
    line = file.head[2:_LONGEST_SHEBANG].partition(b"\n")[0].decode(errors="replace").lstrip(" \t")
    words = line.replace("\t", " ").split(" ")
    program = words[0]
    if posixpath.basename(program) == "env" and _program(image, [program]):
        program = next(
            (word for word in words[1:] if word and not word.startswith("-") and "=" not in word), ""
        )
    if not program or _program(image, around.candidates(program)):
        return "", ""
    bare = program.rstrip("\r")
    return bare, "with lines that end as those of Windows" if bare != program else "which its image lacks"
