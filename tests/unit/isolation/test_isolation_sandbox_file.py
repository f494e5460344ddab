"""Nothing in a sandbox collides with anything outside it."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from stackproof.isolation import subnets
from stackproof.isolation.binds import bind_mounts
from stackproof.isolation.discovery import OPT_OUT
from stackproof.isolation.health import health_of
from stackproof.isolation.plan import Plan
from stackproof.isolation.treatment import Permits
from stackproof.isolation.walk import isolate
from stackproof.stack.durations import seconds
from stackproof.stack.model import Health, Model, Service

LABELS = {"stackproof.run": "cafe", "stackproof.stack": "shop", "stackproof.lane": "observe"}
# What every service carries.
MARKS = {**OPT_OUT, **LABELS}
OPEN = Permits(host_access=True)
IMAGE_HEALTH = Health(interval=30, timeout=30, retries=3, start_period=0)
# Names of the author's that must not be taken over anywhere but as an alias.
NAMING_KEYS = {"container_name", "external", "driver_opts", "ipv4_address", "ipv6_address", "subnet", "ipam"}

Raw = dict[str, Any]


def plan_of(raw: Raw, **more: Any) -> Plan:  # noqa: ANN401 - fields of a plan
    """Return the plan of a sandbox whose images all stand ready and whose writable binds have copies."""
    mounts = bind_mounts(Model(raw=raw))
    fields = {
        "project": "stackproof-cafe-shop-observe",
        "labels": LABELS,
        "images": {name: f"ours/{name}" for name in raw["services"]},
        "binds": {str(m.source): f"/copies{m.source}" for m in mounts if not m.read_only},
    }
    return Plan(**{**fields, **more})


def isolated(raw: Raw, **more: Any) -> Raw:  # noqa: ANN401 - fields of a plan
    """Return the compose file of a sandbox of a resolved model."""
    return isolate(Model(raw=raw), plan_of(raw, **more), permits=OPEN).file


def one(raw: Raw, **more: Any) -> Raw:  # noqa: ANN401 - fields of a plan
    """Return the only service of a sandbox."""
    service: Raw = isolated({"services": {"web": raw}}, **more)["services"]["web"]
    return service


def keys_of(value: object) -> Iterator[str]:
    """All keys, all the way down."""
    if isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from keys_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from keys_of(item)


# -- what holds for every stack ---------------------------------------------------------------------


def test_services_are_those_of_the_author(model: Raw) -> None:
    """A sandbox without one of them would prove another stack."""
    assert set(isolated(model)["services"]) == set(model["services"])


def test_author_is_not_changed(model: Raw) -> None:
    """The function is pure: several lanes are made from one model."""
    before = copy.deepcopy(model)

    isolated(model)

    assert model == before


def test_no_name_of_the_author(model: Raw) -> None:
    """Names, addresses and drivers that could collide are nowhere in the file."""
    found = isolated(model)

    assert found["name"] == "stackproof-cafe-shop-observe"
    for part in ("networks", "volumes", "secrets", "configs"):
        assert not (NAMING_KEYS | {"name"}) & set(keys_of(found[part]))
    assert not NAMING_KEYS & set(keys_of(found["services"]))


def test_no_project_or_resource_name_survives(model: Raw) -> None:
    """Not even as a value: a baked volume name would be the live volume."""
    baked = {
        resource["name"]
        for part in ("networks", "volumes")
        for key, resource in (model.get(part) or {}).items()
        if resource.get("name") not in (None, key)
    }
    text = json.dumps(isolated(model))

    assert not [name for name in baked if f'"{name}"' in text]


def test_ports_are_on_loopback_with_numbers_of_the_host(model: Raw) -> None:
    """Nobody outside sees them, and no two sandboxes want the same."""
    for service in isolated(model)["services"].values():
        for port in service.get("ports", []):
            assert port["host_ip"] == "127.0.0.1"
            assert "published" not in port


def test_same_container_ports_are_published(model: Raw) -> None:
    """A port that its author publishes can be asked in the sandbox, once for each protocol."""
    services = Model(raw=model).services
    for name, found in isolated(model)["services"].items():
        wanted = sorted({(port.target, port.protocol) for port in services[name].ports})
        assert [(port["target"], port["protocol"]) for port in found.get("ports", [])] == wanted


def test_labels_on_everything(model: Raw) -> None:
    """What has no label of ours would never be removed."""
    found = isolated(model)

    for part in ("services", "networks", "volumes"):
        for resource in found[part].values():
            assert resource["labels"].items() >= LABELS.items()


def test_labels_of_the_author_stay_out(model: Raw) -> None:
    """A live proxy outside would send its users to a sandbox."""
    for found in isolated(model)["services"].values():
        assert found["labels"] == MARKS


def test_images_are_ours_and_here(model: Raw) -> None:
    """Nothing is built or pulled for a sandbox."""
    for name, found in isolated(model)["services"].items():
        assert found["image"] == f"ours/{name}"
        assert found["pull_policy"] == "never"
        assert not {"build", "develop"} & found.keys()


def test_networks_that_are_joined_are_declared(model: Raw) -> None:
    """A network that Compose adds by itself would carry no label of ours."""
    found = isolated(model)

    for service in found["services"].values():
        assert set(service.get("networks", {})) <= set(found["networks"])


def test_networks_are_the_authors(model: Raw) -> None:
    """The same services see each other, unless the author chose a network mode."""
    for name, found in isolated(model)["services"].items():
        raw = model["services"][name]
        if raw.get("network_mode") not in (None, "bridge"):
            assert found["network_mode"] == raw["network_mode"]
            assert "networks" not in found
        else:
            assert set(found["networks"]) == set(raw.get("networks") or {"default": None})


def test_aliases_are_kept_and_container_names_become_aliases(model: Raw) -> None:
    """A neighbour that uses a name finds it in the sandbox as well."""
    for name, found in isolated(model)["services"].items():
        raw = model["services"][name]
        for network, options in found.get("networks", {}).items():
            wanted = set(((raw.get("networks") or {}).get(network) or {}).get("aliases", []))
            wanted |= {raw["container_name"]} if "container_name" in raw else set()
            assert set((options or {}).get("aliases", [])) == wanted


@pytest.mark.parametrize("knows", [True, False])
def test_health_window_is_not_shorter(model: Raw, knows: bool) -> None:  # noqa: FBT001 - a case
    """A slow first start that the author allows is allowed in the sandbox."""
    sandbox = isolated(model, image_health={"api": IMAGE_HEALTH}, start_interval=knows)
    for name, found in sandbox["services"].items():
        health = health_of(Service(name=name, raw=model["services"][name]), {"api": IMAGE_HEALTH})
        if health is not None:
            cadence = found["healthcheck"]
            probed = seconds(cadence["interval"]) * cadence["retries"]
            period = seconds(cadence.get("start_period") or "0s")
            assert seconds(cadence["interval"]) <= health.interval
            assert period + probed >= health.start_period + health.interval * health.retries


def test_health_command_and_times_are_the_authors(model: Raw) -> None:
    """Only the cadence differs."""
    for name, found in isolated(model)["services"].items():
        raw = model["services"][name].get("healthcheck") or {}
        for key in ("test", "timeout", "start_period", "disable"):
            assert found.get("healthcheck", {}).get(key) == raw.get(key)


def test_binds_never_create_folders_of_the_author(model: Raw) -> None:
    """The engine makes a missing source as root, in the author's folder."""
    for service in isolated(model)["services"].values():
        for volume in service.get("volumes", []):
            if volume["type"] == "bind":
                assert volume["bind"]["create_host_path"] is False


