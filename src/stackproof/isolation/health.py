"""The cadence of health checks in a sandbox: nobody shall wait half a minute for a state."""

import math
from collections.abc import Mapping
from typing import Any

from stackproof.isolation.early import may_be_asked_at_once
from stackproof.stack import durations
from stackproof.stack.health import own_test
from stackproof.stack.model import Health, Service

# Where it is watched what a health check tells it runs this often: a probe costs 28 to 63 ms of a processor,
# and a server that answers one request at a time has others to answer, too.
CADENCE = 3.0  # seconds
# Elsewhere, once the service is healthy, it runs when its author lets it, but within so long: nobody shall
# wait for minutes until one that was disturbed is called healthy again.
CALM = 10.0  # seconds
# There it is asked often until the first yes, and for so long more than its author gives it to start: what
# never becomes ready costs about that much more than its author's window.
STARTING = 8.0  # seconds
# Only the first time it waits as long as the author lets it, or so long: programs come with probes that
# harm a service which has just begun to start. RabbitMQ's, as root, takes the place of the server's own epmd.
FIRST = 5.0  # seconds
# A client that harms nobody is asked this often until the first yes.
EARLY = 0.5  # seconds


def health_of(service: Service, image_health: Mapping[str, Health]) -> Health | None:
    """Return the health check that counts: the compose file's over the image's; None when there is none."""
    raw = service.raw.get("healthcheck")
    own = own_test(raw)
    if own is not None:
        return Health.parse(raw or {}) if own else None
    inherited = image_health.get(service.name)
    if inherited is None:
        return None
    # Compose lets a file change the cadence of the image's own test.
    default = {
        "interval": durations.compose(inherited.interval),
        "timeout": durations.compose(inherited.timeout),
        "retries": inherited.retries,
        "start_period": durations.compose(inherited.start_period),
        "start_interval": durations.compose(inherited.start_interval),
        "test": inherited.test,
    }
    return Health.parse({**default, **(raw or {})})


def interval_of(health: Health) -> float:
    """Seconds between two probes in a sandbox in which they are watched."""
    return min(health.interval, CADENCE)


def cadence(health: Health, *, start_intervals: bool, calm: bool = False) -> dict[str, Any]:
    """Probe more often, and stretch the retries so that the author's time window stays the same.

    Otherwise a slow first start under load would be called unhealthy, which is final for depends_on.
    `start_intervals` is whether the engine knows health start intervals. `calm` is for a sandbox in which
    something else is measured than what health checks tell.
    """
    # A whole part of the author's: a rounded window would be up to one interval longer.
    interval = health.interval / math.ceil(health.interval / CALM) if calm else interval_of(health)
    window = health.interval * health.retries
    if calm and start_intervals:
        return _calm(health, interval, window)
    first = min(FIRST, health.first_probe)
    if not start_intervals or (first <= interval and _begins(health, first) >= first):
        return {"interval": durations.compose(interval), "retries": math.ceil(round(window / interval, 6))}
    # A start period as long as its interval delays the first probe and no other.
    window += max(health.start_period - first, 0.0)
    return {
        "interval": durations.compose(interval),
        "retries": math.ceil(round(window / interval, 6)),
        "start_period": durations.compose(first),
        "start_interval": durations.compose(_begins(health, first)),
    }


def _begins(health: Health, first: float) -> float:
    """Seconds until a sandbox asks for the first time."""
    return min(EARLY, first) if may_be_asked_at_once(health.test) else first


def _calm(health: Health, interval: float, window: float) -> dict[str, Any]:
    """Ask often until the first yes, and seldom after it."""
    first = min(FIRST, health.first_probe, health.interval)
    return {
        "interval": durations.compose(interval),
        "retries": math.ceil(round(window / interval, 6)),
        "start_period": durations.compose(max(health.start_period, first) + min(STARTING, window)),
        "start_interval": durations.compose(_begins(health, first)),
    }


def changes_cadence(health: Health, *, start_intervals: bool) -> bool:
    """Whether a sandbox, watched or calm, asks at other times than the author lets it."""
    own = {
        "interval": durations.compose(health.interval),
        "retries": health.retries,
        "start_period": durations.compose(health.start_period),
        "start_interval": durations.compose(health.start_interval),
    }
    given = (cadence(health, start_intervals=start_intervals, calm=calm) for calm in (False, True))
    return any(own[key] != value for times in given for key, value in times.items())
