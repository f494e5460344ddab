"""How grave a finding is, where that depends on what is found."""

from typing import Any

import pytest
from tests.rule_examples import image_of
from tests.unit.conftest import MakeStack
from tests.unit.rules.conftest import Found

from stackproof.controls import catalogue
from stackproof.lint.images import LocalImages
from stackproof.lint.judging import judge as judge_statically
from stackproof.outcomes.model import Outcome
from stackproof.rules.image import Image
from stackproof.settings import Settings
from stackproof.stack.stack import Stack
from stackproof.stack.weak import is_placeholder


def severities(outcomes: list[Outcome]) -> set[str]:
    """Return the severities of what was found."""
    return {str(outcome.severity) for outcome in outcomes if outcome.outcome == "fail"}


@pytest.mark.parametrize(
    ("name", "value", "severity"),
    [
        ("DB_PASSWORD", "t7Rk2-vQ9x-Lm4w", "high"),
        ("DB_PASSWORD", "${DB_PASSWORD:-t7Rk2-vQ9x-Lm4w}", "high"),
        ("DB_PASSWORD", "secret", "medium"),
        ("DB_PASSWORD", "${DB_PASSWORD:-secret}", "medium"),
        ("DB_PASSWORD", "changeme", "medium"),
        ("DB_PASSWORD", "changeme123", "medium"),
        ("DB_PASSWORD", "ChangeThisPassword123!", "medium"),
        ("DB_PASSWORD", "pos_change_me", "medium"),
        ("DB_PASSWORD", "secret_change_in_production", "medium"),
        ("DB_PASSWORD", "interchangeMeridian7Q!x93", "high"),
        ("EXCHANGE_API_KEY", "ms-exchange-metrics-9f8a7b6c5d4e3f2a1b0c", "high"),
        ("MY_SECRET", "xK9changeMeQ7vLp2sZ", "high"),
        ("DATABASE_URL", "postgres://app:app@db/app", "medium"),
        ("DATABASE_URL", "postgres://app:t7Rk2vQ9xLm4w@db/app", "high"),
        ("PASSWORDS", "secret,t7Rk2-vQ9x-Lm4w", "high"),
        ("ACCOUNTS", "password=secret&token=t7Rk2vQ9xLm4w", "high"),
    ],
)
def test_what_everybody_would_try_gives_nothing_away(
    make_stack: MakeStack, found: Found, name: str, value: str, severity: str
) -> None:
    """One real secret beside it is enough to be as grave as ever."""
    text = f'services:\n  db:\n    environment:\n      {name}: "{value}"\n'
    stack = make_stack({"db": {"environment": {name: value}}}, compose=text)
    assert severities(found(stack, "no-literal-secret-in-env")) == {severity}


@pytest.mark.parametrize(
    ("command", "severity"),
    [
        ("PGPASSWORD=Real1y-Long77 psql -h a; PGPASSWORD=changeme psql -h b", "high"),
        ("PGPASSWORD=changeme psql -h b; PGPASSWORD=Real1y-Long77 psql -h a", "high"),
        ("PGPASSWORD=changeme psql -h b; PGPASSWORD=admin psql -h a", "medium"),
        ("mysqladmin -pReal1y-Long77 ping; mysqladmin -pchangeme ping", "high"),
        ("rabbitmqctl add_user ops ops; rabbitmqctl add_user ops Real1y-Long77", "high"),
        ("rabbitmqctl add_user ops ops", "medium"),
        ("docker login -u ops -p ops r", "medium"),
        ("curl -u ops:ops http://s", "medium"),
        ("celery flower --basic_auth=admin:admin", "medium"),
        ("celery flower --basic_auth=admin:Real1y-Long77", "high"),
    ],
)
@pytest.mark.parametrize("key", ["command", "hook"])
def test_one_finding_for_a_name_as_grave_as_the_gravest(
    make_stack: MakeStack, found: Found, key: str, command: str, severity: str
) -> None:
    """Whatever the order; what is the name of the user gives nothing away."""
    words = ["sh", "-c", command]
    service: dict[str, Any] = {"command": words} if key == "command" else {"post_start": [{"command": words}]}
    where = "command:" if key == "command" else "post_start:\n      - command:"
    text = f'services:\n  db:\n    {where} ["sh", "-c", "{command}"]\n'
    stack = make_stack({"db": service}, compose=text)
    outcomes = found(stack, "no-literal-secret-in-env")
    assert [(one.outcome, str(one.severity)) for one in outcomes] == [("fail", severity)]