def test_writable_binds_are_copies(model: Raw) -> None:
    """What a service writes does not land in its author's folder, whoever else mounts it."""
    written = {str(m.source) for m in bind_mounts(Model(raw=model)) if not m.read_only}
    for name, service in isolated(model)["services"].items():
        for before, volume in zip(
            model["services"][name].get("volumes", []), service.get("volumes", []), strict=True
        ):
            if volume["type"] == "bind":
                source = before["source"]
                assert volume["source"] == (f"/copies{source}" if source in written else source)
            assert volume["target"] == before["target"]
            assert volume.get("read_only") == before.get("read_only")


def test_everything_else_is_the_authors(model: Raw) -> None:
    """A sandbox proves the stack as it is: environment, command, user, limits, dependencies."""
    ours = {
        "container_name", "build", "develop", "profiles", "ports", "networks", "pull_policy",
        "external_links", "image", "labels", "volumes", "healthcheck",
    }  # fmt: skip
    for name, found in isolated(model)["services"].items():
        raw = json.loads(json.dumps(model["services"][name]))
        raw.get("deploy", {}).pop("placement", None)  # a swarm's
        assert {k: v for k, v in found.items() if k not in ours} == {
            k: v for k, v in raw.items() if k not in ours and (k, v) != ("network_mode", "bridge")
        }


