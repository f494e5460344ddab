"""Security options as Compose and the engine read them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from stackproof.stack.keys import KeyPath
from stackproof.stack.service import Service

UNCONFINED = "unconfined"
NO_NEW_PRIVILEGES = "no-new-privileges"
# What Go's strconv.ParseBool takes for true.
_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
# Compose takes it out by this very text and tells the engine in its own way (pkg/compose/create.go).
_UNMASKED = "systempaths=unconfined"


@dataclass(frozen=True)
class Option:
    """One entry of `security_opt`."""

    name: str
    value: str
    at: KeyPath


def options(service: Service) -> Iterator[Option]:
    """Yield the entries: parted at the first `=`, or where there is none at the first `:`, as moby does."""
    for index, text in enumerate(service.security_opt):
        name, _, value = text.partition("=" if "=" in text else ":")
        yield Option(name.strip(), value.strip(), ("security_opt", index))


def last(service: Service, name: str) -> Option | None:
    """Return the entry of a name that counts: of several the engine keeps the last."""
    return next((one for one in reversed(list(options(service))) if one.name == name), None)


def sets_no_new_privileges(service: Service) -> bool:
    """Whether the option is on: alone it means true."""
    found = last(service, NO_NEW_PRIVILEGES)
    return found is not None and (found.value or "true") in _TRUE


def labels_off(service: Service) -> Iterator[Option]:
    """Yield the entries that take SELinux away: labels are many, and each counts."""
    for one in options(service):
        if one.name == "label" and one.value in ("disable", "type:spc_t"):
            yield one


def unmasked(service: Service) -> Option | None:
    """Return the entry that shows the parts of /proc and /sys that an engine hides; None for none."""
    texts = service.security_opt
    return next((one for one in options(service) if texts[int(one.at[-1])] == _UNMASKED), None)