@pytest.mark.parametrize(
    "text",
    [
        *("CHANGE_ME", "change-me-now", "please change this password", "your_password_here", "<token>"),
        *(
            "{{ password }}",
            "xxxxxxxx",
            "********",
            "set a secure password here",
            "REPLACE_WITH_TOKEN",
            "TODO",
        ),
        *(
            "insert key here",
            "my-secret-token",
            "supersecretpassword",
            "generate-a-random-one",
            "...",
            "[key]",
        ),
        *(
            "pos_change_me",
            "dev_jwt_secret_change_me_in_production_min_32_chars",
            "ChangeThisPassword123!",
            "!ChangeThisMercureHubJWTSecretKey!",
            "local-development-secret-change-before-remote-use",
            "supersecretkey_change_in_production_32chars",
            "YourStrong@Passw0rd",
            "shopChangeMeSoon",
            "SHOP_CHANGE_ME_2024",
            "app-changemeplease",
            "dev-changethissecretkey",
            "2ChangeThisKey!",
            "yourStrong(!)Password",
        ),
    ],
)
def test_what_holds_the_place_of_a_password(text: str) -> None:
    """As templates write it."""
    assert is_placeholder(text)


@pytest.mark.parametrize(
    "text",
    [
        *("s3cr3t-Xy81", "adminpw", "p4ssw0rd-for-me", "correct horse battery", "fillmore", "changeling"),
        *("small-change-jar", "dev_only_k3y", "yourself-9xQ"),
        *(
            "EXCHANGE_METRICS_9F8A7B",
            "exchange-message-9f8a7b",
            "shop-change-metrics-9f8a7b",
            "shopChangeMessage-9f8a7b",
            "exchange_in_memory_9f8a7b",
            "Xchange-this-9f8a7b",
            "stockExchange_for_9f8a7b",
        ),
    ],
)
def test_what_may_be_a_password(text: str) -> None:
    """Whatever nobody is told to replace."""
    assert not is_placeholder(text)


SOCKET = {"volumes": [{"type": "bind", "source": "/var/run/docker.sock", "target": "/s"}]}


def _open(image: str, target: int) -> dict[str, Any]:
    return {"image": image, "ports": [{"target": target, "published": str(target)}]}


@pytest.mark.parametrize(
    ("service", "severity"),
    [
        (_open("postgres", 5432), "high"),
        (_open("elasticsearch", 9200), "high"),
        (_open("portainer/portainer-ce", 9000), "high"),
        (_open("kibana", 5601), "high"),
        (_open("docker", 2375), "critical"),
        (_open("adminer", 8080), "medium"),
        (_open("minio/minio", 9000), "medium"),
        (_open("prom/prometheus", 9090), "medium"),
        (_open("mailhog/mailhog", 8025), "medium"),
        (_open("grafana/grafana", 3000), "medium"),
        (
            {
                **_open("postgres", 5432),
                "ports": [{"target": 5432, "published": "5432", "host_ip": "127.0.0.1"}],
            },
            "",
        ),
    ],
)
def test_what_a_published_port_leads_to(
    make_stack: MakeStack, found: Found, service: dict[str, Any], severity: str
) -> None:
    """Data and control are graver than what asks for a login or shows figures; loopback is no finding."""
    assert severities(found(make_stack({"it": service}), "no-sensitive-port-published")) == {severity} - {""}