def test_result_is_json(model: Raw) -> None:
    """It is written as a file that Compose reads."""
    found = isolated(model)

    assert json.loads(json.dumps(found)) == found


# -- single cases -----------------------------------------------------------------------------------


def test_external_volume_is_a_fresh_one(everything: Raw) -> None:
    """The live database is not ours to write to."""
    assert isolated(everything)["volumes"] == {
        key: {"labels": LABELS} for key in ("cache", "dbdata", "nas", "shared")
    }


def test_network_keeps_what_isolates_it(everything: Raw) -> None:
    """`internal` changes what is reachable; subnets, drivers and names would collide."""
    networks = isolated(everything)["networks"]

    assert networks["back"] == {"internal": True, "enable_ipv6": True, "labels": LABELS}
    assert networks["front"] == {"labels": LABELS}


def test_network_options_of_a_service(everything: Raw) -> None:
    """Names, priority and hardware address stay; an address needs a subnet of ours."""
    networks = isolated(everything)["services"]["web"]["networks"]

    assert networks == {
        "front": {
            "aliases": ["www", "shop", "shop-web"], "priority": 10, "mac_address": "02:42:0a:4d:00:0a",
        },
        "back": {"aliases": ["shop-web"]},
    }  # fmt: skip


def test_fixed_ports_are_published_on_loopback(everything: Raw) -> None:
    """To show the conflict of a fixed port, on a number of ours."""
    ports = isolated(everything, fixed_ports={"web/80": "40080"})["services"]["web"]["ports"]

    assert [port for port in ports if "published" in port] == [
        {"target": 80, "protocol": "tcp", "host_ip": "127.0.0.1", "mode": "ingress", "published": "40080"}
    ]


@pytest.mark.parametrize("mode", ["host", "none"])
def test_no_ports_where_there_is_no_network_to_publish_from(mode: str) -> None:
    """Compose refuses ports beside host networking."""
    assert "ports" not in one({"network_mode": mode, "ports": [{"target": 80}]})


def test_service_without_networks_joins_the_default_one() -> None:
    """As in Compose."""
    assert one({})["networks"] == {"default": None}
    assert one({"container_name": "db"})["networks"] == {"default": {"aliases": ["db"]}}


@pytest.mark.parametrize("raw", [{"disable": True}, {"test": ["NONE"]}])
def test_disabled_check_stays_disabled(raw: Raw) -> None:
    """Also where the image brings one."""
    assert one({"healthcheck": raw}, image_health={"web": IMAGE_HEALTH})["healthcheck"] == raw


def test_no_check_stays_none() -> None:
    """Nothing is invented."""
    assert "healthcheck" not in one({})


def test_check_of_the_image_is_probed_as_often() -> None:
    """No command is written, so that the image's own counts."""
    assert one({}, image_health={"web": IMAGE_HEALTH})["healthcheck"] == {"interval": "3000ms", "retries": 30}


