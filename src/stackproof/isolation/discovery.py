"""By what others on an engine find services: a sandbox must not be taken for the live stack."""

from collections.abc import Mapping
from typing import Any

from stackproof.isolation.here import Here
from stackproof.stack.model import Model

# nginx-proxy and its kin, acme-companion, dnsdock, dns-proxy-server: they watch the engine for containers
# that have these variables, in whatever version (`VIRTUAL_HOST_MULTIPORTS`).
VARIABLES = (
    "VIRTUAL_HOST",
    "LETSENCRYPT_HOST",
    "SELF_SIGNED_HOST",
    "DNSDOCK_",
    "VIRTUAL_PORT",
    "VIRTUAL_PATH",
)
# Labels that make proxies, updaters, schedulers and monitors act on a container. An image may bring them.
LABELS = (
    "traefik.", "caddy", "com.centurylinklabs.watchtower", "com.ouroboros", "ofelia.", "diun.", "wud.",
    "autoheal", "swag", "homepage.", "glance.", "dozzle", "flame.", "sablier.", "proxy.", "lazydocker",
    "com.github.nginx-proxy", "com.github.jrcs", "com.github.kanga333", "docker-volume-backup.",
    "chadburn.", "deunhealth.", "dockergen.", "io.rancher.", "interlock.", "haproxy.", "easyhaproxy.",
    "tsdproxy.", "cloudflared.", "cloudflare.", "external-dns", "prometheus.", "co.elastic.", "logging",
    "com.datadoghq.", "loki", "promtail", "fluentd", "mafl.", "kuma.", "portainer.", "dockflare.",
    "godoxy.", "yacht.", "harbormaster.", "gatus.", "backup.", "stack-back.",
)  # fmt: skip
# What the commonest of them heed as "not this one", also those that take every container they see.
OPT_OUT = {
    "traefik.enable": "false",
    "com.centurylinklabs.watchtower.enable": "false",
    "com.ouroboros.enable": "false",
    "diun.enable": "false",
    "wud.watch": "false",
    "autoheal": "false",
}


def is_discovered_by(_value: Any, here: Here) -> bool:  # noqa: ANN401 - a value of the model
    """Whether a variable is one by which others find a service."""
    return is_variable(str(here.at[-1]))


def is_variable(name: str) -> bool:
    """Whether others find services by a variable of this name."""
    return name.upper().startswith(VARIABLES)


def finds_by_labels(model: Model, here: Here) -> bool:
    """Whether a service asks the engine for the others, so that labels mean something inside the stack."""
    if not here.permits.host_access:
        return False
    sources = [mount.source for service in model.services.values() for mount in service.mounts]
    devices = [volume.device for volume in model.volumes.values()]
    # A copy stands in for a socket of the stack's own folder: nobody answers there.
    return any(
        source and here.paths.look(source).controls_engine and here.paths.reaches(source, read_only=True)
        for source in (*sources, *devices)
    )


def outside_labels(own: Mapping[str, str]) -> dict[str, str]:
    """Return labels that keep others off a container, and that empty those which its image brings."""
    brought = {name: "" for name in own if name.lower().startswith(LABELS)}
    return {**brought, **OPT_OUT}
