"""The typed view of a resolved model."""

from typing import Any

import pytest

from stackproof.stack.keys import KeyPath
from stackproof.stack.model import (
    COMPLETED,
    Dependency,
    Health,
    Model,
    Service,
    Volume,
    escape,
    unescape,
)
from stackproof.stack.ports import Port, parse_exposed
from stackproof.stack.service import HOOKS


def service(**raw: Any) -> Service:  # noqa: ANN401 - a service of the resolved model
    """Return a service with these keys."""
    return Service(name="web", raw=raw)


@pytest.mark.parametrize(
    ("raw", "count"),
    [({}, 1), ({"deploy": {"resources": {}}}, 1), ({"deploy": {"replicas": 3}}, 3), ({"scale": 2}, 2),
     ({"deploy": {"replicas": 0}}, 0)],
)  # fmt: skip
def test_replicas(raw: dict[str, Any], count: int) -> None:
    """As many containers as `up` starts."""
    assert service(**raw).replicas == count


def test_ports_are_sorted_and_typed(everything: dict[str, Any]) -> None:
    """Ports of the short and the long form look alike, whatever order they were written in."""
    ports = Model(raw=everything).services["web"].ports

    assert [str(port) for port in ports] == [
        "53:53/udp",
        "80:80/tcp",
        "8081:81/tcp",
        "7000-7010:7000/tcp",
        "127.0.0.1:8443:8443/tcp",
        "9000:9000/tcp",
        "9001:9001/tcp",
        "9002:9002/tcp",
    ]


@pytest.mark.parametrize(
    ("host_ip", "loopback"),
    [
        (None, False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - a case
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("::", False),
        ("0:0:0:0:0:0:0:1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:10.0.0.1", False),
        # Measured on engine 26.1.5: it publishes all of these on 0.0.0.0 and [::].
        ("localhost", False),
        ("shop.localhost", False),
        ("[::1]", False),
        ("::1%lo", False),
        ("127.0.0.1 ", False),
        ("127.1", False),
        ("", False),
    ],
)
def test_port_loopback(host_ip: str | None, loopback: bool) -> None:  # noqa: FBT001 - a case
    """Only loopback addresses keep a port on this machine."""
    assert Port(target=80, protocol="tcp", published="80", host_ip=host_ip).loopback is loopback


def test_port_without_fixed_number() -> None:
    """Compose leaves out what was not written."""
    (port,) = service(ports=[{"target": 80, "mode": "ingress"}]).ports

    assert port == Port(target=80, protocol="tcp", published=None, host_ip=None)


def test_exposed() -> None:
    """Numbers and protocols, as strings or numbers."""
    assert service(expose=["80", "53/udp", 8080]).exposed == {(80, "tcp"), (53, "udp"), (8080, "tcp")}
    assert parse_exposed("443/tcp") == {(443, "tcp")}


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("9091-9092", {(9091, "tcp"), (9092, "tcp")}),
        ("5000-5001/udp", {(5000, "udp"), (5001, "udp")}),
        ("53/UDP", {(53, "udp")}),
        ("80-80", {(80, "tcp")}),
        ("9092-9091", set()),
        ("http", set()),
        ("80/", set()),
        ("", set()),
    ],
)
def test_exposed_ranges_and_what_is_no_port(text: str, ports: set[tuple[int, str]]) -> None:
    """As many as the range has; nothing for a word, which Compose and the engine let pass."""
    assert parse_exposed(text) == ports


def test_exposed_range_ends_at_the_last_port() -> None:
    """However far the range is written."""
    assert len(parse_exposed("65534-99999999")) == 2


def test_mounts(everything: dict[str, Any]) -> None:
    """Every kind of mount, in the order of the file."""
    mounts = Model(raw=everything).services["web"].mounts

    assert [(m.kind, m.source, m.read_only) for m in mounts] == [
        ("bind", "/project/conf", True),
        ("bind", "/project/uploads", False),
        ("volume", "cache", False),
        ("tmpfs", None, False),
        ("volume", None, False),
    ]


def test_depends_on_is_sorted(everything: dict[str, Any]) -> None:
    """Edges with their conditions."""
    assert Model(raw=everything).services["web"].depends_on == (
        Dependency(service="api", condition="service_healthy"),
        Dependency(service="migrate", condition=COMPLETED),
    )
    assert service(depends_on={"db": {}}).depends_on[0].condition == "service_started"


