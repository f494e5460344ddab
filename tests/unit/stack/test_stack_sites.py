"""The names by which a stack's sites are asked for."""

from typing import Any

import pytest

from stackproof.stack.model import Model
from stackproof.stack.sites import sites

ROUTER = "traefik.http.routers.it.rule"


def of(**service: Any) -> list[str]:  # noqa: ANN401 - any compose key
    """Return the sites of a stack with this service beside another."""
    return list(sites(Model(raw={"services": {"it": service, "other": {}}})))


@pytest.mark.parametrize(
    ("label", "value", "names"),
    [
        (ROUTER, "Host(`Console.example`) && PathPrefix(`/api`)", ["console.example"]),
        (ROUTER, "Host(`a.example`, `b.example`)", ["a.example", "b.example"]),
        (ROUTER, 'Host(`b.example`) || (Host("a.example") && !Path(`/x.y`))', ["a.example", "b.example"]),
        ("traefik.tcp.routers.db.rule", "HostSNI(`db.example`)", ["db.example"]),
        ("traefik.tcp.routers.db.rule", "HostSNI(`*`)", []),
        (ROUTER, "HostRegexp(`^.+\\.example$`)", []),
        (ROUTER, "Host(`console`)", ["console"]),
        (ROUTER, "HostHeader(`a.example`)", ["a.example"]),
        ("traefik.frontend.rule", "Host:a.example,b.example;PathPrefix:/c.d", ["a.example", "b.example"]),
        ("traefik.web.frontend.rule", "PathPrefix:/x;Host: a.example", ["a.example"]),
        ("caddy", "a.example b.example:8443", ["a.example", "b.example"]),
        ("caddy_1", "https://a.example, http://b.example/path", ["a.example", "b.example"]),
        ("caddy", "*.example, :443", []),
        ("caddy.reverse_proxy", "a.example", []),
        ("com.example.note", "see Host: a.example", []),
    ],
)
def test_names_of_labels(label: str, value: str, names: list[str]) -> None:
    """As each proxy reads them; a pattern names no site."""
    assert of(labels={label: value}) == names
    assert of(deploy={"labels": {label: value}}) == names


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("a.example,b.example", ["a.example", "b.example"]),
        ("a.example:8080", ["a.example"]),
        ("*.example, ~^x\\.example$", []),
        (None, []),
    ],
)
def test_names_of_variables(value: str | None, names: list[str]) -> None:
    """As nginx-proxy reads them."""
    assert of(environment={"VIRTUAL_HOST": value, "OTHER": "c.example"}) == names
    assert of(environment={"LETSENCRYPT_HOST": value}) == names
