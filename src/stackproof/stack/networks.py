"""Which networks a service is on: its own, or those of whose network it shares. Pure."""

from typing import Final

from stackproof.stack.model import Model
from stackproof.stack.service import Service
from stackproof.stack.uses import Network

DEFAULT: Final = "default"
BRIDGES: Final = frozenset({"", "bridge", "default"})


def joined(model: Model, service: Service) -> tuple[Network, ...]:
    """Return the networks that a service itself joins: the stack's own where it says nothing."""
    if service.network_mode:
        return ()
    keys = [use.network for use in service.networks] or [DEFAULT]
    return tuple(model.networks.get(key) or Network(key=key, raw={}) for key in keys)


def owner(model: Model, service: Service) -> Service:
    """Return the service whose network a service has in the end: mostly itself. A circle ends somewhere."""
    above = {service.name}
    while (name := service.network_of) and name in model.services and name not in above:
        above.add(name)
        service = model.services[name]
    return service


def around_the_host(model: Model, service: Service) -> Network | None:
    """Return the network around the host that a service is on, itself or through another one, if any."""
    found = joined(model, owner(model, service))
    return next((network for network in found if network.is_around_the_host), None)