@pytest.mark.parametrize(
    ("rule", "service", "severity"),
    [
        ("no-host-network", {"image": "nginx", "network_mode": "host"}, "high"),
        ("no-host-network", {"image": "home-assistant/home-assistant", "network_mode": "host"}, "medium"),
        ("no-host-network", {"image": "lscr.io/linuxserver/plex:1.41", "network_mode": "host"}, "medium"),
        ("no-host-network", {"image": "luligu/matterbridge", "network_mode": "host"}, "medium"),
        # Another program of that name, which bridges chats.
        ("no-host-network", {"image": "42wim/matterbridge", "network_mode": "host"}, "high"),
        ("no-docker-socket", {"image": "r.example:5000/tecnativa/docker-socket-proxy", **SOCKET}, "medium"),
        ("no-docker-socket", {"image": "registry.example:5000/socket-proxy:1", **SOCKET}, "medium"),
        # Whoever calls it so may do anything with it.
        ("no-docker-socket", {"image": "evilcorp/socket-proxy", **SOCKET}, "critical"),
        ("no-docker-socket", {"image": "nginx", "use_api_socket": True}, "critical"),
        ("no-docker-socket", {"image": "portainer/portainer-ce", **SOCKET}, "critical"),
        ("no-docker-socket", {"image": "tecnativa/docker-socket-proxy", **SOCKET}, "medium"),
    ],
)  # fmt: skip
def test_what_some_images_are_known_to_need(
    make_stack: MakeStack, found: Found, rule: str, service: dict[str, Any], severity: str
) -> None:
    """It stays a finding."""
    assert severities(found(make_stack({"it": service}), rule)) == {severity}


class Rooted(LocalImages):
    """Images without a user, whatever they are called."""

    def of(self, stack: Stack, service: str) -> Image:  # noqa: ARG002 - as it is called
        """Return one."""
        return image_of({})


def test_what_a_container_decides_is_below_the_gate_where_none_runs(make_stack: MakeStack) -> None:
    """An entrypoint may drop to a user of its own, which only a sandbox shows."""
    rule = "image-user-nonroot"
    stack = make_stack({"it": {"image": "nginx"}})
    only = Settings(select=(rule,))
    outcomes = judge_statically(stack, only, catalogue.entries(), Rooted())
    assert [(one.outcome, one.severity) for one in outcomes] == [("advisory", "medium")]


@pytest.mark.parametrize(
    ("service", "severity"),
    [
        ({}, "high"),
        ({"image": "app:1.4"}, "medium"),
        ({"image": "app:1.4", "pull_policy": "missing"}, "medium"),
        ({"image": "app:1.4", "pull_policy": "build"}, "high"),
        ({"image": "app:1.4", "pull_policy": "never"}, "high"),
    ],
)
def test_what_may_be_pulled_need_not_be_built(
    make_stack: MakeStack, found: Found, service: dict[str, Any], severity: str
) -> None:
    """Compose pulls before it builds, and builds what it cannot pull."""
    stack = make_stack({"app": {"build": {"context": "/nowhere/app"}, **service}})
    assert severities(found(stack, "dockerfile-present")) == {severity}


@pytest.mark.parametrize(
    ("image", "target", "severity"),
    [
        ("rabbitmq:4.0-management", 15692, "medium"),
        ("rabbitmq:4.0-management", 5672, "high"),
        ("nats:2.10", 8222, "medium"),
        ("nats:2.10", 6222, "high"),
        ("clickhouse/clickhouse-server:25.1", 9363, "medium"),
        ("clickhouse/clickhouse-server:25.1", 8123, "high"),
        ("opensearchproject/opensearch:2.19.0", 9600, "medium"),
        ("opensearchproject/opensearch:2.19.0", 9200, "high"),
    ],
)
def test_figures_of_a_store_are_not_its_data(
    make_stack: MakeStack, found: Found, image: str, target: int, severity: str
) -> None:
    """Each has a port of its own for them, beside that for the data."""
    stack = make_stack({"it": {"image": image, "ports": [{"target": target, "published": str(target)}]}})
    assert severities(found(stack, "no-sensitive-port-published")) == {severity}