@pytest.mark.parametrize(
    ("raw", "policy"),
    [
        ({}, "no"),
        ({"restart": "no"}, "no"),
        ({"restart": "unless-stopped"}, "unless-stopped"),
        ({"restart": "on-failure:3"}, "on-failure:3"),
        ({"deploy": {"restart_policy": {"condition": "any"}}}, "always"),
        ({"deploy": {"restart_policy": {"condition": "none"}}}, "no"),
        ({"deploy": {"restart_policy": {"condition": "on-failure"}}}, "on-failure"),
        ({"deploy": {"restart_policy": {"condition": "unless-stopped"}}}, "unless-stopped"),
        ({"deploy": {"restart_policy": {"max_attempts": 3}}}, "no"),
        ({"restart": "always", "deploy": {"restart_policy": {}}}, "no"),
        ({"restart": "always", "deploy": {"restart_policy": {"condition": "none"}}}, "no"),
        ({"restart": "always", "deploy": {"resources": {}}}, "always"),
    ],
)
def test_restart(raw: dict[str, Any], policy: str) -> None:
    """`deploy.restart_policy` wins over `restart`, as in Compose."""
    assert service(**raw).restart == policy


def test_one_shots(everything: dict[str, Any]) -> None:
    """A service that another waits for to complete."""
    assert Model(raw=everything).one_shots == {"migrate"}


WAITING = {
    "db": {},
    "api": {"depends_on": {"db": {"condition": "service_healthy"}}},
    "web": {"depends_on": {"api": {"condition": "service_completed_successfully"}}},
    "cron": {"depends_on": {"db": {"condition": "service_started"}}},
    "mail": {"depends_on": {"db": {"condition": "service_healthy", "required": False}}},
    "edge": {"depends_on": {"web": {"condition": "service_started"}}},
}


@pytest.mark.parametrize(
    ("failed", "started", "waiting"),
    [
        ("db", True, ["api", "edge", "web"]),
        ("db", False, ["api", "cron", "edge", "mail", "web"]),
        ("web", True, []),
        ("web", False, ["edge"]),
    ],
)
def test_services_that_wait_for_one(failed: str, started: bool, waiting: list[str]) -> None:  # noqa: FBT001
    """Compose starts those that only want it started, if it is; nothing starts before what is not."""
    assert Model(raw={"services": WAITING}).waiting_for(failed, started=started) == waiting


def test_services_are_sorted() -> None:
    """All workers see one order; a service without any key is one all the same."""
    model = Model(raw={"services": {"web": {"image": "w"}, "db": None}})

    assert list(model.services) == ["db", "web"]
    assert model.services["db"].image is None
    assert Model(raw={}).services == {}


def test_health_with_engine_defaults() -> None:
    """What is not written is what the engine does."""
    assert Health.parse({}) == Health(interval=30, timeout=30, retries=3, start_period=0)


def test_health_as_written() -> None:
    """All numbers, in seconds."""
    raw = {
        "interval": "1m30s", "timeout": "3s", "retries": 2, "start_period": "20s", "start_interval": "2s",
    }  # fmt: skip

    assert Health.parse(raw) == Health(interval=90, timeout=3, retries=2, start_period=20, start_interval=2)


@pytest.mark.parametrize(
    ("raw", "first"),
    [({}, 30), ({"interval": "7s"}, 7), ({"interval": "7s", "start_period": "1s"}, 5),
     ({"start_period": "9s", "start_interval": "2s"}, 2)],
)  # fmt: skip
def test_first_probe(raw: dict[str, Any], first: float) -> None:
    """After an interval; after a start interval where there is a start period, however short (moby#46747)."""
    assert Health.parse(raw).first_probe == first


def test_health_zero_means_default() -> None:
    """The engine takes 0 for its default (moby api HealthConfig: zero means to inherit)."""
    raw = {"interval": "0s", "timeout": "0s", "retries": 0, "start_period": "0s"}

    assert Health.parse(raw) == Health.parse({})


@pytest.mark.parametrize(("raw", "grace"), [({}, 10.0), ({"stop_grace_period": "1m0s"}, 60.0)])
def test_grace(raw: dict[str, Any], grace: float) -> None:
    """Ten seconds unless the author says otherwise."""
    assert service(**raw).grace == grace


def test_plain_properties(everything: dict[str, Any]) -> None:
    """What is read from one key."""
    services = Model(raw=everything).services

    assert services["api"].builds
    assert not services["db"].builds
    assert services["db"].container_name == "shop-db"
    assert services["proxy"].network_mode == "host"
    assert services["plain"].network_mode is None
    assert service(privileged=True).privileged
    assert not service().privileged


def test_secrets_stay_out_of_repr(everything: dict[str, Any]) -> None:
    """A model that ends up in a message by mistake gives nothing away."""
    model = Model(raw=everything)

    assert "hunter2" not in repr(model)
    assert "hunter2" not in repr(model.services["api"])


