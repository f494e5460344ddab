"""What containers write to, and what of the host's files they are given."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from stackproof.controls import HIGH, INFO, LOW, MEDIUM
from stackproof.controls.control import not_applicable
from stackproof.errors import Unknown
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.rule import rule
from stackproof.stack import binds
from stackproof.stack.keys import KeyPath
from stackproof.stack.model import Model, Mount, Service, unescape
from stackproof.stack.mounted_volumes import MountedVolume, volumes_of
from stackproof.stack.stack import Stack

# What a tmpfs may allow, and the word that forbids it.
_ALLOWS = {"exec": "noexec", "suid": "nosuid", "dev": "nodev"}


@dataclass(frozen=True)
class _Tmpfs:
    """A file system in memory that somebody wrote options for."""

    at: KeyPath
    path: str
    options: tuple[str, ...]
    read_only: bool = False
    """Whether the service may not write to it, whatever its options say."""
    volume: bool = False
    """Whether the local driver mounts it, with these options and no others."""

    @property
    def told(self) -> str:
        """It in a word or two, for evidence."""
        nothing = "no options" if self.volume else "the engine decides"
        return f"{self.path}: {','.join(filter(None, self.options)) or nothing}"

    @property
    def fault(self) -> str:
        """What it allows to whoever can write to it; empty for nothing."""
        if self.read_only or _last(self.options, ("ro", "rw")) == "ro":
            return ""
        last = {word: _last(self.options, (word, other)) for word, other in _ALLOWS.items()}
        if not self.volume:
            allowed = [word for word in _ALLOWS if last[word] == word]
            return f"the tmpfs {self.path} is mounted with {_all_of(allowed)}" if allowed else ""
        missing = [other for word, other in _ALLOWS.items() if last[word] != other]
        return f"the volume in memory {self.path} is mounted without {_all_of(missing)}" if missing else ""


def _last(options: Iterable[str], words: tuple[str, ...]) -> str:
    """Of options that contradict each other the last one counts."""
    return next((option for option in reversed(tuple(options)) if option in words), "")


def _all_of(words: list[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


@rule(
    "rootfs-read-only",
    "The container's root file system is read-only",
    severity=MEDIUM,
    key="read_only",
)
def rootfs_read_only(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """Whoever breaks into a service changes its programs, and they stay changed until it is made anew.

    About nine files in ten fail this, so no profile but a strict one asks for it.

    Fix: `read_only: true`, `tmpfs:` for what is written and may be lost, such as /tmp and /run, and a named
    volume for what must stay; data never goes to a tmpfs.

    Applies to: all services.
    """
    evidence(read_only=service.read_only_root)
    if not service.read_only_root:
        yield Finding(f"{service} can write to the file system of its image", at=("read_only",))


@rule(
    "readonly-mounts-where-read-only",
    "Configuration, certificates and scripts are mounted read-only",
    severity=LOW,
    key="volumes",
)
def readonly_mounts_where_read_only(mount: Mount, service: Service) -> Iterator[Finding]:
    """A service that may write its own configuration is changed for good by whoever breaks into it.

    What is read and never written is told by its name: `*.conf`, `*.pem`, folders such as /etc/nginx and
    /docker-entrypoint-initdb.d. A folder called `config` is the data of many programs, and so is `acme.json`.
    Programs that write their own configuration are known (Redis Sentinel, zigbee2mqtt, Gitea, nginx-proxy
    ...), and so is a command that writes there.

    Fix: `:ro` behind the mount, or `read_only: true` in the long form.

    Applies to: services that mount a file or folder of the host.
    """
    if mount.kind != "bind" or not mount.source:
        not_applicable(f"{service} mounts nothing of the host")
    if mount.read_only or not binds.is_only_read(mount, service):
        return
    yield Finding(
        f"{service} may write to {mount.target}, which it only has to read", at=mount.at, aspect=mount.target
    )


@rule("tmpfs-keeps-noexec", "No tmpfs allows programs, setuid or devices", severity=LOW, key="tmpfs")
def tmpfs_keeps_noexec(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """A folder that everybody may write to is where an intruder puts the first program.

    What stands under `tmpfs:` the engine mounts with noexec, nosuid and nodev: there only what allows them
    again is found. A volume in memory (`driver_opts: {type: tmpfs}`) has the options of its `o` and no
    others, so each of the three must be written. What the service may only read is no finding; of several
    entries for one path the last one counts.

    Fix: remove `exec`, `suid` and `dev` from `tmpfs:`; add `noexec,nosuid,nodev` to the `o` of a volume.

    Applies to: services with a tmpfs, as a volume, too.
    """
    found = [*_under_the_key(service), *_volumes_in_memory(service, stack.model)]
    if not found:
        not_applicable(f"{service} has no tmpfs whose options are written")
    evidence(tmpfs=[one.told for one in found])
    for one in found:
        if one.fault:
            yield Finding(f"{service}: {one.fault}", at=one.at, aspect=one.path)


def _under_the_key(service: Service) -> Iterator[_Tmpfs]:
    """Yield what is written, but for what a later entry for its path sets right.

    Of several Compose gives the last one to the engine (pkg/compose/create.go).
    """
    found = [_Tmpfs(at, path, options) for at, path, options in service.tmpfs]
    last = {one.path: one for one in found}
    return (one for one in found if one is last[one.path] or last[one.path].fault)


def _volumes_in_memory(service: Service, model: Model) -> Iterator[_Tmpfs]:
    for mount in service.mounts:
        volume = model.volumes.get(str(mount.source))
        if mount.kind == "volume" and volume and volume.in_memory:
            yield _Tmpfs(mount.at, mount.target, volume.mount_words, mount.read_only, volume=True)


@rule("no-shared-named-volume", "No two services write to one volume", severity=INFO, key="volumes")
def no_shared_named_volume(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """Two programs that write to one folder must know of each other: most datastores do not.

    Sharing is often meant: a service that only reads shares nothing, and what runs once is done before.
    `volumes_from` shares what the other service mounts, its volumes without a name included.
    Services of profiles that are alternatives (see up-without-conflict) share nothing either.

    Fix: mount it `:ro` where it is only read (`volumes_from: ["db:ro"]`), or give each one of its own.

    Applies to: services that mount a named volume, or take over the volumes of another service.
    """
    mounted = volumes_of(service, stack.model)
    shared = {one: _other_writers(one, service, stack.model) for one in mounted}
    concerned = {one: others for one, others in shared.items() if others or not one.is_its_own}
    if not concerned:
        not_applicable(f"{service} mounts no named volume")
    evidence(volumes=sorted({one.name for one in concerned}))
    for one, others in concerned.items():
        if others:
            words = f"{service} writes to volume {one.name}, and so does {' and '.join(others)}"
            yield Finding(words, at=one.at, aspect=one.name)


def _other_writers(volume: MountedVolume, service: Service, model: Model) -> list[str]:
    if volume.read_only or service.name in model.one_shots:
        return []
    return [
        other.name
        for other in model.services.values()
        if other.name not in model.one_shots | {service.name}
        and model.together(service.name, other.name)
        and any(one.real == volume.real and not one.read_only for one in volumes_of(other, model))
    ]


@rule(
    "bind-sources-exist",
    "What is mounted of the host is there, and a file where a file is meant",
    severity=HIGH,
    key="volumes",
)
def bind_sources_exist(mount: Mount, service: Service, stack: Stack) -> Iterator[Finding]:
    """Where nothing is, the engine makes an empty folder that belongs to root, also in place of a file.

    A program then has a folder for its configuration, or cannot write to its data. What is there and of the
    wrong kind is of high severity, a file that is missing of medium, a folder of low, and so is whatever is
    outside the project's folder: it may be there on the machine where the stack runs. With
    `create_host_path: false` nothing is made, and `up` ends with an error, which is of low severity. What a
    long form means that does not say it depends on the version of Compose.

    Fix: create the file or folder before `up`; with `bind: {create_host_path: false}` in the long form it is
    missed at once.

    Applies to: services that mount a file or folder of the host, where DOCKER_HOST names no other machine.
    """
    if mount.kind != "bind" or not mount.source:
        not_applicable(f"{service} mounts nothing of the host")
    if _is_elsewhere(os.environ.get("DOCKER_HOST", "")):
        not_applicable(f"what {service} mounts is on the machine of the engine, which is another one")
    source = unescape(mount.source)
    try:
        words = binds.mistaken(mount, source, lambda: stack.written_text((*service.at, *mount.at)))
        missing = not words and not Path(source).exists()
    except OSError as error:
        msg = f"{service}: {source} cannot be looked at: {error.strerror}"
        raise Unknown(msg) from None
    if words:
        yield Finding(f"{service} mounts {source}, which {words}", at=mount.at, aspect=source)
    elif missing:
        yield _missing(mount, service, stack, source)


def _missing(mount: Mount, service: Service, stack: Stack, source: str) -> Finding:
    made = _is_made(mount, service, stack)
    own = Path(source).is_relative_to(stack.source.directory)
    file = binds.means_file(mount, source)
    folder = "an empty folder in place of a file" if file else "an empty folder that belongs to root"
    said = {
        True: f"the engine makes {folder}",
        False: "nothing makes it, and `up` ends with an error",
        None: f"by the version of Compose, `up` ends with an error, or the engine makes {folder}",
    }
    return Finding(
        f"{service} mounts {source}, which is not there: {said[made]}",
        at=mount.at,
        aspect=source,
        severity=MEDIUM if file and own and made is not False else LOW,
    )


def _is_made(mount: Mount, service: Service, stack: Stack) -> bool | None:
    """Whether something is made where no source is; None where that depends on Compose's version.

    The model has no word for what is not made, nor has a newer one for what is: then what is written counts.
    """
    if mount.made is not None:
        return mount.made
    at = (*service.at, *mount.at)
    if stack.written_text(at) is not None:  # the short form
        return True
    written = stack.written_text((*at, "bind", "create_host_path"))
    return None if written is None else written.lower() == "true"


def _is_elsewhere(address: str) -> bool:
    """Whether the engine is on another machine, as far as the shell says it."""
    if not address:
        return False
    from stackproof.engine.engine import is_elsewhere  # noqa: PLC0415 - who judges files needs no engine

    return is_elsewhere(address)
