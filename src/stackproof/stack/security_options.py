"""Security options as Compose and the engine read them (moby, daemon/daemon_unix.go). Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from stackproof.controls.spelling import hint
from stackproof.stack.keys import KeyPath
from stackproof.stack.service import Service

UNCONFINED = "unconfined"
NO_NEW_PRIVILEGES = "no-new-privileges"
# What Go's strconv.ParseBool takes.
_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})
# Compose takes it out by this very text and tells the engine in its own way (pkg/compose/create.go).
_UNMASKED = "systempaths=unconfined"


# Of other engines than Docker's on Linux (Windows, Podman), or of some versions only: not judged.
_OF_OTHERS = frozenset({"credentialspec", "mask", "unmask", "proc-opts", "writable-cgroups"})
_KNOWN = ("apparmor", "label", NO_NEW_PRIVILEGES, "seccomp", "systempaths")


@dataclass(frozen=True)
class Option:
    """One entry of `security_opt`, as it is meant: blanks around its parts are left out."""

    name: str
    value: str
    at: KeyPath
    refusal: str
    """Why neither Compose nor the engine takes it; empty for one that they take."""


def options(service: Service) -> Iterator[Option]:
    """Yield the entries: parted at the first `=`, or where there is none at the first `:`, as moby does."""
    for index, text in enumerate(service.security_opt):
        name, _, value = _parted(text)
        yield Option(name.strip(), value.strip(), ("security_opt", index), refusal(text))


def refusal(text: str) -> str:
    """Return why `up` ends at an entry that `config` takes; empty for one that starts.

    Tried with Compose 2.26 and 2.40 and moby 26. Whether a file of seccomp or a profile of AppArmor is there,
    and what SELinux makes of a label, is the machine's affair.

    >>> refusal("no-new-privileges:true"), refusal("no-new-privileges: true")
    ('', "no engine takes 'no-new-privileges: true'; it takes 'no-new-privileges:true'")
    """
    if not (wrong := _wrong(text)):
        return ""
    name, sign, value = (part.strip() for part in _parted(text))
    meant = f"{name.lower().replace('_', '-')}{'=' if name == 'systempaths' else sign}{value}"
    if not _wrong(meant):
        return f"no engine takes {text!r}; it takes {meant!r}"
    return f"no engine takes {text!r}: {wrong}"


def _parted(text: str) -> tuple[str, str, str]:
    return text.partition("=" if "=" in text else ":")


def _wrong(text: str) -> str:
    """Return what is wrong with an entry; empty for nothing."""
    name, sign, value = _parted(text)
    if text in (NO_NEW_PRIVILEGES, _UNMASKED) or (name in ("apparmor", "label", *_OF_OTHERS) and sign):
        return ""
    if name not in _KNOWN:
        return f"there is no such option{hint(name.strip(), _KNOWN)}"
    if not sign:
        return "nothing is said of it"
    if name == NO_NEW_PRIVILEGES:
        return "" if value in _TRUE | _FALSE else f"{value!r} is neither true nor false"
    if name == "systempaths":
        return f"it is {_UNMASKED} or nothing"
    # Compose opens what is no word of the engine's as a file; `builtin` it does so before 2.40.
    blank = value.strip() in (UNCONFINED, "builtin") and value.strip() != value
    return "it names no profile" if blank or not value else ""


def last(service: Service, name: str) -> Option | None:
    """Return the entry of a name that counts: of several the engine keeps the last."""
    return next((one for one in reversed(list(options(service))) if one.name == name), None)


def sets_no_new_privileges(service: Service) -> bool:
    """Whether the option is on: alone it means true. One that is refused switches nothing on."""
    found = last(service, NO_NEW_PRIVILEGES)
    return found is not None and not found.refusal and (found.value or "true") in _TRUE


def switches_on(text: str) -> bool:
    """Whether an entry by itself sets no-new-privileges."""
    name, _, value = _parted(text)
    return name == NO_NEW_PRIVILEGES and not _wrong(text) and (value or "true") in _TRUE


def labels_off(service: Service) -> Iterator[Option]:
    """Yield the entries that take SELinux away: labels are many, and each counts."""
    for one in options(service):
        if one.name == "label" and one.value in ("disable", "type:spc_t"):
            yield one


def unmasked(service: Service) -> Option | None:
    """Return the entry that shows the parts of /proc and /sys that an engine hides; None for none."""
    texts = service.security_opt
    return next((one for one in options(service) if texts[int(one.at[-1])] == _UNMASKED), None)
