"""Who is in an image, and what lets one account become another."""

import re
from collections.abc import Iterator

from stackproof.controls import HIGH, IMAGE, INFO, LOW
from stackproof.controls.control import not_applicable
from stackproof.facts import accounts
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.image import GROUP, PASSWD, SHADOW, Image
from stackproof.rules.rule import rule
from stackproof.stack import packages
from stackproof.stack.build_steps import Step, Steps, steps_of
from stackproof.stack.keys import KeyPath
from stackproof.stack.model import Service
from stackproof.stack.security_options import sets_no_new_privileges
from stackproof.stack.shell_commands import Command
from stackproof.stack.stack import Stack

_PASSWORDS = ("passwd", "useradd", "usermod")
_DELETES = re.compile(r"-[a-z]*d[a-z]*")
# Those after which an account is locked or has a password; the others show it, or say when it ends.
_LOCKS = re.compile(r"-[a-z]*l[a-z]*|--lock|--stdin")
_QUIET = frozenset({"-q", "--quiet"})
_GIVES = frozenset({"-p", "--password", "-L", "--lock"})
# NAME:PASSWORD as chpasswd(8) reads it: in a word of its own, a line of a text, or behind printf's `\n`.
_PAIR = re.compile(r"(?:^|[\s\"']|\\n)([A-Za-z_][\w.-]*):(?!//)")
_SUDO = ("/usr/bin/sudo", "/usr/local/bin/sudo")


def _brings(service: Service) -> KeyPath:
    return ("build",) if service.builds else ("image",)


@rule(
    "no-empty-password",
    "No account of the image has an empty password",
    severity=HIGH,
    needs=IMAGE,
    key="image",
)
def no_empty_password(service: Service, stack: Stack, image: Image, evidence: Evidence) -> Iterator[Finding]:
    """Whoever reaches `su`, `sshd` or a login in the container is that account; so root in old Alpine images.

    Of the shadow file, and of the passwd file where it holds passwords. `*` and `!` lock an account; one
    whose shell lets nobody in is of low severity. Steps of a Dockerfile that take a password away (`passwd
    -d root`, `usermod -p ''`) are found without an image, too.

    Fix: `passwd --lock NAME` in the Dockerfile, or a newer base image.

    Applies to: services whose image has accounts.
    """
    steps = steps_of(service, stack, tuple)
    emptied = _emptied(steps)
    for name, step in emptied.items():
        words = f"{service}: a RUN step of {steps.source} leaves the account {name} without a password"
        yield Finding(words, at=steps.at, aspect=name, place=step.place)
    passwd, shadow = image.text(PASSWD), image.text(SHADOW)
    if passwd is None and shadow is None:
        not_applicable(f"the image of {service} has no accounts")
    known = accounts.accounts(passwd or "")
    found = {each.name for each in known if each.open} | {*accounts.without_password(shadow or "")}
    evidence(accounts=len(known), with_an_empty_password=sorted(found) or "none")
    lets_in = {each.name for each in known if each.logs_in}
    for name in sorted(found - emptied.keys()):
        locked = name not in lets_in and bool(known)
        yield Finding(
            f"{service}: the account {name} of its image has an empty password",
            at=_brings(service),
            aspect=name,
            severity=LOW if locked else None,
        )


def _emptied(steps: Steps) -> dict[str, Step]:
    """Return the accounts whose password a step takes away, unless a later one locks it or gives another."""
    found: dict[str, Step] = {}
    for step in steps.own:
        value = step.instruction.value
        for command in step.commands if "passwd" in value or "user" in value else ():
            if command.program not in _PASSWORDS or not command.arguments:
                given = _given_by(step, command)
                found = {name: one for name, one in found.items() if given is not None and name not in given}
                continue
            name = command.arguments[-1]
            if _takes_away(command):
                found[name] = step
            elif _sets(command):
                found.pop(name, None)
    return found


def _given_by(step: Step, command: Command) -> set[str] | None:
    """Return the accounts that a command gives passwords to; None where it may be any."""
    if command.program != "chpasswd":
        return set()
    # What a file or a variable feeds it nobody reads.
    said = [step.instruction.script, *(heredoc.text for heredoc in step.instruction.heredocs)]
    return {*_PAIR.findall("\n".join(said))} or None


def _sets(command: Command) -> bool:
    """Whether a command locks an account or gives it a password, and does not only show or date it."""
    if command.program == "passwd":
        options = {*command.options} - _QUIET
        return not options or any(_LOCKS.fullmatch(option) for option in options)
    return bool(_GIVES & {*command.words}) or any(
        option.startswith("--password=") for option in command.options
    )


def _takes_away(command: Command) -> bool:
    """Whether a command leaves an account without a password (passwd(1), usermod(8), useradd(8))."""
    if command.program == "passwd":
        return any(word == "--delete" or _DELETES.fullmatch(word) for word in command.words[1:])
    pairs = zip(command.words, command.words[1:], strict=False)
    return "--password=" in command.words or any(
        option in ("-p", "--password") and not value for option, value in pairs
    )


@rule(
    "unique-uids-gids",
    "Each number and each name of users and groups in the image is given once",
    severity=LOW,
    needs=IMAGE,
    key="image",
)
def unique_uids_gids(service: Service, image: Image, evidence: Evidence) -> Iterator[Finding]:
    """Two names for one number are one account with two passwords: files tell only one of them.

    Fix: give the second one a number of its own, or remove it.

    Applies to: services whose image has accounts.
    """
    passwd, group = image.text(PASSWD), image.text(GROUP)
    if passwd is None and group is None:
        not_applicable(f"the image of {service} has no accounts")
    users = [(each.name, each.uid) for each in accounts.accounts(passwd or "")]
    groups = accounts.groups(group or "")
    evidence(users=len(users), groups=len(groups))
    for kind, pairs in (("user", users), ("group", groups)):
        for one, others in accounts.shared(pairs).items():
            words = f"the {kind} {one} of its image is given to {' and '.join(others)}"
            yield Finding(f"{service}: {words}", at=_brings(service), aspect=f"{kind} {one}")


@rule(
    "no-sudo-in-image",
    "There is no sudo in the image",
    severity=LOW,
    needs=IMAGE,
    key="image",
)
def no_sudo_in_image(service: Service, stack: Stack, image: Image, evidence: Evidence) -> Iterator[Finding]:
    """It makes root of a process that is none, and a build step is root anyway.

    The program counts, whatever the history of the image says: layers may have been squashed. Of a Dockerfile
    its own steps count, not those of stages that it only takes files from.

    Fix: `USER` for what needs no root; `gosu` or `setpriv` to step down at the start.

    Applies to: all services. Beside `no-new-privileges`, which makes it harmless, findings are informative.
    """
    severity = INFO if sets_no_new_privileges(service) else None
    steps = steps_of(service, stack, tuple)
    installed = False
    for step in steps.own:
        brings = packages.installs(step.commands, "sudo")
        if brings or any("sudo" in command.runners for command in step.commands):
            installed |= brings
            words = f"{service}: a RUN step of {steps.source} {'installs' if brings else 'uses'} sudo"
            aspect = "installs sudo" if brings else "uses sudo"
            yield Finding(words, at=steps.at, place=step.place, aspect=aspect, severity=severity)
    there = [path for path in _SUDO if image.file(path)]
    evidence(sudo=there or "none")
    for path in there if not installed else ():
        yield Finding(f"{service}: its image has {path}", at=_brings(service), aspect=path, severity=severity)
