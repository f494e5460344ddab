"""What answers on a public port that should not, and what a contract says of it. Pure."""

from dataclasses import dataclass

from stackproof.controls.severity import Severity
from stackproof.probes.logins.kinds import LOGINS
from stackproof.probes.protocols.model import Found, Protocol
from stackproof.stack.public import DECLARABLE
from stackproof.stack.sensitive import Kind, Known

NOT_ASKED = ", and nobody here can ask whom it lets in"


@dataclass(frozen=True, kw_only=True)
class Meant:
    """What of a service is meant to be public."""

    declared: bool = False
    """Whether a contract says so."""
    datastores: tuple[str, ...] = ()
    """The kinds of datastore that it runs itself: what is behind a proxy is not meant by the proxy's name."""


@dataclass(frozen=True, kw_only=True)
class Leak:
    """What answers on one port that should not."""

    names: str
    severity: Severity
    beside: str = ""
    """What else must be said of it."""


def leak(found: Found, known: Known | None, meant: Meant) -> Leak | None:
    """Return the worst that answers on a port and is not meant to; None where there is nothing of the kind.

    `known` is what the compose file takes the port for.
    """
    bad = {protocol: how for protocol in found.sensitive if (how := _how_bad(protocol, known, meant))}
    if not bad:
        return None
    worst = max(bad.values(), key=lambda severity: severity.rank)
    names = dict.fromkeys(str(protocol) for protocol, severity in bad.items() if severity is worst)
    return Leak(
        names=" and ".join(names),
        severity=worst,
        beside=NOT_ASKED if worst is Severity.LOW else "",
    )


def _how_bad(protocol: Protocol, known: Known | None, meant: Meant) -> Severity | None:
    if protocol.kind is Kind.GUARDED and known is not None and known.kind is Kind.GUARDED:
        return None  # the compose file tells as much
    if protocol.open or not meant.declared or protocol.kind not in DECLARABLE:
        return protocol.severity
    if protocol.kind is not Kind.STORE:
        return None
    if not meant.datastores and (known is None or known.kind is not Kind.STORE):
        return protocol.severity
    return None if any(kind in LOGINS for kind in meant.datastores) else Severity.LOW
