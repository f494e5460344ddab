"""When a sandbox asks for the health of a service."""

from typing import Any

import pytest
from tests.unit.isolation.test_isolation_sandbox_file import one

from stackproof.stack.durations import seconds


@pytest.mark.parametrize(("written", "asked"), [("1m", "3000ms"), ("3s", "3000ms"), ("1500ms", "1500ms")])
def test_watched_sandbox_asks_often(written: str, asked: str) -> None:
    """As often as the author at least."""
    raw = {"healthcheck": {"test": ["CMD", "true"], "interval": written, "timeout": "30s"}}

    assert one(raw)["healthcheck"]["interval"] == asked


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        (
            {"interval": "5s", "retries": 4},
            {"interval": "5000ms", "retries": 4, "start_period": "13000ms", "start_interval": "5000ms"},
        ),
        (
            {"interval": "30s", "retries": 4},
            {"interval": "10000ms", "retries": 12, "start_period": "13000ms", "start_interval": "5000ms"},
        ),
        (
            {"interval": "30s", "retries": 1, "start_period": "1m", "start_interval": "2s"},
            {"interval": "10000ms", "retries": 3, "start_period": "68000ms", "start_interval": "2000ms"},
        ),
        (
            {"interval": "1s", "retries": 3},
            {"interval": "1000ms", "retries": 3, "start_period": "4000ms", "start_interval": "1000ms"},
        ),
    ],
)
def test_calm_sandbox_leaves_healthy_services_alone(given: dict[str, Any], asked: dict[str, Any]) -> None:
    """Only until the first success it asks often; the window stays, and what never starts is told soon."""
    raw = {"healthcheck": {"test": ["CMD", "true"], "timeout": "3s", **given}}

    assert one(raw, calm=True, start_interval=True)["healthcheck"] == raw["healthcheck"] | asked
    without = {key: asked[key] for key in ("interval", "retries")}
    assert one(raw, calm=True)["healthcheck"] == raw["healthcheck"] | without


def _given_up(asked: dict[str, Any]) -> float:
    """Return the second in which an engine calls a check unhealthy that always says no.

    As moby's daemon/health.go counts: no failure within the start period, where it waits a start interval.
    """
    every, period = seconds(asked["interval"]), seconds(asked.get("start_period", "0s"))
    early = seconds(asked.get("start_interval", "5s"))
    now, failed = 0.0, 0
    while failed < asked["retries"]:
        now += early if now < period else every
        failed += now >= period
    return now


@pytest.mark.parametrize("test", [["CMD", "true"], ["CMD", "redis-cli", "ping"]])
@pytest.mark.parametrize("period", ["0s", "3s", "40s"])
@pytest.mark.parametrize("interval", ["1s", "4s", "5s", "6s", "11s", "25s", "30s", "90s"])
def test_calm_sandbox_gives_up_soon_after_the_author(interval: str, period: str, test: list[str]) -> None:
    """What never becomes healthy is told within ten seconds of its author's window, and no sooner."""
    written = {"interval": interval, "retries": 3, "start_period": period}
    asked = one({"healthcheck": {"test": test, **written}}, calm=True, start_interval=True)["healthcheck"]

    window = seconds(period) + 3 * seconds(interval)
    assert _given_up(written) <= _given_up(asked) <= window + 10


@pytest.mark.parametrize(
    "test",
    [
        ["CMD", "redis-cli", "ping"],
        ["CMD-SHELL", "REDISCLI_AUTH=x redis-cli ping | grep -q PONG"],
        ["CMD-SHELL", "curl -fsS http://localhost:8000/health || exit 1"],
        ["CMD-SHELL", "wget -q --spider localhost || curl -f localhost"],
        ["CMD", "/usr/bin/wget", "-q", "-O", "/dev/null", "http://127.0.0.1/"],
        ["CMD", "timeout", "3", "nc", "-z", "127.0.0.1", "5432"],
        ["CMD", "sh", "-c", "nc -z 127.0.0.1 80"],
        ["CMD", "python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1/')"],
        ["CMD-SHELL", "node -e \"require('http').get('http://localhost:3000')\""],
        ["CMD", "pg_isready", "-h", "127.0.0.1", "-U", "app"],
        ["CMD-SHELL", "mysqladmin ping --host=127.0.0.1 -p$$MYSQL_ROOT_PASSWORD"],
    ],
)
def test_cheap_clients_ask_at_once(test: list[str]) -> None:
    """They are refused until somebody listens."""
    raw = {"healthcheck": {"test": test, "interval": "30s", "timeout": "3s"}}

    assert one(raw, start_interval=True)["healthcheck"]["start_interval"] == "500ms"
    assert one(raw, start_interval=True)["healthcheck"]["start_period"] == "5000ms"
    assert one(raw, start_interval=True, calm=True)["healthcheck"]["start_interval"] == "500ms"


@pytest.mark.parametrize(
    "test",
    [
        ["CMD", "rabbitmq-diagnostics", "-q", "ping"],
        ["CMD-SHELL", "curl -f localhost:15672 && rabbitmqctl status"],
        # The server that makes the database listens on its socket alone, and is stopped again.
        ["CMD-SHELL", "pg_isready -U app -d app"],
        ["CMD", "mysqladmin", "ping", "-h", "localhost"],
        ["CMD", "mariadb-admin", "ping"],
        ["CMD", "healthcheck.sh", "--connect", "--innodb_initialized"],
        ["CMD-SHELL", "pg_isready -U app-h 127.0.0.1x"],
        ["CMD-SHELL", "wget --spider -q http://localhost:8123/ping"],
        ["CMD", "curl", "-f", "http://localhost:8086/ping"],
        ["CMD", "nc", "-z", "localhost", "8123"],
        ["CMD", "python", "/app/http_check.py"],
        ["CMD", "true"],
        ["CMD-SHELL", "exit 0"],
        ["CMD-SHELL", "test -f /tmp/ready"],
        ["CMD", "python", "/srv/check.py"],
        ["CMD", "haproxy", "-c", "-f", "/usr/local/etc/haproxy/haproxy.cfg"],
        ["CMD-SHELL", "$$CHECK"],
        ["CMD"],
    ],
)
def test_other_probes_wait(test: list[str]) -> None:
    """Whoever does not know a probe lets the service start before it is asked."""
    raw = {"healthcheck": {"test": test, "interval": "30s", "timeout": "3s"}}

    assert one(raw, start_interval=True)["healthcheck"]["start_interval"] == "5000ms"


def test_author_who_asks_earlier_still_does() -> None:
    """Nobody is asked later than their author asks."""
    raw = {"healthcheck": {"test": ["CMD", "redis-cli", "ping"], "interval": "30s", "timeout": "3s",
                           "start_period": "20s", "start_interval": "200ms"}}  # fmt: skip

    assert "start_interval" in one(raw, start_interval=True)["healthcheck"]
    assert one(raw, start_interval=True)["healthcheck"]["start_interval"] == "200ms"
