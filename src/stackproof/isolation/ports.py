"""Published ports in a sandbox."""

from typing import Any

from stackproof.isolation.here import Here

LOOPBACK = "127.0.0.1"


def loopback_ports(_built: Any, here: Here) -> list[dict[str, Any]] | None:  # noqa: ANN401 - a value of the model
    """Publish the same container ports on loopback; the host chooses the numbers."""
    ports = []
    service = here.service
    fixed_ports = here.plan.fixed_ports if here.plan else {}
    for target, protocol in sorted({(port.target, port.protocol) for port in service.ports}):
        port: dict[str, Any] = {
            "target": target, "protocol": protocol, "host_ip": LOOPBACK, "mode": "ingress",
        }  # fmt: skip
        if fixed := fixed_ports.get(f"{service.name}/{target}"):
            port["published"] = fixed
        ports.append(port)
    return ports
