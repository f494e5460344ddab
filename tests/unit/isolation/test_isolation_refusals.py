"""What keeps a stack from being started, in whatever spelling, and what opens it."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stackproof.isolation import words
from stackproof.isolation.host_paths import HostPaths, look
from stackproof.isolation.treatment import Permits
from stackproof.isolation.walk import Isolated, judge
from stackproof.stack.model import Model

Raw = dict[str, Any]
HOST = Permits(host_access=True)


def judged(
    service: Raw, permits: Permits | None = None, project: Path | None = None, more: Raw | None = None
) -> Isolated:
    """Return the judgement of a stack of one service."""
    raw = {"name": "shop", "services": {"web": service, "db": {}}, **(more or {})}
    return judge(Model(raw=raw), permits=permits, paths=HostPaths(project))


def said(found: Isolated) -> list[str]:
    """Return what is refused, as the user reads it."""
    return [f"{one.subject} {one.case.says}" for one in found.refusals]


def bind(source: object, *, read_only: bool = True, **options: Any) -> Raw:  # noqa: ANN401 - options of a bind
    """Return a service with one bind."""
    volume = {"type": "bind", "source": str(source), "target": "/x", "read_only": read_only}
    return {"volumes": [{**volume, **({"bind": options} if options else {})}]}


# -- keys and values -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "service",
    [
        {"privileged": True},
        {"privileged": "true"},
        {"network_mode": "host"},
        {"network_mode": "container:live"},
        {"pid": "host"},
        {"pid": "container:live"},
        {"ipc": "host"},
        {"ipc": "container:live"},
        {"uts": "host"},
        {"userns_mode": "host"},
        {"cgroup": "host"},
        {"devices": [{"source": "/dev/fuse", "target": "/dev/fuse", "permissions": "rwm"}]},
        {"devices": [{"source": "vendor.com/class=name"}]},
        {"device_cgroup_rules": ["c 1:3 mr"]},
        {"gpus": [{"count": -1, "capabilities": ["gpu"]}]},
        {"deploy": {"resources": {"reservations": {"devices": [{"driver": "cdi", "device_ids": ["a"]}]}}}},
        {"deploy": {"resources": {"reservations": {"devices": [{"driver": "nvidia"}]}}}},
        {"runtime": "nvidia"},
        {"runtime": "my-own"},
        {"use_api_socket": True},
        {"volumes_from": ["container:live:ro"]},
        {"cap_add": ["ALL"]},
        {"cap_add": ["cap_sys_admin"]},
        {"cap_add": ["Sys_Time"]},
        {"cap_add": ["CAP_DAC_READ_SEARCH"]},
        {"cap_add": ["SYSLOG"]},
        {"cap_add": ["BPF"]},
        {"cap_add": ["PERFMON"]},
        {"cap_add": ["SYS_BOOT"]},
        {"cap_add": ["MAC_ADMIN"]},
        {"cap_add": ["AUDIT_CONTROL"]},
        {"cap_add": ["WAKE_ALARM"]},
        {"cap_add": ["CHECKPOINT_RESTORE"]},
        {"cap_add": ["OF_TOMORROW"]},
        {"security_opt": ["systempaths=unconfined"]},
        {"security_opt": ["systempaths:unconfined"]},
        {"security_opt": ["seccomp=unconfined"]},
        {"security_opt": ["apparmor:unconfined"]},
        {"security_opt": ["label=disable"]},
        {"security_opt": ["label:type:spc_t"]},
        {"security_opt": ["writable-cgroups=true"]},
        {"security_opt": ["credentialspec=file://x"]},
        {"security_opt": ["of-tomorrow=1"]},
        {"sysctls": {"kernel.panic": "1"}},
        {"sysctls": {"vm.max_map_count": "262144"}},
        {"sysctls": {"fs.file-max": "1"}},
        {"annotations": {"org.systemd.property.DeviceAllow": "'x'"}},
        {"annotations": {"run.oci.hooks.stdout": "x"}},
        {"post_start": [{"command": ["a"], "privileged": True}]},
        {"pre_stop": [{"command": ["a"], "privileged": "yes"}]},
        {"pre_start": [{"command": ["a"], "privileged": True}]},
        {"pre_start": [{"command": ["a"], "network_mode": "host"}]},
        {"pre_start": [{"command": ["a"], "volumes": bind("/run")["volumes"]}]},
        {"pre_start": [{"command": ["a"], "cap_add": ["SYS_ADMIN"]}]},
        {"provider": {"type": "cloud"}},
        {"models": {"llm": None}},
        {"build": {"context": ".", "network": "host"}},
        {"build": {"context": ".", "network": "container:live"}},
        {"build": {"context": ".", "network": "live_default"}},
        {"build": {"context": ".", "privileged": True}},
        {"build": {"context": ".", "entitlements": ["network.host"]}},
        {"build": {"context": ".", "ssh": ["default"]}},
        {"build": {"context": ".", "ssh": ["key=/home/me/.ssh/id"]}},
        bind("/etc", propagation="rshared"),
        bind("/etc", propagation="shared"),
        bind("/etc", recursive="writable"),
        bind("/run"),
        bind("/var/run/"),
        bind("/var/run/docker.sock"),
        bind("/nowhere/podman.sock"),
        bind("/run/../run/docker.sock"),
        bind("/"),
        bind("/dev", read_only=False),
        bind("/dev/kmsg"),
        bind("/proc"),
        bind("/proc/1/root"),
        bind("/proc/self/root/etc"),
        bind("/proc/self/fd/0"),
        bind("/proc/sysrq-trigger", read_only=False),
        bind("/sys", read_only=False),
        bind("/sys/kernel/debug"),
        bind("/sys"),
        bind("/sys/kernel"),
        bind("/dev/shm"),  # noqa: S108 - a case
        {"annotations": {"ORG.systemd.property.X": "1"}},
        {"annotations": {"devices.nri.io/container.web": "1"}},
    ],
)
def test_refused_and_opened_by_host_access(service: Raw) -> None:
    """Each by itself keeps the stack from being started; the option opens it, and the report says so."""
    closed, opened = judged(service), judged(service, HOST)

    assert len(closed.refusals) >= 1
    assert {one.option for one in closed.refusals} == {"--allow-host-access"}
    assert all(one.subject.startswith("web") for one in closed.refusals)
    assert opened.refusals == []
    assert words.opened(opened.opened)[0].startswith("open by --allow-host-access: web")


@pytest.mark.parametrize(
    "service",
    [
        {},
        {"privileged": False},
        {"network_mode": "none"},
        {"network_mode": "bridge"},
        {"network_mode": "default"},
        {"network_mode": "service:db"},
        {"pid": "service:db"},
        {"ipc": "shareable"},
        {"ipc": "private"},
        {"cgroup": "private"},
        {"cgroup_parent": "/live.slice"},
        {"volumes_from": ["db:ro"]},
        {"cap_add": ["NET_ADMIN", "CAP_NET_BIND_SERVICE", "sys_ptrace", "IPC_LOCK", "SYS_NICE"]},
        {"container_name": "vpn", "network_mode": "container:vpn"},
        {"security_opt": ["no-new-privileges", "no-new-privileges:true", "apparmor=docker-default"]},
        {"security_opt": ["seccomp=/project/profile.json", "label=level:s0:c100", "systempaths=default"]},
        {
            "sysctls": {
                "net.core.somaxconn": "1",
                "kernel.shmmax": "1",
                "kernel.sem": "1",
                "fs.mqueue.msg_max": "1",
            }
        },
        {"annotations": {"com.example.owner": "me"}},
        {"runtime": "runc"},
        {"runtime": "io.containerd.runsc.v1"},
        {"post_start": [{"command": ["a"], "user": "root", "privileged": False}]},
        {"pre_start": [{"command": ["a"], "environment": {"A": "1"}}]},
        {"build": {"context": ".", "network": "none", "privileged": False}},
        {"use_api_socket": False},
        bind("/etc", propagation="rslave"),
        bind("/etc", recursive="readonly"),
        bind("/proc/cpuinfo"),
        bind("/sys/class"),
        bind("/dev/null", read_only=False),
        bind("/srv/not-there"),
        bind("/project/docker.sock.md"),
        {"volumes": [{"type": "volume", "source": "run", "target": "/run"}]},
        {"volumes": [{"type": "tmpfs", "target": "/run"}]},
    ],
)
def test_not_refused(service: Raw) -> None:
    """What stays within the sandbox, or is replaced."""
    assert said(judged(service, more={"volumes": {"run": {}}})) == []


# -- networks of the engine ----------------------------------------------------------------------------


def test_network_of_the_engine_by_name() -> None:
    """Any word that is no mode is the name of a network; only its own name opens it."""
    service = {"network_mode": "traefik_proxy"}

    assert said(judged(service)) == [
        "web (network_mode: traefik_proxy) joins a network of this engine, and what is live on it"
    ]
    assert judged(service).refusals[0].option == "--allow-network traefik_proxy"
    assert judged(service, Permits(networks=frozenset({"other"}))).refusals
    assert judged(service, HOST).refusals
    assert not judged(service, Permits(networks=frozenset({"traefik_proxy"}))).refusals


def test_network_of_the_host_is_not_opened_by_its_name() -> None:
    """An external network called `host` would be the host's network; a bridge stands in for it."""
    networks = {"lan": {"external": True, "name": "host"}}
    found = judged(
        {"networks": {"lan": None}}, Permits(networks=frozenset({"host"})), more={"networks": networks}
    )

    assert found.opened == []
    assert found.notes() == [
        "external networks are replaced by ones of the sandbox, without what else is on them: lan"
    ]


