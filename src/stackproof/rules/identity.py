"""Who the processes are."""

from collections.abc import Iterator

from stackproof.controls import CRITICAL, HIGH, IMAGE, MEDIUM
from stackproof.errors import Unknown
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.image import Image
from stackproof.rules.rule import rule
from stackproof.stack import users
from stackproof.stack.builds import Build, build_of
from stackproof.stack.model import Service, unescape
from stackproof.stack.places import Place
from stackproof.stack.stack import Stack


@rule(
    "image-user-nonroot",
    "The configured user is set and is not root",
    severity=HIGH,
    needs=IMAGE,
    key="user",
    proven_by="effective-uid-nonroot",
)
def image_user_nonroot(service: Service, stack: Stack, image: Image, evidence: Evidence) -> Iterator[Finding]:
    """Without a configured user everything starts as root: the entrypoint, a shell, a health check.

    Many official images start as root and step down. So where effective-uid-nonroot judges the processes
    themselves, a finding here is of low severity (medium for what may end before they are looked at).
    `USER` of the Dockerfile that a build names counts before the image is asked.

    Fix: set `USER` in the image or `user:` in the compose file to a user other than root.

    Applies to: all services, those that run once too.
    """
    written, place = ("", None) if service.user else _of_dockerfile(service, stack)
    configured = unescape(service.user) or written or image.user
    if not configured:
        evidence(configured_user="(none)")
        yield Finding(
            f"{service}: neither the image nor the compose file sets a user, so it starts as root",
            at=("user",),
        )
        return
    name = configured.partition(":")[0]
    uid = users.uid_of(configured)
    uid = image.users.get(name) if uid is None else uid
    evidence(configured_user=configured, uid=uid)
    if uid is None:
        msg = f"{service}: user {name!r} is not in the image's passwd file"
        raise Unknown(msg)
    if uid == 0:
        words = f"{service}: the configured user {configured!r} is root{_nameless(configured)}"
        yield Finding(words, at=("user",), place=place)


def _nameless(user: str) -> str:
    """Say why a user without a name is root, which surprises: a variable that is not set leaves one."""
    return "" if user.partition(":")[0] else ": no name stands before the colon"


def _of_dockerfile(service: Service, stack: Stack) -> tuple[str, Place | None]:
    """Return what the last USER of a build says, with its place; empty where a variable does, or nothing."""
    build = build_of(service, stack)
    written = build.instructions if isinstance(build, Build) else []
    users = [one for one in written if one.keyword == "USER"]
    if not isinstance(build, Build) or not users or "$" in users[-1].value:
        return "", None
    return users[-1].value.strip("\"'"), build.place(users[-1].line)


@rule(
    "no-explicit-root-user",
    "The compose file does not ask for root",
    severity=MEDIUM,
    key="user",
    proven_by="effective-uid-nonroot",
)
def no_explicit_root_user(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """`user: root` or `0` undoes what the image's author set up, whatever the group.

    So does a colon without a name before it: `user: "${UID}:${GID}"` where neither is set is `:`, which is
    root and not the image's user. No `user:` at all is no finding: the image may have one of its own, which
    image-user-nonroot looks at. Hooks may be root: that is what they are there for.

    Fix: remove `user:`, or name the user that the image has for it.

    Applies to: all services.
    """
    evidence(configured_user=service.user or "(none)")
    asked = unescape(service.user)
    if asked and users.uid_of(asked) == 0:
        words = f"{service} asks for the user {asked!r}, which is root{_nameless(asked)}"
        yield Finding(words, at=("user",))


@rule(
    "no-privileged",
    "The container is not privileged",
    severity=CRITICAL,
    key="privileged",
)
def no_privileged(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """A privileged container has every capability and device: it is root on the host.

    A build that is `privileged`, or has the entitlement `security.insecure`, may run its steps so
    (`RUN --security=insecure`), where the builder allows it: of high severity, for it lasts as long as the
    build.

    Fix: remove `privileged: true`; add the one capability or device that is needed.

    Applies to: all services, with their hooks, their builds and what `develop.watch` executes.
    """
    evidence(
        privileged=service.privileged,
        build_rights=sorted({*service.build_rights.values()}) or "none",
        cap_add=list(service.cap_add) or "none",
        security_opt=list(service.security_opt) or "none",
    )
    if service.privileged:
        yield Finding(f"{service} is declared `privileged: true`", at=("privileged",))
    for at in service.privileged_hooks:
        what, aspect = f"a {at[0]} hook", str(at[0])
        if at[0] == "develop":
            what, aspect = "what develop.watch executes in the container", "develop.watch"
        yield Finding(f"{what} of {service} is declared `privileged: true`", at=at, aspect=aspect)
    for at, right in service.build_rights.items():
        if right == "security.insecure":
            words = f"the build of {service} may run its steps as privileged containers"
            yield Finding(words, at=at, aspect=".".join(map(str, at[:2])), severity=HIGH)
    added = {name.upper().removeprefix("CAP_") for name in service.cap_add}
    unconfined = {option.replace("=", ":", 1) for option in service.security_opt} & {"seccomp:unconfined"}
    if added & {"ALL", "SYS_ADMIN"} and unconfined and not service.privileged:
        yield Finding(
            f"{service} has SYS_ADMIN and no seccomp, as privileged containers do",
            at=("security_opt",),
            aspect="SYS_ADMIN without seccomp",
        )
