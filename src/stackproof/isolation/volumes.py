"""Mounts and volumes of a sandbox: fresh, copied, or mounted read-only as they are."""

from collections.abc import Mapping
from typing import Any

from stackproof.isolation.binds import replaced
from stackproof.isolation.here import Here
from stackproof.stack.model import Volume, unescape

Value = Any
# Options of a bind that make what is mounted below it appear on the host.
_SHARING = frozenset({"shared", "rshared"})
# What a bind may say besides. In a sandbox each is private, and without what is mounted below the folder:
# that would stay writable under a read-only bind.
_BINDING = frozenset({"bind", "rbind", "ro", "rw", "private", "rprivate", "slave", "rslave", "defaults", ""})
_KEPT = frozenset({"nosuid", "nodev", "noexec", "noatime", "nodiratime", "relatime"})


def _reaches(source: object, here: Here, *, read_only: bool) -> str:
    return here.paths.reaches(str(source or ""), read_only=read_only)


def is_reaching_bind(value: Value, here: Here) -> bool:
    """Whether a bind reaches the host."""
    return value.get("type") == "bind" and bool(_bind_reaches(value, here))


def _bind_reaches(value: Mapping[str, Any], here: Here) -> str:
    return _reaches(value.get("source"), here, read_only=bool(value.get("read_only")))


def why_reaching(value: Value, here: Here) -> str:
    """Name the service and how its bind reaches the host."""
    return f"{here.owner} ({unescape(str(value.get('source')))} {_bind_reaches(value, here)})"


def is_replaced(value: Value, here: Here) -> bool:
    """Whether a copy stands in for a bind."""
    if value.get("type") != "bind":
        return False
    source = str(value.get("source"))
    if here.plan is not None:
        return source in here.plan.binds
    return any(str(mount.source) == source for mount in replaced(here.model, here.paths))


def plain_source(value: Value, here: Here) -> str:
    """Name the service and the source."""
    return f"{here.owner} ({unescape(str(value.get('source')))})"


def mount(built: Value, here: Here) -> dict[str, Any]:
    """Return a bind of the copy, or of the source itself; nothing is made in the author's tree."""
    binds = here.plan.binds if here.plan else {}
    bind = {**(built.get("bind") or {}), "create_host_path": False}
    return {**built, "source": binds.get(built.get("source"), built.get("source")), "bind": bind}


def image(built: Value, here: Here) -> dict[str, Any]:
    """Return a mount of the image that is on the engine."""
    images = here.plan.image_volumes if here.plan else {}
    return {**built, "source": images.get(built.get("source"), built.get("source"))}


# -- named volumes ---------------------------------------------------------------------------------------


def _volume(here: Here) -> Volume:
    return here.model.volumes[here.owner]


def is_external(value: Value, _here: Here) -> bool:
    """Whether somebody else made it; a name below `external`, which Compose never prints, is refused."""
    external = (value or {}).get("external")
    return bool(external) and not isinstance(external, Mapping)


def is_folder(_value: Value, here: Here) -> bool:
    """Whether the local driver binds a folder of the host."""
    return bool(_volume(here).device)


def is_reaching_volume(_value: Value, here: Here) -> bool:
    """Whether a volume is a folder that reaches the host."""
    return bool(_volume_reaches(here))


def _volume_reaches(here: Here) -> str:
    volume = _volume(here)
    if not volume.device:
        return ""
    words = set(volume.mount_words)
    if _SHARING & words:
        return "hands its mounts on to the host"
    if strange := sorted(words - _BINDING - _KEPT):
        return f"is mounted with a word that is not known: {strange[0]}"
    if not volume.device.startswith("/"):
        return "is no absolute path, so the engine looks for it in a folder of its own"
    return _reaches(volume.device, here, read_only=volume.read_only)


def why_reaching_volume(_value: Value, here: Here) -> str:
    """Name the volume and how its folder reaches the host."""
    return f"volume {here.owner} ({_volume(here).device} {_volume_reaches(here)})"


def in_memory(_value: Value, here: Here) -> bool:
    """Whether a volume is a tmpfs."""
    return _volume(here).in_memory


def of_other_driver(value: Value, here: Here) -> bool:
    """Whether a volume is of another driver, or one that the local driver would mount from elsewhere."""
    return (value or {}).get("driver", "local") != "local" or bool(_volume(here).options)


def with_driver(value: Value, here: Here) -> str:
    """Name a volume with its driver, or the kind of what the local driver mounts."""
    return f"{here.owner} ({_volume(here).options.get('type') or (value or {}).get('driver') or 'local'})"


def is_named(value: Value, here: Here) -> bool:
    """Whether the author wrote a name; Compose makes one of the project and the key."""
    return (
        not is_external(here.above(), here) and str(value) != f"{here.model.raw.get('name', '')}_{here.owner}"
    )


def fresh(_built: Value, here: Here) -> dict[str, Any]:
    """Return a new, empty volume."""
    return {"labels": dict(here.plan.labels)} if here.plan else {}


def memory(_built: Value, here: Here) -> dict[str, Any]:
    """Return a new volume in memory, with its author's options."""
    return {**fresh(_built, here), "driver_opts": dict(_volume(here).options)}


def folder(_built: Value, here: Here) -> dict[str, Any]:
    """Return a volume that binds the copy, or the folder itself where that may only be read."""
    volume = _volume(here)
    binds = here.plan.binds if here.plan else {}
    device = str(volume.device)
    words = ["bind", *(["ro"] if volume.read_only else ()), *sorted(_KEPT & set(volume.mount_words))]
    options = {"type": "none", "o": ",".join(words), "device": binds.get(device, device)}
    return {**fresh(_built, here), "driver_opts": options}


# -- secrets and configs ---------------------------------------------------------------------------------


def names_external(value: Value, here: Here, kind: str) -> bool:
    """Whether a use of a secret or config names one that is external."""
    declared = here.model.raw.get(kind) or {}
    return bool((declared.get(value.get("source")) or {}).get("external"))


def is_used_external(value: Value, here: Here) -> bool:
    """Whether a secret or config is external and some service needs it."""
    kind, name = str(here.at[0]), here.owner
    services = [service.raw for service in here.model.services.values()]
    hooks = [hook for service in services for hook in service.get("pre_start") or ()]
    uses = [use for user in (*services, *hooks) for use in user.get(kind) or () if isinstance(use, Mapping)]
    used = any(use.get("source") == name for use in uses)
    return used and is_external(value, here)


def is_reaching_file(value: Value, here: Here) -> bool:
    """Whether the file behind a secret or config reaches the host."""
    return bool(_file_reaches(value, here))


def _file_reaches(value: Mapping[str, Any], here: Here) -> str:
    return _reaches(value["file"], here, read_only=True) if value.get("file") else ""


def why_reaching_file(value: Value, here: Here) -> str:
    """Name the secret or config and how its file reaches the host."""
    return f"{str(here.at[0]).removesuffix('s')} {here.owner} ({value['file']} {_file_reaches(value, here)})"
