"""What number, image and command tell of a published port, and who is taken as public for it."""

from typing import Any

import pytest
from tests.unit.conftest import MakeStack

from stackproof.stack import public, sensitive
from stackproof.stack.model import Model
from stackproof.stack.sensitive import Kind
from stackproof.stack.service import Service


def publishing(target: int, protocol: str = "tcp", **raw: Any) -> Service:  # noqa: ANN401 - any compose key
    """Return a service that publishes one port."""
    port = {"target": target, "published": str(target), "protocol": protocol}
    return Service(name="it", raw={"ports": [port], **raw})


@pytest.mark.parametrize(
    ("service", "name"),
    [
        (publishing(7687), "Neo4j"),
        (publishing(26257), "CockroachDB"),
        (publishing(4222), "NATS"),
        (publishing(1883), "MQTT"),
        (publishing(2376), "Docker API"),
        (publishing(10250), "kubelet"),
        (publishing(9229), "Node.js inspector"),
        (publishing(161, "udp"), "SNMP"),
        (publishing(8123, image="clickhouse/clickhouse-server:25.3"), "ClickHouse"),
        (publishing(9000, image="registry.example:5000/team/minio@sha256:0123"), "MinIO"),
        (publishing(6380, image="redis:7"), "Redis"),
        (publishing(7777, command=["redis-server", "--port", "7777"]), "Redis"),
        (publishing(5433, command=["sh", "-c", "exec /usr/bin/postgres -p 5433"]), "PostgreSQL"),
        (publishing(5433, entrypoint=["/usr/local/bin/mysqld"]), "MySQL"),
        (publishing(80, image="phpmyadmin/phpmyadmin"), "phpMyAdmin"),
        (publishing(80, image="dpage/pgadmin4:8"), "pgAdmin"),
        (publishing(8081, image="mongo-express"), "mongo-express"),
        (publishing(9000, image="portainer/portainer-ce:2"), "Portainer"),
        (publishing(8080, image="traefik:v3", command=["--api.insecure=true"]), "Traefik's dashboard"),
        (
            publishing(8080, image="traefik:v3", command=["--api=true", "--api.insecure"]),
            "Traefik's dashboard",
        ),
        (publishing(8080, image="own", environment={"TRAEFIK_API_INSECURE": "True"}), "Traefik's dashboard"),
        (publishing(9000, image="app", command=["php-fpm"]), "PHP-FPM"),
        (publishing(5678, command=["python", "-m", "debugpy", "--listen", "0.0.0.0:5678"]), "debugpy"),
        (publishing(3000, image="grafana/grafana-oss"), "Grafana"),
        (publishing(9000, image="php:8.3-fpm"), "PHP-FPM"),
        (publishing(9000, image="wordpress:6.7-php8.3-fpm-alpine"), "PHP-FPM"),
        (publishing(9000, image="acme/shop-fpm:1.4"), "PHP-FPM"),
        (publishing(9000, image="nextcloud:fpm@sha256:0123"), "PHP-FPM"),
        (publishing(4444, image="selenium/hub:4.27"), "Selenium Grid"),
        (publishing(4444, image="selenium/standalone-edge:4.27"), "Selenium Grid"),
        (publishing(7900, image="selenium/node-chrome:4.27"), "VNC"),
        (publishing(5900, image="selenium/node-firefox:4.27"), "VNC"),
        (publishing(8888, image="quay.io/jupyter/pytorch-notebook:2024-12-01"), "Jupyter"),
        (publishing(10000, image="jupyter/tensorflow-notebook"), "Jupyter"),
        (publishing(8888, image="tensorflow/tensorflow:2.18.0-jupyter"), "Jupyter"),
        (publishing(8889, image="app", command=["jupyter", "lab", "--ip=0.0.0.0"]), "Jupyter"),
        (publishing(8000, image="jupyterhub/jupyterhub:5"), "JupyterHub"),
        (publishing(9001, image="portainer/agent:2.24"), "Portainer's agent"),
        (publishing(8091, image="couchbase:7.6"), "Couchbase"),
        (publishing(11210, image="couchbase/server:7.6"), "Couchbase"),
        (publishing(14330, image="mcr.microsoft.com/mssql/server:2022-latest"), "SQL Server"),
        (publishing(15210, image="container-registry.oracle.com/database/free:23"), "Oracle"),
        (publishing(15210, image="gvenzl/oracle-free:23"), "Oracle"),
        (publishing(8000, image="chromadb/chroma:0.6"), "Chroma"),
        (publishing(8080, image="redpandadata/console:v2.8"), "Redpanda Console"),
        (publishing(8500, image="hashicorp/consul:1.20"), "Consul"),
        (publishing(8500, image="acme/registry"), "Consul"),
        (publishing(8500), "Consul"),
        # What its owner is called says nothing of it, and neither does its tag.
        (publishing(8500, image="serving/consul:1.20"), "Consul"),
        (publishing(8500, image="hashicorp/consul:serving"), "Consul"),
        (publishing(28015, image="rustlabs/rethinkdb:2.4"), "RethinkDB"),
        (publishing(8888, image="mher/flower:2.0"), "Flower"),
        (publishing(6380, image="docker.dragonflydb.io/dragonflydb/dragonfly"), "Dragonfly"),
        (publishing(28015, image="rethinkdb:2.4"), "RethinkDB"),
        (publishing(28015), "RethinkDB"),
    ],
)
def test_known(service: Service, name: str) -> None:
    """By a number that nothing else uses, else by image or program, whatever the number."""
    assert str(sensitive.known(service, service.ports[0])) == name


