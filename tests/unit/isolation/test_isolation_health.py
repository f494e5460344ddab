"""When a sandbox asks for the health of a service."""

import pytest
from tests.unit.isolation.test_isolation_sandbox_file import one


@pytest.mark.parametrize(
    ("timeout", "interval"), [("3s", "1000ms"), ("5s", "1000ms"), ("10s", "2000ms"), ("30s", "3000ms")]
)
def test_slow_probes_leave_time_between_two(timeout: str, interval: str) -> None:
    """A server that answers one request at a time has others to answer, too."""
    raw = {"healthcheck": {"test": ["CMD", "true"], "interval": "1m", "timeout": timeout}}

    assert one(raw)["healthcheck"]["interval"] == interval


def test_calm_sandbox_keeps_the_interval_of_the_author() -> None:
    """Only until the first success it asks as often as elsewhere, so that nobody waits for a state."""
    raw = {"healthcheck": {"test": ["CMD", "true"], "interval": "30s", "retries": 4, "timeout": "3s"}}

    early = {"start_period": "120000ms", "start_interval": "5000ms", "interval": "30000ms"}
    assert one(raw, calm=True, start_interval=True)["healthcheck"] == raw["healthcheck"] | early
    assert one(raw, calm=True)["healthcheck"] == raw["healthcheck"]
