"""Networks, ports and names: of services, and the networks themselves."""

from stackproof.isolation import addresses, networks
from stackproof.isolation.ports import loopback_ports
from stackproof.isolation.treatment import (
    SHORT,
    Case,
    Flag,
    Row,
    Treatment,
    begins_with,
    dropped,
    is_word,
    key_and_value,
    passed,
    row,
    seen_above,
    with_key,
    with_value,
    written_out,
)

MOVED = (
    "networks have another subnet in each sandbox; addresses in the compose file follow, those in mounted "
    "files do not"
)
_IPAM = "details of address management are left to the engine"
_NAMES = "names of networks and volumes are the sandbox's own"
_PUBLISHED = (
    "ports are published on 127.0.0.1 with numbers chosen by the host, "
    "so a number that is taken is not noticed"
)


_JOINED = "services.*.networks.*"

ROWS: list[Row] = [
    row(
        "services.*.network_mode",
        Case(treatment=Treatment.PASSED, kind="`none`, empty", when=is_word("", "none")),
        Case(treatment=Treatment.PASSED, kind="`service:NAME`", when=begins_with("service")),
        Case(
            treatment=Treatment.DROPPED,
            kind="`bridge`, `default`: everybody's network of the engine",
            when=is_word("bridge", "default"),
            says="a network of the sandbox stands in for the engine's own bridge",
            subject=key_and_value,
        ),
        Case(
            treatment=Treatment.REFUSED,
            kind="`host`",
            when=is_word("host"),
            says="is on the host's network",
            subject=key_and_value,
            flag=Flag.HOST_ACCESS,
        ),
        Case(
            treatment=Treatment.REFUSED,
            kind="`container:NAME` of another project",
            when=begins_with("container"),
            says="is on the network of a container outside the stack",
            subject=key_and_value,
            flag=Flag.HOST_ACCESS,
        ),
        Case(
            treatment=Treatment.REFUSED,
            kind="any other word: a network of this engine by its name",
            says="joins a network of this engine, and what is live on it",
            subject=key_and_value,
            flag=Flag.NETWORK,
        ),
    ),
    *passed(
        "services.*.networks",
        _JOINED,
        f"{_JOINED}.aliases {_JOINED}.aliases.[] {_JOINED}.interface_name",
        f"{_JOINED}.priority {_JOINED}.gw_priority {_JOINED}.mac_address {_JOINED}.driver_opts",
        f"{_JOINED}.link_local_ips {_JOINED}.link_local_ips.[] {_JOINED}.use_service_name_alias",
        "services.*.mac_address services.*.links services.*.links.[] services.*.expose services.*.expose.[]",
        "services.*.dns services.*.dns_opt services.*.dns_opt.[]",
        "services.*.dns_search services.*.dns_search.[]",
        "services.*.extra_hosts",
    ),
    *addresses.follow("services.*.dns.[]", "services.*.extra_hosts.[]"),
    *addresses.follow("services.*.extra_hosts.*", "services.*.extra_hosts.*.[]"),
    *(
        row(
            f"{_JOINED}.{key}",
            Case(
                treatment=Treatment.DROPPED,
                kind="on a live network that is open",
                when=networks.joins_live,
                says="on a live network the engine gives addresses, because the author's may be taken",
                subject=lambda _v, here: str(here.at[-2]),
            ),
            Case(
                treatment=Treatment.CHANGED,
                kind="a fixed address",
                change=networks.address,
                says=MOVED,
                subject=lambda _v, here: str(here.at[-2]),
            ),
        )
        for key in ("ipv4_address", "ipv6_address")
    ),
    row(
        f"{_JOINED}.driver_opts.*",
        Case(
            treatment=Treatment.PASSED,
            kind="`com.docker.network.endpoint.sysctls`, `com.docker.network.endpoint.ifname`",
            when=lambda _v, here: str(here.at[-1]) in networks.ENDPOINT_OPTIONS,
        ),
        Case(
            treatment=Treatment.DROPPED,
            kind="others",
            says="options of an endpoint that are for other drivers are left out",
            subject=with_key,
        ),
    ),
    *written_out("services.*.networks.[]"),
    *dropped(
        "links to containers outside the stack are left out",
        "services.*.external_links.[]",
        subject=with_value,
    ),
    *passed("services.*.external_links"),
    row(
        "services.*.ports",
        Case(
            treatment=Treatment.CHANGED,
            kind="a list",
            change=loopback_ports,
            says=_PUBLISHED,
        ),
    ),
    row("services.*.ports.[]", SHORT, Case(treatment=Treatment.PASSED, kind="a mapping")),
    *passed("services.*.ports.[].target services.*.ports.[].protocol"),
    *seen_above(
        "services.*.ports",
        "services.*.ports.[].host_ip services.*.ports.[].published services.*.ports.[].name",
        "services.*.ports.[].app_protocol services.*.ports.[].mode",
    ),
    # -- logging, which leads to the network for most drivers -------------------------------------------
    row(
        "services.*.logging",
        Case(
            treatment=Treatment.DROPPED,
            kind="a driver other than `json-file`, `local`, `none`",
            when=networks.logs_elsewhere,
            says="logs stay on the engine in place of the author's driver",
            subject=lambda value, here: f"{here.owner} ({value.get('driver')})",
        ),
        Case(treatment=Treatment.PASSED, kind="`json-file`, `local`, `none`"),
    ),
    *passed("services.*.logging.driver services.*.logging.options services.*.logging.options.*"),
    # -- the networks themselves --------------------------------------------------------------------------
    row(
        "networks.*",
        Case(
            treatment=Treatment.CHANGED,
            kind="external, named with `--allow-network`: the live network itself",
            when=networks.stays_external,
            change=networks.as_it_is,
            says="joins a live network, and answers there to the names of the author's services "
            "(--allow-network)",
        ),
        Case(
            treatment=Treatment.CHANGED,
            kind="external",
            when=networks.is_external,
            change=networks.fresh,
            says="external networks are replaced by ones of the sandbox, without what else is on them",
        ),
        Case(
            treatment=Treatment.CHANGED,
            kind="of another driver than `bridge`",
            when=networks.of_other_driver,
            change=networks.fresh,
            says="networks of these drivers are replaced by bridges",
            subject=lambda value, here: f"{here.owner} ({value['driver']})",
        ),
        Case(treatment=Treatment.CHANGED, kind="others", change=networks.fresh),
    ),
    *passed(
        "networks networks.*.internal networks.*.enable_ipv4 networks.*.enable_ipv6 networks.*.driver_opts",
        "networks.*.ipam.config",
    ),
    *seen_above("networks.*", "networks.*.driver networks.*.external"),
    *seen_above(
        "networks.*.ipam.config.[]",
        "networks.*.ipam.config.[].gateway networks.*.ipam.config.[].ip_range",
        "networks.*.ipam.config.[].aux_addresses networks.*.ipam.config.[].aux_addresses.*",
        "networks.*.ipam.config.[].subnet",
    ),
    row(
        "networks.*.name",
        Case(
            treatment=Treatment.DROPPED,
            kind="written by the author",
            when=networks.is_named,
            says=_NAMES,
            subject=with_value,
        ),
        Case(treatment=Treatment.RESOLVED, kind="made by Compose"),
    ),
    row(
        "networks.*.driver_opts.*",
        Case(
            treatment=Treatment.DROPPED,
            kind="of another driver than `bridge`",
            when=networks.beside_other_driver,
            says="options of other drivers are left out",
            subject=with_key,
        ),
        Case(treatment=Treatment.PASSED, kind=networks.PLAIN_WORDS, when=networks.is_plain_option),
        Case(
            treatment=Treatment.DROPPED,
            kind=networks.PLACED_WORDS,
            when=networks.is_placing_option,
            says="options that name, place or open a network on the host are left out",
            subject=with_key,
        ),
        Case(
            treatment=Treatment.REFUSED,
            kind="others",
            says="is an option of networks that is not known",
            subject=with_key,
            flag=Flag.KEY,
        ),
    ),
    row("networks.*.ipam", Case(treatment=Treatment.CHANGED, kind="a mapping", change=networks.unchanged)),
    row(
        "networks.*.ipam.config.[]",
        Case(
            treatment=Treatment.CHANGED,
            kind="with a subnet",
            when=lambda v, _h: bool(v.get("subnet")),
            change=networks.unchanged,
            says=MOVED,
        ),
        Case(treatment=Treatment.DROPPED, kind="without a subnet", says=_IPAM, subject=with_key),
    ),
    row(
        "networks.*.ipam.driver",
        Case(treatment=Treatment.PASSED, kind="`default`", when=is_word("", "default")),
        Case(treatment=Treatment.DROPPED, kind="others", says=_IPAM, subject=with_key),
    ),
    *dropped(_IPAM, "networks.*.ipam.options.*"),
    *passed("networks.*.ipam.options"),
    *dropped(
        "labels of networks and volumes are the sandbox's own",
        "networks.*.labels.* volumes.*.labels.* services.*.volumes.[].volume.labels.*",
    ),
    *passed("networks.*.labels volumes.*.labels services.*.volumes.[].volume.labels"),
    *written_out(
        "networks.*.labels.[] volumes.*.labels.[] services.*.volumes.[].volume.labels.[]",
        "networks.*.external.name volumes.*.external.name secrets.*.external.name configs.*.external.name",
    ),
    *dropped("keys that matter in a swarm only are left out", "networks.*.attachable"),
]