@pytest.mark.parametrize(
    "service",
    [
        publishing(80, image="nginx:alpine"),
        publishing(443, image="traefik:v3"),
        publishing(8080, image="traefik:v3"),
        publishing(8080, image="traefik:v3", command=["--api.insecure=false", "--api.dashboard=true"]),
        publishing(8080, image="traefik:v3", environment={"TRAEFIK_API_INSECURE": "false"}),
        publishing(80, image="traefik:v3", command=["--api.insecure=true"]),
        publishing(5432, "udp"),
        publishing(6379, "udp", image="redis"),
        publishing(8123, image="home-assistant"),
        publishing(9000, image="sonarqube"),
        publishing(5678, image="n8nio/n8n"),
        publishing(7000, image="app"),
        publishing(8000, image="app", command=["wait-for", "postgres", "--", "app"]),
        publishing(8000, image="app", command=["--db", "postgres", "--port", "8000"]),
        publishing(8000, image="app", command=["--config=/etc/prometheus"]),
        publishing(8000, image="app", entrypoint=["/app"], command=["--broker=kafka"]),
        publishing(8000, image="team/redis-cache-ui"),
        publishing(8000),
        publishing(8500, image="tensorflow/serving:2.18.0"),
        publishing(8500, image="registry.example:5000/acme/model-serving"),
        publishing(8500, image="adobecoldfusion/coldfusion2023:latest"),
        publishing(28015, image="didstopia/rust-server:latest"),
        publishing(28015, image="acme/rust:1.4"),
        publishing(28015, image="ich777/steamcmd:rust"),
        publishing(8080, image="evilcorp/flower:1.4"),
        publishing(8080, image="evilcorp/dragonfly"),
        publishing(9000, image="php:8.3-apache"),
        publishing(9000, image="php:8.3-cli"),
        publishing(8080, image="wordpress:6.7-fpm"),
        publishing(80, image="acme/hub:1.4"),
        publishing(80, image="acme/server:1.4"),
        publishing(80, image="acme/agent:1.4"),
        publishing(80, image="acme/console:1.4"),
        publishing(7900, image="acme/app"),
        publishing(8888, image="acme/app"),
        publishing(5555, image="selenium/node-chrome:4.27"),
    ],
)
def test_not_known(service: Service) -> None:
    """A number that others use, a word further back in a command, a part of a name say nothing."""
    assert sensitive.known(service, service.ports[0]) is None


def test_programs_are_names_of_images_or_programs() -> None:
    """In small letters, and of a path no more than the last two words: others would never be met."""
    for name in sensitive.PROGRAMS:
        assert name == name.lower()
        assert name.count("/") <= 1


def test_each_kind_is_in_the_tables() -> None:
    """Stores, hosts, consoles, debuggers, remote access; Grafana and the like by their names."""
    assert {known.kind for known in (*sensitive.NUMBERS.values(), *sensitive.PROGRAMS.values())} == set(Kind)


SERVICES: dict[str, Any] = {
    "web": {"image": "app", "ports": [{"target": 8000, "published": "80"}]},
    "db": {"image": "postgres", "ports": [{"target": 5432, "published": "15432"}]},
    "proxy": {
        "image": "traefik",
        "command": ["--api.insecure"],
        "ports": [{"target": 80}, {"target": 8080}],
    },
    "admin": {"image": "app", "ports": [{"target": 9000, "host_ip": "127.0.0.1"}]},
    "board": {"image": "grafana", "ports": [{"target": 3000}]},
    "agent": {"image": "app", "network_mode": "host"},
    "cache": {"image": "redis", "network_mode": "host"},
    "worker": {"image": "app"},
}


def test_taken_as_public() -> None:
    """Who publishes a port that is no database's, or is on the host's network, with the reason."""
    assert public.taken(Model(raw={"services": SERVICES})) == {
        "agent": "it is on the host's network",
        "board": "publishes :3000/tcp",
        "proxy": "publishes :80/tcp",
        "web": "publishes 80:8000/tcp",
    }


def test_proposed_as_public() -> None:
    """A console with a login of its own is not meant by who has not said so."""
    assert set(public.taken(Model(raw={"services": SERVICES}), guarded=False)) == {"agent", "proxy", "web"}


def test_assumptions_are_told(make_stack: MakeStack) -> None:
    """The report says who is taken as public, who is not, and why; with a contract nothing is assumed."""
    services = {name: SERVICES[name] for name in ("web", "db", "worker")}
    taken, kept = make_stack(services).assumptions

    assert taken == (
        "no contract says which services are public, taken as public: web (publishes 80:8000/tcp)"
    )
    assert kept == "publish a port and are not taken as public, for what it is: db (PostgreSQL)"
    assert make_stack(services, "public: [db]").assumptions == ()
    assert make_stack({"worker": {}}).assumptions == ()


@pytest.mark.parametrize(
    ("contract", "name", "words"),
    [
        ("public: [db]", "db", "by the contract"),
        ("public: []", "web", "no: the contract does not name it"),
        ("", "web", "taken as public, for no contract says otherwise: publishes 80:8000/tcp"),
        ("", "db", "not taken as public, for what it is: PostgreSQL"),
        ("", "cache", "not taken as public, for what it is: Redis"),
        ("", "worker", "not taken as public: publishes no port"),
    ],
)
def test_public_words(make_stack: MakeStack, contract: str, name: str, words: str) -> None:
    """Evidence says by whose word a service is public, or not."""
    stack = make_stack(SERVICES, contract) if contract else make_stack(SERVICES)

    assert stack.public_words(name) == words
