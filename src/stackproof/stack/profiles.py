"""Services that Compose leaves out because their profiles are not enabled."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from stackproof.controls.spelling import hint
from stackproof.stack import variables
from stackproof.stack.discovery import Source
from stackproof.stack.written import Item, Written

_OF_SERVICE = 2  # where a service's own key stands in a path of keys


def default(source: Source) -> frozenset[str] | None:
    """Return the profiles of a plain `up`; None for a stack whose enabled profiles are all meant at once."""
    if not source.settings.alternatives:
        return None
    said = variables.known(source).get("COMPOSE_PROFILES", "")
    return frozenset(filter(None, (profile.strip() for profile in said.split(","))))


def items(written: Written) -> Iterator[Item]:
    """Yield the profiles of services, as they are written."""
    for file in written.files:
        for keys, item in file.items.items():
            if len(keys) > _OF_SERVICE and keys[_OF_SERVICE] == "profiles" and item.service and item.text:
                yield item


def left_out(written: Written, active: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the profiles of each service that is written and not active, by service."""
    found: dict[str, dict[str, None]] = {}
    for item in items(written):
        if item.service and item.service not in active:
            found.setdefault(item.service, {})[item.text] = None
    return {name: tuple(profiles) for name, profiles in sorted(found.items())}


def named(written: Written) -> frozenset[str]:
    """Return the profiles that services of these files have; with a `$` in it one may be any."""
    return frozenset(item.text for item in items(written))


def unknown(chosen: Iterable[str], known: Collection[str]) -> str:
    """Say which chosen profile no service has; empty where each is one, or may be (`*` is all of them)."""
    if any("$" in profile for profile in known):
        return ""
    for profile in chosen:
        if profile not in known and profile != "*":
            have = f"there are {', '.join(sorted(known))}" if known else "there are none"
            return (
                f"--compose-profile {profile}: no service has this profile{hint(profile, known)}\n"
                f"  fix: leave it out, or name one that is there ({have})"
            )
    return ""


def by_profile(services: Iterable[tuple[str, tuple[str, ...]]]) -> str:
    """Return profiles with their services, such as `dev (db, web), test (e2e)`."""
    found: dict[str, list[str]] = {}
    for name, profiles in services:
        for profile in profiles:
            found.setdefault(profile, []).append(name)
    return ", ".join(f"{profile} ({', '.join(names)})" for profile, names in sorted(found.items()))


def note(services: dict[str, tuple[str, ...]]) -> str:
    """Say which services were left out, and how to take them in."""
    some = "1 service is" if len(services) == 1 else f"{len(services)} services are"
    first = min(profile for profiles in services.values() for profile in profiles)
    behind = by_profile(services.items())
    return f"{some} left out, behind profiles: {behind}; to take them in: --compose-profile {first}"


def apart(words: Sequence[str]) -> str:
    """Say what was not counted because profiles are taken as alternatives, and how to have it counted."""
    more = f", and {len(words) - 1} more" if len(words) > 1 else ""
    return (
        f"profiles are taken as alternatives: enabled together, {words[0]}{more}; "
        "to have that judged, name those that run together: --compose-profile"
    )


def nothing_active(services: dict[str, tuple[str, ...]], chosen: Collection[str]) -> str:
    """Say why a stack has no service to prove."""
    count = len(services)
    all_of = "the only service is" if count == 1 else f"all {count} services are"
    enabled = f" (enabled: {', '.join(chosen)})" if chosen else ""
    best = max(
        sorted({profile for profiles in services.values() for profile in profiles}),
        key=lambda profile: sum(profile in profiles for profiles in services.values()),
    )
    return (
        f"{all_of} behind profiles: {by_profile(services.items())}{enabled}\n  fix: --compose-profile {best}"
    )
