"""Keys of one service that no engine takes together: Compose resolves them, and `up` stops there. Pure.

Tried with moby 26.1 and Compose 2.26 and 2.40 (moby, daemon/container and runconfig: "conflicting options").
"""

from collections.abc import Iterator, Mapping
from typing import Final

from stackproof.stack import namespaces, networks
from stackproof.stack.conflict import Conflict
from stackproof.stack.keys import KeyPath
from stackproof.stack.model import Model
from stackproof.stack.service import Service

# They belong to whose network it is. `dns_search`, `domainname` and `mac_address` are taken and ignored.
_OF_THE_OWNER: Final = ("ports", "expose", "hostname", "links", "external_links", "dns", "extra_hosts")
_LINKS: Final = ("links", "external_links")
# What is set for each namespace alone (runc, libcontainer/configs/validate).
_SYSCTLS: Final = {
    "network": ("net.",),
    "shared memory": ("kernel.msg", "kernel.sem", "kernel.shm", "fs.mqueue."),
    "name": ("kernel.domainname",),
}
# An engine makes no network of these drivers: it has the one that there can be.
_ONE_ONLY: Final = ("host", "null", "none")


def found(model: Model) -> Iterator[tuple[str, Conflict]]:
    """Yield by service what an engine refuses of it, whatever other containers there are."""
    for service in model.services.values():
        for words, at, certain in (
            *((*one, True) for one in _beside_network(model, service)),
            *((*one, True) for one in _in_namespaces_of_the_host(model, service)),
            *((*one, True) for one in _by_network(model, service)),
            *_memory(model, service),
        ):
            yield service.name, Conflict(words, at, certain)


def _beside_network(model: Model, service: Service) -> Iterator[tuple[str, KeyPath]]:
    mode = service.network_mode or ""
    kind, _, other = mode.partition(":")
    if kind in ("service", "container"):
        for key in _OF_THE_OWNER:
            if service.raw.get(key):
                words = f"no engine takes `{key}` beside `network_mode: {mode}`: that is {other}'s to say"
                yield words, (key,)
        return
    for key in _LINKS:
        if mode == namespaces.HOST and service.raw.get(key):
            yield f"no engine takes `{key}` beside `network_mode: host`", (key,)
    if mode in ("bridge", "default"):
        for index, link in enumerate(service.links):
            linked = model.services.get(link.partition(":")[0])
            if linked and linked.network_mode not in ("bridge", "default"):
                words = f"on the engine's default bridge it cannot link {linked}, which is not there"
                yield words, ("links", index)


def _in_namespaces_of_the_host(model: Model, service: Service) -> Iterator[tuple[str, KeyPath]]:
    shared = {
        "network": namespaces.network(model, service).is_host,
        "shared memory": namespaces.memory(model, service).is_host,
        "name": namespaces.is_hosts(service, "uts"),
    }
    if shared["name"] and service.hostname:
        yield "no engine takes `hostname` beside `uts: host`", ("hostname",)
    settings: Mapping[str, object] = service.raw.get("sysctls") or {}
    for what, beginnings in _SYSCTLS.items():
        for name in settings:
            if shared[what] and name.startswith(beginnings):
                yield f"no engine sets {name} where a container has the host's {what}", ("sysctls", name)


def _by_network(model: Model, service: Service) -> Iterator[tuple[str, KeyPath]]:
    for network in networks.joined(model, service):
        at = ("networks", network.key)
        if not network.external and network.driver in _ONE_ONLY:
            yield f"no engine makes a network of the driver {network.driver} for {network.key}", at
        name = str(network.raw.get("name") or "")
        if network.external and name in namespaces.ENGINES_OWN:
            words = f"{network.key} is the engine's own network {name}, on which no service has a name"
            yield f"{words}: only `network_mode: {name}` leads there", at


def _memory(model: Model, service: Service) -> Iterator[tuple[str, KeyPath, bool]]:
    """Yield shared memory of a service that hands none on: by default an engine gives such to each."""
    kind, _, name = str(service.raw.get("ipc") or "").partition(":")
    owner = model.services.get(name)
    said = str(owner.raw.get("ipc") or "") if owner else ""
    if kind == "service" and owner and said in ("", "private", "none"):
        words = f"the shared memory of {owner} is its own: it needs `ipc: shareable`"
        yield words, ("ipc",), said != ""
