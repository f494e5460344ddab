"""Which services of a stack can reach each other, and which say that they do. Pure."""

import re
from collections.abc import Iterator

from stackproof.stack import networks
from stackproof.stack.model import Model
from stackproof.stack.service import Service


def uses(service: Service, other: Service) -> bool:
    """Whether a service says that it needs another: it waits for it, links it, or names it as a host.

    What a mounted file says is not read.
    """
    if other.name in {edge.service for edge in service.depends_on}:
        return True
    names = "|".join(re.escape(name) for name in _names(other))
    called = re.compile(rf"(?<![\w.-])(?:{names})(?![\w-])")
    return any(called.search(text) for text in _texts(service))


def joined(model: Model, service: Service) -> frozenset[str]:
    """Return the networks that a service is on, by its own word or by that of whose network it shares."""
    return frozenset(use.network for use in networks.owner(model, service).networks)


def _names(service: Service) -> set[str]:
    """Return what others call a service on the networks that it joins."""
    own = {service.name, service.container_name, service.hostname}
    return {name for name in own if name} | {alias for use in service.networks for alias in use.aliases}


def _texts(service: Service) -> Iterator[str]:
    yield from (value for value in service.environment.values() if value)
    yield from (word for words in service.commands.values() for word in words)
    yield from (entry.partition(":")[0] for entry in service.links)
