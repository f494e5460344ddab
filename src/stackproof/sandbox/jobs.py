"""Services that are taken for one-shots though nobody says so: an end with success may be a mistake."""

from collections.abc import Iterable

from stackproof.sandbox.container import Container, timestamp
from stackproof.stack.model import Model

_NEVER = "0001-"  # how an engine begins a time that was not


def note(model: Model, containers: Iterable[Container]) -> str:
    """Say which services ended well by themselves, and after how long; empty when none did."""
    found: dict[str, str] = {}
    for container in containers:
        if container.completed and container.service not in model.one_shots:
            found.setdefault(container.service, _after(container))
    if not found:
        return ""
    named = ", ".join(name + after for name, after in sorted(found.items()))
    return (
        "taken for one-shots, because they ended with 0 and nothing restarts, watches or publishes them: "
        f"{named}; what shall stay up needs `restart: unless-stopped` or a health check"
    )


def _after(container: Container) -> str:
    finished = str(container.state.get("FinishedAt") or _NEVER)
    if finished.startswith(_NEVER):
        return ""
    return f" (after {max(0.0, timestamp(finished) - container.started):.1f} s)"