def test_check_of_the_image_with_times_of_the_author() -> None:
    """Compose lets a file change the cadence of the image's check."""
    raw = {"healthcheck": {"interval": "10s", "retries": 4}}

    found = one(raw, image_health={"web": IMAGE_HEALTH})["healthcheck"]

    assert found == {"interval": "3000ms", "retries": 14}


def test_times_without_any_check() -> None:
    """There is no test to run, so nothing is probed."""
    assert health_of(Service(name="web", raw={"healthcheck": {"interval": "10s"}}), {}) is None


def test_fast_check_is_left_as_it_is() -> None:
    """The author's own interval may be shorter than ours."""
    raw = {"healthcheck": {"test": ["CMD", "true"], "interval": "200ms", "retries": 7}}

    found = one(raw)["healthcheck"]

    assert (found["interval"], found["retries"]) == ("200ms", 7)


def test_odd_interval_rounds_the_window_up() -> None:
    """Never one probe fewer than the author's window."""
    raw = {"healthcheck": {"test": ["CMD", "true"], "interval": "5s", "timeout": "3s", "retries": 2}}

    assert one(raw)["healthcheck"]["retries"] == 4


def test_interval_zero_is_the_engines_default() -> None:
    """Zero does not divide."""
    raw = {"healthcheck": {"test": ["CMD", "true"], "interval": "0s", "timeout": "3s"}}

    assert one(raw)["healthcheck"]["retries"] == 30


@pytest.mark.parametrize(
    ("times", "first"),
    [
        ({"interval": "10s"}, "5000ms"),
        ({"interval": "4s"}, "4000ms"),
        ({"interval": "3s"}, None),
        ({"interval": "3s", "start_period": "20s"}, "5000ms"),
        ({"interval": "30s", "start_period": "20s", "start_interval": "4s"}, "4000ms"),
        ({"interval": "30s", "start_period": "20s", "start_interval": "3s"}, None),
        ({"interval": "1s"}, None),
        ({"interval": "10s", "start_period": "20s", "start_interval": "500ms"}, None),
    ],
)
def test_first_probe_comes_no_earlier_than_the_authors(times: Raw, first: str | None) -> None:
    """Or after five seconds: a probe may harm a service that has just begun to start."""
    raw = {"healthcheck": {"test": ["CMD", "true"], "timeout": "3s", **times}}

    found = one(raw, start_interval=True)["healthcheck"]

    if first is None:
        assert found.get("start_interval") == times.get("start_interval")
        assert found.get("start_period") == times.get("start_period")
    else:
        # The next comes at the interval: the start period is over with its first probe.
        assert (found["start_period"], found["start_interval"]) == (first, first)


def test_retries_make_up_for_the_shorter_start_period() -> None:
    """What failed in the author's start period does not count against the author's retries."""
    times = {"interval": "10s", "timeout": "3s", "retries": 3, "start_period": "20s"}
    raw = {"healthcheck": {"test": ["CMD", "true"], **times}}

    assert one(raw, start_interval=True)["healthcheck"]["retries"] == (20 - 5 + 3 * 10) / 3


def test_engine_that_knows_no_start_interval() -> None:
    """Compose refuses what the engine does not know."""
    times = {"interval": "10s", "timeout": "3s", "start_period": "20s"}
    raw = {"healthcheck": {"test": ["CMD", "true"], **times}}

    found = one(raw, start_interval=False)["healthcheck"]

    assert "start_interval" not in found
    assert (found["interval"], found["start_period"]) == ("3000ms", "20s")


def test_bind_that_anybody_writes_counts_as_writable(everything: Raw) -> None:
    """One service reads what another writes: both get the copy."""
    found = {str(m.source): m.read_only for m in bind_mounts(Model(raw=everything))}

    assert found == {"/project/conf": True, "/project/uploads": False}


def test_bind_options_are_kept() -> None:
    """Only the creation of folders is forbidden."""
    volume = {"type": "bind", "source": "/x", "target": "/y", "bind": {"propagation": "rprivate"}}

    assert one({"volumes": [volume]}, binds={})["volumes"] == [
        {**volume, "bind": {"propagation": "rprivate", "create_host_path": False}}
    ]


