# ruff: noqa: E501 - one row of a table a line
"""What is cut of what was found, what is opened, and how both are said."""

from typing import Any

import pytest

from stackproof.isolation import outside_known as known_
from stackproof.isolation import outside_policy
from stackproof.isolation.outside import find
from stackproof.isolation.outside_policy import Decision, decide, opens
from stackproof.stack.model import Model

SECRET = "s3cr3t-p4ss"  # noqa: S105 - no password of anybody
WORKER = {
    "QUEUE_URL": f"redis://:{SECRET}@queue.example.com/0",
    "DB_URL": f"postgres://u:{SECRET}@10.1.2.3/x",
    "FEED_URL": "https://feeds.example.com/rss",
}


def decided(*allowed: str, offline: bool = False, **service: Any) -> Decision:  # noqa: ANN401 - keys of a service
    """Return the decision for a stack of one service."""
    model = Model(raw={"services": {"worker": service or {"environment": WORKER}}})
    return decide(model, find(model), allowed, offline=offline)


@pytest.mark.parametrize(
    ("allowed", "host", "expected"),
    [
        ("db.example.com", "db.example.com", True),
        ("DB.Example.com.", "db.example.com", True),
        ("*.example.com", "db.example.com", True),
        ("*", "anything", True),
        ("10.0.0.5", "10.0.0.5", True),
        ("10.0.0.0/8", "10.9.9.9", True),
        ("[fd00::1]", "fd00::1", True),
        ("fd00::/8", "fd00::1", True),
        ("example.com", "db.example.com", False),
        ("*.example.com", "example.com", False),
        ("*.example.com", "db.example.com.evil.org", False),
        ("10.0.0.0/8", "11.0.0.1", False),
        ("10.0.0.0/8", "fd00::1", False),
        ("10.0.0.0/8", "db.example.com", False),
        ("db/x", "10.0.0.1", False),
    ],
)
def test_opens(allowed: str, host: str, expected: bool) -> None:  # noqa: FBT001 - a row of a table
    """By name, pattern, address and network."""
    assert opens([allowed], host) is expected


@pytest.mark.parametrize("text", ["db.example.com", "*.example.com", "*", "10.0.0.0/8", "fd00::1", "db"])
def test_hosts_to_open(text: str) -> None:
    """What can be opened."""
    assert outside_policy.mistake(text) == ""


@pytest.mark.parametrize(
    "text",
    ["", "https://x.example.com", "db:5432", "a b", "x@y", "10.0.0.0/99", "10.0.0.1-5", "10.0.0.1-10.0.0.5"],
)
def test_no_hosts(text: str) -> None:
    """A slip is said at once, in place of opening nothing."""
    assert outside_policy.mistake(text).startswith(f"{text!r} is no host")


def test_cut_by_default() -> None:
    """Names by name, addresses by address; a plain download stays open."""
    decision = decided()

    assert decision.names == {"queue.example.com", *known_.AUTHORITIES}
    assert decision.addresses == {"10.1.2.3"}
    assert [one.host for one in decision.open] == ["feeds.example.com"]


def test_opened() -> None:
    """One host is opened, the other stays cut, and a word that opens nothing is told."""
    decision = decided("queue.example.com", "other.example.com", "acme-v02.api.letsencrypt.org")

    assert "queue.example.com" not in decision.names
    assert "acme-v02.api.letsencrypt.org" not in decision.names
    assert decision.addresses == {"10.1.2.3"}
    assert decision.unused == ("other.example.com",)


SENT = {
    "environment": {"DB_URL": "postgres://pg.corp/x"},
    "extra_hosts": ["pg.corp=10.0.0.5", "pg-old=10.0.0.5"],
}


