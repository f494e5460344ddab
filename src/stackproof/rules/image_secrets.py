"""What an image gives away to whoever can pull it."""

import posixpath
from collections.abc import Iterable, Iterator, Sequence

from stackproof.controls import CRITICAL, HIGH, IMAGE, MEDIUM
from stackproof.controls.severity import Severity
from stackproof.facts import accounts
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.image import PASSWD, Image
from stackproof.rules.rule import rule
from stackproof.stack import image_secrets
from stackproof.stack.build_steps import Step, Steps, steps_of
from stackproof.stack.command_passwords import program_of
from stackproof.stack.copied import credentials
from stackproof.stack.credential_files import (
    FOLDER_FILES,
    HOME_FILES,
    HOST_KEYS,
    may_be_one,
    mentions_one,
    of_file,
)
from stackproof.stack.image_commands import commands_of
from stackproof.stack.image_history import arguments
from stackproof.stack.image_secrets import SECRET, Shown
from stackproof.stack.model import Service
from stackproof.stack.passwords import is_secret
from stackproof.stack.stack import Stack
from stackproof.stack.step_texts import texts

MOST_HOMES = 3
MOST_FOLDERS = 4
# Where an application keeps nothing that it is told.
_OF_THE_SYSTEM = (
    "/bin", "/dev", "/lib", "/lib32", "/lib64", "/proc", "/sbin", "/sys", "/usr/bin", "/usr/lib",
    "/usr/lib32", "/usr/lib64", "/usr/libexec", "/usr/local/bin", "/usr/local/sbin", "/usr/sbin",
)  # fmt: skip
# A word that no name takes for anything but a secret.
_ANY = "hunter2"
_FIRST_PERSON = 1000  # useradd(8): smaller numbers are those of services


@rule(
    "no-secrets-in-image",
    "No secret is kept in the image",
    severity=CRITICAL,
    needs=IMAGE,
    key="image",
)
def no_secrets_in_image(
    service: Service, stack: Stack, image: Image, evidence: Evidence
) -> Iterator[Finding]:
    """Whoever can pull an image has its variables, its labels, its files, and all that its history tells.

    Judged by name and value, never by a part of a name: keys that only verify (`GPG_KEY`), names of files,
    switches, placeholders and what a variable brings (`$TOKEN`) are none. A password that everybody tries
    first is of medium severity, and what the publisher of an image shows to all is of high severity, unless
    the compose file sets another. Files are looked for where programs keep credentials: in the homes of
    root and of people, in working directories and where steps copy to. Layers that later ones cover are not
    opened; what COPY and ADD take from the build's folder is looked at there (keys, `.env` without a
    `.dockerignore` that leaves it out, `.npmrc` with a token), for a later `rm` takes nothing out of a layer.

    The words of RUN, CMD, ENTRYPOINT and HEALTHCHECK, and here-documents, are read as commands are by
    `no-literal-secret-in-env`: options, arguments by their place, assignments, statements. Plain words for a
    key are none in RUN (`SECRET_KEY=build-only manage.py collectstatic`): a build often asks for any.

    Fix: `RUN --mount=type=secret` for a build, `secrets:` for what runs; then take another secret.

    Applies to: all services.
    """
    steps = steps_of(service, stack, lambda: image.history)
    yield from _given(service, steps)
    yield from _written(service, steps)
    yield from _copied(service, steps)
    yield from _in_variables(service, steps, image)
    yield from _in_labels(service, steps, image)
    if steps.build is None:
        yield from _covered(service, steps, image)
        yield from _in_arguments(service, steps, image)
    paths = list(dict.fromkeys(_paths(image, steps)))
    evidence(made_by=steps.source, steps=len(steps.all), files_looked_for=len(paths))
    for path in paths:
        found = image.file(path)
        if found and (what := of_file(path, found.head)):
            words = f"{service}: {path} in its image holds {what}"
            yield Finding(words, at=steps.at, aspect=path, severity=_severity(steps, SECRET))


def _severity(steps: Steps, what: str) -> Severity:
    """What an own build keeps is a secret of its author; what others publish all the world knows."""
    if what != SECRET:
        return MEDIUM
    return CRITICAL if steps.build else HIGH


def _declared(steps: Steps, keyword: str) -> set[str]:
    """Return the names that the last stage of a Dockerfile here gives by a keyword."""
    if steps.build is None:
        return set()
    own = (step.instruction for step in steps.own if step.instruction.keyword == keyword)
    return {name for one in own for name, _value in one.pairs}


