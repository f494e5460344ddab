"""What is promised to the host's network, and what must not be."""

from collections import Counter
from collections.abc import Iterator

from stackproof.controls import HIGH, MEDIUM
from stackproof.controls.control import not_applicable
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.rule import rule
from stackproof.stack.conflicts import conflicts
from stackproof.stack.model import Service
from stackproof.stack.ports import Port
from stackproof.stack.stack import Stack

# Databases, brokers, caches and admin interfaces, by the port inside the container.
SENSITIVE = {
    1433: "SQL Server", 1521: "Oracle", 2181: "ZooKeeper", 2375: "Docker API", 2376: "Docker API",
    2379: "etcd", 3306: "MySQL", 4369: "Erlang port mapper", 5432: "PostgreSQL", 5601: "Kibana",
    5672: "AMQP", 5984: "CouchDB", 6379: "Redis", 7000: "Cassandra", 8086: "InfluxDB", 8500: "Consul",
    9042: "Cassandra", 9092: "Kafka", 9200: "Elasticsearch", 9300: "Elasticsearch", 11211: "memcached",
    15672: "RabbitMQ management", 27017: "MongoDB", 28015: "RethinkDB",
}  # fmt: skip
# Consoles without a login, on numbers that others use too: known by the program or by the image's name.
CONSOLES = {9090: "prometheus", 9091: "pushgateway", 9093: "alertmanager"}


@rule(
    "no-sensitive-port-published",
    "No database, broker, cache or admin port is published beyond loopback",
    severity=HIGH,
    key="ports",
)
def no_sensitive_port_published(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """A published database is one weak password away from the whole network.

    Fix: remove `ports:`, or bind it to 127.0.0.1 for the administrator of this machine.

    Applies to: services that publish a port.
    """
    if not service.ports:
        not_applicable(f"{service} publishes no port")
    evidence(published=[str(port) for port in service.ports])
    found = {port: name for port in dict.fromkeys(service.ports) if (name := _sensitive(service, port))}
    beyond = {port: name for port, name in found.items() if not port.loopback}
    # A waiver for one way to a port must not become one for another way that is added.
    ways = Counter((port.target, port.protocol) for port in beyond)
    for port, name in beyond.items():
        yield Finding(
            f"{service} publishes {name} ({port}) on {port.host_ip or 'every address of the host'}",
            at=port.at,
            aspect=f"{port.target}/{port.protocol}" if ways[port.target, port.protocol] == 1 else str(port),
        )


def _sensitive(service: Service, port: Port) -> str | None:
    """Return what listens there that nobody outside should reach."""
    if port.target in SENSITIVE:
        return SENSITIVE[port.target]
    console = CONSOLES.get(port.target)
    return console.capitalize() if console and console in service.programs else None


@rule(
    "up-without-conflict",
    "`docker compose up` does not conflict with itself",
    severity=HIGH,
    key="ports",
)
def up_without_conflict(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """Two containers cannot have the same host port, name, address or subnet: `up` stops half way.

    A sandbox has ports, names and subnets of its own, so this is read from the file.

    Fix: publish another number or none, let the engine choose names and addresses, or scale to one.

    Applies to: all services.
    """
    evidence(
        ports=[str(port) for port in service.ports if port.published],
        container_name=service.container_name or "none",
        replicas=service.replicas,
    )
    for conflict in conflicts(stack.model).get(service.name, ()):
        yield Finding(
            f"{service}: {conflict.words}",
            at=conflict.at,
            aspect=conflict.words,
            severity=None if conflict.certain else MEDIUM,
        )
