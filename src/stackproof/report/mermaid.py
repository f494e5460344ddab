"""The topology of a stack as a Mermaid flowchart, which GitHub and GitLab draw."""

import re
from collections.abc import Iterator, Mapping

from stackproof.outcomes.model import ServiceInfo, StackInfo
from stackproof.report.text import one_line

MOST = 60  # services; more cannot be read
# Mermaid draws no more (`maxEdges`, `maxTextSize`), and no diagram may allow itself more.
MOST_EDGES = 500
MOST_CHARACTERS = 50_000
_LABEL = 60  # characters; a longer one makes all others small
_ARROWS = {"started": "-->", "healthy": "-->|healthy|", "completed": "-->|completed|"}
# Mermaid reads these in a label, quoted or not: an icon, a line break, a formula. A joiner, which is not
# seen, parts them.
_READ = re.compile(r"(?<=:)(?=fa-)|(?<=\\)(?=n)|(?<=\$)(?=\$)")
_JOINER = "\u200c"


def flowchart(stack: StackInfo) -> str:
    """Return who waits for whom, what is published, and where data is; empty for more than can be drawn."""
    services = stack.topology
    if not 1 <= len(services) <= MOST:
        return ""
    ids = {service.name: f"s{number}" for number, service in enumerate(services)}
    volumes = sorted({name for service in services for name in service.volumes.values()})
    stores = {name: f"v{number}" for number, name in enumerate(volumes)}
    edges = list(_edges(services, ids, stores))
    drawn = "\n".join(["flowchart LR", *_nodes(services, ids, stores), *edges, *_classes(services, ids), ""])
    return drawn if len(edges) <= MOST_EDGES and len(drawn) <= MOST_CHARACTERS else ""


def _nodes(
    services: tuple[ServiceInfo, ...], ids: Mapping[str, str], stores: Mapping[str, str]
) -> Iterator[str]:
    for service in services:
        yield f'  {ids[service.name]}["{_label(service)}"]'
    for name, key in stores.items():
        yield f'  {key}[("{_text(name)}")]'
    if any(service.ports for service in services):
        yield "  out((outside))"


def _edges(
    services: tuple[ServiceInfo, ...], ids: Mapping[str, str], stores: Mapping[str, str]
) -> Iterator[str]:
    for service in services:
        if service.ports:
            yield f'  out -->|"{_text(", ".join(service.ports))}"| {ids[service.name]}'
        for other, condition in service.depends_on.items():
            if other in ids:
                yield f"  {ids[service.name]} {_ARROWS.get(condition, '-->')} {ids[other]}"
        for target, name in service.volumes.items():
            yield f'  {ids[service.name]} -.-|"{_text(target)}"| {stores[name]}'


def _classes(services: tuple[ServiceInfo, ...], ids: Mapping[str, str]) -> Iterator[str]:
    public = [ids[service.name] for service in services if service.public]
    if public:
        yield "  classDef public stroke-width:3px"
        yield f"  class {','.join(public)} public"


def _label(service: ServiceInfo) -> str:
    networks = ", ".join(service.networks)
    return _text(service.name) + (f"<br/><small>{_text(networks)}</small>" if networks else "")


def _text(text: str) -> str:
    """Quote what others wrote: Mermaid has entities of its own, by number. A label must not be empty."""
    line = one_line(text) or "?"
    cut = f"{line[:_LABEL]} ..." if len(line) > _LABEL else line
    parted = _READ.sub(_JOINER, cut)
    return "".join(c if c.isalnum() or c in f" _-./:,{_JOINER}" else f"#{ord(c)};" for c in parted)
