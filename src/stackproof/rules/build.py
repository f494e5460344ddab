"""How images are made: by the Dockerfile that a build names, or else by what the image's history tells."""

import re
from collections.abc import Iterator, Sequence

from stackproof.controls import IMAGE, INFO, LOW, MEDIUM
from stackproof.controls.control import not_applicable
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.image import Image
from stackproof.rules.rule import rule
from stackproof.stack import package_caches, packages, step_texts, unverified
from stackproof.stack.build_steps import Step, Steps, steps_of
from stackproof.stack.model import Service
from stackproof.stack.packages import deed
from stackproof.stack.shell_commands import Command
from stackproof.stack.shell_script import SHELLS
from stackproof.stack.stack import Stack

# What ADD unpacks, which COPY does not (Dockerfile reference, ADD).
_ARCHIVE = re.compile(r".*\.(?:tar|tgz|tbz2?|txz|tlz|tar\.(?:gz|bz2|xz|lzma|zst))", re.IGNORECASE)
# With its host, which may be a variable: what it names nobody can split as an address.
_URL = re.compile(r"https?://(?:[^/?#\s]*@)?(\[[^\]/]*\]|[^/:?#\s]*)", re.IGNORECASE)
# Only of a web server's address the end must say that it is a repository (BuildKit, gitutil).
_GIT = re.compile(r"[\w.-]+@[\w.-]+:|(?:ssh|git)://|https?://\S+\.git(?:[#?]\S*)?$")
# Programs that install with a package manager, whatever they are asked.
_INSTALLERS = frozenset(
    {"ansible-playbook", "debootstrap", "gdebi", "just", "make", "mk-build-deps", "tasksel"}
    | {"unattended-upgrade", "unattended-upgrades"}
)
# Those that install from elsewhere than a distribution's lists.
_FROM_ELSEWHERE = frozenset(
    {"bun", "bundle", "cargo", "composer", "conda", "cpanm", "gem", "go", "luarocks", "mamba", "pipx", "pnpm"}
    | {"poetry", "uv", "echo", "printf"}
)
# How the classic builder notes what was added: the layer that everything stands on goes to `/`.
_NOTED = re.compile(r"(?:file|dir|multi):[0-9a-f]+")
# An option of apt, for a step or in a file for all that follow; `--no-install-recommends` is for one command.
_RECOMMENDS = re.compile(r"(?<!no-)Install-Recommends", re.IGNORECASE)


@rule(
    "no-update-alone",
    "Lists of packages are fetched in the step that installs from them",
    severity=LOW,
    needs=IMAGE,
    key="image",
)
def no_update_alone(service: Service, stack: Stack, image: Image, evidence: Evidence) -> Iterator[Finding]:
    """A step of its own is cached: the next build installs from lists of long ago, or fails.

    Judged by program and verb, in a Dockerfile or else in the image's history: `apt-get update && apt-get
    install` is right, and so are `yum update` (an upgrade), a file named update, and a script that follows.

    Fix: `RUN apt-get update && apt-get install ...` in one step.

    Applies to: services whose image tells how it was made; that of somebody else's image is informative only.
    """
    steps = _steps(service, stack, image, evidence)
    for step in steps.all:
        commands = step.commands
        for number, command in enumerate(commands):
            found = deed(command)
            if found and found.kind == packages.INDEX and not _goes_on(found.manager, commands[number + 1 :]):
                yield _finding(service, steps, step, f"fetches lists of packages alone (`{found.words}`)")
                break


def _goes_on(manager: str, rest: Sequence[Command]) -> bool:
    """Whether a later command of a step uses the lists, or may: nobody reads what it runs."""
    for command in rest:
        found = deed(command)
        if found and found.manager == manager and found.kind != packages.INDEX:
            return True
        if "/" in command.words[0] or command.program in SHELLS | _INSTALLERS:
            return True
        elsewhere = command.program in _FROM_ELSEWHERE or packages.manager_of(command) not in ("", manager)
        if not elsewhere and any("install" in word for word in command.words):
            return True
    return False