def _given(service: Service, steps: Steps) -> Iterator[Finding]:
    """Yield what the compose file gives to the build as an argument: the history of the image has it."""
    given = service.build_arguments
    declared = _declared(steps, "ARG")
    for name, value in given.items():
        secret = image_secrets.of_variable(name, value, given) if value else is_secret(name, _ANY)
        if name in declared and secret and not image_secrets.is_public(name):
            words = f"{service}: the argument {name} of its build stands in the history of the image"
            yield Finding(words, at=("build", "args", name), aspect=f"argument {name}", severity=HIGH)


def _written(service: Service, steps: Steps) -> Iterator[Finding]:
    """Yield what stands in the steps themselves, also in those whose files alone are taken."""
    for step in steps.all:
        one = step.instruction
        if one.keyword in ("ENV", "ARG", "LABEL") and steps.build:
            names = [name for name, _value in one.pairs]
            for name, value in one.pairs:
                if what := image_secrets.of_variable(name, value, names):
                    words = f"{service}: {one.keyword} {name} in {steps.source} is {what}"
                    yield _finding(steps, step, words, f"{one.keyword} {name}", what)
        found = [(f"shows {shown.words}", shown.words, shown.kind) for shown in _shown(step, steps)]
        found = found or [(f"writes {words}", words, SECRET) for words in _into_files(step)]
        for what, words, kind in found:
            said = f"{service}: in {steps.source} {one.keyword} {what}"
            yield _finding(steps, step, said, f"{one.keyword}: {words}", kind)


def _into_files(step: Step) -> Iterator[str]:
    """Yield what a step writes into a file by which somebody logs in, and names in full."""
    for text in texts(step) if mentions_one(step.instruction.value) else ():
        for path in text.into if not image_secrets.LOOKED_UP.search(text.said) else ():
            if may_be_one(path) and (holds := of_file(f"/{path}", text.said.encode())):
                yield f"{holds} into {path}"


def _copied(service: Service, steps: Steps) -> Iterator[Finding]:
    """Yield what is copied into a layer of the image, also where a later step removes it."""
    for step in steps.own:
        keyword = step.instruction.keyword
        for copied in credentials(step.instruction, steps.build) if keyword in ("COPY", "ADD") else ():
            where = f"{keyword} in {steps.source}"
            words = f"{service}: {where} takes {copied.path} along, which holds {copied.holds}"
            yield _finding(steps, step, words, f"{keyword} {copied.path}", SECRET)


def _shown(step: Step, steps: Steps) -> Iterable[Shown]:
    """Return what a step shows in what it runs or writes."""
    program, before = _started_by(step, steps)
    found: dict[str, Shown] = {}
    for words in commands_of(step.instruction):
        one = image_secrets.of_script("\n".join(words))
        found |= {one.words: one} if one else {}
        for each in image_secrets.of_words(words, program, before, builds=step.instruction.keyword == "RUN"):
            if one is None or not (each.secret in one.secret or one.secret in each.secret):
                found.setdefault(each.words, each)
    return found.values()


def _started_by(step: Step, steps: Steps) -> tuple[str, list[str]]:
    """Return the program that gets the words of CMD, and the words before them."""
    if step.instruction.keyword != "CMD" or step not in steps.own:
        return "", []
    entrypoints = [one.instruction for one in steps.own if one.instruction.keyword == "ENTRYPOINT"]
    words = list(entrypoints[-1].array or ()) if entrypoints else []
    base = steps.build.chain[0].base if steps.build and not entrypoints else ""
    return program_of(base, words), words


def _finding(steps: Steps, step: Step, words: str, aspect: str, what: str) -> Finding:
    return Finding(words, at=steps.at, aspect=aspect, place=step.place, severity=_severity(steps, what))


def _in_variables(service: Service, steps: Steps, image: Image) -> Iterator[Finding]:
    """Yield what the image sets that no Dockerfile here tells of: a base image, or one of somebody else."""
    here = _declared(steps, "ENV")
    pairs = [word.partition("=")[::2] for word in image.config.get("Env") or ()]
    names = [name for name, _value in pairs]
    for name, value in pairs:
        what = image_secrets.of_variable(name, value, names)
        if what and name not in here and service.environment.get(name, value) == value:
            words = f"{service}: {name}, which its image sets, is {what}"
            severity = MEDIUM if what != SECRET else HIGH
            yield Finding(words, at=steps.at, aspect=f"ENV {name}", severity=severity)