def test_secrets_and_configs_are_read_from_the_same_files(everything: Raw) -> None:
    """Only their project name goes."""
    found = isolated(everything)

    assert found["secrets"] == {"token": {"file": "/project/token.txt"}}
    assert found["configs"] == {"motd": {"content": "hello"}}


def test_configs_and_secrets_of_a_swarm_are_left_out() -> None:
    """Nobody here can hand them out; a service that uses one is refused."""
    raw = {"services": {"web": {}}, "secrets": {"a": {"name": "a", "external": True}, "b": {"file": "/b"}}}

    assert isolated(raw)["secrets"] == {"b": {"file": "/b"}}


# -- addresses of the author's own -------------------------------------------------------------------


@pytest.fixture
def addressed() -> Raw:
    """A stack whose services know each other by address."""
    return {
        "services": {
            "db": {"networks": {"lan": {"ipv4_address": "10.77.1.5"}}},
            "web": {
                "networks": {"lan": None, "theirs": {"ipv4_address": "172.30.0.9"}},
                "environment": {
                    "DB": "tcp://10.77.1.5:5432", "TRUSTED": "10.77.1.0/24", "PRICE": "$$5", "N": None,
                },
                "command": ["serve", "--db", "10.77.1.5"],
                "healthcheck": {"test": ["CMD", "ping", "10.77.1.5"]},
                "extra_hosts": ["db2=10.77.1.5", "out=192.0.2.1"],
                "dns": ["10.77.1.5"],
            },
        },
        "networks": {
            "lan": {"ipam": {"config": [{"subnet": "10.77.1.0/24", "gateway": "10.77.1.254"}]}},
            "theirs": {"name": "live", "external": True},
        },
        "configs": {"list": {"content": "allow 10.77.1.0/24"}},
    }  # fmt: skip


def test_addresses_follow_their_subnet(addressed: Raw) -> None:
    """In every place where an author writes one; otherwise the sandbox would talk to the live stack."""
    moves = subnets.choose(Model(raw=addressed), "seed")
    base = str(moves["lan"][0].new).removesuffix(".0/24")
    found = isolated(addressed, moves=moves)

    assert found["networks"]["lan"]["ipam"] == {
        "config": [{"subnet": f"{base}.0/24", "gateway": f"{base}.254"}]
    }
    assert found["networks"]["theirs"]["ipam"] == {"config": [{"subnet": str(moves["theirs"][0].new)}]}
    assert found["services"]["db"]["networks"]["lan"] == {"ipv4_address": f"{base}.5"}
    web = found["services"]["web"]
    assert web["environment"] == {
        "DB": f"tcp://{base}.5:5432", "TRUSTED": f"{base}.0/24", "PRICE": "$$5", "N": None,
    }  # fmt: skip
    assert web["command"] == ["serve", "--db", f"{base}.5"]
    assert web["healthcheck"]["test"] == ["CMD", "ping", f"{base}.5"]
    assert web["extra_hosts"] == [f"db2={base}.5", "out=192.0.2.1"]
    assert web["dns"] == [f"{base}.5"]
    assert found["configs"]["list"]["content"] == f"allow {base}.0/24"
    assert "10.77.1." not in json.dumps(found)


# -- what others outside would act on ----------------------------------------------------------------


def test_labels_stay_where_a_service_of_the_stack_reads_them() -> None:
    """A proxy in the stack finds its services through the engine's socket."""
    socket = {"type": "bind", "source": "/var/run/docker.sock", "target": "/s", "read_only": True}
    raw = {"services": {"proxy": {"volumes": [socket]}, "web": {"labels": {"traefik.enable": "true"}}}}

    assert isolated(raw)["services"]["web"]["labels"] == {"traefik.enable": "true", **LABELS}


def test_variables_that_proxies_look_for() -> None:
    """The container's own program does not read them."""
    found = one({"environment": {"VIRTUAL_HOST": "shop.example.com", "A": "1", "B": None}})

    assert found["environment"] == {"A": "1", "B": None}


