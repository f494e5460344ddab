"""What images are configured to be: the Dockerfile that a build names says it first, then the image."""

import posixpath
import re
from collections.abc import Iterator

from stackproof.controls import IMAGE, INFO, LOW, MEDIUM
from stackproof.controls.control import NotApplicable, not_applicable
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.image import Image
from stackproof.rules.rule import rule
from stackproof.stack.builds import Build, build_of
from stackproof.stack.dockerfile import Instruction
from stackproof.stack.dollars import unescape
from stackproof.stack.health import in_force
from stackproof.stack.keys import KeyPath
from stackproof.stack.model import Service
from stackproof.stack.places import Place
from stackproof.stack.shell_commands import commands, hands_over
from stackproof.stack.shell_script import SHELLS, after_options, given_script
from stackproof.stack.stack import Stack

# Folders that belong to the kernel or to the distribution (Filesystem Hierarchy Standard 3.0); what stands
# below those of the distribution may well be an application's.
_KERNEL = ("/dev", "/proc", "/sys")
_SYSTEM = frozenset(
    {*_KERNEL, "/bin", "/boot", "/etc", "/lib", "/lib32", "/lib64", "/sbin", "/usr", "/usr/bin", "/usr/lib"}
    | {"/usr/lib64", "/usr/libexec", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/run", "/var/run"}
)
_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - made for applications
_PORT = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,18}))?(?:/(\w+))?")
_LARGEST_PORT = 65535
_PROTOCOLS = frozenset({"tcp", "udp", "sctp", ""})
_WINDOWS = re.compile(r"[A-Za-z]:")
_DEFAULT_SHELL = ("/bin/sh", "-c")
# Programs that hand signals to one process, and their options that take a word; with the letter by which
# it is a whole group of processes, or, of dumb-init, one alone.
_INITS = {"tini": "peR", "docker-init": "peR", "catatonit": "", "dumb-init": "r"}
_OTHER_AIM = {"tini": "g", "docker-init": "g", "catatonit": "g", "dumb-init": "c"}
# Programs that become what they run.
_BECOME_ANOTHER = frozenset(
    {"chroot", "env", "gosu", "ionice", "nice", "nohup", "setpriv", "stdbuf", "su-exec"}
)


@rule(
    "image-volume-not-system-dir",
    "No volume and no working directory of the image is a system directory",
    severity=MEDIUM,
    needs=IMAGE,
    key="image",
)
def image_volume_not_system_dir(
    service: Service, stack: Stack, image: Image, evidence: Evidence
) -> Iterator[Finding]:
    """A volume over /etc or /usr hides what the distribution has there, and keeps it when the image is new.

    Folders of an application below them (`/etc/nginx`, `/usr/lib/app`) and /dev/shm are none.

    Fix: keep data in a folder of its own, such as /var/lib/app.

    Applies to: services whose image has a volume or a working directory.
    """
    seen: set[tuple[str, str]] = set()
    for keyword, path, at, place in _folders(service, stack, image):
        key = (keyword, posixpath.normpath(path))
        if key not in seen and _is_system(key[1]):
            words = f"{service}: {keyword} {key[1]} is a system directory"
            yield Finding(words, at=at, place=place, aspect=" ".join(key))
        seen.add(key)
    if not seen:
        not_applicable(f"the image of {service} has no volume and no working directory")
    evidence(folders=sorted(path for _keyword, path in seen))


def _is_system(path: str) -> bool:
    below = any(path.startswith(f"{folder}/") for folder in _KERNEL) and path != _SHARED_MEMORY
    return path in _SYSTEM or below


def _folders(
    service: Service, stack: Stack, image: Image
) -> Iterator[tuple[str, str, KeyPath, Place | None]]:
    """Yield keyword and path of each with its place, first what is written here; then the image is asked."""
    build, written = _own(service, stack, "VOLUME", "WORKDIR")
    if service.working_dir:
        yield "WORKDIR", service.working_dir, ("working_dir",), None
    folder, at = "", 0
    for one in written if build else ():
        if one.keyword == "WORKDIR":
            folder, at = posixpath.join(folder, *one.words[:1]), one.line
        for path in one.words if one.keyword == "VOLUME" else ():
            if build and path.startswith("/"):
                yield one.keyword, path, ("build",), build.place(one.line)
    if build and folder.startswith("/") and not service.working_dir:
        yield "WORKDIR", folder, ("build",), build.place(at)
    for path in image.config.get("Volumes") or ():
        yield "VOLUME", path, _brings(service), None
    if (path := str(image.config.get("WorkingDir") or "")) and not service.working_dir:
        yield "WORKDIR", path, _brings(service), None


def _brings(service: Service) -> KeyPath:
    """Return the key that brings the image."""
    return ("build",) if service.builds else ("image",)


def _own(service: Service, stack: Stack, *keywords: str) -> tuple[Build | None, list[Instruction]]:
    """Return the build of a service, where its Dockerfile can be read, and its instructions of a kind."""
    build = build_of(service, stack)
    if not isinstance(build, Build):
        return None, []
    return build, [one for one in build.instructions if one.keyword in keywords]


