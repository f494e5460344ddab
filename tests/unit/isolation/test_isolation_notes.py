"""What the report says of a sandbox that is not as written."""

from typing import Any

from stackproof.isolation.notes import notes
from stackproof.isolation.treatment import Permits
from stackproof.stack.model import Health, Model

CALM = " where they are watched, elsewhere as their author says but within 10 s"
LATE = ", at first as late as their author's but within 5 s"


def test_stack_that_uses_all(everything: dict[str, Any]) -> None:
    """Every replacement is named, and what was opened."""
    assert notes(Model(raw=everything), permits=Permits(host_access=True)) == [
        "a network of the sandbox stands in for the engine's own bridge: legacy (network_mode: bridge)",
        "a newer image is not asked for: the one that is on the engine, or is built, is proven: web (always)",
        "external volumes are empty in a sandbox: dbdata",
        (
            "fixed container names are kept as network aliases, so a name that is taken is not noticed: "
            "db (shop-db), legacy (legacy), web (shop-web)"
        ),
        (
            "keys that `docker compose up` does not use outside a swarm or a watch are left out: "
            "api (deploy.placement), web (develop)"
        ),
        "keys that matter in a swarm only are left out: front (attachable)",
        "labels and variables by which others would take a sandbox for the live service are left out: web",
        "labels of networks and volumes are the sandbox's own: cache (labels.owner)",
        "links to containers outside the stack are left out: web (other_stack_db:db)",
        (
            "named volumes are replaced by fresh ones, removed afterwards, so what old ones hold is not seen"
            ": cache, shared"
        ),
        "names of networks and volumes are the sandbox's own: back (shop-backend), cache (shop-cache)",
        (
            "networks have another subnet in each sandbox; addresses in the compose file follow, those in "
            "mounted files do not: front"
        ),
        (
            "options that name, place or open a network on the host are left out: "
            "front (driver_opts.com.docker.network.bridge.name)"
        ),
        (
            "ports are published on 127.0.0.1 with numbers chosen by the host, so a number that is taken is "
            "not noticed: legacy, web"
        ),
        "volumes of these drivers are plain local ones in a sandbox: nas (nfs)",
        (
            "writable binds, those that are not there and those that hold sockets are copies: "
            "api (/project/uploads), web (/project/conf), web (/project/uploads)"
        ),
        "which host port of a range it is, is known only when it runs: web (7000-7010:7000/tcp)",
        f"health checks run every 3 s{CALM}{LATE}, with more retries in the same window: web",
        "open by --allow-host-access: proxy (network_mode: host) is on the host's network",
    ]


def test_networks_and_logs() -> None:
    """External ones, other drivers, and a service that is not started."""
    raw = {
        "services": {"web": {"logging": {"driver": "gelf"}, "scale": 0}},
        "networks": {"live": {"external": True}, "mac": {"driver": "macvlan"}, "plain": {"driver": "bridge"}},
    }

    assert notes(Model(raw=raw)) == [
        "external networks are replaced by ones of the sandbox, without what else is on them: live",
        "logs stay on the engine in place of the author's driver: web (gelf)",
        "networks of these drivers are replaced by bridges: mac (macvlan)",
        "no container is started, as written (replicas: 0): web",
    ]


def test_network_that_was_opened() -> None:
    """The name is the one on the engine, not the key."""
    raw = {
        "services": {"web": {"network_mode": "proxy"}},
        "networks": {"front": {"name": "proxy", "external": True}, "back": {"external": True}},
    }

    assert notes(Model(raw=raw), permits=Permits(networks=frozenset({"proxy"}))) == [
        "external networks are replaced by ones of the sandbox, without what else is on them: back",
        (
            "joins a live network, and answers there to the names of the author's services "
            "(--allow-network): front"
        ),
        (
            "open by --allow-network proxy: web (network_mode: proxy) joins a network of this engine, "
            "and what is live on it"
        ),
    ]


def test_engines_own_log_driver() -> None:
    """One that leads away from the engine is not the sandbox's."""
    model = Model(raw={"services": {"web": {}}})

    assert notes(model, log_driver="fluentd") == [
        "logs stay on the engine in place of its own driver: fluentd"
    ]
    assert notes(model, log_driver="json-file") == []


def test_plain_stack() -> None:
    """Nothing to say."""
    raw = {"name": "shop", "services": {"web": {"networks": {"default": None}}},
           "networks": {"default": {"name": "shop_default", "ipam": {}}}}  # fmt: skip

    assert notes(Model(raw=raw)) == []


def test_first_probe() -> None:
    """Only an engine that knows start intervals can wait with it."""
    model = Model(raw={"services": {"web": {"healthcheck": {"test": ["CMD", "true"]}}}})

    known, unknown = (notes(model, start_intervals=knows)[0] for knows in (True, False))

    assert known == f"health checks run every 3 s{CALM}{LATE}, with more retries in the same window: web"
    assert unknown == known.replace(LATE, "")


def test_check_that_the_image_brings() -> None:
    """Its cadence is changed as well, in a calm sandbox also of one that is as fast already."""
    model = Model(raw={"services": {"db": {}, "fast": {}, "faster": {}}})
    checks = {"db": Health(interval=30, timeout=30, retries=3, start_period=0),
              "fast": Health(interval=1, timeout=1, retries=3, start_period=0),
              "faster": Health(interval=0.5, timeout=1, retries=3, start_period=0)}  # fmt: skip

    words = "more retries in the same window: "
    assert notes(model, image_health=checks)[0].endswith(f"{words}db, fast, faster")
    assert notes(model, image_health=checks, start_intervals=False)[0].endswith(f"{words}db")


def test_first_probe_alone_is_changed() -> None:
    """A check that is as fast already may still be asked later for the first time."""
    model = Model(raw={"services": {"db": {}}})
    late = Health(interval=1, timeout=1, retries=3, start_period=30, start_interval=5)

    assert notes(model, image_health={"db": late}) == [
        f"health checks run every 1 s{CALM}{LATE}, with more retries in the same window: db"
    ]
    assert notes(model, image_health={"db": late}, start_intervals=False) == []


def test_range_of_host_ports() -> None:
    """Which number it is nobody knows from the file."""
    ports = [
        {"target": 8000, "published": "18090-18091", "protocol": "tcp"},
        {"target": 80, "published": "8080", "protocol": "tcp"},
        {"target": 81, "published": "9000-9000", "protocol": "tcp"},
        {"target": 82, "protocol": "tcp"},
    ]
    found = notes(Model(raw={"services": {"web": {"ports": ports}}}))

    words = "which host port of a range it is, is known only when it runs"
    assert f"{words}: web (18090-18091:8000/tcp)" in found
    assert not any(words in note for note in notes(Model(raw={"services": {"web": {"ports": ports[1:]}}})))


def test_cheap_clients_are_named() -> None:
    """Whoever is asked at once is said by name."""
    checks = {"cache": ["CMD", "redis-cli", "ping"], "queue": ["CMD", "rabbitmqctl", "status"]}
    model = Model(raw={"services": {name: {"healthcheck": {"test": test}} for name, test in checks.items()}})

    assert notes(model) == [
        (
            f"health checks run every 3 s{CALM}{LATE} (0.5 s where a cheap client asks: cache), "
            "with more retries in the same window: cache, queue"
        )
    ]
    assert "cheap" not in notes(model, start_intervals=False)[0]