@pytest.mark.parametrize("word", ["service", "container", "Host", "none "])
def test_mode_that_only_looks_like_one(word: str) -> None:
    """Without a colon `service` is the name of a network, and so is a word in another case."""
    assert judged({"network_mode": word}).refusals[0].option == f"--allow-network {word}"


@pytest.mark.parametrize("key", ["pid", "ipc", "uts"])
def test_namespace_that_only_looks_like_a_services(key: str) -> None:
    """`service` without a name is nothing that anybody knows."""
    assert len(judged({key: "service"}).refusals) == 1


# -- keys that nobody knows ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "key"),
    [
        ({"of_tomorrow": 1}, "services.web.of_tomorrow"),
        ({"deploy": {"of_tomorrow": {"a": 1}}}, "services.web.deploy.of_tomorrow"),
        (bind("/etc", z=1), "services.web.volumes.0.bind.z"),
        ({"volumes": [{"type": "teleport", "target": "/x"}]}, "services.web.volumes.0"),
        (bind("/etc", propagation="of-tomorrow"), "services.web.volumes.0.bind.propagation"),
        ({"environment": ["A=1"]}, "services.web.environment.0"),
        ({"userns_mode": "of-tomorrow"}, "services.web.userns_mode"),
        ({"command": {"shell": "x"}}, "services.web.command.shell"),
        ({"build": {"context": ".", "of_tomorrow": 1}}, "services.web.build.of_tomorrow"),
        ({"pre_start": [{"image": "alpine"}]}, "services.web.pre_start.0.image"),
    ],
)  # fmt: skip
def test_key_or_value_that_is_not_known(service: Raw, key: str) -> None:
    """Refused by name; `--allow-key` with its name, or a pattern, passes it as it is written."""
    found = judged(service)

    assert [one.option for one in found.refusals] == [f"--allow-key {key}"]
    assert not judged(service, Permits(keys=frozenset({key}))).refusals
    assert not judged(service, Permits(keys=frozenset({"services.*"}))).refusals
    assert judged(service, HOST).refusals