def test_unescape() -> None:
    """Compose writes a literal dollar sign twice."""
    assert unescape("$$5 $$$$") == "$5 $$"


def test_escape() -> None:
    """The other way round."""
    assert escape("$5 $$") == "$$5 $$$$"


def test_services_that_share_a_network(everything: dict[str, Any]) -> None:
    """Directly, and through one that does."""
    raw = {"services": {"a": {}, "b": {"network_mode": "service:a"}, "c": {"network_mode": "service:b"}}}

    assert Model(raw=raw).sharing_network("a") == ("b", "c")
    assert Model(raw=raw).sharing_network("c") == ()
    assert Model(raw=everything).services["tunnel"].network_of == "web"
    assert Model(raw=everything).services["proxy"].network_of is None


def test_volumes(everything: dict[str, Any]) -> None:
    """What is behind a name."""
    model = Model(raw={**everything, "volumes": {**everything["volumes"], "none": None}})

    assert [v.name for v in model.volumes.values() if v.external] == ["dbdata"]
    assert [v.name for v in model.volumes.values() if v.options] == ["nas"]


@pytest.mark.parametrize(
    ("raw", "device", "in_memory"),
    [
        ({"driver_opts": {"type": "none", "o": "bind", "device": "/x"}}, "/x", False),
        ({"driver_opts": {"type": "none", "o": "ro,rbind", "device": "/x"}}, "/x", False),
        ({"driver_opts": {"type": "tmpfs", "device": "tmpfs"}}, None, True),
        ({"driver_opts": {"type": "nfs", "device": ":/x", "o": "addr=192.0.2.1"}}, None, False),
        ({"driver": "other", "driver_opts": {"o": "bind", "device": "/x"}}, None, False),
        ({"external": True, "name": "live"}, None, False),
    ],
)
def test_volume_device(raw: dict[str, Any], device: str | None, in_memory: bool) -> None:  # noqa: FBT001
    """Only the local driver binds folders."""
    volume = Volume(name="data", raw=raw)

    assert (volume.device, volume.in_memory) == (device, in_memory)


def test_elements_know_their_path() -> None:
    """That of the resolved service, however they are sorted, and without making equal ones differ."""
    found = service(
        ports=[{"target": 90}, "short", {"target": 80}, {"target": 80}],
        volumes=[{"type": "tmpfs", "target": "/a"}, {"type": "tmpfs", "target": "/b"}],
        pre_start=[{}, {"volumes": [{"type": "tmpfs", "target": "/c"}]}],
        depends_on={"db": {}},
        networks={"lan": None},
        secrets=["one", {"source": "two"}],
        configs=[{"source": "three", "target": "/x"}],
    )

    assert found.at == ("services", "web")
    assert [port.at for port in found.ports] == [("ports", 2), ("ports", 3), ("ports", 0)]
    assert len(dict.fromkeys(found.ports)) == 2
    assert [mount.at for mount in found.mounts] == [("volumes", 0), ("volumes", 1)]
    assert [mount.at for mount in found.hook_mounts] == [("pre_start", 1, "volumes", 0)]
    assert [edge.at for edge in found.depends_on] == [("depends_on", "db")]
    assert [use.at for use in found.networks] == [("networks", "lan")]
    assert [(use.source, use.at) for use in found.secrets] == [
        ("one", ("secrets", 0)),
        ("two", ("secrets", 1)),
    ]
    assert [(use.target, use.at) for use in found.configs] == [("/x", ("configs", 0))]


def test_environment() -> None:
    """As processes get it: dollar signs are their own again, and None is up to who starts it."""
    found = service(environment={"A": "a$$b", "N": 1, "SHELL_HAS": None})

    assert found.environment == {"A": "a$b", "N": "1", "SHELL_HAS": None}
    assert service().environment == {}


@pytest.mark.parametrize(
    ("raw", "drivers"),
    [
        ({}, ()),
        ({"gpus": [{"count": 1}, {"driver": "cdi"}]}, ("nvidia", "cdi")),
        ({"deploy": {"resources": {"reservations": {"devices": [{"driver": "x"}]}}}}, ("x",)),
        ({"deploy": {"resources": None}}, ()),
    ],
)
def test_device_drivers(raw: dict[str, Any], drivers: tuple[str, ...]) -> None:
    """Of GPUs in either notation."""
    assert service(**raw).device_drivers == drivers


