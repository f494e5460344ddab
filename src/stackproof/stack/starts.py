"""What one `up` starts of a stack whose profiles are alternatives to each other. Pure.

Nobody says which profiles are never enabled together. A plain `up` and each profile by itself are what a
reader can try, so no more is taken for granted.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from stackproof.stack.service import Service

EVERY = "*"
"""Compose's word for all profiles."""
_NONE = ""  # in place of the profile of a service that has none


@dataclass(frozen=True, kw_only=True)
class Start:
    """Profiles that are enabled together, and the services that `up` starts then."""

    profiles: frozenset[str]
    services: frozenset[str]


def starts(services: Mapping[str, Service], default: Collection[str]) -> tuple[Start, ...]:
    """Return what is started with the profiles of a plain `up`, and then with each profile by itself."""
    behind: dict[str, list[str]] = {}
    for name, service in sorted(services.items()):
        for profile in service.profiles or (_NONE,):
            behind.setdefault(profile, []).append(name)
    named = sorted(behind.keys() - {_NONE})
    first = named if EVERY in default else default
    chosen = dict.fromkeys(map(frozenset, (first, *([profile] for profile in named))))
    return tuple(dict.fromkeys(_start(services, behind, profiles) for profiles in chosen))


def _start(
    services: Mapping[str, Service], behind: Mapping[str, list[str]], profiles: Collection[str]
) -> Start:
    """Enable also the first profile of each service that another one cannot do without."""
    enabled, active = {*profiles}, set[str]()
    waiting = [name for profile in (_NONE, *sorted(profiles)) for name in behind.get(profile, ())]
    while waiting:
        name = waiting.pop()
        if name in active:
            continue
        active.add(name)
        for needed in sorted(services[name].needs & services.keys()):
            its = services[needed].profiles
            if its and enabled.isdisjoint(its):
                enabled.add(its[0])
                waiting += behind[its[0]]
    return Start(profiles=frozenset(enabled), services=frozenset(active))
