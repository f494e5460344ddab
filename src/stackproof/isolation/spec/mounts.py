"""Mounts of services, volumes, secrets and configs."""

from typing import Any

from stackproof.isolation import addresses, volumes
from stackproof.isolation.here import Here
from stackproof.isolation.treatment import (
    SHORT,
    Case,
    Flag,
    Row,
    Treatment,
    dropped,
    is_word,
    passed,
    refused,
    resolved,
    row,
    seen_above,
    with_key,
    with_value,
)

_FRESH = "named volumes are replaced by fresh ones, removed afterwards, so what old ones hold is not seen"
_MOUNT = "services.*.volumes.[]"
_SWARM = "is a thing of swarms only, and this engine's Compose has none"


def _type(word: str) -> Any:  # noqa: ANN401 - a test
    return lambda value, _here: value.get("type") == word


def _source(value: Any, here: Here) -> str:  # noqa: ANN401 - a value of the model
    return f"{here.owner} ({value.get('source')})"


ROWS: list[Row] = [
    row(
        _MOUNT,
        SHORT,
        Case(
            treatment=Treatment.REFUSED,
            kind="`bind` of a socket, pipe or device, of a folder that holds one outside the project, of an "
            "engine's socket that is not there now, of `/`, `/proc`, the host's `/sys` or `/dev`",
            when=volumes.is_reaching_bind,
            change=volumes.mount,
            says="reaches the host",
            subject=volumes.why_reaching,
            flag=Flag.HOST_ACCESS,
        ),
        Case(
            treatment=Treatment.CHANGED,
            kind="`bind` that may be written, is not there, or holds sockets in the project's folder: a copy",
            when=volumes.is_replaced,
            change=volumes.mount,
            says="writable binds, those that are not there and those that hold sockets are copies",
            subject=volumes.plain_source,
        ),
        Case(
            treatment=Treatment.CHANGED,
            kind="other `bind`: mounted read-only as it is",
            when=_type("bind"),
            change=volumes.mount,
        ),
        Case(
            treatment=Treatment.PASSED,
            kind="`volume`, `tmpfs`",
            when=lambda v, _h: v.get("type") in ("volume", "tmpfs"),
        ),
        Case(
            treatment=Treatment.CHANGED,
            kind="`image`: pulled, or the one that is built",
            when=_type("image"),
            change=volumes.image,
        ),
        Case(
            treatment=Treatment.REFUSED,
            kind="`cluster`, `npipe`",
            when=lambda v, _h: v.get("type") in ("cluster", "npipe"),
            says="is a volume of a swarm or of Windows",
            subject=_source,
        ),
    ),
    *passed(
        "services.*.volumes",
        f"{_MOUNT}.type {_MOUNT}.source {_MOUNT}.target {_MOUNT}.read_only",
        f"{_MOUNT}.consistency {_MOUNT}.bind {_MOUNT}.bind.selinux {_MOUNT}.bind.create_host_path",
        f"{_MOUNT}.volume {_MOUNT}.volume.nocopy {_MOUNT}.volume.subpath {_MOUNT}.tmpfs {_MOUNT}.tmpfs.size",
        f"{_MOUNT}.tmpfs.mode {_MOUNT}.image {_MOUNT}.image.subpath services.*.tmpfs services.*.tmpfs.[]",
        "services.*.secrets services.*.secrets.[].source services.*.secrets.[].target",
        "services.*.secrets.[].uid services.*.secrets.[].gid services.*.secrets.[].mode",
        "services.*.configs services.*.configs.[].source services.*.configs.[].target",
        "services.*.configs.[].uid services.*.configs.[].gid services.*.configs.[].mode",
    ),
    *(
        row(f"services.*.{kind}.[]", SHORT, Case(treatment=Treatment.PASSED, kind="a mapping"))
        for kind in ("secrets", "configs")
    ),
    row(
        f"{_MOUNT}.bind.propagation",
        Case(
            treatment=Treatment.PASSED, kind="`private`, `rprivate`", when=is_word("", "private", "rprivate")
        ),
        Case(
            treatment=Treatment.CHANGED,
            kind="`slave`, `rslave`: private",
            when=is_word("slave", "rslave"),
            change=lambda _v, _h: "rprivate",
            says="mounts that the host makes later do not appear in binds",
            subject=with_value,
        ),
        Case(
            treatment=Treatment.REFUSED,
            kind="`shared`, `rshared`",
            when=is_word("shared", "rshared"),
            says="hands its mounts on to the host",
            subject=with_value,
            flag=Flag.HOST_ACCESS,
        ),
    ),
    row(
        f"{_MOUNT}.bind.recursive",
        Case(
            treatment=Treatment.PASSED,
            kind="`enabled`, `disabled`, `readonly`",
            when=is_word("", "enabled", "disabled", "readonly"),
        ),
        Case(
            treatment=Treatment.REFUSED,
            kind="`writable`",
            when=is_word("writable"),
            says="lets mounts of the host below a read-only bind be written",
            subject=with_key,
            flag=Flag.HOST_ACCESS,
        ),
    ),
    # -- volumes ------------------------------------------------------------------------------------------
    row(
        "volumes.*",
        Case(
            treatment=Treatment.REFUSED,
            kind="a folder of the host that reaches it, as under mounts",
            when=volumes.is_reaching_volume,
            change=volumes.folder,
            says="reaches the host",
            subject=volumes.why_reaching_volume,
            flag=Flag.HOST_ACCESS,
        ),
        Case(
            treatment=Treatment.CHANGED,
            kind="external",
            when=volumes.is_external,
            change=volumes.fresh,
            says="external volumes are empty in a sandbox",
        ),
        Case(
            treatment=Treatment.CHANGED,
            kind="a folder of the host (`o: bind`, whatever its `type`): a copy where it may be written",
            when=volumes.is_folder,
            change=volumes.folder,
            says="named volumes that are folders of the host are copies where they may be written",
        ),
        Case(
            treatment=Treatment.CHANGED,
            kind="in memory (`type: tmpfs`)",
            when=volumes.in_memory,
            change=volumes.memory,
            says=_FRESH,
        ),
        Case(
            treatment=Treatment.CHANGED,
            kind="of another driver, or of the network, a device or an overlay",
            when=volumes.of_other_driver,
            change=volumes.fresh,
            says="volumes of these drivers are plain local ones in a sandbox",
            subject=volumes.with_driver,
        ),
        Case(treatment=Treatment.CHANGED, kind="others", change=volumes.fresh, says=_FRESH),
    ),
    *passed("volumes"),
    *seen_above(
        "volumes.*", "volumes.*.driver volumes.*.driver_opts volumes.*.driver_opts.* volumes.*.external"
    ),
    row(
        "volumes.*.name",
        Case(
            treatment=Treatment.DROPPED,
            kind="written by the author",
            when=volumes.is_named,
            says="names of networks and volumes are the sandbox's own",
            subject=with_value,
        ),
        Case(treatment=Treatment.RESOLVED, kind="made by Compose"),
    ),
    # -- secrets and configs ------------------------------------------------------------------------------
    *(
        entry
        for kind in ("secrets", "configs")
        for entry in (
            row(
                f"{kind}.*",
                Case(
                    treatment=Treatment.REFUSED,
                    kind="external, and used",
                    when=volumes.is_used_external,
                    says="is external, which only a swarm can hand out",
                ),
                Case(
                    treatment=Treatment.DROPPED,
                    kind="external, and not used",
                    when=volumes.is_external,
                    says="external secrets and configs that nobody uses are left out",
                ),
                Case(
                    treatment=Treatment.REFUSED,
                    kind="a file that reaches the host, as under mounts",
                    when=volumes.is_reaching_file,
                    says="reaches the host",
                    subject=volumes.why_reaching_file,
                    flag=Flag.HOST_ACCESS,
                ),
                Case(treatment=Treatment.PASSED, kind="others"),
            ),
            *passed(f"{kind} {kind}.*.file {kind}.*.environment {kind}.*.external"),
            *resolved(f"{kind}.*.name"),
            *dropped(
                "keys that matter in a swarm only are left out",
                f"{kind}.*.labels.** {kind}.*.template_driver",
            ),
        )
    ),
    *addresses.follow("configs.*.content"),
    *refused(_SWARM, "secrets.*.driver secrets.*.driver_opts.**", flag=Flag.NONE),
]
