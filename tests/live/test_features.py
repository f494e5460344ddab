"""What compose projects contain works in a sandbox as it does for its author, or is refused with a reason."""

import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.live.running import LOOKS, Ended, Lab, docker

from stackproof.engine import engine
from stackproof.engine.project import ComposeSettings
from stackproof.errors import StackError
from stackproof.isolation import subnets
from stackproof.sandbox.sandbox import Sandbox
from stackproof.stack.model import Model

FEATURES = Path(__file__).with_name("features")
# In names that belong to the engine as a whole; each test has names of its own.
MARK = "stackproof-live-features"
Project = Callable[[str], Path]


@pytest.fixture
def project(lab: Lab) -> Project:
    """Return a function that puts a feature's project where a test may change it."""

    def put(name: str) -> Path:
        folder = Path(shutil.copytree(FEATURES / name, lab.folder / name))
        compose = folder / "compose.yml"
        compose.write_text(compose.read_text().replace(MARK, mark(lab)))
        return folder

    return put


def mark(lab: Lab) -> str:
    """Return what stands for MARK in the names of this test."""
    return f"stackproof-live-{lab.id}"


def inside(sandbox: Sandbox, service: str, command: str, number: int = 1) -> str:
    """Run a shell command in a container; return what it says."""
    return engine.execute(sandbox.container(service, number).id, ["sh", "-c", command]).stdout.strip()


def variables(sandbox: Sandbox, service: str) -> dict[str, str]:
    """Return the environment of a container as the engine has it."""
    words = sandbox.container(service).data["Config"]["Env"]
    return dict(word.partition("=")[::2] for word in words)


def ran(ended: Ended, *controls: str) -> dict[str, str]:
    """Return outcomes by `control service-1`; there must be no other control."""
    rows = ended.results["outcomes"]
    assert {row["control"] for row in rows} == set(controls), ended.output
    return {f"{row['control']} {row['container'] or row['service']}": row["outcome"] for row in rows}


def test_several_files(lab: Lab, project: Project) -> None:
    """Override files, !override, !reset, include, extends, anchors, profiles and env files all count."""
    folder = project("files")
    sandbox = lab.sandbox(folder, ComposeSettings(profiles=("debug",)))

    assert {container.name for container in sandbox.containers()} == {"based-1", "debug-1", "part-1", "web-1"}
    found = variables(sandbox, "web")
    assert found["LITERAL"] == "a$b ${HOME}"
    assert found["FROM_DOTENV"] == "green"
    assert found["FROM_FILE"] == "none"
    assert found["DEFAULTED"] == "fallback"
    assert found["OVERRIDDEN"] == "second"
    assert found["QUOTED"] == "single $NOT_A_VARIABLE"
    assert found["SPACED"] == "two words"
    assert variables(sandbox, "based")["INHERITED"] == "yes"
    assert sandbox.container("web").published(90) is not None
    assert sandbox.container("web").published(80) is None
    assert inside(sandbox, "part", "cat /data/text") == "of the part"
    assert inside(sandbox, "web", "ping -c 1 part >/dev/null && echo reached") == "reached"


def test_env_file_option(lab: Lab, project: Project) -> None:
    """An env file on the command line takes the place of .env."""
    folder = project("files")
    sandbox = lab.sandbox(folder, ComposeSettings(env_files=(folder / "other.env",)))

    assert (variables(sandbox, "web")["FROM_DOTENV"], variables(sandbox, "web")["FROM_FILE"]) == (
        "blue",
        "large",
    )


def test_names_and_addresses(lab: Lab, project: Project) -> None:
    """Two sandboxes at once, beside the author's own subnet, keep names and the host part of addresses."""
    docker("network", "create", "--subnet", "10.77.1.0/24", f"{mark(lab)}-lan")
    lab.undo("network", "rm", f"{mark(lab)}-lan")
    folder = project("names")
    sandboxes = [lab.sandbox(folder, lane="observe"), lab.sandbox(folder, lane="faults")]

    bases = set()
    for sandbox in sandboxes:
        address = inside(sandbox, "db", "hostname -i").split()[0]
        base = address.removesuffix(".5")
        bases.add(base)
        assert address.endswith(".5")
        assert inside(sandbox, "db", "hostname") == "db-host"
        assert sandbox.container("db").data["Config"]["Domainname"] == "example.test"
        for name in ("db", "the-database", "ledger", "linked", "by-hosts"):
            assert inside(sandbox, "web", f"wget -q -O - http://{name}:5432/") == "hello", name
        assert inside(sandbox, "web", "wget -q -O - $DATABASE") == "hello"
        assert variables(sandbox, "web")["TRUSTED"] == f"{base}.0/24"
        networks = engine.inspect("network", [f"{sandbox.name}_lan", f"{sandbox.name}_theirs"])
        assert [pool["Gateway"] for pool in networks[0]["IPAM"]["Config"]] == [f"{base}.254"]
        assert networks[1]["Labels"].items() >= sandbox.labels.items()
    assert len(bases) == 2
    assert "10.77.1" not in bases


