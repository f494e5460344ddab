"""Keys of a service that may reach the host, the engine or containers of others."""

from typing import Any

from stackproof.isolation import rights
from stackproof.isolation.here import Here
from stackproof.isolation.treatment import (
    Case,
    Flag,
    Row,
    Treatment,
    begins_with,
    dropped,
    is_word,
    key_and_value,
    passed,
    refused,
    row,
    with_key,
    with_value,
)

_HOST = "shares a namespace with the host"
_OTHERS = "shares a namespace with a container outside the stack"
_UNKNOWN = "is a mode that is not known"


def privileged(path: str) -> Row:
    """Return the row of a `privileged` flag."""
    return row(
        path,
        Case(treatment=Treatment.PASSED, kind="`false`", when=rights.is_false),
        Case(
            treatment=Treatment.REFUSED,
            kind="`true`",
            when=rights.is_true,
            says="may do on the host whatever root may",
            subject=with_key,
            flag=Flag.HOST_ACCESS,
        ),
    )


def _namespace(path: str, own: tuple[str, ...]) -> Row:
    """Return the row of a namespace: of its own, of another service, of the host, of somebody's container."""
    return row(
        path,
        Case(treatment=Treatment.PASSED, kind=_listed(own), when=is_word(*own)),
        Case(treatment=Treatment.PASSED, kind="`service:NAME`", when=begins_with("service")),
        Case(
            treatment=Treatment.REFUSED, kind="`host`", when=is_word("host"), says=_HOST,
            subject=key_and_value, flag=Flag.HOST_ACCESS,
        ),
        Case(
            treatment=Treatment.REFUSED, kind="`container:NAME` of another project",
            when=begins_with("container"), says=_OTHERS, subject=key_and_value, flag=Flag.HOST_ACCESS,
        ),
        Case(
            treatment=Treatment.REFUSED, kind="others", says=_UNKNOWN, subject=key_and_value, flag=Flag.KEY
        ),
    )  # fmt: skip


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"`{word}`" if word else "empty" for word in words)


def _of_another_project(value: Any, _here: Here) -> bool:  # noqa: ANN401 - a value of the model
    return str(value).startswith("container:")