def test_unknown_elsewhere() -> None:
    """At the top, in networks and in volumes as well; extensions are Compose's own way out."""
    more = {
        "networks": {"n": {"driver_opts": {"of.tomorrow": "1"}, "z": 1}},
        "volumes": {"v": {"z": 1}},
        "jobs": {"a": {}},
        "x-top": {"a": 1},
    }
    found = judged({"x-mine": 1}, more=more)

    assert sorted(one.dotted for one in found.refusals) == [
        "jobs", "networks.n.driver_opts.of.tomorrow", "networks.n.z", "volumes.v.z",
    ]  # fmt: skip


# -- what cannot be had --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "more"),
    [
        ({"secrets": [{"source": "s"}]}, {"secrets": {"s": {"external": True, "name": "s"}}}),
        ({"configs": [{"source": "s"}]}, {"configs": {"s": {"external": True, "name": "s"}}}),
        ({"build": {"context": ".", "secrets": [{"source": "s"}]}}, {"secrets": {"s": {"external": True}}}),
        ({"credential_spec": {"file": "x"}}, {}),
        ({"isolation": "hyperv"}, {}),
        ({"volumes": [{"type": "cluster", "source": "c", "target": "/c"}]}, {}),
        ({"volumes": [{"type": "npipe", "source": "c", "target": "/c"}]}, {}),
    ],
)
def test_no_option_opens_it(service: Raw, more: Raw) -> None:
    """A swarm's, or of Windows: the message offers an override file only."""
    found = judged(service, Permits(host_access=True, keys=frozenset({"*"})), more=more)

    assert [one.option for one in found.refusals] == [""]
    assert "--allow" not in words.refusal("shop", found.refusals, lambda _at: "compose.yml:1")