@pytest.mark.parametrize(
    ("allowed", "more", "expected"),
    [
        ((), {}, {"pg.corp", "pg-old", "10.0.0.5"}),
        # An address that nobody else names is opened with its name.
        (("pg.corp",), {}, set()),
        (("*.corp",), {}, set()),
        (("pg.corp",), {"B": "redis://10.0.0.5"}, {"10.0.0.5", "pg-old"}),
        (("pg.corp",), {"B": "redis://pg-old"}, {"10.0.0.5", "pg-old"}),
        (("pg.corp", "pg-old"), {"B": "redis://pg-old"}, set()),
        (("10.0.0.5",), {}, {"pg.corp", "pg-old"}),
    ],
)
def test_opened_name_with_its_address(
    allowed: tuple[str, ...], more: dict[str, str], expected: set[str]
) -> None:
    """`extra_hosts` says which address a name has: it is one host."""
    environment = {**SENT["environment"], **more}  # type: ignore[dict-item] # a table of both kinds
    decision = decided(*allowed, environment=environment, extra_hosts=SENT["extra_hosts"])

    assert {one.host for one in decision.cut} == expected


def test_idn() -> None:
    """A name is cut as people write it and as name servers know it, and opened by either."""
    environment = {"A": "redis://bücher.example", "B": "redis://xn--strae-oqa.example"}

    assert {"bücher.example", "xn--bcher-kva.example", "straße.example"} <= decided(
        environment=environment
    ).names
    assert not decided("xn--bcher-kva.example", "straße.example", environment=environment).cut


def test_all_opened() -> None:
    """Nothing is cut, so there is no need of a sinkhole."""
    decision = decided("*")

    assert not decision.names
    assert not decision.addresses


def test_notes_name_variable_and_host() -> None:
    """And never the credentials."""
    notes = outside_policy.notes(decided("10.0.0.0/8", "nobody.example.com"))

    assert notes == [
        "outside: worker's QUEUE_URL names queue.example.com (datastore): answered by nobody",
        "outside: worker's DB_URL names 10.1.2.3 (datastore): open, as --allow-outside or the contract says",
        "outside: feeds.example.com (other) was open; worker's environment FEED_URL",
        "outside: certificate authorities (Let's Encrypt and others) were answered by nobody",
        "outside: nobody.example.com is opened and named nowhere; fix: take it out",
    ]


def test_lines_before_anything_starts() -> None:
    """One for each host, the open ones too; no credentials."""
    lines = outside_policy.lines(decided("10.1.2.3"))

    assert lines == [
        "outside: queue.example.com (datastore): cut; worker's environment QUEUE_URL",
        "outside: 10.1.2.3 (datastore): OPEN, as you allowed; worker's environment DB_URL",
        "outside: feeds.example.com (other): open; worker's environment FEED_URL",
    ]
    assert all(SECRET not in line for line in lines)


def test_hint_for_a_service_that_fails() -> None:
    """It says what it may miss, and nothing of what is open or somebody else's."""
    said = decided("10.1.2.3").hint("worker")

    assert said == (
        "  cut here: queue.example.com (QUEUE_URL)\n  fix: --allow-outside queue.example.com, if this is why"
    )
    assert not decided("*").hint("worker")
    assert not decided().hint("web")
    assert not decided(offline=True).hint("worker")


def test_offline() -> None:
    """Nothing is open, whatever is allowed, and the notes say how ports were asked."""
    decision = decided("queue.example.com", offline=True)

    assert "offline" in outside_policy.notes(decision)[0]
    assert all("not reached" in line for line in outside_policy.lines(decision))


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ({"image": "caddy:2"}, True),
        ({"image": "traefik:v3"}, True),
        ({"image": "certbot/certbot"}, True),
        ({"image": "jc21/nginx-proxy-manager"}, True),
        ({"image": "lscr.io/linuxserver/swag"}, True),
        ({"image": "app", "command": ["--acme"]}, True),
        ({"image": "nginx", "labels": {"traefik.http.routers.x.tls.certresolver": "le"}}, True),
        ({"image": "nginx", "environment": {"LETSENCRYPT_EMAIL": "me@example.com"}}, True),
        ({"image": "mine/front", "ports": [{"target": 8443, "published": "443"}]}, True),
        ({"build": {}, "ports": [{"target": 80, "published": "8080"}]}, True),
        ({"image": "nginx:alpine", "ports": [{"target": 80, "published": "80"}]}, False),
        ({"image": "docker.io/library/httpd@sha256:00", "ports": [{"target": 80}]}, False),
        ({"image": "mine/api", "ports": [{"target": 8000, "published": "8000"}]}, False),
        ({"image": "mine/api"}, False),
    ],
)
def test_authorities(service: dict[str, Any], expected: bool) -> None:  # noqa: FBT001 - a row of a table
    """They are cut where somebody could ask them; elsewhere nothing is added to a sandbox."""
    assert bool(decided(**service).authorities) is expected