ROWS: list[Row] = [
    privileged("services.*.privileged"),
    _namespace("services.*.pid", ("",)),
    _namespace("services.*.ipc", ("", "none", "private", "shareable")),
    _namespace("services.*.uts", ("",)),
    _namespace("services.*.userns_mode", ("",)),
    _namespace("services.*.cgroup", ("", "private")),
    *passed("services.*.cap_add services.*.cap_drop services.*.cap_drop.[] services.*.security_opt"),
    *passed("services.*.sysctls services.*.volumes_from"),
    row(
        "services.*.cap_add.[]",
        Case(
            treatment=Treatment.PASSED,
            kind=f"bounded by the container's namespaces: {', '.join(sorted(rights.BOUNDED))}",
            when=rights.is_bounded,
        ),
        Case(
            treatment=Treatment.REFUSED,
            kind=", ".join(sorted(rights.REACHING)),
            when=rights.is_reaching,
            says="has a capability that is the host's own",
            subject=rights.capability_and_reach,
            flag=Flag.HOST_ACCESS,
        ),
        Case(
            treatment=Treatment.REFUSED,
            kind="others",
            says="adds a capability that is not known",
            subject=key_and_value,
            flag=Flag.HOST_ACCESS,
        ),
    ),
    row(
        "services.*.security_opt.[]",
        Case(
            treatment=Treatment.PASSED,
            kind="`no-new-privileges`, a profile of seccomp that forbids what it does not name, a profile of "
            "AppArmor, a label of SELinux",
            when=rights.keeps_protection,
        ),
        Case(
            treatment=Treatment.REFUSED,
            kind="`systempaths=unconfined`, `apparmor=unconfined`, `label=disable`, `label=type:...`, "
            "`writable-cgroups=true`, `credentialspec=...`, `seccomp=unconfined`, a profile of seccomp "
            "that allows what it does not name",
            when=rights.lifts_protection,
            says="takes away what protects the host",
            subject=key_and_value,
            flag=Flag.HOST_ACCESS,
        ),
        Case(
            treatment=Treatment.REFUSED,
            kind="others",
            says="is a security option that is not known",
            subject=key_and_value,
            flag=Flag.HOST_ACCESS,
        ),
    ),
    row(
        "services.*.sysctls.*",
        Case(
            treatment=Treatment.PASSED,
            kind="of a namespace: `net.*`, `fs.mqueue.*`, `kernel.msg*`, `kernel.shm*`, `kernel.sem`",
            when=rights.is_of_namespace,
        ),
        Case(
            treatment=Treatment.REFUSED,
            kind="others",
            says="sets the host's kernel",
            subject=with_key,
            flag=Flag.HOST_ACCESS,
        ),
    ),
    row(
        "services.*.runtime",
        Case(
            treatment=Treatment.PASSED,
            kind="runc, crun, youki, gVisor, Kata, Sysbox",
            when=rights.is_isolating,
        ),
        Case(
            treatment=Treatment.REFUSED,
            kind="others, such as `nvidia`",
            says="is a runtime that may hand out devices of the host",
            subject=key_and_value,
            flag=Flag.HOST_ACCESS,
        ),
    ),
    row(
        "services.*.volumes_from.[]",
        Case(
            treatment=Treatment.REFUSED,
            kind="`container:NAME` of another project",
            when=_of_another_project,
            says="has the volumes of a container outside the stack",
            subject=key_and_value,
            flag=Flag.HOST_ACCESS,
        ),
        Case(treatment=Treatment.PASSED, kind="a service of the stack"),
    ),
    *dropped(
        "a sandbox is charged to the engine's own control group, not to the author's",
        "services.*.cgroup_parent",
        subject=with_value,
    ),
    *refused(
        "is a device of the host", "services.*.devices services.*.device_cgroup_rules", subject=with_key
    ),
    *passed(
        "services.*.devices.[] services.*.devices.[].source services.*.devices.[].target",
        "services.*.devices.[].permissions services.*.device_cgroup_rules.[]",
    ),
    *refused(
        "reserves a GPU or another device of the host",
        "services.*.gpus services.*.deploy.resources.reservations.devices",
    ),
    *passed(
        *(
            f"{path}.[] {path}.[].capabilities {path}.[].capabilities.[] {path}.[].count "
            f"{path}.[].device_ids {path}.[].device_ids.[] {path}.[].driver {path}.[].options "
            f"{path}.[].options.* {path}.[].options.[]"
            for path in ("services.*.gpus", "services.*.deploy.resources.reservations.devices")
        )
    ),
    row(
        "services.*.use_api_socket",
        Case(treatment=Treatment.PASSED, kind="`false`", when=rights.is_false),
        Case(
            treatment=Treatment.REFUSED,
            kind="`true`",
            says="gives control of the engine",
            subject=with_key,
            flag=Flag.HOST_ACCESS,
        ),
    ),
    row(
        "services.*.isolation",
        Case(treatment=Treatment.PASSED, kind="`default`", when=is_word("", "default")),
        Case(
            treatment=Treatment.REFUSED,
            kind="others",
            says="is of Windows, and this engine runs Linux",
            subject=key_and_value,
        ),
    ),
    *refused("is of Windows, and this engine runs Linux", "services.*.credential_spec.**", flag=Flag.NONE),
    *refused(
        "is a program on this machine, of which there is no sandbox",
        "services.*.provider services.*.provider.type services.*.provider.options",
        "services.*.provider.options.*",
        "services.*.provider.options.*.[]",
    ),
    *refused(
        "asks the model runner of this machine, which is shared with everybody",
        "services.*.models services.*.models.[] services.*.models.* services.*.models.*.endpoint_var",
        "services.*.models.*.model_var",
    ),
]
