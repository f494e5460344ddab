"""The topology of a stack as a Mermaid flowchart, which GitHub and GitLab draw."""

from collections.abc import Iterator

from stackproof.outcomes.model import ServiceInfo, StackInfo
from stackproof.report.text import one_line

MOST = 60  # services; more cannot be read
_ARROWS = {"started": "-->", "healthy": "-->|healthy|", "completed": "-->|completed|"}


def flowchart(stack: StackInfo) -> str:
    """Return who waits for whom, what is published, and where data is; empty for more than can be read."""
    if not 1 <= len(stack.topology) <= MOST:
        return ""
    return "\n".join(["flowchart LR", *_lines(stack.topology)]) + "\n"


def _lines(services: tuple[ServiceInfo, ...]) -> Iterator[str]:
    ids = {service.name: f"s{number}" for number, service in enumerate(services)}
    volumes = sorted({name for service in services for name in service.volumes.values()})
    stores = {name: f"v{number}" for number, name in enumerate(volumes)}
    for service in services:
        yield f'  {ids[service.name]}["{_label(service)}"]'
    for name, key in stores.items():
        yield f'  {key}[("{_text(name)}")]'
    if any(service.ports for service in services):
        yield "  out((outside))"
    for service in services:
        if service.ports:
            yield f'  out -->|"{_text(", ".join(service.ports))}"| {ids[service.name]}'
        for other, condition in service.depends_on.items():
            if other in ids:
                yield f"  {ids[service.name]} {_ARROWS.get(condition, '-->')} {ids[other]}"
        for target, name in service.volumes.items():
            yield f'  {ids[service.name]} -.-|"{_text(target)}"| {stores[name]}'
    public = [ids[service.name] for service in services if service.public]
    if public:
        yield "  classDef public stroke-width:3px"
        yield f"  class {','.join(public)} public"


def _label(service: ServiceInfo) -> str:
    networks = ", ".join(service.networks)
    return _text(service.name) + (f"<br/><small>{_text(networks)}</small>" if networks else "")


def _text(text: str) -> str:
    """Quote what others wrote: Mermaid has entities of its own, by number."""
    return "".join(c if c.isalnum() or c in " _-./:," else f"#{ord(c)};" for c in one_line(text))
