"""What of a stack is different in a sandbox, for the report: nobody shall read more into an outcome."""

from collections.abc import Iterable, Mapping

from stackproof.isolation import health, words
from stackproof.isolation.early import may_be_asked_at_once
from stackproof.isolation.host_paths import HostPaths
from stackproof.isolation.networks import leave_engine
from stackproof.isolation.treatment import Permits
from stackproof.isolation.walk import judge
from stackproof.stack.model import Health, Model, Service


def notes(  # noqa: PLR0913 - in what engines, and what users opened, differ
    model: Model,
    *,
    permits: Permits | None = None,
    paths: HostPaths | None = None,
    image_health: Mapping[str, Health] | None = None,
    start_intervals: bool = True,
    log_driver: str = "",
) -> list[str]:
    """Say what is replaced, left out, changed or open; empty for a stack of which all is as written.

    `start_intervals` is whether the engine knows health start intervals, `log_driver` its own log driver.
    """
    found = judge(model, permits=permits, paths=paths)
    services = model.services.values()
    elsewhere = leave_engine(log_driver)
    idle = [service.name for service in services if not service.replicas]
    return [
        *found.notes(),
        *([f"logs stay on the engine in place of its own driver: {log_driver}"] if elsewhere else ()),
        *_ranges(services),
        *_cadence(services, image_health or {}, start_intervals=start_intervals),
        *([f"no container is started, as written (replicas: 0): {', '.join(idle)}"] if idle else ()),
        *words.opened(found.opened),
    ]


def _ranges(services: Iterable[Service]) -> list[str]:
    found = [
        f"{service.name} ({port})"
        for service in services
        for port in service.ports
        if len(set((port.published or "").split("-"))) > 1
    ]
    if not found:
        return []
    return [f"which host port of a range it is, is known only when it runs: {', '.join(found)}"]


def _cadence(
    services: Iterable[Service], image_health: Mapping[str, Health], *, start_intervals: bool
) -> list[str]:
    asked = {service.name: health.health_of(service, image_health) for service in services}
    checked = {name: found for name, found in asked.items() if found}
    faster = {
        name: f"{health.interval_of(found):g}"
        for name, found in checked.items()
        if health.changes_cadence(found, start_intervals=start_intervals)
    }
    if not faster:
        return []
    # An engine that knows no start interval asks for the first time after one interval.
    first = f", at first as late as their author's but within {health.FIRST:g} s" * start_intervals
    early = [name for name in faster if may_be_asked_at_once(checked[name].test)] if start_intervals else []
    if early:
        first += f" ({health.EARLY:g} s where a cheap client asks: {', '.join(early)})"
    often = " to ".join(dict.fromkeys(f(faster.values(), key=float) for f in (min, max)))
    calm = f"where they are watched, elsewhere as their author says but within {health.CALM:g} s"
    return [
        f"health checks run every {often} s {calm}{first}, with more retries in the same window: "
        + ", ".join(faster)
    ]