def _in_labels(service: Service, steps: Steps, image: Image) -> Iterator[Finding]:
    """Yield the labels that no Dockerfile here tells of."""
    here = _declared(steps, "LABEL")
    labels = dict(image.config.get("Labels") or {})
    for name, value in labels.items():
        if name not in here and (what := image_secrets.of_variable(name, str(value), labels)):
            words = f"{service}: the label {name} of its image is {what}"
            severity = MEDIUM if what != SECRET else HIGH
            yield Finding(words, at=steps.at, aspect=f"LABEL {name}", severity=severity)


def _covered(service: Service, steps: Steps, image: Image) -> Iterator[Finding]:
    """Yield variables of the history that are something else by now: whoever pulls the image reads on."""
    now = dict(word.partition("=")[::2] for word in image.config.get("Env") or ())
    before = {
        (name, value): what
        for step in steps.all
        if step.instruction.keyword == "ENV"
        for name, value in step.instruction.pairs
        # The history has no quotes, so that a value ends at its first blank.
        if value and now.get(name, "").partition(" ")[0] != value
        if (what := image_secrets.of_variable(name, value, now))
    }
    for (name, _value), what in before.items():
        words = f"{service}: {name}, which its history sets before it is covered, is {what}"
        yield Finding(words, at=steps.at, aspect=f"ENV {name} before", severity=_severity(steps, what))


def _in_arguments(service: Service, steps: Steps, image: Image) -> Iterator[Finding]:
    """Yield arguments of builds that the history of an image shows, and defaults of those."""
    found: dict[str, str] = {}
    for step in steps.all:
        if step.instruction.keyword == "ARG":
            found |= {name: value for name, value in step.instruction.pairs if value}
    for entry in image.history:
        found |= arguments(entry)
    for name, value in found.items():
        if image_secrets.of_variable(name, value, found) == SECRET:
            words = f"{service}: the history of its image shows the argument {name} of its build"
            yield Finding(words, at=steps.at, aspect=f"argument {name}", severity=_severity(steps, SECRET))


def _paths(image: Image, steps: Steps) -> Iterator[str]:
    """Yield where files with credentials are looked for."""
    people = [each for each in accounts.accounts(image.text(PASSWD) or "") if each.logs_in]
    homes = {"/root": None} | {each.home: None for each in people if each.uid >= _FIRST_PERSON}
    for home in [home for home in homes if home.startswith("/") and home != "/"][:MOST_HOMES]:
        yield from (posixpath.join(home, name) for name in HOME_FILES)
    folders = {str(image.config.get("WorkingDir") or "/"): None, **dict.fromkeys(_filled(steps))}
    for folder in [*folders][:MOST_FOLDERS]:
        yield from (posixpath.join(folder, name) for name in FOLDER_FILES)
    yield from HOST_KEYS


def _filled(steps: Steps) -> Iterator[str]:
    """Yield the folders that steps work in or copy to, as far as they say so in full; the last first."""
    found: list[str] = []
    works_in = ""
    for one in (step.instruction for step in steps.own):
        if one.keyword == "WORKDIR":
            works_in = posixpath.join(works_in, *one.words[:1])
            found.append(works_in)
        elif one.keyword in ("COPY", "ADD") and one.words:
            found.append(posixpath.join(works_in, _target_folder(one.words)))
    for path in reversed(found):
        folder = posixpath.normpath(path)
        if folder.startswith("/") and "$" not in folder and not _is_of_the_system(folder):
            yield folder


def _is_of_the_system(folder: str) -> bool:
    return any(folder == one or folder.startswith(f"{one}/") for one in _OF_THE_SYSTEM)


def _target_folder(words: Sequence[str]) -> str:
    """Return the folder that COPY or ADD fills: one source may be a file that gets a name of its own."""
    *sources, target = words
    if target.endswith(("/", ".")):
        return target
    # Folders have the ends of files, too: /etc/nginx/conf.d.
    source = sources[0] if len(sources) == 1 else ""
    ends = posixpath.splitext(source)[1]
    same = ends == posixpath.splitext(target)[1] not in ("", ".d") and "*" not in source
    is_file = same or source.startswith("<<") or may_be_one(target)
    return posixpath.dirname(target) if is_file else target