@rule(
    "valid-port-numbers",
    "Exposed ports are numbers from 0 to 65535 with a known protocol",
    severity=LOW,
    needs=IMAGE,
    key="image",
)
def valid_port_numbers(service: Service, stack: Stack, image: Image, evidence: Evidence) -> Iterator[Finding]:
    """What is no port cannot be published, and builders refuse it only today: older images have such ones.

    What a variable names that nobody sets here is judged in the image that was built.

    Fix: write the number on which the program listens.

    Applies to: services whose Dockerfile or image exposes a port.
    """
    build, exposing = _own(service, stack, "EXPOSE")
    seen: set[str] = set()
    for one in exposing:
        for word in one.words:
            seen.add(word)
            if build and "$" not in word and not _is_port(word):
                words = f"{service}: {build.file} exposes {word}, which is no port"
                yield Finding(words, at=("build",), place=build.place(one.line), aspect=word)
    if build is None or not seen or any("$" in word for word in seen):
        of_image = set(map(str, image.config.get("ExposedPorts") or ()))
        if not of_image | seen:
            not_applicable(f"the image of {service} exposes no port")
        for word in sorted(of_image - {f"{port}/tcp" for port in seen} - seen):
            if not _is_port(word):
                yield Finding(f"{service}: its image exposes {word}, which is no port", aspect=word)
        seen |= of_image
    evidence(exposed=sorted(seen))


def _is_port(word: str) -> bool:
    found = _PORT.fullmatch(word)
    if found is None or (found[3] or "").lower() not in _PROTOCOLS:
        return False
    first, last = int(found[1]), int(found[2] or found[1])
    return first <= last <= _LARGEST_PORT


@rule(
    "image-healthcheck",
    "The image brings a health check",
    severity=LOW,
    needs=IMAGE,
    key="healthcheck",
)
def image_healthcheck(service: Service, stack: Stack, image: Image, evidence: Evidence) -> Iterator[Finding]:
    """An image with a health check has one in every stack; where the compose file has one, that counts.

    That one of both is there is the matter of `healthcheck-defined`, on the container.

    Fix: add `HEALTHCHECK` to the Dockerfile, or `healthcheck:` to the service.

    Applies to: services that keep running and have no health check of their own in the compose file.
    """
    if service.name in stack.model.one_shots:
        not_applicable(f"{service} runs once and ends")
    if (own := service.health_test) is not None:
        turned_off = "turned off in" if not own else "that of"
        not_applicable(f"the health check of {service} is {turned_off} the compose file")
    build, written = _own(service, stack, "HEALTHCHECK")
    if build and written:
        evidence(health_check=f"line {written[-1].line} of {build.file}")
        if written[-1].value.upper() == "NONE":
            place = build.place(written[-1].line)
            yield Finding(f"{service}: {build.file} turns the health check off", at=("build",), place=place)
        return
    test = in_force((image.config.get("Healthcheck") or {}).get("Test"))
    evidence(health_check=test or "none")
    if not test:
        yield Finding(f"{service}: its image has no health check", at=_brings(service))


@rule(
    "exec-form-entrypoint",
    "The main process is no shell that keeps signals to itself",
    severity=MEDIUM,
    needs=IMAGE,
    key="command",
    proven_by="graceful-stop",
)
def exec_form_entrypoint(
    service: Service, stack: Stack, image: Image, evidence: Evidence
) -> Iterator[Finding]:
    """The engine's signal goes to the first process: a shell that waits for a program hands none on.

    A script that ends in `exec` is fine. Behind `tini` it is the same, unless that hands signals to a whole
    group (`tini -g`), as `dumb-init` does. Of one command alone most shells make themselves that command
    (bash, dash since 0.5.11): there the finding is of low severity. How it really ends `graceful-stop`
    shows.

    Fix: write `CMD` and `ENTRYPOINT` as a JSON array, or begin the last command of the script with `exec`.

    Applies to: all services; a script in a file is not read.
    """
    words, at, place = _started(service, stack, image)
    evidence(started=words[:2])
    words = _behind_wrappers(words, service)
    if not _is_script(words):
        return
    program, script = words[0].rpartition("/")[2], str(given_script(words[1:]))
    if hands_over(script):
        return
    alone = _is_one_command(script)
    yield Finding(
        f"{service}: {program} runs {'the program' if alone else 'a script'} and gets its signals",
        at=at,
        place=place,
        severity=LOW if alone else None,
    )


def _behind_wrappers(words: list[str], service: Service) -> list[str]:
    """Return what is started by programs that become it, or hand their signals to it alone; else nothing."""
    left = words
    while left and (name := left[0].rpartition("/")[2]) in _INITS.keys() | _BECOME_ANOTHER:
        if name in _BECOME_ANOTHER:
            following = [word for word in after_options(name, left[1:]) if word]
        elif _reaches_all(name, options := _options(left[1:], _INITS[name]), service):
            return []
        else:
            following = left[1 + len(options) :]
        if not following:
            break
        left = following
    return left


