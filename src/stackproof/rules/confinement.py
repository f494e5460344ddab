"""What an engine puts around a container's processes, and what takes it away again."""

from collections.abc import Iterator

from stackproof.controls import HIGH, MEDIUM
from stackproof.isolation import rights
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.rule import rule
from stackproof.stack import security_options
from stackproof.stack.model import Service
from stackproof.stack.security_options import UNCONFINED, last
from stackproof.stack.stack import Stack


def _shown(service: Service, evidence: Evidence) -> None:
    evidence(security_opt=list(service.security_opt) or "none")


@rule(
    "no-new-privileges",
    "No process can gain privileges that its parent lacks",
    severity=MEDIUM,
    key="security_opt",
)
def no_new_privileges(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """A program with the setuid bit is the usual way from an ordinary user in a container to root.

    Entrypoints that step down from root (gosu, su-exec) work with it; programs that need the setuid bit
    (sudo, ping of old) fail without a word, so look at what they do and not only at whether they start. An
    engine may have it for all containers (`no-new-privileges` of its daemon), which no file shows. Some nine
    of ten public files lack it, so no gate should begin here.

    Fix: `security_opt: ["no-new-privileges:true"]`.

    Applies to: all services.
    """
    _shown(service, evidence)
    if security_options.sets_no_new_privileges(service):
        return
    said = last(service, security_options.NO_NEW_PRIVILEGES)
    if said is None:
        yield Finding(f"{service} does not set no-new-privileges")
        return
    how = "in words that no engine takes" if said.refusal else "and switches it off"
    yield Finding(f"{service} says no-new-privileges {how}", at=said.at)


@rule(
    "seccomp-enabled",
    "The engine's filter of system calls is in force",
    severity=HIGH,
    key="security_opt",
)
def seccomp_enabled(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """The engine keeps some forty system calls from containers: most of what breaks out needs one of them.

    Without the option the engine's own profile counts, which is sound. A profile of the author's that allows
    whatever it does not name is of medium severity. That a privileged container has no filter is told by
    no-privileged.

    Fix: remove `seccomp:unconfined`; for one call that is needed, take the engine's profile with that call
    added.

    Applies to: all services.
    """
    _shown(service, evidence)
    found = last(service, "seccomp")
    if found is None or not found.value:
        return
    if found.value == UNCONFINED:
        yield Finding(f"{service} runs without the engine's filter of system calls", at=found.at)
    elif not rights.is_closed(found.value, stack.source.directory):
        words = f"{service} has a filter of system calls that allows whatever it does not name"
        yield Finding(words, at=found.at, severity=MEDIUM)


@rule(
    "apparmor-not-disabled",
    "AppArmor is not switched off for the container",
    severity=MEDIUM,
    key="security_opt",
)
def apparmor_not_disabled(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """On a host with AppArmor the engine's profile forbids mounts and writing the kernel's settings.

    The file tells no more than that nobody switched it off; whether the host has it is seen there.

    Fix: remove `apparmor:unconfined`, or name a profile that allows the one thing that is needed.

    Applies to: all services.
    """
    _shown(service, evidence)
    found = last(service, "apparmor")
    if found and found.value == UNCONFINED:
        yield Finding(f"{service} runs without the engine's profile of AppArmor", at=found.at)


@rule(
    "selinux-not-disabled",
    "SELinux is not switched off for the container",
    severity=MEDIUM,
    key="security_opt",
)
def selinux_not_disabled(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """On a host with SELinux labels keep a container from the host's files, even where it is root.

    `label:type:spc_t`, the type of a privileged container, is the same in other words. On hosts without
    SELinux neither does anything, so this rule is not in the default profile.

    Fix: remove it; for one folder, let the engine label it anew (`:z`, `:Z`).

    Applies to: all services.
    """
    _shown(service, evidence)
    for one in security_options.labels_off(service):
        yield Finding(
            f"{service} runs without SELinux (`label:{one.value}`)", at=one.at, aspect=f"label:{one.value}"
        )


@rule(
    "system-paths-masked",
    "What the engine hides of /proc and /sys stays hidden",
    severity=HIGH,
    key="security_opt",
)
def system_paths_masked(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """`systempaths=unconfined` shows the host's kernel memory and keys, and lets root change its settings.

    Fix: remove it; nested engines and builders have images that do without (rootless, sysbox).

    Applies to: all services.
    """
    _shown(service, evidence)
    if found := security_options.unmasked(service):
        yield Finding(f"{service} sees what the engine hides of /proc and /sys", at=found.at)
