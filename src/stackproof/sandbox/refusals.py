"""What a sandbox cannot have on this engine, said before anything is started."""

from collections.abc import Iterator, Mapping
from typing import Any

from stackproof.stack.model import Model, Service


def reasons(model: Model, info: Mapping[str, Any]) -> list[str]:
    """Say for each service what cannot be had; `info` is what the engine says of itself."""
    runtimes = frozenset(info.get("Runtimes") or ())
    return [
        f"service {service.name}: {reason}"
        for service in model.services.values()
        for reason in _hardware(service, runtimes)
    ]


def _hardware(service: Service, runtimes: frozenset[str]) -> Iterator[str]:
    if service.runtime and service.runtime not in runtimes:
        yield f"this engine has no runtime {service.runtime!r}"
    for driver in service.device_drivers:
        # moby knows one driver of its own, which needs this runtime's hook (daemon/nvidia_linux.go).
        if driver == "nvidia" and "nvidia" not in runtimes:
            yield "a GPU is reserved, and this engine has no nvidia runtime"


def words(stack: str, found: list[str]) -> str:
    """Say all reasons in one message."""
    return (
        f"{stack} cannot be brought up on this engine:\n  "
        + "\n  ".join(found)
        + "\n  fix: run it where this is there, or leave it out in an override file: "
        "`-f compose.yml -f without.yml`, with `!reset` on the key"
    )


def without_way_out(stack: str, why: str) -> str:
    """Say that a stack cannot be brought up `--offline`, and why this engine does not let it."""
    return (
        f"{stack}: --offline asks containers at their own addresses, and this engine {why}\n"
        "  fix: run it on Linux with an engine that is not rootless, or without --offline"
    )