@pytest.mark.parametrize(
    ("raw", "test"),
    [
        (None, None),
        ({"interval": "5s"}, None),
        ({"test": ["CMD", "a"]}, ["CMD", "a"]),
        ({"test": ["NONE"]}, []),
        ({"disable": True, "test": ["CMD", "a"]}, []),
    ],
)
def test_health_test(raw: dict[str, Any] | None, test: list[str] | None) -> None:
    """None leaves it to the image."""
    assert service(healthcheck=raw).health_test == test


def test_networks_of_a_service() -> None:
    """With the fixed addresses that it has there."""
    (lan, wan) = service(
        networks={"wan": {"ipv4_address": "10.0.0.2", "aliases": ["w"]}, "lan": {"ipv6_address": "fd00::2"}}
    ).networks

    assert (lan.network, lan.addresses, lan.aliases) == ("lan", ("fd00::2",), ())
    assert (wan.network, wan.addresses, wan.aliases) == ("wan", ("10.0.0.2",), ("w",))


def test_secrets_and_configs() -> None:
    """Where each comes from."""
    model = Model(
        raw={
            "secrets": {
                "f": {"name": "shop_f", "file": "a$$b"},
                "v": {"environment": "URL"},
                "e": {"external": True},
            },
            "configs": {"c": {"content": "x$$y"}, "none": None},
        }
    )

    assert [(s.name, s.file, s.variable, s.external) for s in model.secrets.values()] == [
        ("f", "a$b", None, False),
        ("v", None, "URL", False),
        ("e", None, None, True),
    ]
    assert model.secrets["f"].unnamed == {"file": "a$$b"}
    assert [config.content for config in model.configs.values()] == ["x$y", None]
    assert "x$$y" not in repr(model.configs["c"])


def test_host_mounts_of_hooks_and_of_others() -> None:
    """A hook's mount is a way to the host, too; so is what is taken over, also in a circle."""
    bind = {"type": "bind", "source": "/run/x.sock", "target": "/x"}
    model = Model(
        raw={
            "services": {
                "hook": {"pre_start": [{"volumes": [bind]}]},
                "one": {"volumes": [bind], "volumes_from": ["two", "hook"]},
                "two": {"volumes_from": ["one:ro", "container:other"]},
            }
        }
    )

    def sources(name: str) -> list[tuple[str, Any]]:
        return [(mount.source, mount.at) for mount in model.host_mounts(model.services[name])]

    assert sources("hook") == [("/run/x.sock", ("pre_start", 0, "volumes", 0))]
    assert sources("one") == [("/run/x.sock", ("volumes", 0))]  # a hook's mounts are not the service's
    assert sources("two") == [("/run/x.sock", ("volumes_from", 0))]


@pytest.mark.parametrize(
    ("names", "needed"),
    [
        ([], ""),
        (["db"], "db"),
        (["api"], "api db seed"),
        (["proxy"], "api db proxy seed"),
        (["db", "idle"], "db idle"),
    ],
)
def test_needed_by(names: list[str], needed: str) -> None:
    """What Compose starts for a service, and for that; one of another file is none of ours."""
    after = {"condition": "service_started"}
    services = {
        "proxy": {"depends_on": {"api": after, "elsewhere": {**after, "required": False}}},
        "api": {"depends_on": {"db": after, "seed": {"condition": COMPLETED}}},
        "seed": {"depends_on": {"db": after}},
        "db": {},
        "idle": {},
    }

    assert Model(raw={"services": services}).needed_by(names) == frozenset(needed.split())


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        *(({kind: [{}, {"privileged": True}]}, (kind, 1)) for kind in HOOKS),
        (
            {"develop": {"watch": [{"path": "a"}, {"exec": None}, {"exec": {"privileged": True}}]}},
            ("develop", "watch", 2, "exec"),
        ),
    ],
)
def test_what_runs_beside_the_command(raw: dict[str, Any], at: KeyPath) -> None:
    """Hooks, and what is executed when a file changes: its rights, its variables and its words."""
    holder: Any = raw
    for key in at:
        holder = holder[key]
    holder |= {"environment": {"A": "b"}, "command": ["run", "it"]}
    service = Service(name="web", raw=raw)

    assert service.privileged_hooks == ((*at, "privileged"),)
    assert service.variables == ((*at, "environment", "A"),)
    assert service.variable((*at, "environment", "A")) == "b"
    assert service.command_lines == {(*at, "command"): ["run", "it"]}


def test_what_runs_beside_the_command_without_rights() -> None:
    """Neither where nothing is said of them, nor where they are not given."""
    watched = {"develop": {"watch": [{"exec": {"command": ["a"], "privileged": False}}]}}

    assert Service(name="web", raw={"pre_stop": [{"command": ["a"]}], **watched}).privileged_hooks == ()
