"""The cadence of health checks in a sandbox: nobody shall wait half a minute for a state."""

import math
from collections.abc import Mapping
from typing import Any

from stackproof.isolation.plan import Plan
from stackproof.stack import durations
from stackproof.stack.model import Health, Service

# A health check in the sandbox runs this often.
CADENCE = 1.0  # seconds
# Only the first time it waits as long as the author lets it, or so long: programs come with probes that
# harm a service which has just begun to start. RabbitMQ's, as root, takes the place of the server's own epmd.
FIRST = 5.0  # seconds


def health_of(service: Service, image_health: Mapping[str, Health]) -> Health | None:
    """Return the health check that counts: the compose file's over the image's; None when there is none."""
    raw = service.raw.get("healthcheck")
    inherited = image_health.get(service.name)
    if raw and (raw.get("disable") or raw.get("test") == ["NONE"]):
        return None
    if raw and raw.get("test"):
        return Health.parse(raw)
    if inherited is None:
        return None
    # Compose lets a file change the cadence of the image's own test.
    default = {
        "interval": durations.compose(inherited.interval),
        "timeout": durations.compose(inherited.timeout),
        "retries": inherited.retries,
        "start_period": durations.compose(inherited.start_period),
        "start_interval": durations.compose(inherited.start_interval),
    }
    return Health.parse({**default, **(raw or {})})


def cadence(health: Health, plan: Plan) -> dict[str, Any]:
    """Probe more often, and stretch the retries so that the author's time window stays the same.

    Otherwise a slow first start under load would be called unhealthy, which is final for depends_on.
    """
    interval = min(CADENCE, health.interval)
    window = health.interval * health.retries
    first = min(FIRST, health.first_probe)
    if not plan.start_interval or first <= interval:
        return {"interval": durations.compose(interval), "retries": math.ceil(window / interval)}
    # A start period as long as its interval delays the first probe and no other.
    window += max(health.start_period - first, 0.0)
    return {
        "interval": durations.compose(interval),
        "retries": math.ceil(window / interval),
        "start_period": durations.compose(first),
        "start_interval": durations.compose(first),
    }
