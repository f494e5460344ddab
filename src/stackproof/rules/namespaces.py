"""Which views of the host a container shares instead of having its own."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from stackproof.controls import HIGH, LOW, MEDIUM
from stackproof.controls.control import not_applicable
from stackproof.outcomes.evidence import Evidence
from stackproof.outcomes.finding import Finding
from stackproof.rules.rule import rule
from stackproof.stack import capabilities, namespaces
from stackproof.stack.model import Service
from stackproof.stack.namespaces import Shared
from stackproof.stack.stack import Stack

# Their own documentation asks for the host's network: discovery by broadcast, DHCP, figures of the host.
_NEED_BROADCASTS: Final = frozenset(
    {"home-assistant", "homeassistant", "homebridge", "python-matter-server", "openhab", "jellyfin"}
    | {"pms-docker", "embyserver", "roonserver", "minidlna", "avahi", "mdns-repeater", "adguardhome"}
    | {"pihole", "dnsmasq", "kea-dhcp4", "netbootxyz", "unifi-network-application", "node-exporter"}
    | {"netdata", "tailscale", "zerotier", "keepalived"}
    # Names that others have, too: of two bridges called so one is for chats.
    | {"luligu/matterbridge", "linuxserver/plex", "hotio/plex", "linuxserver/emby", "jacobalberty/unifi"}
    | {"linuxserver/unifi-controller", "nicolargo/glances"}
)


def _shared(service: Service, shared: Shared, what: str, evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding where something of the host's is shared.

    That of a container which is not in the stack is not to be looked at from here: whether it is the host's
    is judged where that one is written. A VPN in a stack of its own is the usual case.
    """
    evidence(shared=shared.mode or "none", through=list(shared.through) or "none")
    if shared.is_host:
        yield Finding(f"{service} has the host's {what}{shared.way}", at=shared.at)
    elif shared.stranger:
        not_applicable(
            f"{service} has the {what} of the container {shared.stranger} of another stack{shared.way}: "
            "whether that is the host's is judged where it is written"
        )


@rule("no-host-network", "The container has a network of its own", severity=HIGH, key="network_mode")
def no_host_network(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """On the host's network a container reaches what listens on loopback, and what it opens is public.

    So it is by way of another service (`network_mode: service:NAME`), or by an external network of the name
    `host`. `ports:` mean nothing there. What must hear broadcasts (DHCP, mDNS) or measures the host's network
    needs it, and is accepted by a waiver; of images that are known for it, it is of medium severity. So are
    builds: their steps are there with `build.network: host`, and may be with the entitlement `network.host`.

    Fix: remove `network_mode: host`, or that external network, and publish the ports that are needed.

    Applies to: all services but those that have the network of a container of another stack.
    """
    built = list(_built_on_host(service))
    yield from built
    shared = namespaces.network(stack.model, service)
    if built and shared.stranger:
        return
    found = _shared(service, shared, "network", evidence)
    needed = not _NEED_BROADCASTS.isdisjoint((service.image_name, service.repository))
    yield from (replace(one, severity=MEDIUM) if needed else one for one in found)


def _built_on_host(service: Service) -> Iterator[Finding]:
    for at, right in service.build_rights.items():
        if right == "network.host":
            may = "are" if at[1] == "network" else "may be"
            words = f"the steps of {service}'s build {may} on the host's network"
            yield Finding(words, at=at, aspect=".".join(map(str, at[:2])), severity=MEDIUM)


@rule("no-host-pid", "The container sees its own processes only", severity=HIGH, key="pid")
def no_host_pid(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """Root in a container that sees the host's processes may end them and read their command lines.

    So it is by way of another service (`pid: service:NAME`). A monitoring agent that needs it is accepted by
    a waiver.

    Fix: remove `pid: host`.

    Applies to: all services but those that see the processes of a container of another stack.
    """
    yield from _shared(service, namespaces.processes(stack.model, service), "processes", evidence)


@rule("no-host-ipc", "The container has shared memory of its own", severity=HIGH, key="ipc")
def no_host_ipc(service: Service, stack: Stack, evidence: Evidence) -> Iterator[Finding]:
    """With the host's shared memory a container reads and changes what databases and desktops keep in theirs.

    `shareable`, and that of another service of the stack, are no findings.

    Fix: remove `ipc: host`; for more shared memory than 64 MB set `shm_size`.

    Applies to: all services but those that have the shared memory of a container of another stack.
    """
    yield from _shared(service, namespaces.memory(stack.model, service), "shared memory", evidence)


@rule("no-host-uts", "The container has a host name of its own", severity=LOW, key="uts")
def no_host_uts(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """In the host's UTS namespace a container could rename the machine, if it had SYS_ADMIN.

    It has not by default, so this changes nothing but the name that is seen, and the rule is not in the
    default profile. With SYS_ADMIN or privileged it is of medium severity.

    Fix: remove `uts: host`; give a name with `hostname:`.

    Applies to: all services.
    """
    shared = namespaces.is_hosts(service, "uts")
    evidence(uts="host" if shared else "its own")
    able = service.privileged or {"ALL", "SYS_ADMIN"} & {one.name for one in capabilities.added(service)}
    if shared:
        words = "and may change it" if able else "which it may not change"
        yield Finding(f"{service} has the host's name, {words}", severity=MEDIUM if able else None)


@rule("userns-not-host", "The container is not left out of user namespaces", severity=LOW, key="userns_mode")
def userns_not_host(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """Where an engine gives users of containers numbers of their own (`userns-remap`), this takes it back.

    Few engines do; on all others it changes nothing, so the rule is not in the default profile.

    Fix: remove `userns_mode: host`.

    Applies to: all services.
    """
    shared = namespaces.is_hosts(service, "userns_mode")
    evidence(userns_mode="host" if shared else "that of the engine")
    if shared:
        yield Finding(f"{service} has the host's user numbers, also where the engine maps them")


@rule(
    "cgroup-parent-default", "The engine chooses the container's cgroup", severity=MEDIUM, key="cgroup_parent"
)
def cgroup_parent_default(service: Service, evidence: Evidence) -> Iterator[Finding]:
    """Under a parent of the author's own a container has that one's limits, and shares them with others.

    A slice that is made for it on purpose is accepted by a waiver. `cgroup: host` shows the container all
    cgroups of the host, and is of low severity.

    Fix: remove `cgroup_parent` and set the limits of the service itself; remove `cgroup: host`, or write
    `private`.

    Applies to: all services.
    """
    parent = service.cgroup_parent
    evidence(cgroup_parent=parent or "none")
    if parent:
        yield Finding(f"{service} is put under the cgroup {parent}", aspect="cgroup_parent")
    if namespaces.is_hosts(service, "cgroup"):
        words = f"{service} sees all cgroups of the host (`cgroup: host`)"
        yield Finding(words, at=("cgroup",), aspect="cgroup", severity=LOW)
