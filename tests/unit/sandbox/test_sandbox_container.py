"""What inspect data says."""

from typing import Any

import pytest
from tests.unit.conftest import MakeContainer

from stackproof.engine import command, labels
from stackproof.sandbox.container import timestamp


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0.0),
        ("1970-01-01T00:00:01.5Z", 1.5),
        ("1970-01-01T00:00:01.500000000Z", 1.5),
        ("2027-03-01T09:30:00.123456789Z", 1803893400.123456789),
        ("1970-01-01T02:00:00+02:00", 0.0),
        ("1970-01-01T02:00:00.25+02:00", 0.25),
        ("1969-12-31T19:00:00.25-05:00", 0.25),
        ("0001-01-01T00:00:00Z", -62135596800.0),  # what the engine says of one that never started
    ],
)
def test_timestamp(text: str, seconds: float) -> None:
    """RFC 3339 with any number of digits, in any zone."""
    assert timestamp(text) == pytest.approx(seconds)


def test_names(make_container: MakeContainer) -> None:
    """As people read it in `docker compose ps`."""
    container = make_container("db", number=2)

    assert (str(container), container.name, container.service, container.number) == ("db-2", "db-2", "db", 2)


def test_container_without_labels(make_container: MakeContainer) -> None:
    """A container that Compose did not make belongs to no service."""
    container = make_container(Config={"Labels": None})

    assert (container.service, container.number) == ("", 1)


@pytest.mark.parametrize("health", [None, "none"])
def test_no_health(make_container: MakeContainer, health: str | None) -> None:
    """No check and a disabled one are the same."""
    assert make_container(health=health).health is None


def test_health_and_its_log(make_container: MakeContainer) -> None:
    """The last probes as the engine keeps them."""
    container = make_container(health="unhealthy")

    assert container.health == "unhealthy"
    assert container.health_log[0]["ExitCode"] == 1
    assert make_container().health_log == []


@pytest.mark.parametrize(
    ("healthcheck", "has"),
    [
        (None, False),
        ({}, False),
        ({"Test": None}, False),
        ({"Test": ["NONE"]}, False),
        ({"Test": ["CMD", "x"]}, True),
    ],
)
def test_has_healthcheck(make_container: MakeContainer, healthcheck: object, has: bool) -> None:  # noqa: FBT001
    """From the compose file or the image, unless it is switched off."""
    assert make_container(Config={"Labels": {}, "Healthcheck": healthcheck}).has_healthcheck is has


@pytest.mark.parametrize(("name", "policy"), [("", "no"), ("no", "no"), ("always", "always")])
def test_restart_policy(make_container: MakeContainer, name: str, policy: str) -> None:
    """Older engines leave the name empty."""
    assert make_container(policy=name).restart_policy == policy


def test_state(make_container: MakeContainer) -> None:
    """State, restarts and start."""
    container = make_container(status="exited", code=3, restarts=2)

    assert (container.id, container.status, container.restarts) == ("web1", "exited", 2)
    assert container.started == pytest.approx(1803893400.25)


def test_published(make_container: MakeContainer) -> None:
    """The first binding; none for a port that is only exposed."""
    ports: dict[str, Any] = {
        "80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "32768"}, {"HostIp": "::1", "HostPort": "32769"}],
        "53/udp": [{"HostIp": "127.0.0.1", "HostPort": "40000"}],
        "9000/tcp": None,
    }
    container = make_container(NetworkSettings={"Ports": ports, "Networks": {}})

    assert container.published(80) == ("127.0.0.1", 32768)
    assert container.published(53) is None
    assert container.published(53, "udp") == ("127.0.0.1", 40000)
    assert container.published(9000) is None
    assert make_container(NetworkSettings={"Ports": None, "Networks": None}).published(80) is None


def test_addresses(make_container: MakeContainer) -> None:
    """IPv4 and IPv6 of all networks; a stopped container has empty ones."""
    networks = {
        "b": {"IPAddress": "172.18.0.3", "GlobalIPv6Address": "fd00::3"},
        "a": {"IPAddress": "172.17.0.2", "GlobalIPv6Address": ""},
    }
    container = make_container(NetworkSettings={"Ports": {}, "Networks": networks})

    assert container.addresses() == ["172.17.0.2", "172.18.0.3", "fd00::3"]
    assert make_container(NetworkSettings={"Ports": {}, "Networks": None}).addresses() == []


def test_anonymous_volumes(make_container: MakeContainer) -> None:
    """Those that nobody named, also in a container that Compose put in place of another one."""
    mounts = [
        {"Type": "volume", "Name": "ab" * 32, "Destination": "/nameless"},
        {"Type": "volume", "Name": "shop_data", "Destination": "/named"},
        {"Type": "volume", "Name": "cd" * 32, "Destination": "/handed-on"},
        {"Type": "bind", "Source": "/srv", "Destination": "/srv"},
    ]
    written = [
        {"Type": "volume", "Target": "/nameless"},
        {"Type": "volume", "Target": "/named", "Source": "shop_data"},
        {"Type": "volume", "Target": "/handed-on", "Source": "cd" * 32},
    ]
    found = make_container(Mounts=mounts, HostConfig={"Mounts": written})

    assert found.anonymous_volumes == ["ab" * 32]
    found.data["Config"]["Labels"][labels.COMPOSE_REPLACE] = "0123"
    assert found.anonymous_volumes == ["ab" * 32, "cd" * 32]
    assert make_container(Mounts=None).anonymous_volumes == []


def test_close_without_shell(make_container: MakeContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container that nobody asked has nothing to end, and no shell is opened to be ended."""
    monkeypatch.setattr(command, "start", lambda *_words: pytest.fail("started a shell"))

    make_container().close()


@pytest.mark.parametrize(
    ("state", "may", "has"),
    [
        ({"status": "exited"}, True, True),
        ({"status": "exited", "policy": "on-failure"}, True, True),
        ({"status": "running"}, True, False),
        ({"status": "exited", "code": 1}, True, False),
        ({"status": "exited", "policy": "always"}, False, False),
        ({"status": "exited", "health": "starting"}, False, False),
        (
            {
                "status": "exited",
                "HostConfig": {"RestartPolicy": {"Name": ""}, "PortBindings": {"80/tcp": []}},
            },
            False,
            False,
        ),
    ],
)
def test_completed(make_container: MakeContainer, state: dict[str, Any], may: bool, has: bool) -> None:  # noqa: FBT001
    """A job that ended well; what is restarted, asked or watched was not meant to end."""
    container = make_container(**state)

    assert (container.may_complete, container.completed) == (may, has)