def _reaches_all(name: str, options: list[str], service: Service) -> bool:
    """Whether an init hands signals to all processes of a group (manuals of tini, catatonit, dumb-init)."""
    letters = {letter for word in options if not word.startswith("--") for letter in word[1:]}
    other = _OTHER_AIM[name] in letters or "--single-child" in options
    if name == "dumb-init":
        return not other and service.environment.get("DUMB_INIT_SETSID") != "0"
    return other or (name != "catatonit" and "TINI_KILL_PROCESS_GROUP" in service.environment)


def _options(words: list[str], taking: str) -> list[str]:
    """Return the words before the program: options, what those of the letters `taking` have, and `--`."""
    found: list[str] = []
    for word in words:
        valued = found and len(found[-1]) == len("-x") and found[-1][1] in taking
        if not (word.startswith("-") or valued):
            break
        found.append(word)
        if word == "--":
            break
    return found


def _is_one_command(script: str) -> bool:
    return len(commands(script)) == 1 and not re.search(r"[;&|\n](?!\s*$)|\btrap\b", script)


def _started(service: Service, stack: Stack, image: Image) -> tuple[list[str], KeyPath, Place | None]:
    """Return the words that are started, and what says so: the compose file before the image."""
    given = {key: [unescape(word) for word in found] for key, found in service.commands.items() if found}
    if "entrypoint" in given:
        return [*given["entrypoint"], *given.get("command", [])], ("entrypoint",), None
    begin, rest, place = _of_image(service, stack, image)
    if "command" in given and not _is_script(begin):
        own = not begin or begin[0].rpartition("/")[2] in _INITS.keys() | _BECOME_ANOTHER
        return [*begin, *given["command"]], ("command",) if own else _brings(service), None
    return [*begin, *rest], _brings(service), place


def _of_image(service: Service, stack: Stack, image: Image) -> tuple[list[str], list[str], Place | None]:
    """Return entrypoint and command of an image, and where its Dockerfile says so.

    An ENTRYPOINT there leaves nothing of the base image; a CMD alone does where nobody can look at that.
    """
    build, written = _own(service, stack, "ENTRYPOINT", "CMD")
    entry, command = (
        next((one for one in reversed(written) if one.keyword == keyword), None)
        for keyword in ("ENTRYPOINT", "CMD")
    )
    place = build.place(written[-1].line) if build and written else None
    if build and entry:
        rest = _words(command) if command and entry.array is not None else []
        says = command if command and rest and not _is_script(_words(entry)) else entry
        return _words(entry), rest, build.place(says.line)
    try:
        config = image.config
    except NotApplicable:
        if command is None:
            raise
        return [], _words(command), place
    begin, rest = (list(map(str, config.get(key) or ())) for key in ("Entrypoint", "Cmd"))
    return begin, rest, place


def _words(instruction: Instruction) -> list[str]:
    """Return what ENTRYPOINT or CMD starts: a text is read by a shell."""
    found = instruction.array
    return [*_DEFAULT_SHELL, instruction.value] if found is None else list(found)


def _is_script(words: list[str]) -> bool:
    """Whether an entrypoint is a script of a shell, to which a command is nothing."""
    return bool(words) and words[0].rpartition("/")[2] in SHELLS and given_script(words[1:]) is not None


@rule(
    "workdir-absolute",
    "The working directory is an absolute path",
    severity=INFO,
    needs=IMAGE,
    key="working_dir",
)
def workdir_absolute(service: Service, stack: Stack, image: Image, evidence: Evidence) -> Iterator[Finding]:
    """A relative one begins where the base image happens to be, and moves with it.

    After an absolute one in the same Dockerfile a relative one is plain; what begins with a variable is not
    judged.

    Fix: `WORKDIR /app`.

    Applies to: services whose Dockerfile, image or compose file sets one.
    """
    build, written = _own(service, stack, "WORKDIR")
    for one in written if build else ():
        if _is_absolute(one.value):
            break
        if build and one.value and not one.value.startswith("$"):
            words = f"{service}: WORKDIR {one.value} begins where the base image happens to be"
            yield Finding(words, at=("build",), place=build.place(one.line))
            break
    folder = service.working_dir or ("" if written else str(image.config.get("WorkingDir") or ""))
    if not folder and not written:
        not_applicable(f"nothing sets the working directory of {service}")
    evidence(working_directory=folder or written[-1].value)
    if folder and not _is_absolute(folder):
        at = ("working_dir",) if service.working_dir else _brings(service)
        yield Finding(f"{service}: the working directory {folder} is no absolute path", at=at, aspect=folder)


def _is_absolute(path: str) -> bool:
    return path.strip("\"'").startswith(("/", "\\")) or bool(_WINDOWS.match(path))
