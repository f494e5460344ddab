"""What a stack consists of, and what is tied to what, as its files say."""

from stackproof.outcomes.model import ServiceInfo
from stackproof.stack import publishing
from stackproof.stack.model import Service
from stackproof.stack.stack import Stack


def topology(stack: Stack) -> tuple[ServiceInfo, ...]:
    """Return its services, in the order of their names."""
    return tuple(_service(stack, service) for _name, service in sorted(stack.services.items()))


def _service(stack: Stack, service: Service) -> ServiceInfo:
    joined = tuple(use.network for use in service.networks)
    return ServiceInfo(
        name=service.name,
        public=service.name in stack.public,
        ports=tuple(map(str, publishing.reachable(stack.model, service))),
        networks=(service.network_mode,) if service.network_mode else joined,
        volumes={
            mount.target: mount.source for mount in service.mounts if mount.kind == "volume" and mount.source
        },
        depends_on={edge.service: edge.condition.removeprefix("service_") for edge in service.depends_on},
    )
