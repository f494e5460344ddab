"""A data folder begun anew beside the old one: its name is the container's, and that changes. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from stackproof.sandbox.container import Container
from stackproof.trials.persistence_places import below, passes

DEPTH = 4  # levels of a volume that are looked at: mnesia/rabbit@NAME, nodes/NAME
SHORTEST = 4  # characters of a name that is looked for: a shorter one is found in others by chance


@dataclass(frozen=True, kw_only=True)
class Anew:
    """A folder or file of one container, and what its successor made in its place."""

    old: str
    new: str


def names_of(container: Container) -> dict[str, str]:
    """Return what a container is called and its successor is not, by kind.

    >>> sorted(names_of(Container({"Id": "0" * 64, "Config": {"Labels": {}, "Hostname": "db"},
    ...     "NetworkSettings": {"Networks": {}}})))
    ['hostname', 'id']
    """
    config = container.data["Config"]
    networks = container.data["NetworkSettings"]["Networks"] or {}
    addresses = {
        f"address in {name}": str(network.get("IPAddress") or "") for name, network in networks.items()
    }
    # The longer name first: a folder that has the whole id has the short one, too.
    return {"id": container.id[:12], "hostname": str(config.get("Hostname") or ""), **addresses}


def begun_anew(
    before: Collection[str], after: Collection[str], old: Mapping[str, str], new: Mapping[str, str]
) -> list[Anew]:
    """Return what was made in place of what is there still, named after another container; outermost only.

    >>> begun_anew(["/q/rabbit@aaaa"], ["/q/rabbit@aaaa", "/q/rabbit@bbbb"], {"id": "aaaa"}, {"id": "bbbb"})
    [Anew(old='/q/rabbit@aaaa', new='/q/rabbit@bbbb')]
    """
    pairs = {
        (name, new[kind])
        for kind, name in old.items()
        if len(name) >= SHORTEST and new.get(kind, name) not in ("", name)
    }
    there, had = set(after), set(before)
    found: list[Anew] = []
    for path in sorted(had & there):
        if passes(path) or any(below(path, one.old) for one in found):
            continue
        fresh = (path.replace(name, successor) for name, successor in sorted(pairs) if name in path)
        found += [Anew(old=path, new=one) for one in fresh if one in there and one not in had][:1]
    return found
