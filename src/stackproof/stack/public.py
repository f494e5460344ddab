"""Which services are taken as public where no contract says it. Pure."""

from collections.abc import Sequence

from stackproof.stack import namespaces, networks, publishing, sensitive
from stackproof.stack.model import Model
from stackproof.stack.ports import Port
from stackproof.stack.sensitive import Kind
from stackproof.stack.service import Service

# What a contract may call public: whom it lets in is asked where it runs. Consoles that may be open,
# debuggers and what controls a host are for nobody outside, whatever a contract says.
DECLARABLE = frozenset({Kind.GUARDED, Kind.REMOTE, Kind.STORE})


def taken(model: Model, *, guarded: bool = True) -> dict[str, str]:
    """Return the services that are taken as public, by name, each with the reason.

    Whoever publishes a port means it, unless it is known as that of a database, a console or the like:
    those are published by habit, and nobody outside needs them. A console with a login of its own counts as
    meant where it is `guarded`.
    """
    services = model.services.items()
    return {name: why for name, service in services if (why := _why(model, service, guarded=guarded))}


def told(model: Model) -> tuple[str, ...]:
    """Return in words which services are taken as public and why, and which publish a port and are not."""
    found = taken(model)
    kept = {
        name: ", ".join(
            dict.fromkeys(str(known) for port in beyond if (known := sensitive.known(service, port)))
        )
        for name, service in model.services.items()
        if name not in found and (beyond := _beyond(model, service))
    }
    public = "; ".join(f"{name} ({why})" for name, why in found.items()) or "none"
    words = [f"no contract says which services are public, taken as public: {public}"]
    if kept:
        internal = "; ".join(f"{name} ({what})" for name, what in kept.items())
        words.append(f"publish a port and are not taken as public, for what it is: {internal}")
    return tuple(words) if found or kept else ()


def words(declared: Sequence[str] | None, model: Model, name: str) -> str:
    """Return whether a service is public and by whose word; `declared` are those that a contract names."""
    if declared is not None:
        return "by the contract" if name in declared else "no: the contract does not name it"
    if why := taken(model).get(name):
        return f"taken as public, for no contract says otherwise: {why}"
    service = model.services[name]
    what = ", ".join(dict.fromkeys(str(one) for one in _known(model, service) if one))
    return (
        f"not taken as public, for what it is: {what}" if what else "not taken as public: publishes no port"
    )


def _why(model: Model, service: Service, *, guarded: bool) -> str:
    def internal(known: sensitive.Known | None) -> bool:
        return known is not None and not (guarded and known.kind is Kind.GUARDED)

    if where := _where_all_is_open(model, service):
        return "" if all(map(internal, _known(model, service))) else f"it is on {where}"
    meant = [port for port in _beyond(model, service) if not internal(sensitive.known(service, port))]
    return f"publishes {', '.join(map(str, meant))}" if meant else ""


def _where_all_is_open(model: Model, service: Service) -> str:
    """Return in words the network on which others reach whatever a service listens on; empty for none.

    Who only shares the network of another one is not what others come for.
    """
    if service.network_of:
        return ""
    if namespaces.network(model, service).is_host:
        return "the host's network"
    around = networks.around_the_host(model, service)
    return f"{around.key}, a network around the host ({around.driver})" if around else ""


def _known(model: Model, service: Service) -> list[sensitive.Known | None]:
    """Return what each port beyond loopback leads to; what its program is where it has none."""
    ports = _beyond(model, service)
    return [sensitive.known(service, port) for port in ports] or [sensitive.program(service)]


def _beyond(model: Model, service: Service) -> list[Port]:
    return [port for port in publishing.reachable(model, service) if not port.loopback]