def test_srv_names_leave_a_service_without_dns() -> None:
    """SRV records of `mongodb+srv` lead to hosts that nobody named."""
    decision = decided(environment={"M": "mongodb+srv://u:p@c.example.com/x"})

    assert decision.without_dns == {"worker"}
    assert any("SRV" in note for note in outside_policy.notes(decision))


def test_proxy_is_told() -> None:
    """What goes through a proxy is resolved there, past any cut."""
    notes = outside_policy.notes(decided(environment={"HTTPS_PROXY": "http://proxy.example.com:3128"}))

    assert "outside: what goes through a proxy is not cut: worker's environment HTTPS_PROXY" in notes


ACTING: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"image": "cloudflare/cloudflared:latest", "command": "tunnel run"}, "cloudflared", "region1.v2.argotunnel.com"),
    ({"image": "mine/edge", "environment": {"TUNNEL_TOKEN": SECRET}}, "cloudflared", "api.cloudflare.com"),
    ({"build": {}, "command": ["cloudflared", "tunnel", "run", "--token", SECRET]}, "cloudflared", "api.cloudflare.com"),
    ({"image": "ngrok/ngrok", "command": "http web:80"}, "ngrok", "connect.ngrok-agent.com"),
    ({"image": "tailscale/tailscale", "environment": {"TS_AUTHKEY": SECRET}}, "tailscale", "controlplane.tailscale.com"),
    ({"image": "lscr.io/linuxserver/duckdns"}, "a dynamic DNS client", "www.duckdns.org"),
    ({"image": "qmcgaw/ddns-updater"}, "a dynamic DNS client", "api.cloudflare.com"),
    ({"image": "myoung34/github-runner", "environment": {"RUNNER_TOKEN": SECRET}}, "a GitHub runner", "api.github.com"),
    ({"image": "gitlab/gitlab-runner"}, "a GitLab runner", "gitlab.com"),
    ({"image": "buildkite-agent"}, "Buildkite's agent", "agent.buildkite.com"),
    ({"image": "snowdreamtech/frpc"}, "a tunnel", ""),
    ({"image": "boky/postfix"}, "postfix", ""),
    ({"image": "mailserver/docker-mailserver"}, "docker-mailserver", ""),
)  # fmt: skip


@pytest.mark.parametrize(("service", "program", "host"), ACTING)
def test_programs_that_name_no_host(service: dict[str, Any], program: str, host: str) -> None:
    """What is known of their hosts is cut, and that this is not all is said before and after."""
    decision = decided(**service)

    assert not host or host in decision.names
    for said in (outside_policy.lines(decision), outside_policy.notes(decision)):
        (one,) = (text for text in said if "cannot be cut by name" in text)
        assert f"worker runs {program}" in one
        assert "--offline" in one
        assert SECRET not in one
    assert not any("by name" in text for text in outside_policy.notes(decided(offline=True, **service)))


@pytest.mark.parametrize(
    "service",
    [
        {"image": "boky/postfix", "environment": {"RELAYHOST": "mx.example.com"}},
        {"image": "nginx"},
        {"image": "postgres", "environment": {"GITHUB_USER": "me"}},
    ],
)
def test_programs_that_go_nowhere_else(service: dict[str, Any]) -> None:
    """A relay is named, and cut; others do no such thing."""
    assert not decided(**service).unnamed