def test_external_secret_that_nobody_uses() -> None:
    """Is left out, with a note."""
    found = judged({}, more={"secrets": {"s": {"external": True, "name": "s"}}})

    assert said(found) == []
    assert found.notes() == ["external secrets and configs that nobody uses are left out: s"]


# -- paths ---------------------------------------------------------------------------------------------


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """A folder outside the project with a socket deep in it."""
    folder = tmp_path / "outside" / "a" / "b"
    folder.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "db.sock"))
        yield tmp_path / "outside"


@pytest.mark.parametrize("read_only", [True, False])
def test_socket_in_any_spelling(tmp_path: Path, outside: Path, read_only: bool) -> None:  # noqa: FBT001
    """Itself, below a folder, behind a link to either, behind a link in the path; also read-only."""
    deep = outside / "a" / "b" / "db.sock"
    (tmp_path / "to-socket").symlink_to(deep)
    (tmp_path / "to-folder").symlink_to(outside)
    spellings = [
        deep, outside, outside / "a", tmp_path / "to-socket", tmp_path / "to-folder",
        tmp_path / "to-folder" / "a", tmp_path / "x" / ".." / "outside",
    ]  # fmt: skip

    for source in spellings:
        assert len(judged(bind(source, read_only=read_only)).refusals) == 1, source
    assert judged(bind(tmp_path / "nothing", read_only=read_only)).refusals == []


def test_pipe_and_device_are_like_sockets(tmp_path: Path) -> None:
    """Whoever reads the other end of a pipe gets what a sandbox writes."""
    os.mkfifo(tmp_path / "pipe")

    assert said(judged(bind(tmp_path / "pipe"))) == [
        f"web ({tmp_path}/pipe is the pipe {tmp_path}/pipe) reaches the host"
    ]


@pytest.mark.parametrize("kind", ["secrets", "configs"])
def test_socket_as_a_secret(outside: Path, kind: str) -> None:
    """Compose mounts the file behind a secret or config."""
    file = str(outside / "a" / "b" / "db.sock")

    found = judged({kind: [{"source": "s"}]}, more={kind: {"s": {"file": file}}})

    assert said(found) == [f"{kind[:-1]} s ({file} is the socket {file}) reaches the host"]


@pytest.mark.parametrize(
    "options", [{"type": "none", "o": "bind"}, {"type": "tmpfs", "o": "bind,ro"}, {"o": "rbind"}]
)
def test_socket_behind_a_volume(outside: Path, options: Raw) -> None:
    """The local driver binds whatever `device` names, whatever type stands beside it."""
    volumes = {"v": {"driver_opts": {**options, "device": str(outside)}}}

    assert len(judged({}, more={"volumes": volumes}).refusals) == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"o": "bind,ro", "device": "../../run"}, "is no absolute path"),
        ({"o": "bind", "device": "data"}, "is no absolute path"),
        ({"o": "bind,shared", "device": "/srv"}, "hands its mounts on"),
        ({"o": "bind,of-tomorrow", "device": "/srv"}, "with a word that is not known"),
    ],
)
def test_folder_behind_a_volume_that_nobody_can_judge(options: Raw, says: str) -> None:
    """The engine looks for a relative one from its own folder, and takes words that we do not know."""
    found = judged({}, more={"volumes": {"v": {"driver_opts": {"type": "none", **options}}}})

    assert says in said(found)[0]


def test_link_and_back(tmp_path: Path) -> None:
    """`link/..` is the folder of the link as written, and that of its target to the kernel."""
    (tmp_path / "link").symlink_to("/run/lock")
    device = f"{tmp_path}/link/.."
    volumes = {"v": {"driver_opts": {"type": "none", "o": "bind,ro", "device": device}}}

    assert "leads through a link and back" in said(judged({}, more={"volumes": volumes}))[0]
    assert judged(bind(device)).refusals