@rule(
    "copy-not-add",
    "Files are copied with COPY, and ADD is kept for what only it can do",
    severity=LOW,
    needs=IMAGE,
    key="image",
)
def copy_not_add(service: Service, stack: Stack, image: Image, evidence: Evidence) -> Iterator[Finding]:
    """ADD unpacks archives and fetches URLs, also where a name only happens to look like one.

    An archive that it unpacks, a git repository and a download with `--checksum` are what it is for; what a
    variable names is not judged, nor is the layer that an image begins with.

    Fix: `COPY` for files, `ADD --checksum=sha256:...` for a download.

    Applies to: services whose image tells how it was made; that of somebody else's image is informative only.
    """
    steps = _steps(service, stack, image, evidence)
    for number, step in enumerate(steps.all):
        if step.instruction.keyword == "ADD" and (why := _wrongly_added(step, first=number == 0)):
            yield _finding(service, steps, step, why)


def _wrongly_added(step: Step, *, first: bool) -> str:
    words = [word for word in step.instruction.words if word != "in" or step.place]
    *sources, target = words or [""]
    for source in sources:
        if (url := _URL.match(source)) and not _GIT.match(source):
            if not step.instruction.flag("checksum"):
                host = url[1] if "$" in url[1] else url[1].lower()
                return f"adds a download from {host.strip('[]') or 'nowhere'} without `--checksum`"
        elif _NOTED.fullmatch(source):
            if not first and target != "/":
                return f"adds files to {target} with ADD"
        elif not _unpacks(step, source) and not _GIT.match(source) and "$" not in source:
            return f"adds {'a text' if source.startswith('<<') else source} with ADD"
    return ""


def _unpacks(step: Step, source: str) -> bool:
    return _ARCHIVE.fullmatch(source) is not None and step.instruction.flag("unpack") != "false"


@rule(
    "no-dist-upgrade",
    "No step upgrades the distribution",
    severity=LOW,
    needs=IMAGE,
    key="image",
)
def no_dist_upgrade(service: Service, stack: Stack, image: Image, evidence: Evidence) -> Iterator[Finding]:
    """What it brings depends on the day of the build, and it may remove what the base image needs.

    `apt-get upgrade`, which takes only newer versions of what is there, is a way to get security fixes.

    Fix: take a newer base image.

    Applies to: services whose image tells how it was made; that of somebody else's image is informative only.
    """
    steps = _steps(service, stack, image, evidence)
    for step in steps.all:
        for command in step.commands:
            found = deed(command)
            release = command.program == "do-release-upgrade"
            if release or (found and found.kind == packages.DIST_UPGRADE):
                words = found.words if found else command.program
                yield _finding(service, steps, step, f"upgrades the distribution (`{words}`)")
                break


@rule(
    "package-cache-cleaned",
    "No caches of package managers are left in the image",
    severity=INFO,
    needs=IMAGE,
    key="image",
)
def package_cache_cleaned(
    service: Service, stack: Stack, image: Image, evidence: Evidence
) -> Iterator[Finding]:
    """They make an image larger, and a later step does not make it smaller again. This is about size alone.

    A cache mount keeps nothing, nor does a stage from which only files are taken. Each manager is judged by
    what its own commands fetch and take away, in their order: a list that is fetched anew is there again.

    Fix: `apk add --no-cache`, `pip install --no-cache-dir`, `rm -rf /var/lib/apt/lists/*` in the same step;
    `yes | pacman -Scc`, which removes nothing with `--noconfirm`.

    Applies to: services whose image tells how it was made.
    """
    steps = _steps(service, stack, image, evidence)
    no_pip_cache = False
    for step in steps.own:
        script = step.instruction.script
        if (told := _pip_keeps_none(step)) is not None:
            no_pip_cache = told
        for words in package_caches.kept(step.commands, script, pip_keeps_none=no_pip_cache):
            if not _has_cache_mount(step):
                yield _finding(service, steps, step, f"keeps what `{words}` fetched")


def _has_cache_mount(step: Step) -> bool:
    return any(name == "mount" and "type=cache" in value for name, value in step.instruction.flags)


def _pip_keeps_none(step: Step) -> bool | None:
    """Whether pip keeps nothing from a step on; None where it says nothing of that."""
    one = step.instruction
    if one.keyword in ("ENV", "ARG"):
        values = [value for name, value in one.pairs if name == "PIP_NO_CACHE_DIR"]
        return bool(values[-1]) if values else None
    said = (one.value, *(heredoc.text for heredoc in one.heredocs))
    runs = one.keyword in ("RUN", "COPY", "ADD")
    return True if runs and any(map(package_caches.turns_off_pip_cache, said)) else None