@pytest.mark.parametrize(("driver", "kept"), [("json-file", True), ("local", True), ("gelf", False)])
def test_logs_stay_here(driver: str, kept: bool) -> None:  # noqa: FBT001 - a case
    """A sandbox's lines are not mixed into the live log."""
    assert ("logging" in one({"logging": {"driver": driver}})) is kept


@pytest.mark.parametrize("written", [{}, {"logging": {"options": {"max-size": "1m"}}}])
def test_engines_own_driver_that_leads_away(written: Raw) -> None:
    """A service that names none would have the engine's, and so the live log."""
    assert one(written, log_driver="gelf")["logging"] == {"driver": "json-file"}
    assert one({"logging": {"driver": "local"}}, log_driver="gelf")["logging"] == {"driver": "local"}


def test_logging_without_driver_is_kept() -> None:
    """Options alone are those of the engine's default driver."""
    assert one({"logging": {"options": {"max-size": "1m"}}})["logging"] == {"options": {"max-size": "1m"}}


# -- names and edges within the stack ----------------------------------------------------------------


def test_dependency_that_is_not_there() -> None:
    """Its profile is not enabled and it need not be there; Compose keeps the edge."""
    edges = {"opt": {"condition": "service_started", "required": False}}

    assert one({"depends_on": edges})["depends_on"] == {}


def test_alias_is_written_once() -> None:
    """Compose refuses one that stands there twice."""
    raw = {"container_name": "db", "networks": {"n": {"aliases": ["db"]}}}

    assert one(raw)["networks"] == {"n": {"aliases": ["db"]}}


def test_container_of_the_stack_by_name() -> None:
    """`container:vpn` is this stack's vpn, not somebody's live one."""
    found = isolated(
        {
            "services": {
                "gateway": {"container_name": "vpn"},
                "web": {"network_mode": "container:vpn", "volumes_from": ["container:vpn:ro"]},
                "other": {"network_mode": "container:live"},
            }
        }
    )["services"]

    assert found["web"]["network_mode"] == "service:gateway"
    assert found["web"]["volumes_from"] == ["gateway:ro"]
    assert found["other"]["network_mode"] == "container:live"


# -- volumes that are something else -----------------------------------------------------------------


def test_folder_behind_a_volume_is_a_copy() -> None:
    """The driver options name a folder of the author's."""
    options = {"type": "none", "o": "bind", "device": "/srv/data"}
    found = isolated({"services": {"web": {}}, "volumes": {"data": {"driver_opts": options}}})

    assert found["volumes"]["data"] == {
        "labels": LABELS, "driver_opts": {**options, "device": "/copies/srv/data"},
    }  # fmt: skip


def test_volume_in_memory_stays_there() -> None:
    """Its size is a limit that the service lives with."""
    options = {"type": "tmpfs", "device": "tmpfs", "o": "size=10m"}
    found = isolated(
        {"services": {"web": {}}, "volumes": {"data": {"driver": "local", "driver_opts": options}}}
    )

    assert found["volumes"]["data"]["driver_opts"] == options


def test_volume_of_a_server_is_a_local_one() -> None:
    """Neither a file server nor a driver of somebody else is asked."""
    volumes = {"nas": {"driver_opts": {"type": "nfs", "device": ":/x", "o": "addr=192.0.2.1"}},
               "cloud": {"driver": "rexray", "driver_opts": {"size": "1"}}}  # fmt: skip
    found = isolated({"services": {"web": {}}, "volumes": volumes})

    assert found["volumes"] == {"nas": {"labels": LABELS}, "cloud": {"labels": LABELS}}


@pytest.mark.parametrize("label", ["z", "Z"])
def test_source_that_would_be_labelled_anew_is_a_copy(label: str) -> None:
    """SELinux `Z` takes it from the live container, and either writes labels to the author's files."""
    volume = {
        "type": "bind",
        "source": "/conf",
        "target": "/c",
        "read_only": True,
        "bind": {"selinux": label},
    }

    assert one({"volumes": [volume]})["volumes"][0]["source"] == "/copies/conf"
