"""Which of the ports that an author writes the engine publishes. Pure.

What is written is not what is open: on some networks the engine publishes nothing and says nothing.
"""

from stackproof.stack import namespaces, networks
from stackproof.stack.model import Model
from stackproof.stack.ports import Port
from stackproof.stack.service import Service


def published(model: Model, service: Service) -> tuple[Port, ...]:
    """Return the ports that the engine publishes for a service, each once.

    What a service on an external network asks for counts as published: nobody knows what that network is.
    """
    return () if why_none(model, service) else _once(service)


def reachable(model: Model, service: Service) -> tuple[Port, ...]:
    """Return the ports that others reach: those that are published, and all on a network around the host."""
    around = networks.around_the_host(model, service) if not service.network_of else None
    return _once(service) if around else published(model, service)


def why_none(model: Model, service: Service) -> str:
    """Return why a service publishes nothing, in words that follow its name; empty where it does."""
    if words := _elsewhere(model, service):
        return words
    if not service.ports:
        return "publishes no port"
    reasons = [network.why_no_ports for network in networks.joined(model, service)]
    if reasons and all(reasons):
        return f"publishes no port, whatever `ports` says: {', '.join(reasons)}"
    return ""


def _elsewhere(model: Model, service: Service) -> str:
    """Return why a service has no network to publish ports of; empty where it has one."""
    own = namespaces.network(model, service)
    if own.is_host:
        return "is on the host's network, where only a sandbox shows what listens"
    if name := service.network_of:
        return f"publishes no port: it has the network of {name}, and what is open there is judged there"
    if own.stranger:
        where = f"the network of the container {own.stranger} of another stack"
        return f"publishes no port: it has {where}, and what is open there stands where that one is written"
    return "publishes no port: it has no network" if own.mode == "none" else ""


def _once(service: Service) -> tuple[Port, ...]:
    return tuple(dict.fromkeys(service.ports))