@rule(
    "minimal-packages",
    "Packages are installed without those that they only recommend",
    severity=INFO,
    needs=IMAGE,
    key="image",
)
def minimal_packages(service: Service, stack: Stack, image: Image, evidence: Evidence) -> Iterator[Finding]:
    """Each package is code that must be kept up to date. What is needed at all only its author can tell.

    Debian's and Ubuntu's apt alone installs recommended packages by default; others are not judged.

    Fix: `apt-get install --no-install-recommends`.

    Applies to: services whose image tells how it was made; that of somebody else's image is informative only.
    """
    steps = _steps(service, stack, image, evidence)
    for index, step in enumerate(steps.own):
        for command in step.commands:
            found = deed(command)
            if found is None or found.words.rpartition(" ")[2] != "install" or found.manager != "apt":
                continue
            told = [*command.words, *(one.instruction.value for one in steps.own[: index + 1])]
            if not _leaves_out(command, told) and not any(map(_RECOMMENDS.search, told)):
                yield _finding(service, steps, step, f"installs what packages recommend (`{found.words}`)")
                break


def _leaves_out(command: Command, told: Sequence[str]) -> bool:
    """Whether a command leaves out recommended packages, or has a variable in which that may stand."""
    option = "--no-install-recommends"
    open_to_variables = any(word.startswith("$") for word in command.words)
    return option in command.words or (open_to_variables and any(option in text for text in told))


@rule(
    "verified-packages",
    "No step turns off the look at who made a package or a download",
    severity=MEDIUM,
    needs=IMAGE,
    key="image",
)
def verified_packages(service: Service, stack: Stack, image: Image, evidence: Evidence) -> Iterator[Finding]:
    """Whoever is on the way between the builder and the server decides what is in the image.

    By an option, a variable, or a setting that a step writes into a file (apt.conf, .repo, .npmrc, .curlrc)
    with `echo`, `sed` or a here-document. That a version is not written is no finding: distributions keep
    only the newest one.

    Fix: remove the option or the setting; install the certificate or the key of the server that needs it.

    Applies to: services whose image tells how it was made; that of somebody else's image is informative only.
    """
    steps = _steps(service, stack, image, evidence)
    for step in steps.all:
        if word := _unverified(step):
            yield _finding(service, steps, step, f"turns verification off with `{word}`")


def _unverified(step: Step) -> str:
    one = step.instruction
    if one.keyword in ("ENV", "ARG"):
        return next((name for name, value in one.pairs if unverified.unverified_variable(name, value)), "")
    if setting := next(filter(None, map(unverified.unverified_setting, step_texts.texts(step))), ""):
        return setting
    assigned = unverified.unverified_assignment(one.script) if one.keyword == "RUN" else ""
    return assigned or next(filter(None, map(unverified.unverified, step.commands)), "")


@rule(
    "no-curl-pipe-shell",
    "No step runs a download unseen",
    severity=LOW,
    needs=IMAGE,
    key="image",
)
def no_curl_pipe_shell(service: Service, stack: Stack, image: Image, evidence: Evidence) -> Iterator[Finding]:
    """What it brings is whatever the server says on the day of the build, and no build can be repeated.

    Of a pipe into a shell or another interpreter, and of `bash <(curl ...)` and `sh -c "$(curl ...)"`. What a
    program reads as data (`| tar x`, `| gpg`, `| python3 -m json.tool`) is none.

    Fix: fetch a file of a fixed version, compare its checksum, then run it.

    Applies to: services whose image tells how it was made; that of somebody else's image is informative only.
    """
    steps = _steps(service, stack, image, evidence)
    for step in steps.all:
        for command in step.commands:
            if fetcher := packages.runs_a_download(command):
                words = f"runs a download unseen ({fetcher} into {command.program})"
                yield _finding(service, steps, step, words)
                break


def _steps(service: Service, stack: Stack, image: Image, evidence: Evidence) -> Steps:
    """Return how the image of a service was made, and note it; not applicable where nothing tells."""
    steps = steps_of(service, stack, lambda: image.history)
    if not steps.all and steps.build is None:
        not_applicable(f"the image of {service} does not tell how it was made")
    evidence(made_by=steps.source, steps=len(steps.all))
    return steps


def _finding(service: Service, steps: Steps, step: Step, what: str) -> Finding:
    keyword = step.instruction.keyword
    return Finding(
        f"{service}: {'an' if keyword[0] in 'AE' else 'a'} {keyword} step of {steps.source} {what}",
        at=steps.at,
        aspect=what,
        place=step.place,
        severity=None if steps.build else INFO,
    )