def test_subnet_that_somebody_else_has(lab: Lab, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox takes another subnet when the first choice overlaps with one on the engine."""
    chosen: list[str] = []

    def choose(model: Model, seed: str, *, roomy: bool = False) -> dict[str, tuple[subnets.Move, ...]]:
        first = seed.endswith("/0")
        found = real(model, "taken" if first else seed, roomy=roomy)
        chosen.append(str(found["lan"][0].new))
        if first:
            docker("network", "create", "--subnet", chosen[0], f"{mark(lab)}-taken")
            lab.undo("network", "rm", f"{mark(lab)}-taken")
        return found

    real = subnets.choose
    monkeypatch.setattr(subnets, "choose", choose)
    sandbox = lab.sandbox(project("names"))

    assert len(chosen) == 2
    assert inside(sandbox, "db", "hostname -i").split()[0] == chosen[1].replace(".0/24", ".5")


def test_secrets_configs_and_settings(lab: Lab, project: Project) -> None:
    """Secrets and configs from files, environment and inline text are there, and settings of the process."""
    folder = project("secrets")
    sandbox = lab.sandbox(folder, ComposeSettings(env_files=(folder / "values.env",)))

    expected = {
        "/run/secrets/file_secret": "file secret",
        "/etc/env_secret": "environment secret",
        "/file_config": "file config",
        "/etc/text_config": "price $5 for everybody",
        "/etc/env_config": "environment config",
    }
    for path, text in expected.items():
        assert inside(sandbox, "app", f"cat {path}") == text
    assert inside(sandbox, "app", "stat -c %a /etc/env_secret /etc/text_config").split() == ["440", "444"]
    mounts = inside(sandbox, "app", "cat /proc/mounts").splitlines()
    assert {line.split()[2] for line in mounts if line.split()[1] in ("/scratch", "/more")} == {"tmpfs"}
    assert any("/more" in line and "size=2048k" in line for line in mounts)
    assert inside(sandbox, "app", "cat /proc/sys/net/core/somaxconn") == "513"
    # Of process 1: an exec was seen with another soft limit once in sixty tries.
    files = next(
        line for line in inside(sandbox, "app", "cat /proc/1/limits").splitlines() if "open files" in line
    )
    assert files.split()[3:5] == ["1000", "2000"]
    data = sandbox.container("app").data
    assert data["HostConfig"]["Init"] is True
    assert (data["Config"]["StopSignal"], data["Config"]["StopTimeout"]) == ("SIGINT", 3)


def test_builds_and_health_checks(lab: Lab, project: Project) -> None:
    """Builds with args, target, secrets and contexts serve all that name their image; every check is kept."""
    sandbox = lab.sandbox(project("images"))

    for service in ("app", "worker", "unwatched"):
        assert inside(sandbox, service, "cat /args /stage /note") == "$5 green\nfinal\nshared note"
    for tag in ("author", "second"):
        assert engine.image(f"{mark(lab)}-app:{tag}") is None
    health = {container.service: container.health for container in sandbox.containers()}
    assert health == {
        "app": "healthy", "worker": "healthy", "unwatched": None, "shell": "healthy", "plain": "healthy",
    }  # fmt: skip
    tests = {c.service: (c.data["Config"].get("Healthcheck") or {}).get("Test") for c in sandbox.containers()}
    assert tests["worker"] == ["CMD-SHELL", "test -f /stage"]
    assert tests["plain"] == ["CMD", "test", "-d", "/"]


def test_shared_namespaces_and_ports(lab: Lab, project: Project) -> None:
    """Shared namespaces, every way to write a port, replicas and none at all give no false alarm."""
    controls = ("published-port-reachable", "only-needed-ports-published", "internal-port-not-reachable",
                "no-restart-loop", "effective-uid-nonroot")  # fmt: skip
    ended = lab.check(project("sharing"), "--select", ",".join(controls))
    found = ran(ended, *controls)

    assert "unknown" not in found.values(), ended.output
    for service in ("vpn", "twins", "range", "names"):
        assert found[f"published-port-reachable {service}"] == "pass"
    for container in ("inside-1", "named-1"):
        for control in controls[1:3]:
            assert found[f"{control} {container}"] == "not applicable"
    for container in ("vpn-1", "twins-1", "twins-2", "range-1", "names-1", "alone-1", "legacy-1"):
        assert found[f"only-needed-ports-published {container}"] == "pass"
        assert found[f"no-restart-loop {container}"] == "pass"
    assert found["effective-uid-nonroot inside-1"] == "fail"
    assert found["published-port-reachable absent"] == "not applicable"


def test_shared_namespaces_from_inside(lab: Lab, project: Project) -> None:
    """Services that share a network reach each other on loopback, also by a fixed container name."""
    sandbox = lab.sandbox(project("sharing"))

    for service in ("vpn", "inside", "named"):
        for port, text in ((80, "vpn"), (81, "inside"), (90, "named")):
            assert inside(sandbox, service, f"wget -q -O - http://127.0.0.1:{port}/") == text
    assert inside(sandbox, "twins", f"wget -q -O - http://{mark(lab)}-vpn:80/", 2) == "vpn"
    assert inside(sandbox, "inside", "readlink /proc/self/ns/ipc") == inside(
        sandbox, "vpn", "readlink /proc/self/ns/ipc"
    )
    assert "httpd -f -p 80" in inside(sandbox, "inside", "cat /proc/1/cmdline | tr '\\0' ' '")
    assert inside(sandbox, "alone", "ls /sys/class/net") == "lo"
    joined = list(sandbox.container("legacy").data["NetworkSettings"]["Networks"])
    assert joined == [f"{sandbox.name}_default"]  # in place of the bridge that everybody is on
    ports = sandbox.container("names").data["NetworkSettings"]["Ports"]["5353/udp"]
    assert {port["HostIp"] for port in ports} == {"127.0.0.1"}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        client.sendto(b"echo", ("127.0.0.1", int(ports[0]["HostPort"])))
        assert client.recv(100) == b"echo"
    assert sandbox.containers("absent") == []


def test_jobs_that_end(lab: Lab, project: Project) -> None:
    """A whole run over jobs that end, waited for or not, has no unknown and judges what stays."""
    ended = lab.check(project("oneshots"))
    rows = ended.results["outcomes"]

    assert [row for row in rows if row["outcome"] == "unknown"] == []
    jobs = [row for row in rows if row["service"] in ("migrate", "seed")]
    strange = [row for row in jobs if row["outcome"] not in ("pass", "not applicable", "advisory")]
    assert {row["control"] for row in strange} == {"image-user-nonroot"}
    judged = ended.outcomes()
    # It does not wait for one of the two jobs, which another service might need.
    assert judged[("startup-order-follows-conditions", "web", None)] == "advisory"
    assert judged[("crash-restart", "web", None)] == "pass"
    assert judged[("effective-uid-nonroot", "migrate", "migrate-1")] == "not applicable"
    assert judged[("restart-policy-set", "seed", None)] == "not applicable"
    assert lab.left() == {}


def test_job_ran_before_its_dependant(lab: Lab, project: Project) -> None:
    """A migration has ended before what waits for it starts, and an optional dependency may be absent."""
    sandbox = lab.sandbox(project("oneshots"))

    # One that starts too early ends, and is started again: then it says twice when it started.
    migrated, started = inside(sandbox, "web", "cat /work/migrated /work/started").split()
    assert int(migrated) <= int(started)
    assert {container.service for container in sandbox.containers()} == {"migrate", "seed", "web"}


def live_volumes(lab: Lab) -> list[str]:
    """Return names of volumes that are somebody else's."""
    return [f"{mark(lab)}-theirs", f"{mark(lab)}-named"]


@pytest.fixture
def volumes(lab: Lab, project: Project, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project of volumes beside a live volume that it calls external."""
    folder = project("volumes")
    monkeypatch.setenv("PWD_OF_TEST", str(folder))
    for name in live_volumes(lab):
        docker("volume", "create", name)
        lab.undo("volume", "rm", name)
        docker("run", "--rm", "-v", f"{name}:/v", "busybox:1.36", "sh", "-c", "echo live > /v/text")
    return folder


def test_volumes_and_binds(lab: Lab, volumes: Path) -> None:
    """Sandboxes write to volumes and folders of their own; the author's stay as they were."""
    before = subprocess.check_output(["find", volumes, "-printf", "%p %T@ %s %m\n"])
    sandbox = lab.sandbox(volumes)

    for name in ("named", "theirs", "memory", "missing"):
        assert inside(sandbox, "app", f"ls /{name}") == "written"
    for name in ("folder", "bind"):
        assert inside(sandbox, "app", f"ls /{name}; cat /{name}/text").split() == [
            "text",
            "written",
            "author",
        ]
    assert "size=4096k" in inside(sandbox, "app", "grep ' /memory ' /proc/mounts")
    assert inside(sandbox, "app", "cat /conf/text") == "conf"
    assert subprocess.check_output(["find", volumes, "-printf", "%p %T@ %s %m\n"]) == before
    for name in live_volumes(lab):
        said = docker("run", "--rm", "-v", f"{name}:/v", "busybox:1.36", "ls", "/v")
        assert said == "text"


def test_differences_stand_in_the_report(lab: Lab, volumes: Path) -> None:
    """The report says which volumes are not the author's."""
    ended = lab.check(volumes, "--select", LOOKS, workers=0)

    (stack,) = ended.results["stacks"]
    assert "external volumes are empty in a sandbox: theirs" in stack["notes"]
    assert any(
        note.startswith("writable binds") and f"app ({volumes}/bind)" in note for note in stack["notes"]
    )


def test_bind_that_is_too_large(lab: Lab, volumes: Path) -> None:
    """A large writable bind is refused with the flag that allows it, and the flag allows it."""
    (volumes / "bind" / "large").write_bytes(bytes(3 * 1024**2))
    words = ["--select", LOOKS, "--copy-limit"]
    refused = lab.check(volumes, *words, "2", workers=0)
    allowed = lab.check(volumes, *words, "4", workers=0)

    assert refused.code == 4
    assert "bind must be copied and holds 4 MiB; copies stop at 2 MiB" in refused.output
    assert "--copy-limit 4" in refused.output
    assert allowed.code == 0, allowed.output
    assert lab.left() == {}


@pytest.mark.parametrize(
    ("service", "words"),
    [
        pytest.param(
            "deploy: {resources: {reservations: {devices: [{count: 1, capabilities: [gpu]}]}}}",
            "app (deploy.resources.reservations.devices) reserves a GPU or another device of the host",
            id="GPU",
        ),
        pytest.param(
            "secrets: [theirs]",
            "compose.yml:6: theirs is external, which only a swarm can hand out",
            id="secret",
        ),
        pytest.param("privileged: true", "app (privileged) may do on the host", id="privileged"),
        pytest.param(
            "network_mode: host", "app (network_mode: host) is on the host's network", id="host network"
        ),
        pytest.param("pid: host", "app (pid: host) shares a namespace with the host", id="host pid"),
        pytest.param("devices: [/dev/null]", "app (devices) is a device of the host", id="device"),
        pytest.param(
            "cap_add: [SYS_ADMIN]",
            "app (cap_add: SYS_ADMIN, mounts and devices of the host)",
            id="capability",
        ),
        pytest.param("volumes: [/var/run:/r]", "app (/var/run gives control of the engine)", id="socket"),
    ],
)
def test_refused(lab: Lab, service: str, words: str) -> None:
    """What a sandbox cannot have, or what reaches the host, ends with 4 and names the service."""
    compose = (
        f"services:\n  app:\n    image: busybox:1.36\n    {service}\nsecrets:\n  theirs: {{external: true}}\n"
    )
    ended = lab.check(lab.stack("app", compose), "--select", "crash-restart", workers=0)

    assert ended.code == 4, ended.output
    assert words in ended.output
    assert "fix: " in ended.output
    assert lab.left() == {}


def test_host_access_that_is_allowed(lab: Lab) -> None:
    """A stack on the host's network is started with the flag; others' ports are not taken for its own."""
    compose = "services:\n  app: {image: 'busybox:1.36', command: [sleep, '1000'], network_mode: host}\n"
    controls = ("only-needed-ports-published", "no-restart-loop")
    words = ["--allow-host-access", "--select", ",".join(controls)]
    ended = lab.check(lab.stack("app", compose), *words, workers=0)

    assert ran(ended, *controls) == {
        "only-needed-ports-published app-1": "pass",
        "no-restart-loop app-1": "pass",
    }


def test_stack_that_cannot_be_moved(lab: Lab) -> None:
    """Addresses that fit no subnet of ours are refused with the network's name."""
    compose = """
services:
  app: {image: 'busybox:1.36', command: [sleep, '1000'], networks: {wide: {ipv4_address: 10.200.0.1}}}
networks:
  wide: {ipam: {config: [{subnet: 10.0.0.0/8}]}}
"""
    with pytest.raises(StackError, match="network wide: the addresses in"):
        lab.sandbox(lab.stack("wide", compose))