@pytest.mark.parametrize("words", ["bind,ro,rw", "bind", "rbind,rw", "bind, ro"])
def test_folder_behind_a_volume_that_may_be_written(words: str) -> None:
    """Only `ro` by itself protects a folder; otherwise a copy stands in."""
    options = {"type": "none", "o": words.replace(" ", ""), "device": "/srv/nothing"}
    model = Model(raw={"services": {}, "volumes": {"v": {"driver_opts": options}}})

    assert model.volumes["v"].read_only is (words == "bind, ro")


@pytest.mark.parametrize(
    "profile",
    [
        '{"defaultAction": "SCMP_ACT_ERRNO", "DefaultAction": "SCMP_ACT_ALLOW"}',
        '{"DEFAULTACTION": "SCMP_ACT_ALLOW"}',
        '{"defaultAction": "SCMP_ACT_ERRNO", "listenerPath": "/run/x.sock"}',
        "[" * 100_000,
    ],
)
def test_profile_that_says_two_things(tmp_path: Path, profile: str) -> None:
    """The engine reads keys in any case and takes the last; a listener is a socket of the host."""
    (tmp_path / "profile.json").write_text(profile)
    service = {"security_opt": ["seccomp=./profile.json"]}

    assert len(judged(service, project=tmp_path).refusals) == 1
    (tmp_path / "profile.json").write_text('{"defaultAction": "SCMP_ACT_ERRNO"}')
    assert judged(service, project=tmp_path).refusals == []


def test_socket_in_the_projects_own_folder(outside: Path) -> None:
    """A copy without it stands in, and the report says so; the socket itself is refused all the same."""
    found = judged(bind(outside), project=outside.parent)

    assert said(found) == []
    assert found.notes() == [
        f"writable binds, those that are not there and those that hold sockets are copies: web ({outside})"
    ]
    assert judged(bind(outside / "a" / "b" / "db.sock"), project=outside.parent).refusals


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_folder_that_cannot_be_looked_through(tmp_path: Path) -> None:
    """Nobody knows what is in it."""
    (tmp_path / "closed").mkdir(mode=0)

    assert "cannot be looked at" in said(judged(bind(tmp_path)))[0]


# -- words ---------------------------------------------------------------------------------------------


def test_message() -> None:
    """Subject, file and line, why, and what opens it or leaves it out."""
    found = judged({"network_mode": "proxy", "pid": "host"})

    assert words.refusal("shop", found.refusals, lambda at: f"compose.yml:{len(at)}") == (
        "shop is not started: a sandbox of it would reach what is not its own\n"
        "  compose.yml:3: web (network_mode: proxy) joins a network of this engine, and what is live on it\n"
        "  compose.yml:3: web (pid: host) shares a namespace with the host\n"
        "  fix: `--allow-network proxy --allow-host-access` lets it through as it is written; or leave it "
        "out in an override file (`-f compose.yml -f without.yml`, with `!reset` on the key)"
    )


# -- what controls an engine ---------------------------------------------------------------------------


def test_engine_behind_a_link_and_below_a_folder(tmp_path: Path) -> None:
    """What the control `no-docker-socket` asks: by what is there, and by where engines listen."""
    (tmp_path / "deep" / "er").mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "deep" / "er" / "podman.sock"))
        (tmp_path / "link").symlink_to(tmp_path / "deep")

        assert look(str(tmp_path / "link")).controls_engine
        assert look(str(tmp_path / "deep")).controls_engine
    (tmp_path / "run").symlink_to("/run")
    assert look(str(tmp_path / "run")).controls_engine
    assert look("/var/run").controls_engine
    assert look("/").controls_engine
    assert not look("/etc").controls_engine
    assert not look(str(tmp_path / "nothing")).controls_engine


def test_engine_among_many_other_sockets(tmp_path: Path) -> None:
    """The first few that are found do not hide it."""
    servers = [socket.socket(socket.AF_UNIX) for _ in range(6)]
    for number, server in enumerate(servers):
        server.bind(str(tmp_path / (f"a{number}.sock" if number < 5 else "docker.sock")))

    assert look(str(tmp_path)).controls_engine
    for server in servers:
        server.close()
